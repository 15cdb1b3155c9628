// What a page of one report asks the running program for. `saved.js` has the same exports for a file that has no program
// behind it.

import { ask, follow, isThere, markdown, notice } from "./program.js";
import { showProse } from "./prose.js";

/** The name of the report. */
export const reportId = decodeURIComponent(location.pathname.split("/").pop());

const address = `/api/reports/${encodeURIComponent(reportId)}`;

/** Calls `changed` at once, and whenever something in the program changed. */
export function followReport(changed) {
  follow(changed);
}

/** The report as it is now; `null` if there is none, or no answer. */
export async function askReport() {
  const report = await ask(address);
  if (report === null && isThere()) notice("The program that answers here has no such report: it was started again.");
  return report;
}

/** The lines of source round the places that the report names. */
export async function askSources() {
  return (await ask(`${address}/sources`)) ?? [];
}

/** The report as Markdown; `null` if there is no answer. */
export function askMarkdown() {
  return markdown(reportId);
}

/** Puts the section of the guide for a kind into a place. Gives whether there is one. */
export function showGuide(place, kind) {
  return showProse(place, `/api/guide/${encodeURIComponent(kind)}`, true);
}

/** The formats in which the report can be kept as a file. */
export const downloads = ["html", "json", "sarif"].map((format) => ({
  format,
  href: `${address}/${format}`,
  name: `redhanded-${reportId}.${format}`,
}));

/** The report that many rows further in the list, as the list was last looked at. */
async function go(by) {
  const answer = await ask(`/api/list?offset=0&limit=1000&${sessionStorage.getItem("list") ?? ""}`);
  const ids = answer?.rows.map((row) => row.id) ?? [];
  const next = ids.includes(reportId) && ids[ids.indexOf(reportId) + by];
  if (next) location.assign(`/report/${encodeURIComponent(next)}`);
}

/** The keys that lead to other pages. */
export const pageKeys = {
  j: ["next report", () => go(1)],
  k: ["previous report", () => go(-1)],
  Esc: ["back to the list", () => location.assign(`/?${sessionStorage.getItem("list") ?? ""}`)],
};
