// The list of reports. It holds only the rows near the window, and follows the program.

import { at, badge, button, el, kinds, link, number, openBadge, parsePlace, place, plural, ROLES, story, subject,
  time } from "./shared.js";
import { bind, copyable, copyMarkdown, oneAtATime, say } from "./controls.js";
import { ask, follow, markdown } from "./program.js";

// --- the filter and the order: they are in the address, so that reload and back keep them ----------------------------

const wanted = new URLSearchParams(location.search);
const sorted = () => [wanted.get("sort") ?? "last_seen", wanted.get("order") ?? "desc"];

function want(changes) {
  for (const [key, value] of Object.entries(changes)) value ? wanted.set(key, value) : wanted.delete(key);
  history.replaceState(null, "", wanted.size > 0 ? `?${wanted}` : location.pathname);
  sessionStorage.setItem("list", wanted);
  showWanted();
  // The list may be shorter now. The first rows are asked for in any case.
  scrollTo({ top: 0 });
  chunks.forEach((chunk) => (chunk.stale = true));
  refresh();
}

function showWanted() {
  const [sort, order] = sorted();
  for (const element of document.querySelectorAll("[data-sort]")) {
    const mine = element.dataset.sort === sort;
    element.parentElement.ariaSort = mine ? `${order}ending` : null;
  }
  const chosen = wanted.get("kind")?.split(",") ?? [];
  for (const box of at("kinds").querySelectorAll("input")) box.checked = chosen.includes(box.value);
  if (at("text") !== document.activeElement) at("text").value = wanted.get("text") ?? "";
}

for (const kind of kinds) {
  const box = el("input");
  Object.assign(box, { type: "checkbox", value: kind });
  box.addEventListener("change", () => {
    want({ kind: [...at("kinds").querySelectorAll(":checked")].map((chosen) => chosen.value).join(",") });
  });
  at("kinds").append(el("label", "", box, badge(kind)));
}
for (const element of document.querySelectorAll("[data-sort]")) {
  element.addEventListener("click", () => {
    const [sort, order] = sorted();
    const again = element.dataset.sort === sort && order === "desc";
    want({ sort: element.dataset.sort, order: again ? "asc" : "desc" });
  });
}
at("text").addEventListener("input", () => want({ text: at("text").value.trim() }));
at("clear").addEventListener("click", () => {
  at("text").value = "";
  want({ text: "", kind: "" });
});

// --- rows: a hundred in a chunk; a chunk far from the window is an empty space of the same height --------------------

const SIZE = 100;
const ROW = 120;
const table = at("table");
const chunks = [];

const nearness = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const chunk = chunks.find(({ body }) => body === target);
    // The first chunk is always asked for: its answer says how many rows there are.
    if (!chunk || chunk === chunks[0] || chunk.near === isIntersecting) continue;
    chunk.near = isIntersecting;
    if (!isIntersecting) empty(chunk);
  }
  if (chunks.some((chunk) => chunk.near && chunk.stale)) refresh();
}, { rootMargin: "800px" });

function addChunk() {
  const body = el("tbody");
  body.setAttribute("role", "rowgroup");
  const height = chunks[0]?.body.offsetHeight || ROW * SIZE;
  const chunk = { body, near: chunks.length === 0, stale: true, shown: new Map(), height };
  chunks.push(chunk);
  table.append(body);
  empty(chunk);
  nearness.observe(body);
}

function empty(chunk) {
  if (chunk.shown.size > 0) chunk.height = chunk.body.offsetHeight;
  const space = el("td", "space");
  space.colSpan = 6;
  space.style.height = `${chunk.height}px`;
  chunk.body.replaceChildren(el("tr", "", space));
  chunk.shown.clear();
  chunk.stale = true;
}

function fill(chunk, rows, first) {
  const { body, shown } = chunk;
  if (shown.size === 0) body.replaceChildren();
  const ids = new Set(rows.map((row) => row.id));
  for (const [id, { row }] of shown) {
    if (ids.has(id)) continue;
    row.remove();
    shown.delete(id);
  }
  for (const data of held(rows, chunk)) {
    const text = JSON.stringify(data);
    const old = shown.get(data.id);
    if (old?.text !== text) {
      const row = old ? change(old.row, reportRow(data), old.count !== data.count) : reportRow(data);
      if (!old && Date.now() - Date.parse(data.first_seen) < 3000) row.classList.add("fresh");
      shown.set(data.id, { text, row, count: data.count });
    }
  }
  rows.forEach(({ id }, index) => {
    const { row } = shown.get(id);
    row.ariaRowIndex = first + index + 2;
    if (body.children[index] !== row) body.insertBefore(row, body.children[index] ?? null);
  });
  chunk.stale = false;
}

// Rows do not move under a pointer or a focused link. New ones go to the top.
function held(rows, { body, shown, stale }) {
  if (stale || !body.matches(":hover, :focus-within")) return rows;
  const order = [...body.children];
  const place = ({ id }) => order.indexOf(shown.get(id)?.row);
  return rows.sort((one, other) => place(one) - place(other));
}

// Replaces the cells of a row, and keeps the focus.
function change(row, fresh, counted) {
  const focused = row.contains(document.activeElement);
  row.replaceChildren(...fresh.childNodes);
  if (counted) row.querySelector(".number").classList.add("moved");
  if (focused) row.querySelector("a").focus();
  return row;
}

function reportRow(data) {
  const { writers, operations } = data;
  const [about, ...words] = subject(data);
  const row = el(
    "tr",
    "",
    cell("", "kinds", badge(data.kind), data.open ? openBadge() : null),
    cell("", "what", link(`/report/${encodeURIComponent(data.id)}`, ...story(data.summary, writers, operations)),
      ...sites(data)),
    cell(about, "wire", ...words),
    cell("Count", "number", number(data.count)),
    cell("Last seen", "nowrap", time(data.last_seen)),
    cell("First seen", "nowrap", time(data.first_seen)),
  );
  row.setAttribute("role", "row");
  row.dataset.id = data.id;
  return row;
}

// In a narrow window a row is a block, and each cell has its own heading. The roles still make it a table.
function cell(label, className, ...children) {
  const element = el("td", className, ...children);
  if (label) element.dataset.label = label;
  element.setAttribute("role", "cell");
  return element;
}

function sites({ sites, writers, operations }) {
  return writers.map((writer, index) => {
    const name = ROLES[index];
    const site = sites[index] ? place(parsePlace(sites[index]), true) : el("span", "muted", "call site unknown");
    const who = el("span", "muted", `${operations[index]}, ${writer}`);
    return el("div", "site", el("span", `role role-${name}`, name), " ", site, " ", who);
  });
}

// --- following the program -----------------------------------------------------------------------------------------

let started = false;
let total = 0;
let findings = 0;
let announced = { at: 0, total: 0 };

const refresh = oneAtATime(async () => {
  if (chunks.length === 0) addChunk();
  const answers = await Promise.all(chunks.map(async (chunk, index) => {
    if (!chunk.near) return null;
    const asked = String(wanted);
    const answer = await ask(`/api/list?offset=${index * SIZE}&limit=${SIZE}${asked && `&${asked}`}`);
    // The filter may have changed before the answer came. Then the next round asks again.
    return answer && asked === String(wanted) ? { chunk, first: index * SIZE, answer } : null;
  }));
  const given = answers.filter((each) => each !== null);
  if (given.length === 0) return;
  const { answer } = given[0];
  while (chunks.length > 1 && (chunks.length - 1) * SIZE >= answer.matching) {
    const { body } = chunks.pop();
    nearness.unobserve(body);
    body.remove();
  }
  for (const { chunk, first, answer } of given) {
    if (chunks.includes(chunk)) fill(chunk, answer.rows, first);
  }
  show(answer);
  while (chunks.length * SIZE < answer.matching) addChunk();
  started = true;
});

function show(answer) {
  total = answer.total;
  at("main").removeAttribute("aria-busy");
  at("empty").hidden = total > 0;
  at("list").hidden = total === 0;
  at("none").hidden = answer.matching > 0;
  table.hidden = answer.matching === 0;
  table.ariaRowCount = answer.matching + 1;
  const { wires, handles } = answer.watching ?? {};
  at("watching").textContent = wires === undefined ? "There are no saved reports."
    : `Watching ${plural(wires, "connection")}, to which ${plural(handles, "object")} can write.`;
  const left = [[answer.suppressed, "suppressed"], [answer.dropped, "counted, but not kept"]];
  at("left-out").textContent = left.filter(([count]) => count > 0).map(([count, how]) => `${number(count)} ${how}.`)
    .join(" ");
  showHints(answer.hints ?? []);
  head(answer.matching);
  announce();
}

// What is not seen, and what to do about it. It accuses no one.
function showHints(hints) {
  const text = hints.map((hint) => `${hint}. `).join("");
  const element = at("hints");
  element.hidden = hints.length === 0;
  if (element.dataset.text === text) return;
  element.dataset.text = text;
  element.replaceChildren(text, link("/guide#stream-types-that-are-not-known", "What to do about it"));
}

function head(matching) {
  const some = matching < total ? `${number(matching)} of ` : "";
  const all = findings > 0 ? `, ${plural(findings, "finding")}` : "";
  at("title").textContent = total === 0 ? "No findings so far" : some + plural(total, "report") + all;
  document.title = total > 0 ? `(${total}) redhanded` : "redhanded";
}

// Tells screen readers of new reports, at most every five seconds. Counts change too often for that.
function announce() {
  const more = total - announced.total;
  if (started && more > 0 && Date.now() - announced.at < 5000) return void setTimeout(announce, 5000);
  if (started && more > 0) say(`${plural(more, "new report")}, ${number(total)} in all`, false);
  if (more !== 0) announced = { at: Date.now(), total };
}

showWanted();
follow((event) => {
  findings = event.findings;
  refresh();
});
copyable(at("snippet"));

// --- keys ----------------------------------------------------------------------------------------------------------

function step(by) {
  const links = [...table.querySelectorAll(".what a")];
  const here = links.indexOf(document.activeElement);
  const next = links[here < 0 ? 0 : here + by];
  next?.focus();
  next?.closest("tr").scrollIntoView({ block: "nearest" });
}

bind({
  j: ["next report", () => step(1)],
  k: ["previous report", () => step(-1)],
  Enter: ["open the report"],
  c: ["copy the report as Markdown", () => {
    const id = document.activeElement.closest("tr")?.dataset.id ?? table.querySelector("[data-id]")?.dataset.id;
    if (id) copyMarkdown(markdown(id));
  }],
  "/": ["go to the filter", () => at("text").focus()],
  Esc: ["leave the filter, or show all reports", () => {
    if (document.activeElement === at("text")) at("text").blur();
    else at("clear").click();
  }],
});
