// One report: its summary, the timeline, the bytes round a tear, both writers, and how to put it right.

import { at, badge, el, fact, link, meaning, number, openBadge, plural, story, subject, time,
  writerLabel } from "./shared.js";
import { bind, copyMarkdown, oneAtATime } from "./controls.js";
import { askMarkdown, askReport, askSources, downloads, followReport, pageKeys, showGuide } from "./page.js";
import { keepDrawn } from "./timeline.js";
import { drawing, farEnd, wireDetails } from "./wire.js";
import { writerCard } from "./writers.js";

let sources = [];
// Fetched in advance: a browser lets a page copy only for a moment after a key, and the program may end.
let copied = null;

// The count may change every moment, the stacks do not. A part is made again only when its own data has changed, so that
// what the reader has opened or selected stays.
const parts = new Map();
function part(name, data, make) {
  const text = JSON.stringify(data);
  if (parts.get(name) === text) return;
  parts.set(name, text);
  make();
}

followReport(oneAtATime(async () => {
  const report = await askReport();
  if (report === null) return;
  const stacks = JSON.stringify(report.writers.map((writer) => [writer.call_site, writer.backtrace.length]));
  if (parts.get("stacks") !== stacks) sources = await askSources();
  parts.set("stacks", stacks);
  show(report);
  copied = (await askMarkdown()) ?? copied;
}));

function show(report) {
  const { kind, writers, samples, bytes, ...others } = report;
  at("report").hidden = false;
  at("main").removeAttribute("aria-busy");
  document.title = `${kind}: ${report.summary} – redhanded`;
  part("head", [kind, report.open, report.summary], () => {
    at("kind").replaceChildren(badge(kind), ...(report.open ? [openBadge()] : []));
    at("summary").replaceChildren(...story(report.summary, writers.map(writerLabel),
      writers.map((writer) => writer.operation)));
  });
  part("note", notes(report), () => {
    at("note").hidden = notes(report) === "";
    at("note").textContent = notes(report);
  });
  part("kind", kind, async () => {
    at("lead").textContent = meaning(kind).meaning;
    at("guide-section").hidden = !(await showGuide(at("guide"), kind));
  });
  part("facts", others, () => at("facts").replaceChildren(...facts(report)));
  part("bytes", [bytes, kind], () => {
    at("wire-section").hidden = bytes === null;
    if (bytes === null) return;
    at("wire").replaceChildren(...wireDetails(bytes, kind));
    at("far-end").replaceChildren(...farEnd(bytes.far_end));
  });
  part("writers", [writers, sources, bytes?.torn], () => {
    keepDrawn(at("timeline"), writers, bytes?.torn);
    at("writers").replaceChildren(...writers.map((writer) => writerCard(writer, sources)));
  });
  part("samples", [samples, report.dropped], () => showSamples(report));
}

/** What else is known of the bytes and of the locks. */
function notes({ note, lock_note }) {
  return [note, lock_note].filter((text) => text != null).join("; ");
}

function facts(report) {
  const { kind, process } = report;
  return [
    fact("Harm", meaning(kind).harm),
    fact(...subject(report)),
    fact("Count", report.count === 0 ? "the first finding is still open" : number(report.count)),
    fact("Last seen", time(report.last_seen)),
    fact("First seen", time(report.first_seen)),
    fact("Process", process.name, el("span", "muted", ` ${process.pid}`)),
  ];
}

function showSamples({ kind, samples, dropped }) {
  const lost = dropped?.samples ?? 0;
  at("more").hidden = samples.length === 0 && lost === 0;
  const kept = samples.length > 0 ? `${plural(samples.length, "more finding")} kept in full.` : "";
  const counted = lost > 0 ? `${number(lost)} counted, but not kept.` : "";
  at("more-note").textContent = `${kept} ${counted}`.trim();
  at("samples").replaceChildren(...samples.map((sample) => sampleDetails(sample, kind)));
}

function sampleDetails(sample, kind) {
  const { bytes, writers } = sample;
  const [about, ...words] = subject(sample);
  const note = notes(sample);
  const timeline = el("div", "timeline panel");
  keepDrawn(timeline, writers, bytes?.torn);
  return el(
    "details",
    "sample",
    el("summary", "", time(sample.seen), ` on ${about.toLowerCase()} `, ...words),
    note === "" ? null : el("p", "note", note),
    timeline,
    bytes === null ? null : drawing(bytes, kind, true),
    el("div", "writers", ...writers.map((writer) => writerCard(writer))),
  );
}

// --- downloads and keys --------------------------------------------------------------------------------------------

for (const { format, href, name } of downloads) {
  const anchor = link(href, format.toUpperCase());
  anchor.download = name;
  at("downloads").append(at("downloads").childElementCount === 0 ? "Download " : " ", anchor);
}
at("copy").addEventListener("click", () => copyMarkdown(copied));

bind({ c: ["copy this report as Markdown", () => copyMarkdown(copied)], ...pageKeys });
