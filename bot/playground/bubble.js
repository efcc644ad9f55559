// What a message looks like. Everything that people wrote is set as text, never as markup.

import { language, word } from "./words.js";

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
    bubble.append(said(ownText(entry)));
  }
  row.append(bubble, foot(entry.at, true));
  mark(row, state);
  return row;
}

function ownText(entry) {
  if (entry.kind === "photo") return `🖼 ${entry.text}`;
  if (entry.kind === "file") return `📄 ${entry.text}`;
  if (entry.kind === "location") return `📍 ${entry.text}`;
  return entry.text;
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
  row.replaceChildren(bubble, ...(buttons.childElementCount ? [buttons] : []), foot(spoken.at));
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
    link.append(make("span", "", `📄 ${attachment.name}`), make("small", "", word("download")));
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
