// What all pages need: elements, and numbers, times, kinds and writers in words.
//
// Everything in a report is foreign text: thread names, paths, function names. It gets into the page as text nodes and
// attributes only. Nothing here parses markup.

import { KINDS } from "./kinds.js";

const SVG = "http://www.w3.org/2000/svg";

export const at = (id) => document.getElementById(id);

/** An element with a class and children. Strings become text nodes, `null` is left out. */
export function el(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** The same for SVG, with attributes. */
export function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function titled(element, title) {
  element.title = title;
  return element;
}

/** A name and its value, for a list of facts. */
export function fact(name, ...value) {
  return el("div", "", el("dt", "", name), el("dd", "", ...value));
}

/** The head of a column or a row. */
export function th(scope, className, ...children) {
  const head = el("th", className, ...children);
  head.scope = scope;
  return head;
}

export function link(href, ...children) {
  const anchor = el("a", "", ...children);
  anchor.href = href;
  return anchor;
}

export function button(label, pressed) {
  const element = el("button", "", label);
  element.type = "button";
  element.addEventListener("click", pressed);
  return element;
}

// The shape of each severity: 3 certain harm, 2 the contract is broken, 1 nothing is torn.
const SHAPES = { 3: "M5 0h6l5 5v6l-5 5H5l-5-5V5z", 2: "M8 1l8 14H0z", 1: "M8 1a7 7 0 1 0 0 14A7 7 0 1 0 8 1z" };

export const kinds = KINDS.map(({ kind }) => kind);

/** What a report of a kind says, and how bad that is. */
export function meaning(kind) {
  return KINDS.find((known) => known.kind === kind) ?? UNKNOWN_KIND;
}

// A newer version may have more kinds.
const UNKNOWN_KIND = { severity: 2, harm: "contract broken", meaning: "The writer contract was broken." };

/** A badge of a severity. Shape and word say what the colour says. */
export function mark(severity, word) {
  const shape = svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: SHAPES[severity] }));
  return el("span", `badge severity-${severity}`, shape, word);
}

/** The kind as a badge. */
export function badge(kind) {
  const { severity, meaning: sentence, harm } = meaning(kind);
  return titled(mark(severity, kind), `${harm}: ${sentence}`);
}

export function openBadge() {
  return titled(el("span", "badge open", "open"), "A writer of this finding has not come back yet.");
}

/** Microseconds in a unit that can be read. The exact number belongs in a title. */
export function duration(us) {
  if (us < 10) return `${us.toFixed(2)} µs`;
  if (us < 10_000) return `${us.toFixed(1)} µs`;
  if (us < 1_000_000) return `${(us / 1e3).toFixed(1)} ms`;
  return `${(us / 1e6).toFixed(2)} s`;
}

export function number(value) {
  return value.toLocaleString("en").replaceAll(",", "\u202f");
}

/** `1 report`, `2 reports`. */
export function plural(count, noun) {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}

const SIZES = [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]];

/** A number of bytes as a person reads it: `2 B`, `64 KiB`, `1.8 MiB`. No line breaks before the unit. */
export function size(bytes) {
  const [unit, name] = SIZES.find(([unit]) => bytes >= unit) ?? [1, "B"];
  const value = bytes / unit;
  return `${value >= 100 || Number.isInteger(value) ? Math.floor(value) : value.toFixed(1)}\u00a0${name}`;
}

const UNITS = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];

function ago(then) {
  const seconds = Math.max(0, Math.round((Date.now() - then) / 1000));
  if (seconds < 2) return "just now";
  const [size, unit] = UNITS.find(([size]) => seconds >= size);
  return `${Math.floor(seconds / size)} ${unit} ago`;
}

/** A time as `12 s ago`, exact in its title. `refreshTimes` updates it. */
export function time(rfc3339) {
  const element = titled(el("time", "", rfc3339), rfc3339);
  element.dateTime = rfc3339;
  refresh(element);
  return element;
}

function refresh(element) {
  const then = Date.parse(element.dateTime);
  const words = Number.isNaN(then) ? element.dateTime : ago(then);
  if (element.textContent !== words) element.textContent = words;
}

export function refreshTimes() {
  document.querySelectorAll("time").forEach(refresh);
}

/** A writer as summaries name it: its task, or else its thread. */
export function writerLabel({ task, thread }) {
  return task == null ? threadLabel(thread) : `task ${task}`;
}

export function threadLabel({ id, name }) {
  return name === null ? `thread ${id}` : JSON.stringify(name);
}

export const ROLES = ["first", "second"];

/** A summary that shows each writer in its colour. */
export function story(summary, writers, operations) {
  const found = writers.map((writer, index) => [`${operations[index]} by ${writer}`, ROLES[index]])
    .filter(([name]) => summary.split(name).length === 2)
    .sort(([one], [other]) => summary.indexOf(one) - summary.indexOf(other));
  let rest = summary;
  const told = found.flatMap(([name, role]) => {
    const [before, after] = rest.split(name);
    rest = after ?? rest;
    return after === undefined ? [] : [before, el("span", `role role-${role}`, name)];
  });
  return [...told, rest];
}

/** A place in the source as code that may break at its slashes. `short` keeps the last parts of a long path. */
export function place({ file, line, column }, short = false) {
  const parts = file.split(/(?<=[/\\])/);
  const shown = short && parts.length > 4 ? ["…/", ...parts.slice(-3)] : parts;
  const code = el("code", "place");
  for (const part of shown) code.append(part, document.createElement("wbr"));
  if (line) code.append(`:${line}`);
  return titled(code, [file, line, column].filter(Boolean).join(":"));
}

/** Parses `src/main.rs:1:2`. */
export function parsePlace(text) {
  const [, file, line, column] = /^(.*?)(?::(\d+))?(?::(\d+))?$/s.exec(text);
  return { file, line, column };
}

/** What a finding is about: a wire, or a lock. */
export function subject({ wire, lock }) {
  if (lock == null) return ["Wire", `#${wire.id} `, wireLabel(wire)];
  const made = lock.created ? [" ", el("span", "muted", "made at "), place(lock.created, true)] : [];
  return ["Lock", `${lock.kind} #${lock.id}`, ...made];
}

/** Both addresses of a wire. A line may break between them, not inside one. */
export function wireLabel({ local, peer }) {
  if (local === null && peer === null) return el("span", "muted", "no address");
  return el("span", "muted", el("span", "nowrap", local ?? "?"), " ", el("span", "nowrap", `→ ${peer ?? "?"}`));
}
