// The program behind the page: what it answers, and whether it still runs.

import { at, el } from "./shared.js";

/** Asks for JSON. `null` if there is none, or no answer. */
export async function ask(address) {
  const response = await fetch(address, { cache: "no-store" }).catch(() => null);
  return response?.ok ? response.json().catch(() => null) : null;
}

/** Shows a sentence above everything else, or none if it is empty. */
export function notice(text) {
  const element = at("notice");
  if (element.textContent !== text) element.textContent = text;
  element.hidden = text === "";
}

let shown = null;

// Saved reports may be of several programs. Then the command that shows them is what ends.
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
  const who = saved ? "The command that served these reports has ended." : "The program has ended.";
  notice(shown ? "" : `${who} This is what it had reported.`);
}

/** Whether the program answers, as far as is known. */
export function isThere() {
  return shown === true;
}

/**
 * Calls `changed` at once, and whenever something in the program has changed. The browser opens a lost feed again. If
 * there is no answer then, the program has ended. If the program is started again, the page goes on.
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
    // The number of feeds is limited, and the browser does not ask again after a refusal. Then the page polls.
    setTimeout(turn, 2000);
    const answer = await fetch("/api/process").catch(() => null);
    showState(answer !== null);
    if (answer !== null) changed({ findings: 0 });
  };
  // A browser has six connections to one host, for all its tabs. A hidden tab keeps none.
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

/** A report as Markdown. `null` if there is no answer. */
export async function markdown(id) {
  const response = await fetch(`/api/reports/${encodeURIComponent(id)}/markdown`).catch(() => null);
  return response?.ok ? response.text() : null;
}
