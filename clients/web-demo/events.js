// Server-sent events by fetch: EventSource cannot send a header, and a token in a URL ends up in logs.

/** The server has refused the stream. `again`: whether it makes sense to try again. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
    this.again = status === 429 || status >= 500;
  }
}

const RETRY_FIRST = 1000;
const RETRY_MAX = 30_000;
const SILENCE = 45_000; // three heartbeats

/**
 * Watch a stream until it is over, coming back wherever it breaks off, with the id of what was seen last.
 * `on` gets { event(name, data, serverTime), state(text), opened(serverTime) }; `signal` ends it.
 */
export async function follow(url, token, on, signal) {
  let last = "";
  let retry = RETRY_FIRST;
  let failures = 0;
  while (!signal.aborted) {
    const stalled = new AbortController();
    try {
      on.state(last ? "Coming back ..." : "Opening ...");
      const headers = { accept: "text/event-stream", authorization: `Bearer ${token}` };
      if (last) headers["last-event-id"] = last;
      const answer = await fetch(url, { headers, signal: AbortSignal.any([signal, stalled.signal]), cache: "no-store" });
      if (!answer.ok) throw new Refused(answer.status, await reasonOf(answer));
      on.opened(Date.parse(answer.headers.get("laurel-time") ?? ""));
      on.state("Live.");
      for await (const one of eventsIn(answer.body, () => stalled.abort())) {
        failures = 0;
        if (one.retry) retry = one.retry;
        if (one.id) last = one.id;
        if (!one.event) continue;
        const data = JSON.parse(one.data);
        on.event(one.event, data);
        if (one.event !== "closed") continue;
        if (data.retry_after === undefined || data.retry_after === null) return;
        retry = Math.max(Number.parseFloat(data.retry_after) * 1000, RETRY_FIRST);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused && !error.again) throw error;
    }
    const pause = Math.min(retry * 2 ** failures, RETRY_MAX) * (0.75 + Math.random() / 2);
    failures += 1;
    on.state(`Broken off; again in ${(pause / 1000).toFixed(1)} s.`);
    await new Promise((done) => setTimeout(done, pause));
  }
}

async function reasonOf(answer) {
  try {
    return (await answer.json()).message;
  } catch {
    return `HTTP ${answer.status}`;
  }
}

/** Yield the events of a body: { event, id, data, retry }, whatever way its bytes were cut. */
export async function* eventsIn(body, onSilence) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  let timer = setTimeout(onSilence, SILENCE);
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(onSilence, SILENCE);
      const blocks = (held + value).split("\n\n");
      held = blocks.pop();
      for (const block of blocks) yield parsed(block);
    }
  } finally {
    clearTimeout(timer);
    reader.cancel().catch(() => {});
  }
}

function parsed(block) {
  const one = {};
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue; // a comment: the heartbeat
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).replace(/^ /, "");
    one[name] = name === "retry" ? Number(value) : value;
  }
  return one;
}
