// Copies a text, and says so on the button and to screen readers.

import { tell } from "./told.js";

const SHOWN_MS = 2000;

/**
 * Let a button copy.
 * @param {HTMLButtonElement} button
 * @param {() => string} textOf What to copy.
 * @param {string} told What is said afterwards.
 */
export function copies(button, textOf, told) {
  const words = button.textContent;
  let timer;
  button.addEventListener("click", async () => {
    const done = await copy(textOf());
    button.textContent = done ? "Copied" : "Not copied";
    tell(done ? told : "The browser did not let it be copied.");
    clearTimeout(timer);
    timer = setTimeout(() => (button.textContent = words), SHOWN_MS);
  });
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOldWay(text); // no TLS, or not allowed
  }
}

function copyOldWay(text) {
  const box = document.createElement("textarea");
  const before = document.activeElement;
  box.value = text;
  box.className = "told";
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  before?.focus();
  return done;
}
