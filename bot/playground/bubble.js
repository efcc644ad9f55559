// What a message looks like. Everything that people wrote is set as text, never as markup.

import { language, word } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const SIGNS = {
  photo: "M4 5h16v14H4zM4 16l5-5 4 4 2-2 5 4M15.5 9.5h.01",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  location: "M12 21s-6-5.7-6-11a6 6 0 0 1 12 0c0 5.3-6 11-6 11zM12 10.5h.01",
};

export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/** What this person said. `entry`: {key, kind, text, at}; `state` as in `mark`. */
export function own(entry, state) {
  const row = make("div", "row mine");
  row.dataset.key = entry.key;
  const bubble = make("div", entry.kind === "button" ? "bubble tap" : "bubble");
  if (entry.image) {
    const image = make("img", "picture");
    image.src = entry.image;
    image.alt = entry.text;
    bubble.append(image);
  } else {
    bubble.append(said(entry.text));
    if (SIGNS[entry.kind]) bubble.firstChild.prepend(icon(entry.kind));
  }
  row.append(bubble, foot(entry.at, true));
  mark(row, state);
  return row;
}

/** A drawn sign: not every machine has a font with pictures. */
function icon(kind) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SIGNS[kind]);
  drawing.append(path);
  return drawing;
}

/** waiting, arrived, retrying, tooLarge or failed: a sign to see and words to hear. */
export function mark(row, state) {
  const sign = row.querySelector(".sign");
  row.dataset.state = state;
  sign.textContent = { waiting: "…", arrived: "✓" }[state] ?? `! ${word(state)}`;
  sign.title = word(state);
  sign.setAttribute("aria-label", word(state));
}

/** What Qingtuan said. `press` is called with a button's {label, token} and its element. */
export function theirs(spoken, press) {
  const row = make("div", "row theirs");
  fillTheirs(row, spoken, press);
  return row;
}

/** Show a message in a row, or show a newer one in its place. */
export function fillTheirs(row, spoken, press) {
  const old = row.querySelector(".picture, a.file");
  if (old?.dataset.blob) URL.revokeObjectURL(old.dataset.blob);
  row.dataset.id = spoken.id;
  const bubble = make("div", "bubble");
  if (spoken.text) bubble.append(said(spoken.text));
  if (spoken.attachment) bubble.append(attached(spoken.attachment));
  const buttons = make("div", "buttons");
  for (const line of spoken.rows) {
    const group = make("div", "line");
    group.append(...line.map((button) => shown(button, press)));
    buttons.append(group);
  }
  if (spoken.asks_location) buttons.append(place(press));
  const card = make("div", "card");
  card.append(bubble, ...(buttons.childElementCount ? [buttons] : []));
  row.replaceChildren(card, foot(spoken.at));
}

function said(text) {
  const paragraph = make("p", "said", text);
  paragraph.dir = "auto";
  return paragraph;
}

function shown(button, press) {
  if (!button.url) {
    const element = make("button", "choice", button.label);
    element.type = "button";
    element.addEventListener("click", () => press({ kind: "button", ...button }, element));
    return element;
  }
  const link = make("a", "choice", button.label);
  if (/^https?:\/\//i.test(button.url)) link.href = button.url;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

function place(press) {
  const line = make("div", "line");
  const element = make("button", "choice", word("location"));
  element.type = "button";
  element.addEventListener("click", () => press({ kind: "location" }, element));
  line.append(element);
  return line;
}

function attached(attachment) {
  const bytes = Uint8Array.from(atob(attachment.content), (letter) => letter.charCodeAt(0));
  const isImage = /^image\/(png|jpeg|gif|webp)$/.test(attachment.media_type);
  const type = isImage ? attachment.media_type : "application/octet-stream";
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  const link = make("a", "file");
  link.dataset.blob = url;
  link.href = url;
  link.download = attachment.name;
  if (isImage) {
    const image = make("img", "picture");
    image.src = url;
    image.alt = attachment.name;
    link.append(image);
    link.title = word("download");
  } else {
    const name = make("span", "", attachment.name);
    name.prepend(icon("file"));
    link.append(name, make("small", "", word("download")));
  }
  return link;
}

function foot(at, mine) {
  const line = make("p", "foot");
  const time = make("time", "", clock(at));
  time.dateTime = at;
  line.append(time);
  if (mine) line.append(make("span", "sign"));
  return line;
}

function clock(at) {
  const format = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(language(), format).format(new Date(at));
}

/** The line between two days. */
export function dayLine(at) {
  const day = new Date(at);
  const format = { month: "long", day: "numeric", weekday: "short" };
  const isToday = day.toDateString() === new Date().toDateString();
  const text = isToday ? word("today") : new Intl.DateTimeFormat(language(), format).format(day);
  return make("p", "day", text);
}
