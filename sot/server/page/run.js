// One answer while it is made: what has happened so far. Knows nothing of how it is shown.

const WORDS = Intl.Segmenter ? new Intl.Segmenter(undefined, { granularity: "word" }) : null;
const LETTER = /\p{L}/u;

/** How many words a text has, also in languages that write no spaces. Numbers, as those of points, are none. */
export function wordsIn(text) {
  const pieces = WORDS ? Array.from(WORDS.segment(text), ({ segment }) => segment) : text.split(/\s+/);
  return pieces.filter((piece) => LETTER.test(piece)).length;
}

/** Words of a text's sentences, each counted once: a model that says a sentence again has said nothing. */
export function usefulWordsIn(text) {
  const said = new Set();
  const fresh = text.split(/(?<=[.!?。！？])\s*|\n+/).filter((sentence) => {
    const key = sentence.trim().toLowerCase();
    if (said.has(key)) return false;
    said.add(key);
    return true;
  });
  return wordsIn(fresh.join("\n"));
}

/**
 * @typedef {object} Point
 * @property {number} index
 * @property {string} title
 * @property {string} text
 * @property {"waiting"|"writing"|"done"|"trimmed"|"repaired"|"missing"} state
 * @property {number} attempt
 * @property {boolean} kept Whether it was taken over from the answer before.
 * @property {number|null} started_s
 * @property {number|null} first_s
 * @property {number|null} finished_s
 */

const OBJECT = /^\s*\{\s*"/; // no Markdown begins so

/** The state of one side of the race. Times are seconds since its question arrived at the server. */
export class Run {
  constructor() {
    /** @type {"idle"|"next"|"running"|"done"|"stopped"|"failed"} */
    this.state = "idle";
    this.problem = "";
    this.waking = false; // whether the model's memory had been given back, and is being taken again
    this.route = null;
    this.fellBack = null;
    this.text = "";
    this.first_s = null;
    this.skeleton = null; // {first_s, finished_s}: when the outline had its first point, and all of them
    /** @type {Map<number, Point>} */
    this.points = new Map();
    this.answer = null;
    this.ended_s = null;
    this.changed = true;
    this.startedAt = 0;
  }

  /** Seconds since the start; stands still once the answer is complete or given up. */
  get now_s() {
    if (this.ended_s !== null) return this.ended_s;
    return this.state === "running" ? (performance.now() - this.startedAt) / 1000 : 0;
  }

  /** Whether the text is a JSON document, or the beginning of one. */
  get isJson() {
    return OBJECT.test(this.text);
  }

  start() {
    this.state = "running";
    this.startedAt = performance.now();
    this.changed = true;
  }

  /** The answer was given up by the user. */
  stop() {
    this.#end("stopped");
  }

  fail(message) {
    this.problem = message;
    this.#end("failed");
  }

  take(event) {
    this.changed = true;
    switch (event.type) {
      case "waking":
        this.waking = true;
        break;
      case "routed":
        this.waking = false;
        this.route = event.route;
        if (event.route.strategy === "skeleton") this.skeleton = { first_s: null, finished_s: null };
        break;
      case "point_found":
        if (this.skeleton && this.skeleton.first_s === null) this.skeleton.first_s = event.at_s;
        this.#point(event.index, event.title);
        break;
      case "skeleton_finished":
        if (this.skeleton) this.skeleton.finished_s = event.at_s;
        break;
      case "point_started":
        this.#pointStarted(event);
        break;
      case "point_delta":
        this.#pointDelta(event);
        break;
      case "point_finished":
        this.#pointFinished(event.point);
        break;
      case "text":
        this.first_s ??= event.at_s;
        this.text += event.text;
        break;
      case "fell_back":
        this.fellBack = event.reason;
        this.points.clear();
        break;
      case "stage_replaced":
        if (event.stage === "skeleton") this.points.clear(); // the main engine writes it anew
        break;
      case "finished":
        this.answer = event.answer;
        this.text = event.answer.text;
        this.first_s = event.answer.timing.first_text_s;
        this.#end("done", event.answer.timing.total_s);
    }
  }

  #end(state, at_s = this.now_s) {
    this.ended_s = state === "done" || this.state === "running" ? at_s : null;
    this.state = state;
    this.changed = true;
  }

  #point(index, title = "") {
    let point = this.points.get(index);
    if (!point) {
      const times = { started_s: null, first_s: null, finished_s: null };
      point = { index, title, text: "", state: "waiting", attempt: 1, kept: false, ...times };
      this.points.set(index, point);
    }
    return point;
  }

  #pointStarted({ index, attempt, continues, at_s }) {
    const point = this.#point(index);
    point.attempt = attempt;
    point.state = "writing";
    point.started_s ??= at_s;
    if (!continues) point.text = "";
  }

  #pointDelta({ index, text, at_s }) {
    const point = this.#point(index);
    point.first_s ??= at_s;
    point.text += text;
  }

  #pointFinished(finished) {
    const point = this.#point(finished.index, finished.title);
    point.text = finished.text;
    point.state = finished.status;
    point.kept = point.started_s === null && finished.usage.requests === 0 && finished.status !== "missing";
    point.started_s = finished.started_s;
    point.first_s = finished.first_text_s;
    point.finished_s = finished.finished_s;
  }
}
