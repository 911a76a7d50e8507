// Keeps what is being written in sight, until the reader scrolls elsewhere.

const MOVES = ["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown", " "];
let free = true; // whether the reader has left it to the page

for (const kind of ["wheel", "touchmove"]) addEventListener(kind, () => (free = false), { passive: true });
addEventListener("keydown", ({ key, target }) => {
  if (MOVES.includes(key) && target === document.body) free = false;
});

/** From now on the page may scroll: something was asked. */
export const follow = () => (free = true);

/**
 * Bring an answer into sight, below the head of its column.
 * @param {HTMLElement} column
 */
export function bring(column) {
  if (!free) return;
  const { top } = column.querySelector(".answer").getBoundingClientRect();
  if (top >= 0 && top < innerHeight - 120) return;
  column.scrollIntoView({ block: "start" });
}
