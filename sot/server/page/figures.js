// How numbers and names are written on the page.

const WHOLE = new Intl.NumberFormat("en");
const STRATEGIES = new Map([
  ["skeleton", "Skeleton-of-Thought"],
  ["normal", "Normal decoding"],
  ["cot", "Chain of thought"],
  ["plan", "Plan and solve"],
]);

/** What a strategy is called; undefined for one that this page does not know. */
export const strategyName = (strategy) => STRATEGIES.get(strategy);

/** 12,345 */
export const whole = (number) => WHOLE.format(number);

/** 0.31 s, 12.4 s */
export const seconds = (value) => (value === null ? "–" : `${value.toFixed(value < 9.995 ? 2 : 1)} s`);

/** 5.3, 53: ratios and rates */
export const rate = (value) => value.toFixed(value < 9.95 ? 1 : 0);

/** 93%; never 100%, because no router is that sure */
export const percent = (share) => `${Math.min(Math.round(share * 100), 99)}%`;

/** 1 request, 12 requests */
export const plural = (count, word) => `${whole(count)} ${word}${count === 1 ? "" : "s"}`;
