// One chat: a persona, both sides of what was said, and the ways to say more.

import { newKey, say } from "./api.js";
import { dayLine, fillTheirs, make, mark, own, theirs } from "./bubble.js";
import { chips, fill, placeholder, word } from "./words.js";

const MOST_BYTES = 5 * 1024 * 1024;
const NEAR = 80; // pixels from the end at which a reader wants to stay at the end
const LONGEST_WAIT = 4000; // milliseconds until pressed buttons may be pressed again

export class Pane {
  constructor(number, onChoose) {
    this.number = number;
    this.shown = new Map(); // outbox id -> row
    this.own = new Map(); // key -> row
    this.queue = Promise.resolve();
    this.loading = null; // while a history is on its way nothing is added before it
    this.last = 0; // the newest outbox id of this account
    this.pressed = [];
    const content = document.getElementById("pane").content.cloneNode(true);
    this.element = content.firstElementChild;
    this.find = (selector) => this.element.querySelector(selector);
    this.log = this.find(".log");
    this.input = this.find("textarea");
    this.select = this.find(".persona");
    this.newer = this.find(".newer");
    this.select.addEventListener("change", () => onChoose(this, this.select.value));
    this.newer.addEventListener("click", () => this.toEnd());
    this.log.addEventListener("scroll", () => this.atEnd() && (this.newer.hidden = true));
    this.compose();
    this.attach();
  }

  compose() {
    this.find(".composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.sayTyped();
    });
    this.input.addEventListener("input", () => this.grow());
    this.input.addEventListener("keydown", (event) => {
      // Enter that ends the choice of a Chinese word is not the end of the message
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.sayTyped();
    });
  }

  attach() {
    const input = this.find("input[type=file]");
    input.addEventListener("change", async () => {
      const file = input.files[0];
      if (file) await this.sayFile(file);
      input.value = "";
    });
  }

  grow() {
    this.input.rows = 1;
    while (this.input.value && this.input.rows < 6 && this.input.scrollHeight > this.input.clientHeight + 4) {
      this.input.rows += 1;
    }
  }

  /** Show who one is here. */
  setPersona(persona) {
    this.persona = persona;
    const name = persona.name ?? persona.label;
    this.element.setAttribute("aria-label", name);
    this.find(".name").textContent = name;
    const face = this.find(".face");
    face.textContent = persona.name ? persona.name.slice(0, 1) : "?";
    face.dataset.role = persona.role;
    const unit = persona.unit ?? (persona.role === "visitor" ? word("notRegistered") : "");
    this.find(".post").textContent = [word(persona.role), unit].filter(Boolean).join(" · ");
    this.log.lang = persona.language ?? "zh-CN";
    this.input.placeholder = placeholder(persona);
    this.setChips(persona);
    fill(this.element);
  }

  setChips(persona) {
    const box = this.find(".chips");
    box.setAttribute("aria-label", word("chips"));
    box.replaceChildren(
      ...chips(persona).map((chip) => {
        const element = make("button", chip.first ? "chip first" : "chip", chip.label);
        element.type = "button";
        element.title = chip.text;
        element.addEventListener("click", () => this.say("text", { text: chip.text }, chip.text));
        return element;
      }),
    );
  }

  /** Begin again with what was said before. */
  reset({ entries, last }) {
    for (const link of this.log.querySelectorAll("[data-blob]")) URL.revokeObjectURL(link.dataset.blob);
    this.log.replaceChildren();
    this.shown.clear();
    this.own.clear();
    this.pressed = [];
    this.last = last;
    this.lastDay = undefined;
    if (!entries.length) this.log.append(make("p", "empty", word("empty")));
    this.merge(entries);
    this.toEnd();
    this.element.dataset.account = this.persona.account;
  }

  /** Add what is new among these entries of the history. */
  merge(entries) {
    for (const entry of entries) {
      if (entry.who === "us") {
        this.receive(entry);
      } else if (entry.text && !this.own.has(entry.key)) {
        this.add(own(entry, "arrived"), entry.at, this.own, entry.key);
      }
    }
  }

  /** Show a message, once, however often it comes. Answers whether it is new. */
  receive(spoken) {
    if (this.shown.has(spoken.id)) return false;
    this.last = Math.max(this.last, spoken.id);
    const press = (button, element) => this.press(button, element);
    const older = this.shown.get(Number(spoken.replaces));
    if (older) {
      fillTheirs(older, spoken, press);
      older.classList.add("changed");
      this.shown.set(spoken.id, older);
    } else {
      this.add(theirs(spoken, press), spoken.at, this.shown, spoken.id);
    }
    this.release();
    return true;
  }

  add(row, at, index, key) {
    const stay = this.atEnd();
    this.find(".empty")?.remove();
    const day = new Date(at).toDateString();
    if (day !== this.lastDay) {
      this.log.append(dayLine(at));
      this.lastDay = day;
    }
    this.log.append(row);
    index.set(key, row);
    if (stay) this.toRow(row);
    else this.newer.hidden = false;
  }

  atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
  }

  toEnd() {
    this.newer.hidden = true;
    this.log.scrollTop = this.log.scrollHeight;
  }

  /** To the end, but not past the beginning of a long message. */
  toRow(row) {
    this.toEnd();
    const top = row.offsetTop - this.log.offsetTop - 8;
    this.log.scrollTop = Math.min(this.log.scrollTop, Math.max(0, top));
  }

  sayTyped() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.grow();
    this.say("text", { text }, text);
  }

  async sayFile(file) {
    const kind = /^image\/(png|jpeg|gif|webp)$/.test(file.type) ? "photo" : "file";
    const image = kind === "photo" ? URL.createObjectURL(file) : undefined;
    if (file.size > MOST_BYTES) {
      const entry = { key: newKey(), kind, text: file.name, at: new Date().toISOString() };
      this.add(own(entry, "tooLarge"), entry.at, this.own, entry.key);
      return;
    }
    const content = await base64(file);
    const payload = { name: file.name, media_type: file.type || "application/octet-stream", content };
    this.say(kind, payload, file.name, image);
  }

  /** Show it at once, then bring it to the server, one after the other and in order. */
  async say(kind, payload, text, image) {
    await this.loading;
    const entry = { key: newKey(), kind, text, image, at: new Date().toISOString() };
    const row = own(entry, "waiting");
    this.add(row, entry.at, this.own, entry.key);
    this.toEnd();
    const event = { account: this.persona.account, key: entry.key, kind, payload };
    this.queue = this.queue.then(async () => {
      const state = await say(event, () => mark(row, "retrying"));
      mark(row, state);
      return state;
    });
    return this.queue;
  }

  async press(button, element) {
    const box = element.closest(".buttons");
    const all = [...box.querySelectorAll("button.choice")];
    element.classList.add("pressed");
    element.setAttribute("aria-busy", "true");
    for (const one of all) one.disabled = true;
    this.pressed.push(...all);
    const state = button.kind === "location" ? await this.sayPlace() : await this.sayPress(button);
    if (state !== "arrived") this.release();
    else setTimeout(() => this.release(all), LONGEST_WAIT);
  }

  sayPress({ token, label }) {
    return this.say("button", { token, label }, label);
  }

  async sayPlace() {
    try {
      const { coords } = await new Promise((resolve, reject) => {
        navigator.geolocation.getCurrentPosition(resolve, reject, { timeout: 10000 });
      });
      const { latitude, longitude } = coords;
      return await this.say("location", { latitude, longitude }, `${latitude}, ${longitude}`);
    } catch {
      this.add(make("p", "day", word("noLocation")), new Date().toISOString(), this.own, newKey());
      return "failed";
    }
  }

  release(some = this.pressed) {
    for (const one of some) {
      one.disabled = false;
      one.classList.remove("pressed");
      one.removeAttribute("aria-busy");
    }
    this.pressed = this.pressed.filter((one) => !some.includes(one));
  }
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
