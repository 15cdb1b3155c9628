// The guide as the program has it. This alone is parsed as markup: it is the crate's own text, compiled in.

import { copyable } from "./controls.js";

/** Puts the guide's text at `address` into a place, and if asked as a part of another page; whether there was any. */
export async function showProse(place, address, isPart = false) {
  const response = await fetch(address).catch(() => null);
  if (!response?.ok) return false;
  const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
  place.replaceChildren(...parsed.body.childNodes);
  if (isPart) {
    place.querySelectorAll("h2").forEach((heading) => heading.remove());
    // The other sections are not here.
    place.querySelectorAll('a[href^="#"]').forEach((link) => link.setAttribute("href", `/guide${link.getAttribute("href")}`));
  }
  place.querySelectorAll("pre").forEach(copyable);
  return true;
}
