// Who wrote when: bars over a common axis of seconds, each side counted from the arrival of its own question.

import { seconds } from "./figures.js";

const SVG = "http://www.w3.org/2000/svg";
const LABELS = 64;
const RIGHT = 52; // room for the time at the end of the longest bar
const TOTAL = { step: 24, bar: 14 };
const LANE = { step: 12, bar: 6 };
const AXIS = 20;
const SHORT = { skeleton: "SoT", normal: "Normal", cot: "CoT", plan: "Plan", fields: "Fields", items: "Items" };
const ENDS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120];

/**
 * Draw two runs.
 * @param {HTMLElement} box Where; its width is the picture's.
 * @param {import("./run.js").Run} normal
 * @param {import("./run.js").Run} other
 */
export function drawTimeline(box, normal, other) {
  const rows = rowsOf(normal, other);
  const width = Math.max(box.clientWidth, 200);
  const height = rows.reduce((sum, row) => sum + row.size.step, AXIS + 4);
  const running = normal.state === "running" || other.state === "running" || other.state === "next";
  const latest = Math.max(normal.now_s, other.now_s, 0.5);
  const end = running ? (ENDS.find((value) => value >= latest) ?? Math.ceil(latest / 60) * 60) : latest;
  const x = (at_s) => LABELS + (at_s / end) * (width - LABELS - RIGHT);

  const svg = node("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img" });
  svg.setAttribute("aria-label", describe(normal, other));
  svg.append(...axis(end, x, height));
  let top = 2;
  for (const row of rows) {
    svg.append(...draw(row, x, top));
    top += row.size.step;
  }
  box.replaceChildren(svg);
}

function rowsOf(normal, other) {
  const total = (label, kind, run) => ({
    label,
    kind,
    size: TOTAL,
    start: 0,
    first: run.first_s,
    end: run.now_s,
    time: run.now_s > 0 ? seconds(run.now_s) : "",
  });
  const rows = [
    total("Normal", "normal", normal),
    total(SHORT[other.route?.strategy ?? "skeleton"] ?? "Right", "sot", other),
  ];
  if (other.skeleton) {
    const { first_s, finished_s } = other.skeleton;
    rows.push({ label: "skeleton", kind: "sot", size: LANE, start: 0, first: first_s, end: finished_s ?? other.now_s });
  }
  for (const point of other.points.values()) {
    rows.push({
      label: String(point.index),
      title: point.title,
      kind: `sot ${point.state}`,
      size: LANE,
      start: point.started_s,
      first: point.first_s,
      end: point.finished_s ?? other.now_s,
    });
  }
  return rows;
}

function draw(row, x, top) {
  const middle = top + row.size.step / 2;
  const nodes = [text(LABELS - 10, middle, row.label, row.size === TOTAL ? "label" : "label small")];
  if (row.start !== null) {
    const first = Math.min(row.first ?? row.end, row.end);
    const y = middle - row.size.bar / 2;
    const bar = (from, to, kind) =>
      node("rect", { x: x(from), y, width: Math.max(x(to) - x(from), 0), height: row.size.bar, class: kind });
    const group = node("g", { class: `bar ${row.kind}` });
    group.append(bar(row.start, first, "pale"), bar(first, row.end, "solid"));
    if (row.title) group.append(node("title", {}, `${row.title}: ${seconds(row.start)} to ${seconds(row.end)}`));
    nodes.push(group);
  }
  if (row.time) nodes.push(text(x(row.end) + 6, middle, row.time, "time"));
  return nodes;
}

function axis(end, x, height) {
  const step = [0.2, 0.5, 1, 2, 5, 10, 20, 30, 60].find((size) => end / size <= 6) ?? 120;
  const nodes = [];
  for (let tick = 0; tick <= end + 1e-6; tick += step) {
    nodes.push(node("line", { x1: x(tick), x2: x(tick), y1: 0, y2: height - AXIS, class: "grid" }));
    nodes.push(text(x(tick), height - AXIS / 2, `${+tick.toFixed(1)}`, "tick"));
  }
  nodes.push(text(x(end) + RIGHT, height - AXIS / 2, "s", "unit"));
  return nodes;
}

function describe(normal, other) {
  const points = [...other.points.values()].filter((point) => point.finished_s !== null);
  const lanes = points.map((point) => `point ${point.index} ${seconds(point.started_s)} to ${seconds(point.finished_s)}`);
  return ["Timeline", `normal decoding ${seconds(normal.now_s)}`, `right column ${seconds(other.now_s)}`, ...lanes].join("; ");
}

function text(x, y, content, kind) {
  return node("text", { x, y, class: kind }, content);
}

function node(name, attributes, content) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (content !== undefined) made.textContent = content;
  return made;
}
