// The writers of a finding: thread or task, call site, and backtrace.

import { duration, el, fact, place, threadLabel, titled } from "./shared.js";

/** A writer as a card. `sources` are the lines round its call site and round other frames of the application. */
export function writerCard(writer, sources = []) {
  const site = writer.call_site ? place(writer.call_site) : el("span", "muted", "unknown");
  const isAtLock = writer.handle === 0;
  const locks = writer.locks ?? [];
  const title = el("h3", "", el("span", "role", `${writer.role === "first" ? "First" : "Second"}${isAtLock ? "" : " writer"}:`), " ",
    writer.operation);
  const facts = el(
    "dl",
    "facts",
    who(writer),
    writer.spans?.length > 0 ? fact("Spans", ...spans(writer.spans)) : null,
    fact("Call site", site, ...ofLibrary(writer)),
    isAtLock ? null : fact("Handle", `#${writer.handle}`, ...made(writer.made)),
    writer.doing ? fact("Meanwhile in", writer.doing) : null,
    fact("Outcome", ...outcome(writer)),
    locks.length > 0 ? fact("Locks held", ...locks.map(heldLock)) : null,
  );
  const source = sourceOf(writer.call_site, sources);
  const shown = source && excerpt(source);
  // A frame has the whole path of a file. A call site has the path that the compiler was given.
  const others = sources.filter(({ file, line }) => !(line === source?.line && file.endsWith(source.file)));
  const dropped = writer.dropped_at ?? [];
  return el(
    "article",
    `writer panel role-${writer.role}`,
    title,
    facts,
    shown,
    el("h4", "", "Backtrace"),
    writer.backtrace.length > 0 && writer.backtrace_missing ? el("p", "muted", writer.backtrace_missing) : null,
    writer.backtrace.length > 0 ? frameList(writer.backtrace, others)
      : el("p", "unavailable", `Not available: ${writer.backtrace_missing ?? "no reason was given"}`),
    ...(dropped.length > 0 ? [el("h4", "", "Dropped here, inside its frame"), frameList(dropped, others)] : []),
  );
}

/** A word behind the call site where it is no line of the application. */
function ofLibrary({ call_site_origin: origin }) {
  return origin && origin !== "app" ? [" ", el("span", "muted", "of a library")] : [];
}

function who({ task, thread }) {
  const number = thread.name === null ? null : el("span", "muted", ` ${thread.id}`);
  if (task == null) return fact("Thread", threadLabel(thread), number);
  return fact("Task", task, el("span", "muted", thread.name === null ? " on " : " on thread "), threadLabel(thread),
    number);
}

/** `request > broadcast`, the outermost first. A line may break after each. */
function spans(names) {
  return names.flatMap((name, index) => [index > 0 ? el("span", "muted", " > ") : null, el("code", "", name)]);
}

/** `, WebSocket made at src/main.rs:12`. */
function made(made) {
  if (!made) return [];
  return [el("span", "muted", `, ${made.kind}${made.at ? " made at " : ""}`), made.at ? place(made.at, true) : null];
}

function heldLock({ id, kind, created, taken, shared }) {
  const made = created ? [el("span", "muted", ", made at "), place(created, true)] : [];
  const since = taken ? [el("span", "muted", shared ? ", taken to read at " : ", taken at "), place(taken, true)] : [];
  return el("div", "", `${kind} #${id}`, ...made, ...since);
}

function outcome({ outcome, began_us, ended_us, held_us }) {
  if (ended_us === null) return ["not back yet"];
  const us = ended_us - began_us - (held_us ?? 0);
  const meaning = { pending: ": to be polled again", unfinished: ": a part of its frame was on the wire" };
  const words = meaning[outcome] ? el("span", "muted", meaning[outcome]) : null;
  const held = held_us ? el("span", "muted", `, and ${duration(held_us)} for which redhanded held it`) : null;
  return [outcome, titled(el("span", "", ` after ${duration(us)}`), `${us} µs`), words, held];
}

// --- source --------------------------------------------------------------------------------------------------------

function sourceOf(site, sources) {
  return site && sources.find(({ file, line }) => file === site.file && line === site.line);
}

function excerpt({ line, first, lines }) {
  const digits = String(first + lines.length).length;
  const indent = Math.min(...lines.filter((text) => text.trim()).map((text) => text.search(/\S/)));
  const rows = lines.map((text, index) => {
    const here = first + index === line;
    const gutter = `${here ? "▶" : " "} ${String(first + index).padStart(digits)}  `;
    return el("span", here ? "here" : "", el("span", "muted", gutter), text.slice(indent), "\n");
  });
  const block = el("pre", "source", el("code", "", ...rows));
  block.tabIndex = 0;
  return block;
}

// --- frames --------------------------------------------------------------------------------------------------------

/** The frames of the application. Every run of other frames is folded into a line that says whose they are. */
function frameList(frames, sources) {
  const list = el("ol", "frames");
  // Without a frame of the application, all frames are shown.
  const unfolded = !frames.some((frame) => frame.origin === "app");
  for (let from = 0; from < frames.length; ) {
    let to = from + 1;
    if (frames[from].origin === "app") {
      list.append(frameLine(frames[from], from, sourceOf(frames[from], sources)));
    } else {
      while (to < frames.length && frames[to].origin !== "app") to += 1;
      list.append(fold(frames.slice(from, to), from, unfolded));
    }
    from = to;
  }
  return list;
}

const ORIGINS = { dependency: "dependencies", runtime: "the runtime", redhanded: "redhanded" };

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

function frameLine(frame, index, source) {
  const own = frame.origin === "app";
  const name = el(own ? "strong" : "span", "function", ...functionName(frame.function));
  const where = frame.file === null ? el("span", "muted", "source unknown") : place(frame);
  const more = source && el("details", "", el("summary", "", "Source"), excerpt(source));
  return el("li", own ? "frame own" : "frame", el("span", "index", String(index)), el("div", "", name, where, more));
}

// The end of every async function's name, in the old mangling and the new.
const CLOSURES = /(?:::\{(?:\{closure\}|closure#\d+)\})+$/;

/** The name of a function, with the closures inside it less prominent. */
function functionName(name) {
  const at = name.search(CLOSURES);
  return at <= 0 ? [name] : [name.slice(0, at), el("span", "closure", name.slice(at))];
}
