// The guide. This text alone is parsed as markup: it is compiled into the program.

import { copyable } from "./controls.js";

/** Puts the guide, or as a part of another page one section of it, into a place. Gives whether there was any. */
export async function showProse(place, address, isPart = false) {
  const response = await fetch(address).catch(() => null);
  if (!response?.ok) return false;
  const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
  place.replaceChildren(...parsed.body.childNodes);
  if (isPart) {
    place.querySelectorAll("h2").forEach((heading) => heading.remove());
    // The other sections are on the guide's page.
    place.querySelectorAll('a[href^="#"]').forEach((link) => link.setAttribute("href", `/guide${link.getAttribute("href")}`));
  }
  place.querySelectorAll("pre").forEach(copyable);
  return true;
}
