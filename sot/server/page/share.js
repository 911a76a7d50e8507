// A conversation as one HTML file: no scripts, and nothing is fetched when it is opened.

import { coloured } from "./code.js";
import { contentOf } from "./turns.js";

const STYLES = ["colours.css", "prose.css", "shared.css"];
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/**
 * The file's text. What people and models wrote is in it as text nodes were: escaped by the browser.
 * @param {import("./conversation.js").Turn[]} turns
 */
export async function fileOf(turns) {
  const styles = await Promise.all(STYLES.map(async (name) => (await fetch(`page/${name}`)).text()));
  const title = element("title", turns[0].question.slice(0, 200));
  const main = element("main");
  main.append(element("p", "Answered twice: by normal decoding, and by Skeleton-of-Thought.", "hint"));
  turns.forEach((turn) => {
    const part = element("section");
    part.append(element("h2", turn.question), contentOf(turn));
    main.append(part);
  });
  await coloured();
  for (const box of main.querySelectorAll("[tabindex]")) box.removeAttribute("tabindex");
  return [
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
    `<meta http-equiv="content-security-policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    `${title.outerHTML}\n<style>\n${styles.join("\n")}</style>\n</head>`,
    `<body>\n<h1>Skeleton-of-Thought</h1>\n${main.outerHTML}\n</body>\n</html>\n`,
  ].join("\n");
}

/** Save a conversation as a file of the browser's downloads. */
export async function share(turns) {
  const address = URL.createObjectURL(new Blob([await fileOf(turns)], { type: "text/html" }));
  const link = element("a");
  link.href = address;
  link.download = "skeleton-of-thought.html";
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function element(name, text, className) {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}
