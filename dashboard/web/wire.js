// A tear: a drawing of the wire, the headers and bytes round the tear, and what the far end sees.

import { el, fact, mark, number, size, th, titled } from "./shared.js";

const MASKED = "••";
const writerName = (role) => el("span", "role", role === "first" ? "First writer" : "Second writer");

/** A number of bytes in full. */
function inBytes(count) {
  return `${number(count)}\u00a0B`;
}

/** The same, with the rounded size after it if that is shorter. */
function inBytesAndRounded(count) {
  return count < 1024 ? [inBytes(count)] : [inBytes(count), " ", el("span", "muted", `(${size(count)})`)];
}

/** A text of bytes in hexadecimal as a list. */
function bytesOf(text) {
  return text === "" ? [] : text.split(" ");
}

/** The two writers: whose frame or message was torn, and whose bytes came in. A header that is unknown is `null`. */
function sides({ torn, frames, ranges }) {
  const other = ranges.find((range) => range.writer !== torn)?.writer ?? (torn === "first" ? "second" : "first");
  const headerOf = (role) => frames.find((frame) => frame.writer === role) ?? null;
  return { torn: { role: torn, header: headerOf(torn) }, inserted: { role: other, header: headerOf(other) } };
}

// --- the drawing ---------------------------------------------------------------------------------------------------

/**
 * The wire from left to right: what was sent up to the tear, what came in, and what follows. The boxes say in words and
 * numbers what colours and edges show.
 */
export function drawing(bytes, kind, compact = false) {
  const boxes = bytes.byte_of_frame === null ? aroundMessage(bytes) : aroundFrame(bytes, kind);
  const strip = el("ol", `strip boxes-${boxes.length - 1}`, ...boxes);
  // Some screen readers do not announce a list without markers.
  strip.setAttribute("role", "list");
  const caption = el("figcaption", "muted", "What was sent first is on the left. Not to scale.");
  return el("figure", `drawing panel${compact ? " compact" : ""}`, strip, caption);
}

function aroundFrame(bytes, kind) {
  const { torn, inserted } = sides(bytes);
  const [before, middle, after] = bytes.ranges;
  const { from, to } = bytes.byte_of_frame;
  const unknown = to - from;
  const name = torn.header ? opcodeName(torn.header) : "torn";
  return [
    box(torn.role, "torn-right", frameName(torn.header), span(before.length, unknown),
      unknown === 0 ? share(torn.header, before.length) : null),
    tear(`${kind === "abandoned-write" ? "abandoned" : "torn"} ${placeWords(bytes.byte_of_frame)} of the frame`),
    insertedBox(inserted, middle),
    box(after.writer, `torn-left${after.sent ? "" : " unsent"}`, `rest of the ${name} frame`,
      span(after.length, unknown), after.sent ? null : kind === "abandoned-write" ? "never sent" : "not sent yet"),
  ];
}

function placeWords({ from, to }) {
  return from === to ? `after byte ${number(from)}` : `between bytes ${number(from)} and ${number(to)}`;
}

function aroundMessage(bytes) {
  const { torn, inserted } = sides(bytes);
  const came = insertedBox(inserted, bytes.ranges[0]);
  if (torn.header === null) {
    return [box(torn.role, "", "end of the last message", null, null), tear("no message is open here"), came];
  }
  return [
    box(torn.role, "", `${torn.header.opcode} message`, null,
      `begun with a fragment${torn.header.length === null ? "" : ` of ${size(torn.header.length)}`}`),
    tear("torn between two frames of the message"),
    came,
    box(torn.role, "unsent", `rest of the ${torn.header.opcode} message`, null, "not sent yet"),
  ];
}

function insertedBox({ role, header }, range) {
  if (!range.sent) return box(role, "inserted unsent", frameName(header), span(range.length, 0), "not sent yet");
  return box(role, "inserted", frameName(header), span(range.length, 0), share(header, range.length));
}

function box(role, look, what, length, note) {
  return el(
    "li",
    `box role-${role} ${look}`,
    el("div", "inside", roleName(role), el("span", "frame-name", what)),
    el("div", "measure", length === null ? null : el("span", "length", length), note && el("span", "muted", note)),
  );
}

// In a small window three boxes leave no room for the second word.
function roleName(role) {
  return el("span", "role", role, el("span", "roomy", " writer"));
}

function tear(words) {
  return el("li", "tear", el("span", "", words));
}

function frameName(header) {
  if (header === null) return "bytes";
  const name = `${opcodeName(header)}${header.fin ? "" : " fragment"}`;
  return header.length === null ? name : `${name}, ${size(header.length)}`;
}

/** The longest opcode may break at a soft hyphen. */
function opcodeName({ opcode }) {
  return opcode.replace("continuation", "continu\u00adation");
}

/** A length, of which `unknown` bytes may be on the other side of the tear. */
function span(length, unknown) {
  if (length === null) return "length unknown";
  return unknown === 0 ? inBytes(length) : `${number(length)} to ${inBytes(length + unknown)}`;
}

/** Which part of its frame the first `length` bytes are. */
function share(header, length) {
  if (header === null || header.length === null || length === null) return null;
  const head = bytesOf(header.bytes).length;
  const whole = head + header.length;
  if (length < head) return `of the ${head}\u00a0B of its header`;
  if (length > whole) return `this frame and ${inBytes(length - whole)} behind it`;
  const payload = length - head;
  if (payload === 0) return "its header";
  return `${number(head)} header + ${number(payload)} payload`;
}

// --- the place, the proof, headers and bytes -----------------------------------------------------------------------

/** Everything about the bytes round a tear. */
export function wireDetails(bytes, kind) {
  const isMasked = bytes.ranges.some((range) => range.shown.includes(MASKED));
  return [
    drawing(bytes, kind),
    el("dl", "facts", ...position(bytes), fact("Proof", el("span", "sentence", bytes.proof))),
    el(
      "div",
      "evidence",
      el("div", "", el("h3", "", bytes.frames.length === 1 ? "Its header" : "Both headers"), headers(bytes)),
      el("div", "", el("h3", "", "Bytes round the tear"), ...dump(bytes, kind), isMasked ? maskedNote() : null),
    ),
  ];
}

function maskedNote() {
  const setting = el("code", "", "REDHANDED_PAYLOAD=show");
  return el("p", "hint muted", `Payload bytes are masked in reports (${MASKED}). Run the program with `, setting,
    " to see them.");
}

function position({ offset, counted_since, byte_of_frame, torn, frames }) {
  const list = [];
  if (byte_of_frame !== null) {
    const header = frames.find((frame) => frame.writer === torn);
    const whole = header?.length == null ? "" : ` of ${number(bytesOf(header.bytes).length + header.length)}`;
    list.push(fact("In frame", ...exactly(byte_of_frame, whole)));
  }
  const since = counted_since === "connection" ? " since the connection began" : " since it was first watched";
  const where = offset === null ? [el("span", "muted", "unknown")] : exactly(offset, since);
  list.push(fact("In stream", ...where));
  return list;
}

function exactly({ from, to }, of) {
  if (from !== to) return ["between bytes ", strong(from), " and ", strong(to), of];
  return ["after byte ", strong(from), of, el("span", "muted", " (exact)")];
}

function strong(place) {
  return el("strong", "", number(place));
}

/** A table with a column for each header, in the order of the wire. */
function headers({ torn, frames }) {
  const row = (name, value) =>
    el("tr", "", th("row", "", name), ...frames.map((frame) => el("td", "", ...[value(frame)].flat())));
  const heads = frames.map(({ writer }) => th("col", `role-${writer}`, writerName(writer), " ",
    el("span", "muted", writer === torn ? "torn" : "came in")));
  return el(
    "table",
    "headers",
    el("thead", "", el("tr", "", el("td"), ...heads)),
    el(
      "tbody",
      "",
      row("Opcode", (frame) => frame.opcode),
      row("FIN", (frame) => (frame.fin ? "1" : ["0 ", el("span", "muted", "(more frames follow)")])),
      frames.some((frame) => frame.reserved !== 0)
        ? row("RSV", (frame) => frame.reserved.toString(2).padStart(3, "0"))
        : null,
      row("Masked", (frame) => (frame.masked === null ? "unknown" : frame.masked ? "yes" : "no")),
      row("Payload", (frame) => (frame.length === null ? "header not complete" : inBytesAndRounded(frame.length))),
      row("Header", (frame) => el("code", "", frame.bytes)),
    ),
  );
}

const HALF_LINE = 8;
const LINE = 2 * HALF_LINE;

function dump(bytes, kind) {
  const { torn, inserted } = sides(bytes);
  const isFrame = bytes.byte_of_frame !== null;
  const heads = isFrame ? [torn.header, inserted.header, null] : [inserted.header];
  const words = isFrame ? ["up to the tear", "what came in", "after the tear"] : ["what came in"];
  const last = Math.max(...bytes.ranges.map((range) => range.shown_from + bytesOf(range.shown).length));
  const digits = number(last).length;
  return bytes.ranges.map((range, index) => {
    const head = heads[index] ? bytesOf(heads[index].bytes).length : 0;
    const unsent = range.sent ? "" : kind === "abandoned-write" && range.writer === torn.role
      ? ", never sent" : ", not sent yet";
    const title = el("h4", "", writerName(range.writer), `, ${words[index] ?? ""}: ${extent(range)}${unsent}`);
    return el("section", `dump role-${range.writer}${range.sent ? "" : " unsent"}`, title, lines(range, head, digits));
  });
}

/** How much of a range is shown. */
function extent({ length, shown, shown_from }) {
  const count = bytesOf(shown).length;
  if (count === 0 || count === length) return length === null ? "length unknown" : inBytes(length);
  const which = shown_from > 0 ? "the last" : "the first";
  return length === null ? `${which} ${inBytes(count)}` : `${which} ${number(count)} of ${inBytes(length)}`;
}

// A line has sixteen bytes in two halves. In a narrow window the second half goes below the first.
function lines({ shown, shown_from }, head, digits) {
  const list = bytesOf(shown);
  const all = el("div", "hex");
  for (let from = 0; from < list.length; from += LINE) {
    const offset = el("span", "offset", number(shown_from + from).padStart(digits, "\u00a0"));
    const halves = [from, from + HALF_LINE].filter((start) => start < list.length).map((start) =>
      half(list.slice(start, Math.min(start + HALF_LINE, from + LINE)), shown_from + start, head));
    all.append(el("div", "line", offset, el("div", "halves", ...halves)));
  }
  return all;
}

function half(list, offset, head) {
  const element = el("span", "half");
  list.forEach((byte, index) => {
    const look = byte === MASKED ? "masked" : offset + index < head ? "head" : "";
    const shown = el("span", look, byte);
    element.append(look === "head" ? titled(shown, "header") : shown, " ");
  });
  return element;
}

// --- the far end ---------------------------------------------------------------------------------------------------

/** What the far end makes of the stream, step by step, and how it ends. */
export function farEnd({ sees, corrupted, error, close_code }) {
  const verdicts = [];
  if (corrupted) {
    const title = "The application there gets a payload that was never sent, and no error.";
    verdicts.push(titled(mark(3, "payload corrupted silently"), title));
  }
  if (error !== null) verdicts.push(titled(el("q", "said", error), "The error in the words of tungstenite"));
  if (close_code !== null) {
    const code = el("span", "badge severity-1", `close code ${close_code}`);
    verdicts.push(titled(code, "The code with which a peer closes as RFC 6455 says"));
  }
  return [
    el("ol", "steps", ...sees.map((step) => el("li", "", el("span", "sentence", step)))),
    verdicts.length > 0 ? el("p", "kinds", ...verdicts) : null,
  ].filter((part) => part !== null);
}
