// The live wires: who writes now and for how long, and what each handle has written.

import { at, duration, el, link, number, parsePlace, place, plural, size, th, wireLabel } from "./shared.js";
import { oneAtATime } from "./controls.js";
import { ask, follow, isThere } from "./program.js";

const PERIOD = 500;
const cards = new Map(); // id -> { text, card }
let before = { at: 0, bytes: new Map() };

// Writers change far more often than reports, so that the page polls for them.
const refresh = oneAtATime(async () => {
  const answer = document.hidden || !isThere() ? null : await ask("/api/wires");
  if (answer === null) return;
  at("main").removeAttribute("aria-busy");
  at("title").textContent = answer.total > 0 ? plural(answer.total, "live wire") : "No live wires";
  const now = { at: performance.now(), bytes: new Map() };
  for (const id of cards.keys()) {
    if (!answer.wires.some((wire) => wire.id === id)) {
      cards.get(id).remove();
      cards.delete(id);
    }
  }
  for (const wire of answer.wires) {
    const total = wire.handles.reduce((sum, { bytes }) => sum + bytes, 0);
    now.bytes.set(wire.id, total);
    const rate = before.bytes.has(wire.id)
      ? ((total - before.bytes.get(wire.id)) * 1000) / (now.at - before.at) : null;
    const card = wireCard(wire, total, rate);
    const old = cards.get(wire.id);
    if (old) old.replaceChildren(...card.childNodes);
    else at("wires").append(card);
    cards.set(wire.id, old ?? card);
  }
  before = now;
});

function wireCard(wire, total, rate) {
  const { id, handles, handle_count, threads, findings, unknown_type } = wire;
  const heads = [th("col", "", "Handle"), th("col", "", "Now"), th("col", "", "Last operation"),
    th("col", "number", "Messages"), th("col", "number", "Bytes out")];
  const more = handle_count - handles.length;
  const facts = [
    wire.encrypted ? "encrypted" : null,
    `${size(total)} out`,
    rate === null ? null : `${size(Math.round(rate))}/s`,
    threads.length > 0 ? `written to by ${threads.map(({ thread }) => thread).join(", ")}` : null,
  ].filter((each) => each !== null).join(", ");
  return el(
    "section",
    "wire-card",
    el("h2", "", `Wire #${id} `, wireLabel(wire)),
    el("p", "muted", facts, "; ", findings > 0 ? link("/", plural(findings, "finding")) : "no findings"),
    unknown_type ? el("p", "muted", `Its socket is not known: it is a ${unknown_type}. Another object on the socket would be `
      + "a wire of its own. ", link("/guide#stream-types-that-are-not-known", "What to do about it")) : null,
    el("div", "scroll", el("table", "", el("thead", "", el("tr", "", ...heads)),
      el("tbody", "", ...handles.map(handleRow)))),
    more > 0 ? el("p", "muted", `and ${plural(more, "more handle")}`) : null,
    ...wire.near_misses.map(nearMiss),
  );
}

// Nothing is wrong yet: these two may be in an order that is not known here.
function nearMiss({ sides: [one, other], nearest_us, count }) {
  return el("p", "muted near-miss", "not a finding: ", ...call(one), " and ", ...call(other),
    ` came within ${duration(nearest_us)} of each other, ${count === 1 ? "once" : `${number(count)} times`}`);
}

function call({ operation, site }) {
  return [operation, site ? " at " : null, site ? place(parsePlace(site), true) : null];
}

function handleRow({ id, writing, inside_frame, operation, messages, bytes }) {
  const idle = inside_frame ? el("strong", "", "left inside a frame") : el("span", "muted", "idle");
  return el(
    "tr",
    writing ? "writing" : "",
    el("td", "", `#${id}`),
    el("td", "", ...(writing ? now(writing) : [idle])),
    el("td", "", operation ?? el("span", "muted", "none yet")),
    el("td", "number", number(messages)),
    el("td", "number", number(bytes)),
  );
}

function now({ thread, task, site, since_us }) {
  return [el("strong", "", "writing"), ` for ${duration(since_us)}, `, task ? `task ${task} on ` : "", thread,
    site ? " at " : null, site ? place(parsePlace(site), true) : null];
}

follow(refresh);
setInterval(refresh, PERIOD);
