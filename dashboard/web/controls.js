// What every page has: keys, the clipboard, short messages, and times that stay true.

import { at, button, el, fact, refreshTimes } from "./shared.js";

/** Gives a function that runs `work`, never twice at a time. Calls meanwhile make it run once more. */
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

setInterval(() => document.hidden || refreshTimes(), 1000);

// --- short messages ------------------------------------------------------------------------------------------------

const said = el("p", "toast");
said.setAttribute("role", "status");
document.body.append(said);
let fading = 0;

/** Shows a message for four seconds, or says it to screen readers only. */
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

/** Copies a text. If the browser refuses, shows it selected. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(`${what} copied`);
  } catch {
    const area = el("textarea", "", text);
    area.readOnly = true;
    area.setAttribute("aria-label", what);
    dialog("Copy the text from here", area);
    area.select();
  }
}

/** Copies Markdown, or the promise of it. */
export async function copyMarkdown(text) {
  const got = await text;
  if (got === null) say("The program does not answer, so nothing was copied");
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

/** Binds keys: for each its description and what it does. */
export function bind(more) {
  for (const [key, [words, act]] of Object.entries(more)) keys.set(key, { words, act });
}

function showKeys() {
  const rows = [...keys].map(([key, { words }]) => fact(el("kbd", "", key), words));
  dialog("Keys", el("dl", "keys", ...rows));
}

bind({ "?": ["show these keys", showKeys] });
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
