// What surrounds every page: whether the program still runs, what was just done, keys, and the clipboard.

import { at, button, el, fact, refreshTimes } from "./shared.js";

// --- the program ---------------------------------------------------------------------------------------------------

/** Asks for JSON; `null` if there is none, or nobody answers. */
export async function ask(address) {
  const response = await fetch(address, { cache: "no-store" }).catch(() => null);
  return response?.ok ? response.json().catch(() => null) : null;
}

/** A sentence above everything else; none if it is empty. */
export function notice(text) {
  const element = at("notice");
  if (element.textContent !== text) element.textContent = text;
  element.hidden = text === "";
}

let shown = null;

// Reports that were saved may be of several programs, and have none: what ends then is the command that shows them.
async function showState(isThere) {
  if (shown === isThere) return;
  const first = shown === null;
  shown = isThere;
  document.documentElement.classList.toggle("ended", !isThere);
  const whose = at("process");
  if (isThere || first) {
    const process = await ask("/api/process");
    const words = process ? [el("strong", "", process.name), ` process ${process.pid}`] : ["saved reports"];
    whose.replaceChildren(...words);
  }
  const saved = whose.childElementCount === 0;
  at("state").textContent = !shown ? "ended" : saved ? "" : "live";
  const who = saved ? "What served these reports has ended." : "The program has ended.";
  notice(shown ? "" : `${who} This is what it had reported until then.`);
}

/** Whether somebody answers, as far as is known. */
export function isThere() {
  return shown === true;
}

/** Runs `work` whenever asked, never twice at a time; what is asked for meanwhile is done once, afterwards. */
export function oneAtATime(work) {
  let running = false;
  let again = false;
  return async () => {
    again = true;
    if (running) return;
    running = true;
    while (again) {
      again = false;
      await work().catch(console.error);
    }
    running = false;
  };
}

/**
 * Calls `changed` at once and whenever something in the program changed. A feed that is lost is asked for again by the
 * browser: if nobody answers then, the program has ended. If it is started again, the page goes on.
 */
export function follow(changed) {
  let feed = null;
  let failures = 0;
  const received = ({ data }) => {
    failures = 0;
    showState(true);
    changed(JSON.parse(data));
  };
  const lost = async () => {
    failures += 1;
    if (feed.readyState !== EventSource.CLOSED) return failures > 1 && showState(false);
    // The browser does not ask again where it was refused: there are only so many feeds. Then it is looked now and then.
    setTimeout(turn, 2000);
    const answer = await fetch("/api/process").catch(() => null);
    showState(answer !== null);
    if (answer !== null) changed({ findings: 0 });
  };
  // A browser has six connections to one host, for all its tabs: those that nobody sees keep none.
  const turn = () => {
    feed?.close();
    feed = null;
    if (document.hidden) return;
    feed = new EventSource("/api/feed");
    feed.onmessage = received;
    feed.addEventListener("changed", received);
    feed.addEventListener("end", () => showState(false));
    feed.onerror = lost;
  };
  document.addEventListener("visibilitychange", turn);
  turn();
}

setInterval(() => document.hidden || refreshTimes(), 1000);

// --- what was just done --------------------------------------------------------------------------------------------

const said = el("p", "toast");
said.setAttribute("role", "status");
document.body.append(said);
let fading = 0;

/** Says something in passing: to everybody, or only to those who listen to the page. */
export function say(text, seen = true) {
  said.textContent = text;
  said.classList.toggle("unseen", !seen);
  clearTimeout(fading);
  fading = setTimeout(() => (said.textContent = ""), 4000);
}

// --- the clipboard -------------------------------------------------------------------------------------------------

function dialog(title, ...content) {
  const heading = el("h2", "", title);
  const element = el("dialog", "", heading, ...content, button("Close", () => element.close()));
  heading.id = "dialog-title";
  element.setAttribute("aria-labelledby", heading.id);
  element.addEventListener("close", () => element.remove());
  document.body.append(element);
  element.showModal();
  return element;
}

/** Copies; where the browser refuses that, shows the text selected. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(`${what} copied`);
  } catch {
    const area = el("textarea", "", text);
    area.readOnly = true;
    area.setAttribute("aria-label", what);
    dialog("Copy it from here", area);
    area.select();
  }
}

/** What a report is as Markdown; `null` if nobody answers. */
export async function markdown(id) {
  const response = await fetch(`/api/reports/${encodeURIComponent(id)}/markdown`).catch(() => null);
  return response?.ok ? response.text() : null;
}

export async function copyMarkdown(text) {
  const got = await text;
  if (got === null) say("The program does not answer: nothing was copied");
  else await copy(got, "Markdown");
}

/** Puts a button on a block of code that copies it. */
export function copyable(pre) {
  const text = pre.textContent;
  const box = el("div", "copyable");
  pre.replaceWith(box);
  box.append(pre, button("Copy", () => copy(text, "Code")));
  pre.tabIndex = 0;
}

// --- keys ----------------------------------------------------------------------------------------------------------

const keys = new Map();

/** Each key with its meaning and what it does. */
export function bind(more) {
  for (const [key, [words, act]] of Object.entries(more)) keys.set(key, { words, act });
}

function showKeys() {
  const rows = [...keys].map(([key, { words }]) => fact(el("kbd", "", key), words));
  dialog("Keys", el("dl", "keys", ...rows));
}

bind({ "?": ["these keys", showKeys] });
at("keys").addEventListener("click", showKeys);

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (target.matches("input:not([type=checkbox]), textarea, select") && key !== "Escape") return;
  const bound = keys.get(key === "Escape" ? "Esc" : key);
  if (!bound?.act) return;
  event.preventDefault();
  bound.act();
});
