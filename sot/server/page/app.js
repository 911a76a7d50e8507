// The page: one question goes to the server twice, and both answers are shown as they come.

import { about, ask, revise } from "./ask.js";
import { Conversation } from "./conversation.js";
import { nameStrategies, seconds, strategyName } from "./figures.js";
import { history } from "./history.js";
import { bring, follow } from "./insight.js";
import { Run } from "./run.js";
import { share } from "./share.js";
import { routeInWords, Side } from "./side.js";
import { put } from "./store.js";
import { theme } from "./theme.js";
import { drawTimeline } from "./timeline.js";
import { hush } from "./told.js";
import { turnNode } from "./turns.js";
import { revised, verdict } from "./verdict.js";

const HINTS = {
  sequence: "Each has the engine to itself.",
  together: "They share the engine, so each is slower than alone.",
};
const AGAIN_MS = 2000; // between two looks whether the engine is there

const byId = (id) => document.getElementById(id);
const form = byId("ask");
const question = byId("question");
const schema = byId("schema");
const [go, stop] = [byId("go"), byId("stop")];
const sides = [
  new Side("Normal decoding", "normal", "One request, one word after the other"),
  new Side("Skeleton-of-Thought", "sot", "", { rewrite: (titles) => rewrite(titles), aloud: true }),
];
let runs = [new Run(), new Run()];
let nextLook;
let needSchema = []; // strategies whose answers are JSON
let leaving = null; // ends what is in flight; null when nothing is
let conversation = new Conversation();
let shown = ""; // the question whose answers are shown
let asking = {}; // what a request says of it

// ---- A race

async function race() {
  const { strategy, points, order } = form.elements;
  const together = order.value === "together";
  shown = question.value.trim();
  asking = { ...chosenModel(), ...conversation.asking(shown) };
  const requests = [
    { ...asking, sot: { strategy: "normal" } },
    { ...asking, sot: { strategy: strategy.value, max_points: points.valueAsNumber } },
  ];
  if (needSchema.includes(strategy.value)) {
    for (const request of requests) request.schema = JSON.parse(schema.value);
  }
  begin();
  try {
    if (together) {
      await Promise.all(requests.map((request, side) => answer(side, request)));
    } else {
      runs[1].state = "next";
      await answer(0, requests[0]);
      if (runs[0].state === "done") await answer(1, requests[1]);
      else runs[1].state = "idle";
    }
  } finally {
    finish(together);
  }
}

async function answer(side, request) {
  const run = runs[side];
  run.start();
  tell();
  bring(sides[side].root);
  try {
    for await (const event of ask(request, { key: byId("key").value, signal: leaving.signal })) {
      run.take(event);
      if (["waking", "routed", "fell_back", "finished"].includes(event.type)) tell();
    }
  } catch (error) {
    if (leaving.signal.aborted) return run.stop();
    run.fail(error.message);
    if (error.status === 401) byId("key-field").hidden = false;
    leaving.abort(); // a race with one runner is none
  }
}

// ---- A revision

/** Have the right answer written anew with other points; what fails or is stopped leaves it as it was. */
async function rewrite(titles) {
  if (leaving) return;
  const before = runs[1];
  let problem = null;
  before.problem = "";
  runs[1] = new Run();
  sides[1].reset();
  start();
  stop.focus(); // what was pressed is no longer there
  say({ title: "Writing the new points …" });
  runs[1].start();
  try {
    const request = { ...chosenModel(), answer: before.answer, points: titles };
    for await (const event of revise(request, { key: byId("key").value, signal: leaving.signal })) runs[1].take(event);
  } catch (error) {
    problem = leaving.signal.aborted ? "" : error.message;
    if (error.status === 401) byId("key-field").hidden = false;
    restore(before, titles, problem);
  }
  end();
  sides[1].focusPoints();
  if (problem === null) say(turnOver(revised(runs[1])));
  else say({ title: problem ? "The points were not rewritten" : "Stopped", lines: ["The answer stays as it was."] });
}

/** Show an answer again whose points were not rewritten, with the edited titles. */
function restore(run, titles, problem) {
  run.problem = problem;
  run.changed = true;
  runs[1] = run;
  sides[1].reset();
  sides[1].show(run);
  sides[1].edit(titles);
}

/** Say how it stands while it goes on. */
function tell() {
  const [normal, other] = runs;
  const writing = runs.filter((run) => run.state === "running");
  if (!writing.length) return;
  const name = strategyName(writing[0] === normal ? "normal" : (other.route?.strategy ?? "skeleton"));
  const lines = [];
  if (normal.state === "done") lines.push(`Normal decoding took ${seconds(normal.ended_s)}.`);
  if (other.route) lines.push(`${routeInWords(other.route)}.`);
  if (other.fellBack !== null) lines.push("The skeleton was given up for normal decoding.");
  if (writing.some((run) => run.waking)) return say({ title: "Waking the model …", lines });
  say({ title: writing.length > 1 ? "Both are writing …" : `${name} is writing …`, lines });
}

function begin() {
  runs = [new Run(), new Run()];
  for (const side of sides) side.reset();
  for (const id of ["sides", "timeline-figure"]) byId(id).hidden = false;
  showTurns(conversation.before(shown));
  follow();
  start();
}

/** From now on there is something to stop. */
function start() {
  leaving = new AbortController();
  hush();
  lock(true);
  stop.disabled = false;
  if (document.activeElement === go) stop.focus();
  go.disabled = true;
  requestAnimationFrame(frame);
}

/** Nothing is in flight any more. */
function end() {
  leaving = null;
  lock(false);
  go.disabled = false;
  if (document.activeElement === stop) go.focus();
  stop.disabled = true;
  for (const run of runs) run.changed = true;
  draw();
}

function finish(together) {
  end();
  if (runs.every((run) => run.state === "done")) say(turnOver(verdict(...runs, together)));
  else if (runs.some((run) => run.state === "failed")) say({ title: "No comparison: an answer failed" });
  else say({ title: "Stopped" });
  if (conversation.last?.question !== shown || runs.some((run) => run.state !== "done")) showTurns(conversation.turns);
}

// ---- The conversation

/** Add what is shown to the conversation, and keep it; gives the verdict back. */
function turnOver(told) {
  const answers = runs.map((run) => ({
    name: strategyName(run.route.strategy),
    text: run.text,
    json: run.isJson,
    seconds: run.ended_s,
  }));
  const models = new Set(runs.map((run) => run.answer.model));
  conversation.add({ question: shown, model: [...models].join(", "), verdict: told, answers });
  put(conversation.toJSON());
  for (const id of ["talk", "new", "share"]) byId(id).hidden = false;
  return told;
}

/** Show the turns before the one whose answers are below. */
function showTurns(turns) {
  byId("turns").replaceChildren(...turns.map((turn, place) => turnNode(turn, place + 1)));
  byId("talk").hidden = conversation.turns.length === 0;
}

/** Go on with a conversation, or begin one; its answers so far are one line each. */
function goOn(next) {
  conversation = next;
  shown = "";
  runs = [new Run(), new Run()];
  for (const side of sides) side.reset();
  for (const id of ["sides", "timeline-figure"]) byId(id).hidden = true;
  showTurns(conversation.turns);
  say(conversation.turns.length ? { title: "Ask on, or ask something new" } : { title: "A new conversation" });
  question.value = "";
  question.focus();
}

/** While answers are being written the conversation stays the one that it is. */
function lock(on) {
  if (on && !byId("kept").hidden) byId("history").click();
  for (const id of ["new", "history", "share"]) byId(id).disabled = on;
}

// ---- What is shown

const calm = matchMedia("(prefers-reduced-motion: reduce)");
let drawnAt = 0;

function frame(now) {
  if (now - drawnAt >= (calm.matches ? 500 : 33)) {
    drawnAt = now;
    draw();
    const writing = runs.findLastIndex((run) => run.state === "running");
    if (writing >= 0) bring(sides[writing].root);
  }
  if (leaving) requestAnimationFrame(frame);
}

function draw() {
  sides.forEach((side, place) => side.show(runs[place]));
  drawTimeline(byId("timeline"), ...runs);
}

/** Say how it stands, or how it ended; screen readers read it out. */
function say({ ratio = "", unit = "", loss = false, title, lines = [] }) {
  const box = byId("verdict-ratio");
  box.hidden = !ratio;
  box.classList.toggle("loss", loss);
  box.querySelector("b").textContent = ratio;
  box.querySelector("span").textContent = unit;
  byId("verdict-title").textContent = title;
  byId("verdict-lines").replaceChildren(
    ...lines.map((line) => {
      const item = document.createElement("li");
      item.textContent = line;
      return item;
    }),
  );
}

// ---- The server, the form

/** What follows from the choices made in the form. */
function explain() {
  const { strategy, points, order } = form.elements;
  byId("order-hint").textContent = HINTS[order.value];
  points.disabled = !["auto", "skeleton"].includes(strategy.value);
  byId("schema-field").hidden = !needSchema.includes(strategy.value);
  checkSchema();
}

/** Let the form be sent only with a schema that is a JSON object, where it needs one. */
function checkSchema() {
  let problem = "";
  if (!byId("schema-field").hidden) {
    try {
      const value = JSON.parse(schema.value);
      if (value === null || typeof value !== "object" || Array.isArray(value)) problem = "The schema must be a JSON object.";
    } catch (error) {
      problem = `The schema is not JSON: ${error.message}`;
    }
  }
  schema.setCustomValidity(problem);
}

const CACHES = {
  running: "with a prefix cache",
  idle: "with a prefix cache for finished requests",
  no: "without a prefix cache",
  unknown: "perhaps with a prefix cache",
};

/** Offer the server's strategies for the right column. */
function offer({ labels, parts, need_schema, models = [] }) {
  const model = form.elements.model;
  if (model.options.length !== models.length) model.replaceChildren(...models.map((name) => new Option(name, name)));
  byId("model-field").hidden = models.length < 2;
  nameStrategies(labels, parts);
  needSchema = need_schema;
  const choice = form.elements.strategy;
  const offered = new Set(Array.from(choice.options, (option) => option.value));
  for (const [name, label] of Object.entries(labels)) {
    if (!offered.has(name)) choice.append(new Option(label, name));
  }
}

/** The model of a request, where the server has several. */
const chosenModel = () => (form.elements.model.value ? { model: form.elements.model.value } : {});

/** Show what the engine is, as soon as it can be asked. */
async function meet() {
  clearTimeout(nextLook);
  try {
    const server = await about(byId("key").value);
    const where = /^https?:/.test(server.backend) ? server.backend : server.backend.split(":")[0];
    const cache = CACHES[server.engine.caches_prefixes];
    const steps = server.step_times;
    const batch = steps ? ` · eight at once: a step takes ${steps.ratio}x as long, a skeleton brings ${steps.speed_up}x` : "";
    byId("engine").textContent = `${server.model} · ${where} · ${cache}${batch}`;
    byId("version").textContent = `Version ${server.version}.`;
    if (server.needs_key) byId("key-field").hidden = false;
    offer(server);
  } catch (error) {
    byId("engine").textContent = error.message;
    if (error.status === 401) byId("key-field").hidden = false;
    else nextLook = setTimeout(meet, AGAIN_MS);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!leaving) race();
});
question.addEventListener("focus", () => {
  if (question.value.trim() === shown) question.select(); // the next one is typed over it
});
question.addEventListener("input", () =>
  question.setCustomValidity(question.value.trim() ? "" : "Write a question first."),
);
schema.addEventListener("input", checkSchema);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  if (event.key === "Escape" && leaving) leaving.abort();
});
stop.addEventListener("click", () => leaving?.abort());
for (const example of document.querySelectorAll(".example")) {
  example.addEventListener("click", () => {
    question.value = example.textContent;
    question.setCustomValidity("");
    question.focus();
  });
}
form.addEventListener("change", explain);
byId("key").addEventListener("change", meet);
new ResizeObserver(() => drawTimeline(byId("timeline"), ...runs)).observe(byId("timeline"));

if (/mac|iphone|ipad/i.test(navigator.platform)) document.querySelector("kbd").textContent = "⌘ ↵";
theme(byId("theme"));
history({ open: (kept) => goOn(new Conversation(kept)) });
byId("new").addEventListener("click", () => goOn(new Conversation()));
byId("share").addEventListener("click", () => share(conversation.turns));
byId("sides").append(...sides.map((side) => side.root));
explain();
meet();
