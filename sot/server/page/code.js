// Colours code. The library (highlight.js) is fetched with the first code that is complete, and only its tree of
// words is taken: its markup never reaches the page.

const LONGEST = 20_000; // characters; more stays without colours

let library = null;
const going = new Set();

/**
 * Colour an element's code, as soon as the library is there; it stays as it is in an unknown language.
 * @param {HTMLElement} node Holds the text.
 * @param {string} language As the fence names it.
 */
export function colour(node, language) {
  const work = paint(node, language).finally(() => going.delete(work));
  going.add(work);
}

/** Wait until all code is coloured that was to be. */
export const coloured = () => Promise.all(going);

async function paint(node, language) {
  const text = node.textContent;
  if (!language || text.length > LONGEST) return;
  try {
    library ??= import("./highlight.min.js");
    const { default: highlight } = await library;
    if (!highlight.getLanguage(language)) return;
    const { _emitter: tree } = highlight.highlight(text, { language, ignoreIllegals: true });
    const nodes = tree.rootNode.children.map(nodeOf);
    if (nodes.map((each) => each.textContent ?? each).join("") === text) node.replaceChildren(...nodes);
  } catch {
    library = null; // it could not be fetched: the code stays without colours, and the next one tries again
  }
}

function nodeOf(part) {
  if (typeof part === "string") return part;
  const node = document.createElement("span");
  if (/^[a-z._-]+$/i.test(part.scope ?? "")) node.className = `code-${part.scope.split(".")[0]}`;
  node.append(...part.children.map(nodeOf));
  return node;
}
