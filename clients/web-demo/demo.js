import { Board, paint } from "./board.js";
import { follow } from "./events.js";

const byId = (id) => document.getElementById(id);
const state = (text) => (byId("state").textContent = text);

let watching = null;
let clockAhead = 0; // by so many milliseconds the server's clock is ahead of ours
let board = new Board();

byId("choice").addEventListener("submit", async (event) => {
  event.preventDefault();
  watching?.abort();
  watching = new AbortController();
  const fields = Object.fromEntries(new FormData(event.target));
  try {
    const who = fields.token ? { token: fields.token, player: subjectOf(fields.token) } : await signIn(fields.device);
    await watch(fields, who, watching.signal);
  } catch (error) {
    state(`Refused: ${error.message}`);
  }
});

/** Sign in with a device id. The page's own server answers REST behind Envoy, and this one call behind the plain door. */
async function signIn(device) {
  const answer = await fetch("/demo/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ device_id: device }),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.message);
  return { token: told.token, player: told.player_id };
}

function subjectOf(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).sub;
  } catch {
    return "";
  }
}

async function watch({ kind, board: name, limit }, { token, player }, signal) {
  board = new Board();
  const url = `/v1/${kind}/${encodeURIComponent(name)}/stream?limit=${Number(limit) || 20}`;
  const show = (changed) => paint(byId("rows"), board.inOrder(), changed, player);
  show([]);
  await follow(url, token, {
    state,
    opened: (serverTime) => {
      if (!Number.isNaN(serverTime)) clockAhead = serverTime - Date.now();
    },
    event: (event, data) => {
      const changed = board.apply(event, data);
      show(changed);
      if (event === "finalized") state("It is over.");
      if (event === "closed") state(`Closed: ${data.reason.replace("CLOSED_REASON_", "").toLowerCase()}.`);
    },
  }, signal);
}

setInterval(() => {
  byId("clock").hidden = board.endsAt === null;
  if (board.endsAt === null) return;
  const seconds = Math.max(Math.round((board.endsAt - Date.now() - clockAhead) / 1000), 0);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  byId("left").textContent = parts.map((part) => String(part).padStart(2, "0")).join(":");
}, 250);
