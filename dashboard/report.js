// One report: its story, the picture, the bytes round a tear, both writers, and how to put it right.

import { at, badge, el, fact, link, meaning, number, openBadge, plural, story, subject, time,
  writerLabel } from "./shared.js";
import { ask, bind, copyMarkdown, follow, isThere, markdown, notice, oneAtATime } from "./page.js";
import { showProse } from "./prose.js";
import { keepDrawn } from "./timeline.js";
import { drawing, farEnd, wireDetails } from "./wire.js";
import { writerCard } from "./writers.js";

const id = decodeURIComponent(location.pathname.split("/").pop());
const address = `/api/reports/${encodeURIComponent(id)}`;
let sources = [];
// At hand before it is asked for: a browser lets a page copy only for a moment after a key, and the program may end.
let copied = null;

// In a storm the count changes every moment; the stacks do not. A part is made anew only when its own data changed,
// so that what the reader has opened or selected stays.
const parts = new Map();
function part(name, data, make) {
  const text = JSON.stringify(data);
  if (parts.get(name) === text) return;
  parts.set(name, text);
  make();
}

follow(oneAtATime(async () => {
  const report = await ask(address);
  if (report === null) return missing();
  const stacks = JSON.stringify(report.writers.map((writer) => [writer.call_site, writer.backtrace.length]));
  if (parts.get("stacks") !== stacks) sources = (await ask(`${address}/sources`)) ?? [];
  parts.set("stacks", stacks);
  show(report);
  copied = (await markdown(id)) ?? copied;
}));

function missing() {
  if (isThere()) notice("The program that answers here has no such report: it was started again.");
}

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
    at("lead").textContent = meaning(kind).sentence;
    at("guide-section").hidden = !(await showProse(at("guide"), `/api/guide/${encodeURIComponent(kind)}`, true));
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

/** What is known beside the two: of the bytes, and of the locks. */
function notes({ note, lock_note }) {
  return [note, lock_note].filter((text) => text != null).join("; ");
}

function facts(report) {
  const { kind, process } = report;
  return [
    fact("Harm", meaning(kind).harm),
    fact(...subject(report)),
    fact("Count", report.count === 0 ? "the first one is still open" : number(report.count)),
    fact("Last seen", time(report.last_seen)),
    fact("First seen", time(report.first_seen)),
    fact("Process", process.name, el("span", "muted", ` ${process.pid}`)),
  ];
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

// --- what can be done with it --------------------------------------------------------------------------------------

for (const format of ["html", "json", "sarif"]) {
  const anchor = link(`${address}/${format}`, format.toUpperCase());
  anchor.download = `redhanded-${id}.${format}`;
  at("downloads").append(at("downloads").childElementCount === 0 ? "Download " : " ", anchor);
}
at("copy").addEventListener("click", () => copyMarkdown(copied));

/** The report that many rows further in the list, as the list was last looked at. */
async function go(by) {
  const answer = await ask(`/api/list?offset=0&limit=1000&${sessionStorage.getItem("list") ?? ""}`);
  const ids = answer?.rows.map((row) => row.id) ?? [];
  const next = ids.includes(id) && ids[ids.indexOf(id) + by];
  if (next) location.assign(`/report/${encodeURIComponent(next)}`);
}

bind({
  c: ["copy this report as Markdown", () => copyMarkdown(copied)],
  j: ["next report", () => go(1)],
  k: ["previous report", () => go(-1)],
  Esc: ["back to the list", () => location.assign(`/?${sessionStorage.getItem("list") ?? ""}`)],
});
