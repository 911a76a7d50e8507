// The turns of a conversation: what was asked, what both columns answered, and what goes along with the next question.

/**
 * @typedef {object} Turn
 * @property {string} question
 * @property {string} model
 * @property {{ratio?: string, unit?: string, loss?: boolean, title: string, lines: string[]}} verdict
 * @property {{name: string, text: string, json: boolean, seconds: number}[]} answers Left and right.
 */

export class Conversation {
  /** @param {{id?: string, at?: number, turns?: Turn[]}} kept What was kept of it, if it goes on. */
  constructor({ id = newId(), at = Date.now(), turns = [] } = {}) {
    this.id = id;
    this.at = at;
    this.turns = turns;
  }

  get last() {
    return this.turns.at(-1);
  }

  /** Whether a question is the last one asked anew, which takes the place of that turn. */
  repeats(question) {
    return this.last?.question === question;
  }

  /** The turns that go along with a question. */
  before(question) {
    return this.repeats(question) ? this.turns.slice(0, -1) : this.turns;
  }

  /**
   * What a request says of a question: alone, or after the turns so far. Both columns get the right one's answers, or
   * they would be asked different things.
   */
  asking(question) {
    const before = this.before(question).filter((turn) => turn.answers[1].text.trim());
    if (!before.length) return { question };
    const messages = before.flatMap((turn) => [
      { role: "user", content: turn.question },
      { role: "assistant", content: turn.answers[1].text },
    ]);
    return { messages: [...messages, { role: "user", content: question }] };
  }

  /** @param {Turn} turn */
  add(turn) {
    this.turns = [...this.before(turn.question), turn];
    this.at = Date.now();
  }

  toJSON() {
    return { id: this.id, at: this.at, turns: this.turns };
  }
}

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
