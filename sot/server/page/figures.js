// How numbers and names are written on the page.

const WHOLE = new Intl.NumberFormat("en");
const strategies = new Map();

/** Take the server's names of its strategies: an object from name to label. */
export function nameStrategies(labels) {
  for (const [name, label] of Object.entries(labels)) strategies.set(name, label);
}

/** What a strategy is called: its own name, until the server has told. */
export const strategyName = (strategy) => strategies.get(strategy) ?? strategy;

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
