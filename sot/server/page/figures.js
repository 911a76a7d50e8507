// How numbers and names are written on the page.

const WHOLE = new Intl.NumberFormat("en");
const strategies = new Map();
const parts = new Map();

/** Take the server's names of its strategies and of their parts: objects from name to label, and to noun. */
export function nameStrategies(labels, nouns) {
  for (const [name, label] of Object.entries(labels)) strategies.set(name, label);
  for (const [name, noun] of Object.entries(nouns)) parts.set(name, noun);
}

/** What a part of a strategy's answers is called: point, field, item. */
export const partName = (strategy) => parts.get(strategy) ?? "point";

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

const STAGES = { point: "points", field: "fields", item: "items", normal: "normal decoding", cot: "chain of thought" };

/** The models of an answer's stages, by stage as people call it; nothing where one model wrote all. */
export function modelsByStage({ stages = [] }) {
  const engines = new Map(stages.map(({ model, backend }) => [`${model} ${backend}`, model]));
  const models = new Map();
  if (engines.size < 2) return models;
  const same = new Set(engines.values()).size < engines.size; // one model at two engines
  for (const { stage, model, backend } of stages) {
    const name = STAGES[stage] ?? stage;
    const known = models.get(name) ?? new Set();
    models.set(name, known.add(same ? `${model} (${backend})` : model));
  }
  return models;
}

/** skeleton by A, points by B; empty where one model wrote all. */
export const modelsOf = (answer) =>
  [...modelsByStage(answer)].map(([stage, models]) => `${stage} by ${[...models].join(" and ")}`).join(", ");

/** $0.00123, $12.34, 0.05 EUR: three digits of a small amount, which is never rounded to 0 */
export function money(amount, currency) {
  if (amount && Math.abs(amount) < 5e-13) return `under ${money(Math.sign(amount) * 1e-12, currency)}`;
  const size = Math.abs(amount);
  const places = size >= 1 || size === 0 ? 2 : Math.min(12, 2 - Math.floor(Math.log10(size)));
  const options = { minimumFractionDigits: size === 0 ? 0 : 2, maximumFractionDigits: size === 0 ? 0 : places };
  const figures = size.toLocaleString("en", options);
  const sign = amount < 0 ? "-" : "";
  return currency.length <= 2 && !/\p{L}/u.test(currency) ? `${sign}${currency}${figures}` : `${sign}${figures} ${currency}`;
}
