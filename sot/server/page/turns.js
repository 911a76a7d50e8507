// Shows turns that are over: one line each, which opens to what was answered.

import { seconds } from "./figures.js";
import { Prose } from "./prose.js";

/**
 * A turn, closed.
 * @param {import("./conversation.js").Turn} turn
 * @param {number} number From 1.
 */
export function turnNode(turn, number) {
  const node = element("details", "turn");
  const line = element("summary", "");
  line.append(element("span", "number", `${number}`), element("span", "asked", turn.question));
  node.append(line);
  node.addEventListener("toggle", () => node.open && node.children.length === 1 && node.append(contentOf(turn)));
  return node;
}

/** What a turn came to: its verdict and both answers, the right one first, since the conversation goes on with it. */
export function contentOf(turn) {
  const box = element("div", "content");
  const { ratio, unit, title, lines, loss } = turn.verdict;
  box.append(element("p", loss ? "outcome loss" : "outcome", ratio ? `${ratio} ${unit}: ${title}` : title));
  box.append(list(lines), element("p", "hint", `Model: ${turn.model}`));
  for (const answer of [turn.answers[1], turn.answers[0]]) {
    box.append(element("h3", "", `${answer.name}, ${seconds(Number(answer.seconds) || 0)}`));
    const text = element("div", "answer");
    new Prose(text).show(answer.text, { json: answer.json === true, done: true });
    box.append(text);
  }
  return box;
}

function list(lines) {
  const node = element("ul", "lines");
  node.append(...lines.map((line) => element("li", "", `${line}`)));
  return node;
}

function element(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}
