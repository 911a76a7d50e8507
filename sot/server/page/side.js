// One column of the race: clock, figures, route, points and the ordered text.

import { modelsByStage, money, partName, percent, rate, seconds, strategyName, whole } from "./figures.js";
import { PointsEditor } from "./points.js";
import { Prose } from "./prose.js";
import { usefulWordsIn, wordsIn } from "./run.js";
import { copies } from "./copy.js";
import { tell } from "./told.js";

const STATES = {
  idle: "",
  next: "next",
  running: "writing",
  done: "done",
  stopped: "stopped",
  failed: "failed",
};
const NOTES = {
  trimmed: "Trimmed: cut at its token limit, so it ends at its last whole sentence.",
  repaired: "Repaired: came out empty or broken, and was written or continued a second time.",
  missing: "Missing: could not be written, twice; the answer says so.",
};

export class Side {
  #parts;
  #name;
  #about;
  #figures = {};
  #prose;
  #cards = new Map();
  #editor;
  #answer = null; // whose points can be edited
  #words = 0;
  #repeated = 0;
  #text = "";
  #heard = 0; // blocks of the answer that were told to screen readers
  #aloud;
  #counted = "";

  /**
   * @param {string} name The heading; the route may change it.
   * @param {string} kind A class name, for its colour.
   * @param {string} about One line under the heading, instead of the route.
   * @param {{rewrite?: (titles: string[]) => void, aloud?: boolean}} how What is done with edited points; whether
   *   screen readers are told the answer, block by block.
   */
  constructor(name, kind, about, { rewrite = () => {}, aloud = false } = {}) {
    const root = document.getElementById("side").content.firstElementChild.cloneNode(true);
    const part = (selector) => root.querySelector(selector);
    this.root = root;
    this.#name = name;
    this.#about = about;
    this.#aloud = aloud;
    root.classList.add(kind);
    this.#parts = {
      name: part("h2"),
      state: part(".state"),
      clock: part(".clock"),
      route: part(".route"),
      problem: part(".problem"),
      points: part(".points"),
      noun: part(".points .parts"),
      cards: part(".cards"),
      notes: part(".points .notes"),
      edit: part(".edit"),
      answer: part(".answer"),
      copy: part(".copy"),
    };
    copies(this.#parts.copy, () => this.#text, "The answer is copied as Markdown.");
    for (const [key, label] of [
      ["first", "First text"],
      ["words", "Useful words"],
      ["pace", "Words a second"],
      ["written", "Tokens written"],
      ["read", "Tokens read"],
      ["requests", "Requests"],
    ]) {
      this.#figures[key] = figure(part(".figures"), key, label);
    }
    this.#editor = new PointsEditor(part(".editor"), { rewrite, close: () => this.#closeEditor({ focus: true }) });
    this.#parts.edit.addEventListener("click", () => {
      this.edit();
      this.#editor.focus();
    });
    this.reset();
  }

  /** Edit the points in place of their cards, beginning with the titles given or the answer's. */
  edit(titles) {
    const { cards, edit, notes } = this.#parts;
    this.#editor.open(this.#answer, titles);
    for (const part of [cards, edit, notes]) part.hidden = true;
  }

  /** Put the focus where the points are edited, or where that begins. */
  focusPoints() {
    if (this.#parts.cards.hidden) this.#editor.focus();
    else this.#parts.edit.focus();
  }

  #closeEditor({ focus = false } = {}) {
    const { cards, edit, notes } = this.#parts;
    this.#editor.close();
    for (const part of [cards, notes]) part.hidden = false;
    edit.hidden = this.#answer === null;
    if (focus) edit.focus();
  }

  reset() {
    this.#answer = null;
    this.#closeEditor();
    this.#cards.clear();
    this.#parts.cards.replaceChildren();
    this.#parts.answer.replaceChildren();
    this.#prose = new Prose(this.#parts.answer);
    this.#heard = 0;
  }

  /** Show a run as it is now. */
  show(run) {
    const parts = this.#parts;
    parts.clock.textContent = run.state === "idle" || run.state === "next" ? "" : seconds(run.now_s);
    if (!run.changed) return;
    run.changed = false;
    this.root.dataset.state = run.state;
    parts.state.textContent = STATES[run.state];
    const name = strategyName(run.route?.strategy) ?? this.#name;
    parts.name.textContent = name;
    this.root.setAttribute("aria-label", name);
    parts.route.replaceChildren(...routeOf(run, this.#about));
    parts.problem.hidden = !run.problem;
    parts.problem.textContent = run.problem;
    this.#showPoints(run);
    this.#offerEdit(run);
    this.#showAnswer(run, name);
    this.#showFigures(run);
  }

  #offerEdit({ state, answer, route }) {
    const revisable = state === "done" && partName(route.strategy) === "point" && answer.points.length > 0;
    const whose = revisable && answer.fell_back === null ? answer : null;
    if (whose === this.#answer) return;
    this.#answer = whose;
    this.#parts.edit.hidden = whose === null;
  }

  #showAnswer(run, name) {
    const { answer, copy } = this.#parts;
    this.#text = run.text;
    copy.hidden = !run.text || run.state === "running";
    copy.setAttribute("aria-label", `Copy the answer of ${name}`);
    answer.setAttribute("aria-label", `${name}: answer`);
    answer.setAttribute("aria-busy", String(run.state === "running"));
    const whole = this.#prose.show(run.text, { json: run.isJson, done: run.state === "done" });
    if (!this.#aloud) return;
    for (const block of whole.slice(this.#heard)) tell(block);
    this.#heard = Math.max(this.#heard, whole.length);
  }

  #showFigures(run) {
    if (this.#counted !== run.text) {
      this.#counted = run.text;
      this.#words = usefulWordsIn(run.text);
      this.#repeated = wordsIn(run.text) - this.#words;
    }
    const usage = run.answer?.usage;
    const show = (key, value, note = "") => {
      this.#figures[key].value.textContent = value;
      this.#figures[key].note.textContent = note;
    };
    show("first", seconds(run.first_s));
    show("words", this.#words ? whole(this.#words) : "–", this.#repeated > 0 ? `${whole(this.#repeated)} repeated` : "");
    const kept = [...run.points.values()].some((point) => point.kept); // words that took no time tell no pace
    show("pace", usage && run.ended_s && !kept ? rate(this.#words / run.ended_s) : "–");
    const thoughts = usage?.reasoning_tokens ? `${whole(usage.reasoning_tokens)} of thoughts` : "";
    show("written", usage ? whole(usage.completion_tokens) : "–", thoughts);
    show("read", usage ? whole(usage.prompt_tokens) : "–", usage ? `${whole(usage.cached_tokens)} cached` : "");
    const cost = run.answer?.cost;
    show("requests", usage ? whole(usage.requests) : "–", cost ? money(cost.spent, cost.currency) : "");
  }

  #showPoints(run) {
    const { points, cards, notes } = this.#parts;
    points.hidden = run.points.size === 0;
    const noun = partName(run.route?.strategy);
    this.#parts.noun.textContent = `${noun[0].toUpperCase()}${noun.slice(1)}s`;
    const models = run.answer ? modelsByStage(run.answer) : new Map();
    const writers = [...(models.get(`${noun}s`) ?? [])];
    for (const [index, point] of run.points) {
      let card = this.#cards.get(index);
      if (!card) {
        card = new Card(index);
        this.#cards.set(index, card);
        cards.append(card.root);
      }
      card.show(point);
      card.root.title = writers.length === 1 ? `Written by ${writers[0]}` : "";
    }
    for (const [index, card] of this.#cards) {
      if (run.points.has(index)) continue;
      card.root.remove();
      this.#cards.delete(index);
    }
    const states = new Set([...run.points.values()].map((point) => point.state));
    notes.textContent = Object.keys(NOTES)
      .filter((state) => states.has(state))
      .map((state) => NOTES[state])
      .join(" ");
  }
}

class Card {
  constructor(index) {
    this.root = element("li", "card");
    const head = element("div", "head");
    this.title = element("span", "title");
    head.append(element("span", "number", index), this.title);
    this.text = element("p", "text");
    const tail = element("div", "tail");
    tail.append(this.text);
    const when = element("div", "when");
    this.state = element("span", "state");
    this.span = element("span", "span");
    when.append(this.state, this.span);
    this.root.append(head, tail, when);
  }

  show(point) {
    const { state, attempt, kept, started_s, finished_s } = point;
    this.root.dataset.state = state;
    this.title.textContent = point.title;
    this.text.textContent = point.text;
    this.state.textContent = state === "writing" && attempt > 1 ? "writing again" : kept ? "kept" : state;
    this.span.textContent = finished_s === null || kept ? "" : `${started_s.toFixed(2)}–${seconds(finished_s)}`;
  }
}

/** Who chose the strategy, and why; nothing before it is chosen. */
export function routeInWords(route) {
  if (!route) return "";
  if (route.router === "caller") return "Chosen by you";
  return `The router is ${percent(route.confidence)} sure: ${route.reason}`;
}

function routeOf({ route, fellBack }, about) {
  const nodes = [about || routeInWords(route)];
  if (fellBack !== null) nodes.push(element("span", "fell-back", `Fell back to normal decoding: ${fellBack}`));
  return nodes;
}

function figure(list, key, label) {
  const group = element("div", key);
  const value = element("span", "value");
  const note = element("span", "note");
  const definition = element("dd", "");
  definition.append(value, note);
  group.append(element("dt", "", label), definition);
  list.append(group);
  return { value, note };
}

function element(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}
