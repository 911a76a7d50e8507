// Shows what a model wrote, as it grows: blocks become elements that we make, their words text nodes.

import { blocksOf, cellsOf } from "./blocks.js";
import { colour } from "./code.js";
import { inline } from "./inline.js";

/** A box of text that grows. What has not changed stays in place, so that it can be selected while more comes. */
export class Prose {
  #box;
  #shown = []; // {key, node, text} of each block

  constructor(box) {
    this.#box = box;
  }

  /**
   * Show the text so far.
   * @param {string} text
   * @param {{json?: boolean, done?: boolean}} form Whether it is JSON, which is shown as it is; whether it is complete.
   * @returns {string[]} The texts of the blocks that no longer grow.
   */
  show(text, { json = false, done = false } = {}) {
    const blocks = json ? [{ kind: "code", text, language: "json", closed: done }] : blocksOf(text);
    const keys = blocks.map((block) => JSON.stringify(block));
    let same = 0;
    while (same < keys.length && this.#shown[same]?.key === keys[same]) same += 1;
    for (const gone of this.#shown.splice(same).reverse()) this.#remove(gone.node);
    blocks.slice(same).forEach((block, place) => {
      const node = nodeOf(block);
      this.#placeOf(block).append(node);
      this.#shown.push({ key: keys[same + place], node });
    });
    const still = done ? this.#shown : this.#shown.slice(0, -1);
    return still.map(({ node }) => node.textContent);
  }

  /** Where a block goes: items into the list that is open, one inside the other by their depth. */
  #placeOf(block) {
    if (block.kind !== "item") return this.#box;
    let place = this.#box;
    for (let level = 0; level <= block.depth; level += 1) {
      const last = place.lastElementChild;
      const wanted = block.number ? "OL" : "UL";
      const deepest = level === block.depth;
      if (last && (deepest ? last.tagName === wanted : ["OL", "UL"].includes(last.tagName))) {
        place = last;
      } else {
        const list = document.createElement(wanted);
        place.append(list);
        place = list;
      }
      if (!deepest) {
        if (!place.lastElementChild) return place; // nothing to be inside of
        place = place.lastElementChild;
      }
    }
    return place;
  }

  #remove(node) {
    let at = node;
    while (at !== this.#box && at?.parentElement) {
      const above = at.parentElement;
      at.remove();
      if (above === this.#box || above.childNodes.length) return;
      at = above; // a list without items
    }
  }
}

const MAKERS = { code: codeOf, table: tableOf, item: itemOf, heading: headingOf, rule: () => element("hr") };

function nodeOf(block) {
  return (MAKERS[block.kind] ?? wordsOf)(block);
}

function wordsOf({ kind, text }) {
  return element(kind === "quote" ? "blockquote" : "p", inline(text));
}

/** Headings of an answer are below that of the answer itself. */
function headingOf({ text, level }) {
  const node = element(`h${Math.min(level + 3, 6)}`, inline(text));
  node.className = "heading";
  return node;
}

function itemOf({ text, number }) {
  const node = element("li", inline(text));
  if (number) node.value = Number(number);
  return node;
}

function codeOf({ text, language, closed }) {
  const code = element("code", [text]);
  if (closed) colour(code, language);
  return element("pre", [code]);
}

function tableOf({ text }) {
  const [heads, ...rows] = text.split("\n").map(cellsOf);
  const cells = (name, row) => heads.map((_, place) => element(name, inline(row[place] ?? "")));
  const head = element("tr", cells("th", heads));
  for (const cell of head.children) cell.scope = "col";
  const table = element("table", [
    element("thead", [head]),
    element("tbody", rows.map((row) => element("tr", cells("td", row)))),
  ]);
  const box = element("div", [table]);
  box.className = "table";
  box.tabIndex = 0; // it scrolls sideways
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Table");
  return box;
}

function element(name, children = []) {
  const node = document.createElement(name);
  node.append(...children);
  return node;
}
