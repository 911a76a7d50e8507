// The questions that every client for node asks, and the form in which its script reports: as contract.py has them.
import { z } from "zod";

export const QUESTION = "How can I sleep better?";
export const LIMIT = 400; // tokens of an answer, more than it has
// An answer that would take minutes, so that it still runs when its reader leaves.
export const ENDLESS = { ignore_eos: true, max_tokens: 6000 };
export const TOO_LONG = "sleep ".repeat(5_000); // more tokens than the model's context has
export const UNKNOWN = "no-such-model";
export const TOO_HOT = 9; // a temperature that nobody takes
export const Advice = z.object({ reason: z.string(), first_step: z.string() });

export function answer(text, tokens, pieces, whole = text) {
  return { text, tokens, whole, ...(pieces === undefined ? {} : { pieces }) };
}

export async function errorOf(asked) {
  try {
    await asked;
  } catch (error) {
    return `${error.constructor.name}: ${error.message}`;
  }
  return "no error";
}

export function report(noted) {
  console.log(JSON.stringify(noted));
}
