// The timeline of a finding: a lane for each writer, to scale.
//
// The time in which both had the wire is shaded across both lanes. If one came after the other, the first writer's frame or
// message was unfinished in between, and that time is marked. If it is too long for the scale, the axis is broken and says
// how much it leaves out.

import { duration, el, svg, writerLabel } from "./shared.js";

const LANE = 54;
const BAR = 16;
const TOP = 6;

const timelines = new WeakMap(); // box -> { draw, width }

// An element in a closed <details> has no width until that is opened. A drawing changes the height of its box. So only a
// new width draws again, and not while sizes are being observed.
const widths = new ResizeObserver((entries) => {
  for (const { target, contentRect: { width } } of entries) {
    const timeline = timelines.get(target);
    if (width === 0 || width === timeline.width) continue;
    timeline.width = width;
    requestAnimationFrame(() => timeline.draw(width));
  }
});

/** Draws a timeline, and again whenever the width of its box changes. `torn` is the role whose frame stayed open. */
export function keepDrawn(box, writers, torn) {
  timelines.set(box, { draw: (width) => draw(box, writers, torn, width), width: 0 });
  widths.unobserve(box);
  widths.observe(box);
}

function draw(box, writers, torn, room) {
  const width = Math.max(220, room);
  const scale = scaleOf(writers, width);
  const { x, end, gap } = scale;
  const bottom = TOP + writers.length * LANE;
  const height = bottom + 24;
  const both = together(writers, end);
  const meeting = meet(writers, both, gap, torn);

  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img" },
    svg("title", {}, "Both writers in time"), svg("desc", {}, spoken(writers, meeting)));
  for (const { us, text } of scale.ticks) {
    const at = x(us);
    const anchor = at < 30 ? "start" : at > width - 30 ? "end" : "middle";
    picture.append(svg("line", { class: "grid", x1: at, x2: at, y1: TOP, y2: bottom }),
      svg("text", { class: "tick", x: at, y: height - 6, "text-anchor": anchor }, text));
  }
  if (both !== null) {
    const left = x(both.from);
    picture.append(rect("both", left, TOP, Math.max(2, x(both.to) - left), bottom - TOP,
      `together: ${both.to - both.from} µs`));
  }
  if (scale.broken) picture.append(...breakAt((x(gap.from) + x(gap.to)) / 2, bottom, gap));
  writers.forEach((writer, index) => {
    const top = TOP + index * LANE;
    const left = Math.min(x(writer.began_us), width - 3);
    const right = Math.max(left + 3, x(writer.ended_us ?? end));
    if (gap && writer.role === torn) {
      picture.append(rect(`rest role-${writer.role}`, right, top + 24, width - 1 - right, BAR, "unfinished"));
    }
    const look = `bar role-${writer.role}${writer.ended_us === null ? " unfinished" : ""}`;
    picture.append(rect(look, left, top + 24, right - left, BAR,
      `from ${writer.began_us} µs to ${writer.ended_us ?? "…"} µs`), label(writer, left, top + 17, width));
  });
  const swatch = both !== null ? "swatch" : gap && torn ? `swatch rest role-${torn}` : null;
  box.replaceChildren(picture, el("p", "legend muted", swatch && el("span", swatch), meeting));
}

function rect(look, x, y, width, height, title) {
  return svg("rect", { class: look, x, y, width: Math.max(0, width), height }, svg("title", {}, title));
}

// --- the scale -----------------------------------------------------------------------------------------------------

/** Where a moment is, in pixels, and which moments are named. */
function scaleOf(writers, width) {
  const known = writers.flatMap((writer) => [writer.began_us, writer.ended_us ?? writer.began_us]);
  const start = Math.min(...known);
  const last = Math.max(...known);
  // The bar of a writer that has not come back ends at the right edge.
  const open = writers.some((writer) => writer.ended_us === null);
  const end = Math.max(start + 1e-3, open ? last + Math.max(1, (last - start) * 0.25) : last);
  const gap = between(writers);
  const busy = end - start - (gap ? gap.to - gap.from : 0);
  const broken = gap !== null && gap.to - gap.from > 4 * busy;
  const room = width - 2;
  if (!broken) {
    const x = (us) => 1 + ((us - start) / (end - start)) * room;
    return { x, end, gap, broken, ticks: ticks(start, end, end, width) };
  }
  // Both pieces have one scale. The time between them has a quarter of the width.
  const per = (room * 0.75) / busy;
  const left = (gap.from - start) * per;
  const inside = (us) => (us - gap.from) / (gap.to - gap.from);
  const x = (us) => 1 + (us <= gap.from ? (us - start) * per
    : us < gap.to ? left + inside(us) * room * 0.25 : left + room * 0.25 + (us - gap.to) * per);
  const pieces = [[start, gap.from], [gap.to, end]];
  const all = pieces.flatMap(([from, to]) => ticks(from, to, to, x(to) - x(from)));
  return { x, end, gap, broken, ticks: all };
}

/** The time between the two writers, if they were apart. */
function between(writers) {
  if (writers.length < 2) return null;
  const [earlier, later] = [...writers].sort((one, other) => one.began_us - other.began_us);
  const [from, to] = [earlier.ended_us, later.began_us];
  return from !== null && to > from ? { from, to } : null;
}

/** The time in which both had the wire. */
function together(writers, end) {
  if (writers.length < 2) return null;
  const from = Math.max(...writers.map((writer) => writer.began_us));
  const to = Math.min(...writers.map((writer) => writer.ended_us ?? end));
  return to > from ? { from, to } : null;
}

/** Round numbers, about one every 110 pixels, all in the unit of the longest time. */
function ticks(start, end, longest, width) {
  const rough = (end - start) / Math.max(1, width / 110);
  if (!(rough > 0)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const [unit, name] = longest < 1e4 ? [1, "µs"] : longest < 1e6 ? [1e3, "ms"] : [1e6, "s"];
  const digits = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9));
  const list = [];
  for (let us = Math.ceil(start / step) * step; us <= end; us += step) {
    list.push({ us, text: us === 0 ? "0" : `${(us / unit).toFixed(digits)} ${name}` });
  }
  return list;
}

function breakAt(x, bottom, gap) {
  const path = `l6 12-12 24 12 24-12 24 6 ${bottom - TOP - 84}`;
  const zigzag = (dx) => svg("path", { class: "break", d: `M${x + dx} ${TOP}${path}` });
  const text = `${duration(gap.to - gap.from)} left out`;
  return [zigzag(-4), zigzag(4), svg("text", { class: "tick", x, y: bottom + 18, "text-anchor": "middle" }, text)];
}

// --- words ---------------------------------------------------------------------------------------------------------

function took(writer) {
  return writer.ended_us === null ? "not back yet" : duration(writer.ended_us - writer.began_us - (writer.held_us ?? 0));
}

// The width of a letter, about. If it is too high, a label only begins a little further left.
const LETTER = 7.4;

// A label begins with its bar, or as far left of it as it needs to stay inside the picture.
function label(writer, left, y, width) {
  const text = ` ${writerLabel(writer)}: ${writer.operation}, ${took(writer)}`;
  const most = Math.floor(width / LETTER) - writer.role.length;
  const shown = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  const x = Math.max(1, Math.min(left, width - (writer.role.length + shown.length) * LETTER));
  const role = svg("tspan", { class: `lane-role role-${writer.role}` }, writer.role);
  return svg("text", { class: "lane", x, y }, role, shown);
}

/** How the two met, in a sentence. */
function meet(writers, both, gap, torn) {
  if (writers.length < 2) return "There is no other writer.";
  const isAtLock = writers[0].handle === 0;
  if (both === null) {
    const apart = gap ? `: ${duration(gap.to - gap.from)} lie between them` : "";
    const why = torn ? `, and what the ${torn} writer had begun was unfinished all the time` : "";
    return `The two writers came one after the other${apart}${why}.`;
  }
  const out = writers.filter((writer) => writer.ended_us !== null).length;
  if (out === 0) return `Both ${isAtLock ? "are at the lock" : "have the wire"}, and neither has come back yet.`;
  const rest = out < writers.length ? ", and one has not come back yet" : "";
  return `Both ${isAtLock ? "were at the lock" : "had the wire"} for ${duration(both.to - both.from)}${rest}.`;
}

function spoken(writers, meeting) {
  const lanes = writers.map((writer) => `${writer.role}, ${writerLabel(writer)}: ${writer.operation}, began at `
    + `${duration(writer.began_us)}, ${took(writer)}`);
  return `${lanes.join("; ")}. ${meeting}`;
}
