// What the race showed, in words: also where the answer came later, was shorter or cost more.

import { modelsOf, money, partName, plural, rate, seconds, strategyName, whole } from "./figures.js";
import { usefulWordsIn } from "./run.js";

const SAME_ANSWER = ["skeleton", "items"]; // strategies that answer as normal decoding would, and so can be sooner
const SAME = 1.05; // nearer than this nothing is claimed: two runs of one method differ by as much

/**
 * Compare two finished runs.
 * @param {import("./run.js").Run} normal
 * @param {import("./run.js").Run} other
 * @param {boolean} together Both ran at the same time.
 * @returns {{ratio?: string, unit?: string, loss?: boolean, title: string, lines: string[]}} A ratio only where both
 *   answer the same: of useful words a second, since a shorter answer is sooner without being faster.
 */
export function verdict(normal, other, together) {
  return {
    ...headline(normal, other),
    lines: [
      firstText(normal, other),
      lengths(normal, other),
      cost(normal, other),
      ...models(other),
      ...warnings(normal, other, together),
    ],
  };
}

/**
 * Say what rewriting points took.
 * @param {import("./run.js").Run} run The finished run of the revised answer.
 * @returns {{title: string, lines: string[]}}
 */
export function revised(run) {
  const { points, usage } = run.answer;
  const kept = [...run.points.values()].filter((point) => point.kept).length;
  const stayed = kept ? `${plural(kept, "text")} stayed as ${kept === 1 ? "it was" : "they were"}` : "";
  if (kept === points.length) return { title: "The points stand as you put them", lines: [`0 requests: ${stayed}.`] };
  const lines = [
    `Cost: ${plural(usage.requests, "request")}, ${whole(usage.completion_tokens)} tokens written${thoughts(usage)}.`,
    ...(stayed ? [`${stayed}.`] : []),
    ...models(run),
  ];
  const missing = points.filter((point) => point.status === "missing").length;
  if (missing) lines.push(`${plural(missing, "point")} could not be written.`);
  return { title: `${plural(points.length - kept, "point")} rewritten in ${seconds(run.ended_s)}`, lines };
}

function headline(normal, other) {
  const { strategy, router } = other.route;
  const times = `${seconds(other.ended_s)} instead of ${seconds(normal.ended_s)}`;
  if (strategy === "normal") {
    const who = router === "caller" ? "Both columns were decoded normally" : "The router left this to normal decoding";
    return { title: `${who}: ${times}` };
  }
  if (!SAME_ANSWER.includes(strategy) && !(normal.isJson && other.isJson)) return { title: `${strategyName(strategy)} took ${times}` };
  if (other.fellBack !== null) return { title: `The skeleton was given up for normal decoding: ${times}` };
  const [usual, now] = paces(normal, other);
  if (!usual || !now) return { title: `The whole answer in ${times}` };
  const title = `${rate(now)} useful words a second instead of ${rate(usual)}; the whole answer in ${times}`;
  const gain = now / usual;
  if (gain >= SAME) return { ratio: rate(gain), unit: "times faster", title };
  if (gain > 1 / SAME) return { title: `About as fast: ${title}` };
  return { ratio: rate(1 / gain), unit: "times slower", loss: true, title };
}

const words = ({ text }) => usefulWordsIn(text);
const paces = (...runs) => runs.map((run) => words(run) / run.ended_s);

function firstText(normal, other) {
  if (normal.first_s === null || other.first_s === null) return "An answer was empty.";
  const later = other.first_s - normal.first_s;
  const times = `${seconds(other.first_s)} instead of ${seconds(normal.first_s)}`;
  if (Math.abs(later) < 0.005) return `First text at the same time: ${times}.`;
  return `First text ${seconds(Math.abs(later))} ${later > 0 ? "later" : "sooner"}: ${times}.`;
}

function lengths(normal, other) {
  const [usual, now] = paces(normal, other);
  const counts = `${whole(words(other))} useful words instead of ${whole(words(normal))}`;
  if (!usual || !now) return `${counts}.`;
  if (now < usual / SAME && other.ended_s < normal.ended_s) return `Sooner only because it is shorter: ${counts}.`;
  if (now > usual * SAME && other.ended_s > normal.ended_s) return `Later only because it is longer: ${counts}.`;
  const { strategy } = other.route;
  const told = SAME_ANSWER.includes(strategy) && other.fellBack === null; // by the headline
  return told ? `${counts}.` : `${counts}: ${rate(now)} a second instead of ${rate(usual)}.`;
}

const thoughts = ({ reasoning_tokens }) =>
  reasoning_tokens ? ` (${whole(reasoning_tokens)} of them thoughts)` : "";

function cost(normal, other) {
  const [before, after] = [normal.answer.usage, other.answer.usage];
  const cached = after.cached_tokens ? ` (${whole(after.cached_tokens)} from the prefix cache)` : "";
  return (
    `Cost: ${plural(after.requests, "request")} instead of ${whole(before.requests)}, ` +
    `${whole(after.prompt_tokens)} tokens read${cached} instead of ${whole(before.prompt_tokens)}, ` +
    `${whole(after.completion_tokens)} written${thoughts(after)} instead of ` +
    `${whole(before.completion_tokens)}${thoughts(before)}${spent(normal, other)}.`
  );
}

/** Say which model wrote what, where it was more than one, and which stage's engine failed. */
function models({ answer }) {
  const failed = (answer.stage_failures ?? []).map(
    ({ stage, model }) => `The engine for the ${stage} (${model}) failed; the main one took over.`,
  );
  const written = modelsOf(answer);
  return written ? [`${written[0].toUpperCase()}${written.slice(1)}.`, ...failed] : failed;
}

/** What both cost in money; nothing where the server has no prices. */
function spent(normal, other) {
  const [before, after] = [normal.answer.cost, other.answer.cost];
  if (!before || !after) return "";
  return `; ${money(after.spent, after.currency)} instead of ${money(before.spent, before.currency)}`;
}

/** Incomplete for another reason than its token limit, which has a warning of its own. */
const incomplete = ({ answer }) => !answer.complete && answer.finish_reason !== "length";

function warnings(normal, other, together) {
  const lines = [];
  if (together) lines.push("Both ran at once and slowed each other; one after the other is the fairer comparison.");
  if (normal.answer.finish_reason === "length") lines.push("The left answer was cut at its token limit.");
  if (other.answer.finish_reason === "length") lines.push("The right answer was cut at its token limit.");
  if (other.isJson && !normal.isJson) lines.push("Only the right answer is JSON: the engine did not hold the left one to the schema.");
  const missing = other.answer.points.filter((point) => point.status === "missing").length;
  if (missing) lines.push(`${plural(missing, partName(other.route.strategy))} could not be written.`);
  else if (incomplete(other)) lines.push("The right answer is incomplete.");
  if (incomplete(normal)) lines.push("The left answer is incomplete.");
  return lines;
}
