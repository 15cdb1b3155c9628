// One report: facts, the bytes round a tear, timeline, and both writers side by side.

import { badge, duration, el, fact, link, meaning, notice, number, openBadge, place, plural, poll, svg, threadLabel,
  time, titled, wireLabel } from "./shared.js";
import { drawing, farEnd, wireDetails } from "./wire.js";

const id = decodeURIComponent(location.pathname.split("/").pop());
const address = `/api/reports/${encodeURIComponent(id)}`;
const at = (name) => document.getElementById(name);
let lastText = "";

at("raw").href = address;

poll(address, (status, text) => {
  if (status === 404) return notice("The program that answers here has no such report: it was started again.");
  if (status !== 200) return notice(`The program answered ${status}.`);
  notice("");
  if (text === lastText) return;
  const report = JSON.parse(text);
  lastText = text;
  show(report);
});

// In a storm the count changes every second; the stacks do not. A part is made anew only when its own data changed,
// so that what the reader has opened or selected stays.
const parts = new Map();
function part(name, data, make) {
  const text = JSON.stringify(data);
  if (parts.get(name) === text) return;
  parts.set(name, text);
  make();
}

function show(report) {
  at("main").hidden = false;
  at("main").removeAttribute("aria-busy");
  document.title = `${report.kind}: ${report.summary} – redhanded`;
  part("head", [report.kind, report.open, report.summary], () => {
    at("kind").replaceChildren(badge(report.kind), ...(report.open ? [openBadge()] : []));
    at("summary").textContent = report.summary;
  });
  part("note", report.note, () => {
    at("note").hidden = report.note === null;
    at("note").textContent = report.note ?? "";
  });
  part("lead", [report.kind, report.guide], () => at("lead").replaceChildren(...lead(report)));
  const { writers, samples, bytes, ...others } = report;
  part("facts", others, () => at("facts").replaceChildren(...facts(report)));
  part("bytes", [bytes, report.kind], () => showBytes(report));
  part("writers", writers, () => {
    keepDrawn(at("timeline"), writers);
    at("writers").replaceChildren(...writers.map((writer) => writerCard(writer, 3)));
  });
  part("samples", [samples, report.dropped], () => showSamples(report));
}

function lead({ kind, guide }) {
  const { sentence } = meaning(kind);
  if (!guide) return [sentence];
  // A guide of any other scheme (or a path) is shown and not followed.
  if (!guide.startsWith("https://")) return [`${sentence} Why this is wrong: `, el("code", "", guide)];
  const anchor = link(guide, "Why this is wrong, and how to put it right");
  anchor.rel = "noopener noreferrer";
  return [sentence, " ", anchor];
}

function facts(report) {
  const { wire, process } = report;
  return [
    fact("Kind", `${report.kind} `, el("span", "muted", `(${meaning(report.kind).harm})`)),
    fact("Wire", `#${wire.id} `, wireLabel(wire)),
    fact("Count", report.count === 0 ? "the first one is still open" : number(report.count)),
    fact("Last seen", time(report.last_seen)),
    fact("First seen", time(report.first_seen)),
    fact("Process", process.name, el("span", "muted", ` ${process.pid}`)),
  ];
}

function showBytes({ bytes, kind }) {
  at("wire-section").hidden = bytes === null;
  at("far-end-section").hidden = bytes === null;
  at("wire").replaceChildren(...(bytes === null ? [] : wireDetails(bytes, kind)));
  at("far-end").replaceChildren(...(bytes === null ? [] : farEnd(bytes.far_end)));
}

// --- writers -------------------------------------------------------------------------------------------------------

function writerCard(writer, level) {
  const role = writer.role === "first" ? "First writer" : writer.role === "second" ? "Second writer" : writer.role;
  const site = writer.call_site ? place(writer.call_site) : el("span", "muted", "unknown");
  return el(
    "article",
    `writer role-${writer.role}`,
    el(`h${level}`, "", el("span", "role", `${role}:`), " ", el("span", "operation", writer.operation)),
    el(
      "dl",
      "facts",
      who(writer),
      writer.spans?.length > 0 ? fact("Spans", ...spans(writer.spans)) : null,
      fact("Call site", site),
      fact("Handle", `#${writer.handle}`),
      fact("Outcome", ...outcome(writer)),
    ),
    el(`h${level + 1}`, "", "Backtrace"),
    backtrace(writer),
    writer.dropped_at?.length > 0 ? dropped(writer.dropped_at) : null,
  );
}

function who({ task, thread }) {
  const number = thread.name === null ? null : el("span", "muted", ` ${thread.id}`);
  if (task == null) return fact("Thread", threadLabel(thread), number);
  const word = thread.name === null ? " on " : " on thread ";
  return fact("Task", task, el("span", "muted", word), threadLabel(thread), number);
}

/** `request > broadcast`, outermost first. A line may break behind each. */
function spans(names) {
  return names.flatMap((name, index) => [index > 0 ? el("span", "muted", " > ") : null, el("code", "", name)]);
}

const OUTCOMES = { pending: "the poll is to be tried again" };

function outcome({ outcome, began_us, ended_us }) {
  const took = ended_us === null ? null : exact(" after ", ended_us - began_us);
  const words = OUTCOMES[outcome];
  return [outcome ?? "has not returned yet", took, words ? el("span", "muted", `: ${words}`) : null];
}

function dropped(frames) {
  const details = el("details", "dropped", el("summary", "", "Dropped here, inside its frame"), frameList(frames));
  details.open = true;
  return details;
}

function exact(before, us) {
  return titled(el("span", "", before + duration(us)), `${us} µs`);
}

function backtrace(writer) {
  const frames = writer.backtrace;
  if (frames.length === 0) {
    return el("p", "unavailable", `Not available: ${writer.backtrace_missing ?? "no reason was given"}`);
  }
  return frameList(frames);
}

/** The application's frames in front; every run of others is folded into a line that says whose they are. */
function frameList(frames) {
  const list = el("ol", "frames");
  // Without a frame of the application's own there is nothing in front to hide the rest behind.
  const unfolded = !frames.some((frame) => frame.origin === "app");
  for (let from = 0; from < frames.length; ) {
    let to = from + 1;
    if (frames[from].origin === "app") {
      list.append(frameLine(frames[from], from));
    } else {
      while (to < frames.length && frames[to].origin !== "app") to += 1;
      list.append(fold(frames.slice(from, to), from, unfolded));
    }
    from = to;
  }
  return list;
}

const ORIGINS = { dependency: "dependencies", runtime: "runtime", redhanded: "redhanded" };

function fold(frames, from, unfolded) {
  const counts = new Map();
  for (const { origin } of frames) counts.set(origin, (counts.get(origin) ?? 0) + 1);
  const words = [...counts].map(([origin, count], index) => {
    const noun = index === 0 ? (count === 1 ? " frame" : " frames") : "";
    return `${count}${noun} of ${ORIGINS[origin] ?? origin}`;
  });
  const inner = el("ol", "frames", ...frames.map((frame, index) => frameLine(frame, from + index)));
  const details = el("details", "", el("summary", "", words.join(", ")), inner);
  details.open = unfolded;
  return el("li", "fold", details);
}

function frameLine(frame, index) {
  const own = frame.origin === "app";
  const name = el(own ? "strong" : "span", "function", ...functionName(frame.function));
  const where = frame.file === null ? el("span", "muted", "source unknown") : place(frame);
  return el("li", own ? "frame own" : "frame", el("span", "index", String(index)), el("div", "", name, where));
}

// What every async function's name ends with, under the old mangling and the new.
const CLOSURES = /(?:::\{(?:\{closure\}|closure#\d+)\})+$/;

/** The function's own name stands out from the closures inside of it, which all of its body may be. */
function functionName(name) {
  const at = name.search(CLOSURES);
  return at <= 0 ? [name] : [name.slice(0, at), el("span", "closure", name.slice(at))];
}

function showSamples({ kind, samples, dropped }) {
  const lost = dropped?.samples ?? 0;
  at("more").hidden = samples.length === 0 && lost === 0;
  const kept = samples.length > 0 ? `${plural(samples.length, "more finding")} kept in full.` : "";
  const counted = lost > 0 ? `${number(lost)} counted and not kept.` : "";
  at("more-note").textContent = `${kept} ${counted}`.trim();
  at("samples").replaceChildren(...samples.map((sample) => sampleDetails(sample, kind)));
}

function sampleDetails(sample, kind) {
  const title = el("summary", "", time(sample.seen), ` on wire #${sample.wire.id} `, wireLabel(sample.wire));
  const note = sample.note === null ? null : el("p", "note", sample.note);
  const wire = sample.bytes === null ? null : drawing(sample.bytes, kind, true);
  const timeline = el("div", "timeline");
  const writers = el("div", "writers", ...sample.writers.map((writer) => writerCard(writer, 3)));
  keepDrawn(timeline, sample.writers);
  return el("details", "sample", title, note, wire, timeline, writers);
}

// --- timeline ------------------------------------------------------------------------------------------------------

const LANE = 54;
const BAR = 16;
const TOP = 6;

const timelines = new WeakMap(); // box -> { writers, width }

// What is in a closed element has no width until it is opened. A drawing changes its box's height, which is no reason
// to draw it again, and must not happen while sizes are being told.
const widths = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    const { writers, width } = timelines.get(target);
    if (contentRect.width === 0 || contentRect.width === width) continue;
    timelines.set(target, { writers, width: contentRect.width });
    requestAnimationFrame(() => drawTimeline(target, writers, contentRect.width));
  }
});

/** Draws a timeline, and again whenever the width of its box changes. */
function keepDrawn(box, writers) {
  timelines.set(box, { writers, width: 0 });
  widths.unobserve(box);
  widths.observe(box);
}

/** Two lanes to scale, one a writer; where both had the wire is shaded across both. */
function drawTimeline(box, writers, room) {
  const width = Math.max(240, room);
  const known = writers.flatMap((writer) => [writer.began_us, writer.ended_us ?? writer.began_us]);
  const open = writers.some((writer) => writer.ended_us === null);
  const start = Math.min(...known);
  const last = Math.max(...known);
  // A writer that is still inside runs off the right edge, past everything known.
  const end = Math.max(start + 1e-3, open ? last + Math.max(1, (last - start) * 0.25) : last);
  const x = (us) => 1 + ((us - start) / (end - start)) * (width - 2);
  const bottom = TOP + writers.length * LANE;
  const height = bottom + 24;

  const both = together(writers, end);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
    "aria-label": spoken(writers, both) });
  for (const tick of ticks(start, end, width)) {
    const line = svg("line", { class: "grid", x1: x(tick), x2: x(tick), y1: TOP, y2: bottom });
    const anchor = x(tick) < 30 ? "start" : x(tick) > width - 30 ? "end" : "middle";
    const place = { class: "tick", x: x(tick), y: height - 6, "text-anchor": anchor };
    const label = svg("text", place, tickLabel(tick, end));
    picture.append(line, label);
  }
  if (both !== null) {
    const left = x(both.from);
    const wide = Math.max(2, x(both.to) - left);
    const shade = svg("rect", { class: "both", x: left, y: TOP, width: wide, height: bottom - TOP });
    shade.append(svg("title", {}, `both had the wire: ${both.to - both.from} µs`));
    picture.append(shade);
  }
  writers.forEach((writer, index) => {
    const top = TOP + index * LANE;
    const left = x(writer.began_us);
    const wide = Math.max(3, x(writer.ended_us ?? end) - left);
    const look = `bar role-${writer.role}${writer.ended_us === null ? " unfinished" : ""}`;
    const rect = svg("rect", { class: look, x: Math.min(left, width - 3), y: top + 24, width: wide, height: BAR });
    rect.append(svg("title", {}, `from ${writer.began_us} µs to ${writer.ended_us ?? "…"} µs`));
    picture.append(rect, laneLabel(writer, left, top + 17, width));
  });
  box.replaceChildren(picture, legend(writers, both));
}

function took(writer) {
  return writer.ended_us === null ? "still inside" : duration(writer.ended_us - writer.began_us);
}

// About the width of a letter; a label that is guessed a little too wide only begins a little further left.
const LETTER = 7.4;

// A label begins where its bar begins, or as far left of it as it takes to stay inside the picture.
function laneLabel(writer, left, y, width) {
  const text = ` ${writer.operation}, ${took(writer)}`;
  const most = Math.floor(width / LETTER) - writer.role.length;
  const shown = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  const x = Math.max(1, Math.min(left, width - (writer.role.length + shown.length) * LETTER));
  const role = svg("tspan", { class: `lane-role role-${writer.role}` }, writer.role);
  return svg("text", { class: "lane", x, y }, role, shown);
}

function together(writers, end) {
  if (writers.length < 2) return null;
  const from = Math.max(...writers.map((writer) => writer.began_us));
  const to = Math.min(...writers.map((writer) => writer.ended_us ?? end));
  return to > from ? { from, to } : null;
}

/** How the two met, in a sentence. */
function meeting(writers, both) {
  const out = writers.filter((writer) => writer.ended_us !== null).length;
  if (both === null) return `The two were not inside at the same time${apart(writers)}.`;
  if (out === 0) return "Both have the wire, and neither has come back yet.";
  const rest = out < writers.length ? ", and one has not come back yet" : "";
  return `Both had the wire for ${duration(both.to - both.from)}${rest}.`;
}

/** How long nobody was inside between the two. */
function apart(writers) {
  if (writers.length < 2) return "";
  const [earlier, later] = [...writers].sort((one, other) => one.began_us - other.began_us);
  const gap = later.began_us - earlier.ended_us;
  return gap > 0 ? `: ${duration(gap)} lie between them` : "";
}

function legend(writers, both) {
  return el("p", "legend muted", both === null ? null : el("span", "swatch"), meeting(writers, both));
}

function spoken(writers, both) {
  const lanes = writers.map((writer) => `${writer.role}: ${writer.operation}, began at ${duration(writer.began_us)}, `
    + took(writer));
  return `${lanes.join("; ")}. ${meeting(writers, both)}`;
}

/** Round numbers, about one every 110 pixels. */
function ticks(start, end, width) {
  const rough = (end - start) / Math.max(2, width / 110);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const list = [];
  for (let tick = Math.ceil(start / step) * step; tick <= end; tick += step) list.push(tick);
  return list;
}

// All in one unit, that of the longest time.
function tickLabel(us, end) {
  if (us === 0) return "0";
  const [unit, name] = end < 1e4 ? [1, "µs"] : end < 1e6 ? [1e3, "ms"] : [1e6, "s"];
  return `${Number((us / unit).toPrecision(4))} ${name}`;
}
