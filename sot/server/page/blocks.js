// Takes a text apart into blocks: paragraphs, headings, items of lists, tables, quotations and code.

const HEADING = /^(#{1,6})\s+(.+)$/;
const ITEM = /^(\s*)(?:(\d{1,3})[.)]|[-*+•・])\s+(.*)$/;
const FENCE = /^\s*```\s*([\w+#.-]{0,30})/;
const RULE = /^\s*(?:-{3,}|\*{3,}|_{3,})\s*$/;
const QUOTE = /^\s*>\s?(.*)$/;
const UNDER_HEADS = /^\s*(?:\|\s*)?:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*){0,50}(?:\|\s*)?$/; // of a table
const MOST_COLUMNS = 50;
const DEEPEST = 4;

/**
 * @typedef {object} Block
 * @property {"paragraph"|"heading"|"item"|"table"|"quote"|"code"|"rule"} kind
 * @property {string} text Rows of a table: one a line, its heads first.
 * @property {string} [language] Of code.
 * @property {boolean} [closed] Whether code is complete.
 * @property {number} [level] Of a heading, from 1.
 * @property {string} [number] Of an item; none has a bullet.
 * @property {number} [depth] Of an item: how many lists it is inside of.
 */

/**
 * The blocks of a text, of which the last may go on growing.
 * @param {string} text
 * @returns {Block[]}
 */
export function blocksOf(text) {
  const blocks = [];
  let open = null; // the block that the next line may still belong to
  let code = false;
  const begin = (block) => {
    blocks.push(block);
    open = block;
  };
  for (const line of text.split("\n")) {
    const fence = FENCE.exec(line);
    if (fence) {
      if (code) open.closed = true;
      code = !code;
      open = null;
      if (code) begin({ kind: "code", text: "", language: fence[1].toLowerCase(), closed: false });
    } else if (code) {
      open.text += (open.text && "\n") + line;
    } else if (!line.trim()) {
      open = null;
    } else if (open?.kind === "paragraph" && UNDER_HEADS.test(line) && beginsTable(open, line)) {
      blocks.pop();
      const lines = open.text.split("\n");
      const heads = lines.pop();
      if (lines.length) begin({ kind: "paragraph", text: lines.join("\n") });
      begin({ kind: "table", text: heads });
    } else if (open?.kind === "table" && line.includes("|")) {
      open.text += `\n${line}`;
    } else {
      plain(line, open, begin);
      if (["heading", "rule"].includes(open?.kind)) open = null;
    }
  }
  return blocks;
}

function plain(line, open, begin) {
  const [heading, item, quote] = [HEADING, ITEM, QUOTE].map((form) => form.exec(line));
  if (heading) return begin({ kind: "heading", text: heading[2], level: heading[1].length });
  if (RULE.test(line)) return begin({ kind: "rule", text: "" });
  if (item) {
    const depth = Math.min(Math.floor(item[1].replaceAll("\t", "    ").length / 2), DEEPEST);
    return begin({ kind: "item", text: item[3], number: item[2] ?? "", depth });
  }
  if (quote && open?.kind === "quote") open.text += `\n${quote[1]}`;
  else if (quote) begin({ kind: "quote", text: quote[1] });
  else if (open && open.kind !== "table") open.text += `\n${line}`;
  else begin({ kind: "paragraph", text: line });
}

function beginsTable(open, line) {
  const heads = open.text.split("\n").at(-1);
  if (!heads.includes("|")) return false;
  const columns = cellsOf(heads).length;
  return columns <= MOST_COLUMNS && columns === cellsOf(line).length;
}

/** The cells of a table's row. */
export function cellsOf(row) {
  const inner = row.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}
