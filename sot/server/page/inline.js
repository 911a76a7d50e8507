// Marks inside a line: bold, emphasis, code and links. Everything goes through text nodes and attributes that we
// set: nothing a model writes becomes an element, an address or a script that we did not mean.

// Bounded, or a hostile line of many opening marks would cost the square of its length. An image is left as text.
const MARK = new RegExp(
  [
    String.raw`\*\*(?=\S)(?<strong>.{1,400}?)(?<=\S)\*\*`,
    String.raw`${"`"}(?<code>[^${"`"}\n]{1,400})${"`"}`,
    String.raw`(?<![!\\])\[(?<words>[^\[\]\n]{1,300})\]\((?<target>(?:https?:\/\/|mailto:)[^\s()<>]{1,1000})\)`,
    String.raw`(?<![*\w])\*(?=[^\s*])(?<em>[^*\n]{1,200}?)(?<=[^\s*])\*(?![*\w])`,
    String.raw`(?<![\w(\[/])(?<bare>https?:\/\/[^\s()<>\[\]"'${"`"}*]{3,500}[^\s()<>\[\]"'${"`"}*.,;:!?])`,
  ].join("|"),
  "g",
);
const SCHEMES = ["http:", "https:", "mailto:"];

/**
 * Nodes for a piece of text.
 * @param {string} text
 * @returns {(string|Node)[]}
 */
export function inline(text) {
  const nodes = [];
  let end = 0;
  for (const mark of text.matchAll(MARK)) {
    nodes.push(text.slice(end, mark.index), nodeOf(mark));
    end = mark.index + mark[0].length;
  }
  nodes.push(text.slice(end));
  return nodes;
}

function nodeOf({ 0: whole, groups }) {
  const target = groups.target ?? groups.bare;
  if (target) return link(target, groups.words ?? target) ?? whole;
  const name = groups.strong ? "strong" : groups.code ? "code" : "em";
  const node = document.createElement(name);
  node.textContent = groups.strong ?? groups.code ?? groups.em;
  return node;
}

/** A link that opens elsewhere and tells nobody where from; nothing for an address of another scheme. */
function link(target, words) {
  let address;
  try {
    address = new URL(target);
  } catch {
    return null;
  }
  if (!SCHEMES.includes(address.protocol)) return null;
  const node = document.createElement("a");
  node.href = address.href;
  node.target = "_blank";
  node.rel = "noopener noreferrer nofollow";
  node.title = address.href;
  node.textContent = words;
  return node;
}
