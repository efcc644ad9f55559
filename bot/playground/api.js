// The ways to the server: ask, say (again and again under one key until it is written down), listen.

const PAUSES = [400, 800, 1500, 3000, 5000];

export async function ask(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const sleepers = new Set();

/** The server is back: what waits to be said again need not wait any longer. */
export function wake() {
  for (const resolve of sleepers) resolve();
  sleepers.clear();
}

function pause(milliseconds) {
  return new Promise((resolve) => {
    sleepers.add(resolve);
    setTimeout(() => sleepers.delete(resolve) && resolve(), milliseconds);
  });
}

/**
 * Say one thing. Resolves with "arrived", "tooLarge" or "failed"; a server that is away or cannot
 * write it down is asked again with the same key, and `onRetry` is told.
 */
export async function say(event, onRetry) {
  const upload = event.kind === "photo" || event.kind === "file";
  const path = upload ? "/playground/files" : "/playground/events";
  for (let tried = 0; ; tried += 1) {
    const status = await post(path, event);
    if (status === 200) return "arrived";
    if (status === 413) return "tooLarge";
    if (status >= 400 && status < 500 && status !== 429) return "failed";
    onRetry();
    await pause(PAUSES[Math.min(tried, PAUSES.length - 1)]);
  }
}

async function post(path, event) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(event),
    });
    return answer.status;
  } catch {
    return 0;
  }
}

/** One stream for the whole page, however many chats it shows: browsers allow six per host. */
export class Listening {
  constructor(onMessage, onState) {
    this.onMessage = onMessage;
    this.onState = onState;
    this.last = 0;
    this.round = 0;
  }

  /** Listen to these accounts from now on, beginning after the message `last`. */
  listen(accounts, last) {
    this.accounts = [...new Set(accounts)];
    this.last = last;
    this.open();
  }

  open() {
    this.round += 1;
    const round = this.round;
    this.source?.close();
    const query = new URLSearchParams(this.accounts.map((account) => ["account", account]));
    query.set("after", this.last);
    const source = new EventSource(`/playground/stream?${query}`);
    this.source = source;
    source.onopen = () => this.onState("connected");
    source.onmessage = (message) => {
      const spoken = JSON.parse(message.data);
      this.last = Math.max(this.last, spoken.id);
      this.onMessage(spoken);
    };
    source.onerror = () => {
      this.onState("reconnecting");
      // a refused stream ends for good; one that broke comes back by itself
      if (source.readyState === EventSource.CLOSED) {
        setTimeout(() => round === this.round && this.open(), 1500);
      }
    };
  }
}
