// Shows what a model wrote. Everything goes through text nodes: nothing a model writes becomes an element,
// a link or a script; a few marks it uses (bold, code, lists, headings) become elements that we make.

const HEADING = /^#{1,6}\s+(.+)$/;
const ITEM = /^\s*(?:(\d{1,3}[.)])|[-*•・])\s+(.*)$/;
const FENCE = /^\s*```/;
// Bounded, or a hostile line of many opening marks would cost the square of its length.
const MARK = /\*\*(?=\S)(.{1,400}?)(?<=\S)\*\*|`([^`\n]{1,400})`/g;

/** A box of text that grows. What has not changed stays in place, so that it can be selected while more comes. */
export class Prose {
  #box;
  #shown = [];

  constructor(box) {
    this.#box = box;
  }

  /**
   * Show the text so far.
   * @param {string} text
   * @param {{json?: boolean}} form Whether it is JSON, which is shown as it is.
   */
  show(text, { json = false } = {}) {
    const blocks = json ? [{ kind: "code", text }] : blocksOf(text);
    blocks.forEach((block, place) => {
      const known = this.#shown[place];
      if (known && known.kind === block.kind && known.text === block.text) return;
      const node = nodeOf(block);
      if (known) known.node.replaceWith(node);
      else this.#box.append(node);
      this.#shown[place] = { ...block, node };
    });
    for (const gone of this.#shown.splice(blocks.length)) gone.node.remove();
  }
}

function blocksOf(text) {
  const blocks = [];
  let open = null; // the block that the next line may still belong to
  let code = false;
  const begin = (block) => {
    blocks.push(block);
    open = block;
  };
  for (const line of text.split("\n")) {
    const item = ITEM.exec(line);
    if (FENCE.test(line)) {
      code = !code;
      open = null;
      if (code) begin({ kind: "code", text: "" });
    } else if (code) {
      open.text += (open.text && "\n") + line;
    } else if (!line.trim()) {
      open = null;
    } else if (HEADING.test(line)) {
      begin({ kind: "heading", text: HEADING.exec(line)[1] });
      open = null;
    } else if (item) {
      begin({ kind: `item ${item[1] ?? "•"}`, text: item[2] });
    } else if (open) {
      open.text += `\n${line}`;
    } else {
      begin({ kind: "paragraph", text: line });
    }
  }
  return blocks;
}

function nodeOf({ kind, text }) {
  if (kind === "code") {
    const node = document.createElement("pre");
    node.textContent = text;
    return node;
  }
  const node = document.createElement("p");
  if (kind === "heading") node.className = "heading";
  if (kind.startsWith("item ")) {
    node.className = "item";
    const number = document.createElement("span");
    number.className = "number";
    number.textContent = `${kind.slice(5)} `;
    node.append(number);
  }
  const words = document.createElement("span");
  words.append(...inline(text));
  node.append(words);
  return node;
}

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const mark of text.matchAll(MARK)) {
    nodes.push(text.slice(end, mark.index));
    const node = document.createElement(mark[1] === undefined ? "code" : "strong");
    node.textContent = mark[1] ?? mark[2];
    nodes.push(node);
    end = mark.index + mark[0].length;
  }
  nodes.push(text.slice(end));
  return nodes;
}
