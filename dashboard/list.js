// The list of reports.

import { badge, el, link, notice, number, openBadge, place, plural, poll, time, wireLabel, writerLabel }
  from "./shared.js";

const rows = document.getElementById("rows");
const shown = new Map(); // id -> { text, row }
let lastText = "";

poll("/api/reports", (status, text) => {
  if (status !== 200) return notice(`The program answered ${status}.`);
  notice("");
  if (text === lastText) return;
  const reports = JSON.parse(text);
  lastText = text;
  show(reports);
});

function show(reports) {
  document.getElementById("main").removeAttribute("aria-busy");
  document.getElementById("empty").hidden = reports.length > 0;
  document.getElementById("list").hidden = reports.length === 0;
  document.getElementById("list-title").textContent = heading(reports);
  document.title = reports.length > 0 ? `(${reports.length}) redhanded` : "redhanded";
  if (reports.length > 0) showProcess(reports[0].process);

  const ids = new Set(reports.map((report) => report.id));
  for (const [id, { row }] of shown) {
    if (!ids.has(id)) {
      row.remove();
      shown.delete(id);
    }
  }
  for (const report of reports) {
    const text = JSON.stringify([report.kind, report.open, report.count, report.last_seen, report.summary]);
    const old = shown.get(report.id);
    if (old?.text === text) continue;
    const fresh = reportRow(report);
    if (old) fill(old.row, fresh);
    shown.set(report.id, { text, row: old?.row ?? fresh });
  }
  arrange(reports.map((report) => shown.get(report.id).row));
}

function heading(reports) {
  const findings = reports.reduce((sum, report) => sum + report.count, 0);
  return `${plural(reports.length, "report")}, ${plural(findings, "finding")}`;
}

// The row stays and only its cells change, but not under the reader's keyboard: focus would be lost.
function fill(row, fresh) {
  const focused = row.contains(document.activeElement);
  row.replaceChildren(...fresh.childNodes);
  if (focused) row.querySelector("a").focus();
}

// Newest first, but rows do not move while someone points at them; new ones then go to the top.
function arrange(wanted) {
  const held = rows.matches(":hover, :focus-within");
  if (held) return rows.prepend(...wanted.filter((row) => !row.isConnected));
  wanted.forEach((row, index) => {
    if (rows.children[index] !== row) rows.insertBefore(row, rows.children[index] ?? null);
  });
}

function reportRow(report) {
  const { wire } = report;
  const row = el(
    "tr",
    "",
    cell("", "kinds", badge(report.kind), report.open ? openBadge() : null),
    cell("", "what", link(`/report/${encodeURIComponent(report.id)}`, report.summary), ...sites(report)),
    cell("Wire", "wire", `#${wire.id} `, wireLabel(wire)),
    cell("Count", "number", number(report.count)),
    cell("Last seen", "nowrap", time(report.last_seen)),
    cell("First seen", "nowrap", time(report.first_seen)),
  );
  row.setAttribute("role", "row");
  return row;
}

// In a narrow window a row is a block: each cell carries its own heading, and the roles keep the table a table.
function cell(label, className, ...children) {
  const element = el("td", className, ...children);
  if (label) element.dataset.label = label;
  element.setAttribute("role", "cell");
  return element;
}

function sites(report) {
  return report.writers.map((writer) => {
    const role = el("span", `role role-${writer.role}`, writer.role);
    const site = writer.call_site ? place(writer.call_site, true) : el("span", "muted", "call site unknown");
    const who = el("span", "muted", `${writer.operation}, ${writerLabel(writer)}`);
    return el("div", "site", role, " ", site, " ", who);
  });
}

function showProcess({ name, pid }) {
  const sentence = ["Two writers on one WebSocket connection, in ", el("strong", "", name), `, process ${pid}`];
  document.getElementById("process").replaceChildren(...sentence);
}

// Before the first report nothing else says whose page this is.
fetch("/api/process", { cache: "no-store" })
  .then((response) => (response.ok ? response.json() : null))
  .then((process) => process && showProcess(process))
  .catch(() => {});
