// The guide, and its table of contents.

import { at, el, link } from "./shared.js";
import { showProse } from "./prose.js";
import { follow } from "./program.js";

if (await showProse(at("guide"), "/api/guide")) {
  const headings = [...at("guide").querySelectorAll("h2[id], h3[id]")];
  const item = (heading) => el("li", heading.localName, link(`#${heading.id}`, heading.textContent));
  at("contents").append(el("ol", "", ...headings.map(item)));
  at("main").removeAttribute("aria-busy");
  // The browser looked for the section before it was there.
  document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}
follow(() => {});
