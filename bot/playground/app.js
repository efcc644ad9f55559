// The page: two chats side by side, on one stream, filled from what was said before.

import { Listening, ask, sleep, wake } from "./api.js";
import { make } from "./bubble.js";
import { Pane } from "./pane.js";
import { fill, kept, language, setLanguage, storedLanguage, word } from "./words.js";

const GROUPS = ["officer", "secretary", "organiser", "auditor", "member", "visitor"];
const FIRST = ["demo-member", "demo-secretary"]; // who is shown to somebody who is here first
const ANOTHER = "+"; // the choice that makes one more visitor

const panes = [];
let personas = [];
let state = "connecting";
let renewing = null;

const listening = new Listening(heard, (now) => {
  if (now === "connected" && state === "reconnecting") {
    wake();
    void catchUp();
  }
  show(now);
});

function show(now) {
  state = now;
  const link = document.getElementById("link");
  link.dataset.state = now;
  link.textContent = word(now);
}

function heard(spoken) {
  for (const pane of panes) {
    if (pane.persona.account !== spoken.account || !pane.receive(spoken)) continue;
    if (pane.element.classList.contains("behind")) tab(pane).classList.add("unread");
  }
  renewing ??= setTimeout(() => void renew(), 600); // roles and names may be others now
}

/** What a stream cannot know: messages that were sent out of their order meanwhile. */
async function catchUp() {
  await renew();
  for (const pane of panes) {
    try {
      pane.merge((await past(pane.persona.account)).entries);
    } catch {
      return; // the stream will say so
    }
  }
}

function past(account) {
  return ask(`/playground/history?account=${encodeURIComponent(account)}`);
}

async function renew() {
  renewing = null;
  try {
    personas = named((await ask("/playground/personas")).personas);
  } catch {
    return;
  }
  for (const pane of panes) {
    offer(pane);
    pane.setPersona(known(pane.persona.account) ?? pane.persona);
  }
  if (panes.length) tabs();
}

/** Visitors have no name yet: number them. */
function named(found) {
  let visitors = 0;
  return found.map((persona) => {
    if (persona.name) return persona;
    visitors += 1;
    return { ...persona, number: visitors, label: `${word("visitor")} ${visitors}` };
  });
}

function known(account) {
  return personas.find((persona) => persona.account === account);
}

/** Fill the list of people of a chat, by role. */
function offer(pane) {
  const chosen = pane.persona.account;
  const groups = GROUPS.map((role) => {
    const group = document.createElement("optgroup");
    group.label = word(role);
    for (const persona of personas.filter((one) => one.role === role)) {
      const place = persona.unit ? ` · ${persona.unit}` : "";
      group.append(new Option((persona.name ?? persona.label) + place, persona.account));
    }
    if (role === "visitor") group.append(new Option(word("newVisitor"), ANOTHER));
    return group;
  }).filter((group) => group.childElementCount);
  pane.select.replaceChildren(...groups);
  if (chosen) pane.select.value = chosen;
}

async function choose(pane, account) {
  const wanted = account === ANOTHER ? visitor() : known(account);
  pane.persona = wanted;
  kept(`qingtuan.pane.${pane.number}`, wanted.account);
  offer(pane);
  pane.setPersona(wanted);
  tabs();
  await open([pane]);
  pane.input.focus();
}

function visitor() {
  const account = `guest-${Date.now().toString(36)}`;
  const like = personas.find((persona) => persona.role === "visitor" && persona.hint);
  const added = { id: account, account, name: null, role: "visitor", unit: null, hint: like?.hint };
  personas = named([...personas, added]);
  return known(account);
}

/** Load these chats, then listen from there; what a page has already it shows once. */
async function open(some) {
  const load = async () => {
    for (;;) {
      try {
        const wanted = some.map((pane) => pane.persona.account);
        const found = await Promise.all(wanted.map(past));
        some.forEach((pane, index) => {
          // whoever was chosen meanwhile has a loading of their own
          if (pane.persona.account === wanted[index]) pane.reset(found[index]);
        });
        return;
      } catch {
        show("reconnecting");
        await sleep(1500);
      }
    }
  };
  const loading = load();
  for (const pane of some) pane.loading = loading;
  await loading;
  for (const pane of some) if (pane.loading === loading) pane.loading = null;
  const oldest = Math.min(...panes.map((pane) => pane.last));
  listening.listen(panes.map((pane) => pane.persona.account), oldest);
}

function tab(pane) {
  return document.querySelectorAll("#switch button")[pane.number];
}

/** On a narrow screen one chat is in front; the switch names both. */
function tabs() {
  const box = document.getElementById("switch");
  box.setAttribute("aria-label", word("panes"));
  if (!box.childElementCount) {
    for (const pane of panes) {
      const button = make("button", "tab");
      button.type = "button";
      button.addEventListener("click", () => front(pane));
      box.append(button);
    }
    front(panes[0]);
  }
  for (const pane of panes) {
    tab(pane).textContent = pane.persona.name ?? pane.persona.label;
  }
}

function front(chosen) {
  for (const pane of panes) {
    pane.element.classList.toggle("behind", pane !== chosen);
    tab(pane).setAttribute("aria-pressed", String(pane === chosen));
  }
  tab(chosen).classList.remove("unread");
  chosen.toEnd();
}

function speak(wanted) {
  setLanguage(wanted);
  document.title = word("title");
  document.getElementById("language").lang = wanted === "en" ? "zh-CN" : "en";
  fill(document);
  document.getElementById("language").textContent = word("language");
  show(state);
}

async function begin() {
  speak(storedLanguage());
  document.getElementById("language").addEventListener("click", () => {
    speak(language() === "en" ? "zh-CN" : "en");
    personas = named(personas);
    for (const pane of panes) {
      offer(pane);
      pane.setPersona(known(pane.persona.account) ?? pane.persona);
    }
    tabs();
  });
  while (!personas.length) {
    await renew();
    if (!personas.length) {
      show("reconnecting");
      await sleep(1500);
    }
  }
  for (const number of [0, 1]) {
    const pane = new Pane(number, (one, account) => void choose(one, account));
    const kind = number ? "secretary" : "member";
    pane.persona =
      known(kept(`qingtuan.pane.${number}`)) ??
      known(FIRST[number]) ??
      personas.find((persona) => persona.role === kind) ??
      personas[Math.min(number, personas.length - 1)];
    panes.push(pane);
    document.getElementById("panes").append(pane.element);
    offer(pane);
    pane.setPersona(pane.persona);
  }
  tabs();
  await open(panes);
}

void begin();
