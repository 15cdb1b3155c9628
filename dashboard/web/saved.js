// What `page.js` asks a running program for, answered by a file of saved reports: the same exports.

import { at, el } from "./shared.js";

const entries = JSON.parse(at("redhanded-reports").textContent);
const entry = entries[Number(location.hash.slice(1))] ?? entries[0] ?? { report: null, markdown: null };

// A link to another report of the file changes nothing but the part of the address after the #.
addEventListener("hashchange", () => location.reload());

export const reportId = entry.report?.id ?? "";

/** Calls `changed` once: nothing in a file ever changes. */
export function followReport(changed) {
  const process = entry.report?.process;
  if (process) at("process").replaceChildren(el("strong", "", process.name), ` process ${process.pid}`);
  // As from a program, after the page's other scripts.
  queueMicrotask(changed);
}

export async function askReport() {
  return entry.report;
}

/** The source was left where the program ran. */
export async function askSources() {
  return [];
}

export async function askMarkdown() {
  return entry.markdown;
}

/** The foot of the file has a link to the guide. */
export async function showGuide() {
  return false;
}

const json = new Blob([JSON.stringify(entry.report, null, 2)], { type: "application/json" });
export const downloads = [{ format: "json", href: URL.createObjectURL(json), name: `redhanded-${reportId}.json` }];

/** There are no other pages. */
export const pageKeys = {};
