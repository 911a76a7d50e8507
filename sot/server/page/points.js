// The points of an answer while they are edited: titles, order, number. What is pressed in the end is told once.

import { plural } from "./figures.js";

const MOST = 50; // points of a revised answer

/** A title as the server compares it. */
const folded = (title) => title.replaceAll("**", "").split(/\s+/).filter(Boolean).join(" ");

export class PointsEditor {
  #form;
  #rows;
  #hint;
  #told;
  #buttons;
  #first = []; // the answer's titles
  #written = new Set(); // those of them that have a text
  #rewrite;
  #close;

  /**
   * @param {HTMLFormElement} form The editor's form, of the template.
   * @param {{rewrite: (titles: string[]) => void, close: () => void}} actions What is done with the new titles; what
   *   is done when the editing is given up.
   */
  constructor(form, { rewrite, close }) {
    this.#form = form;
    this.#rows = form.querySelector(".rows");
    this.#hint = form.querySelector(".hint");
    this.#told = form.querySelector(".told");
    this.#buttons = { add: form.querySelector(".add"), rewrite: form.querySelector(".main") };
    this.#rewrite = rewrite;
    this.#close = close;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#buttons.rewrite.disabled) this.#rewrite(this.titles);
    });
    form.addEventListener("input", () => this.#changed());
    form.addEventListener("keydown", (event) => this.#key(event));
    this.#buttons.add.addEventListener("click", () => this.#add("", { focus: true }));
    form.querySelector(".cancel").addEventListener("click", () => this.#close());
  }

  get titles() {
    return this.#inputs().map((input) => folded(input.value));
  }

  /**
   * Begin with the points of an answer.
   * @param {object} answer The answer of a `finished` event.
   * @param {string[]} titles The titles to begin with, where they were changed before.
   */
  open(answer, titles) {
    this.#first = answer.points.map((point) => folded(point.title));
    this.#written = new Set(
      answer.points.filter((point) => point.status !== "missing").map((point) => folded(point.title)),
    );
    this.#rows.replaceChildren();
    this.#told.textContent = "";
    for (const title of titles ?? this.#first) this.#add(title);
    this.#form.hidden = false;
  }

  close() {
    this.#form.hidden = true;
  }

  focus() {
    this.#inputs()[0]?.focus();
  }

  #inputs() {
    return Array.from(this.#rows.querySelectorAll("input"));
  }

  #add(title, { focus = false } = {}) {
    const row = document.getElementById("point-row").content.firstElementChild.cloneNode(true);
    const input = row.querySelector("input");
    input.value = title;
    row.querySelector(".up").addEventListener("click", (event) => this.#move(row, -1, event.currentTarget));
    row.querySelector(".down").addEventListener("click", (event) => this.#move(row, 1, event.currentTarget));
    row.querySelector(".drop").addEventListener("click", () => this.#drop(row));
    this.#rows.append(row);
    this.#changed();
    if (focus) input.focus();
  }

  #drop(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    const number = row.querySelector(".number").textContent;
    row.remove();
    this.#changed();
    this.#told.textContent = `Point ${number} dropped.`;
    next?.querySelector("input").focus();
  }

  #move(row, step, from) {
    const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    if (step < 0) other.before(row);
    else other.after(row);
    this.#changed();
    this.#told.textContent = `Moved to place ${row.querySelector(".number").textContent}.`;
    if (!from.disabled) from.focus();
    else row.querySelector("input").focus(); // a button that is disabled loses the focus
  }

  #key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation(); // or the question would be asked again
      this.#form.requestSubmit(this.#buttons.rewrite);
    }
    if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key) && event.target.matches("input")) {
      event.preventDefault();
      this.#move(event.target.closest(".row"), event.key === "ArrowUp" ? -1 : 1, event.target);
    }
  }

  /** Number the rows anew, say what is wrong with a title, and what the button will do. */
  #changed() {
    const inputs = this.#inputs();
    const seen = new Map();
    let added = 0;
    inputs.forEach((input, place) => {
      const number = place + 1;
      const title = folded(input.value);
      const key = title.toLowerCase();
      const row = input.closest(".row");
      const kept = this.#written.has(title);
      if (!kept) added += 1;
      input.setCustomValidity(problem(title, seen.get(key)));
      if (title && !seen.has(key)) seen.set(key, number);
      row.classList.toggle("new", !kept);
      row.querySelector(".number").textContent = number;
      row.querySelector(".mark").textContent = kept ? "" : "new";
      input.setAttribute("aria-label", `Title of point ${number}${kept ? "" : ", to be written"}`);
      label(row, ".up", `Move point ${number} up`, place === 0);
      label(row, ".down", `Move point ${number} down`, number === inputs.length);
      label(row, ".drop", `Drop point ${number}`, inputs.length === 1);
    });
    this.#buttons.add.disabled = inputs.length >= MOST;
    const same = inputs.length === this.#first.length && this.titles.every((title, place) => title === this.#first[place]);
    this.#buttons.rewrite.disabled = same && added === 0;
    this.#hint.textContent = forecast(added, inputs.length - added, same);
  }
}

function problem(title, first) {
  if (!title) return "Write a title, or drop the point.";
  return first ? `Point ${first} has the same title.` : "";
}

function forecast(added, kept, same) {
  if (same && added === 0) return "Change a title, or add, drop or move points.";
  const stay = kept ? `${plural(kept, "text")} will stay as ${kept === 1 ? "it is" : "they are"}` : "";
  if (added === 0) return `Nothing will be written; ${stay}.`;
  return `${plural(added, "point")} will be written${stay && `; ${stay}`}.`;
}

function label(row, selector, words, disabled) {
  const button = row.querySelector(selector);
  button.setAttribute("aria-label", words);
  button.title = words;
  button.disabled = disabled;
}
