// What a watcher knows of a board, and how a page shows it. No word of how it travels.

/** The rows of a board, kept as its stream tells. Each event is applied whole. */
export class Board {
  rows = new Map();
  own = null;
  /** Milliseconds since 1970 at which the period or cohort ends, by the server's clock; null: it has no end, or none is known. */
  endsAt = null;

  /** Apply an event; return the ids of the players whose lines it changes. */
  apply(name, data) {
    if (name === "ready" || name === "finalized") {
      const told = data.entries ?? data.standings ?? [];
      this.rows = new Map(told.map((row) => [row.player_id, row]));
      this.own = data.self ?? null;
      const end = data.period?.end_time ?? data.end_time;
      this.endsAt = end ? Date.parse(end) : null;
      return [];
    }
    if (name !== "score_update") return [];
    for (const id of data.left ?? []) this.rows.delete(id);
    for (const row of data.updates ?? []) this.rows.set(row.player_id, row);
    return (data.updates ?? []).map((row) => row.player_id);
  }

  /** All lines in order; a line of one's own that is below the watched ones comes last. */
  inOrder() {
    const rows = [...this.rows.values()];
    if (this.own && !this.rows.has(this.own.player_id)) rows.push(this.own);
    return rows.sort((one, other) => placeOf(one) - placeOf(other));
  }
}

const placeOf = (row) => Number(row.position ?? row.rank);

/** Show lines in a list. Those that change places glide to them. */
export function paint(list, rows, changed, selfId) {
  const before = new Map([...list.children].map((item) => [item.dataset.player, item]));
  const tops = new Map([...before].map(([id, item]) => [id, item.getBoundingClientRect().top]));
  const items = rows.map((row) => filled(before.get(row.player_id) ?? newItem(row.player_id), row, selfId));
  list.replaceChildren(...items);
  for (const item of items) {
    const top = tops.get(item.dataset.player);
    if (top !== undefined) glide(item, top - item.getBoundingClientRect().top);
    if (changed.includes(item.dataset.player)) flash(item);
  }
}

function newItem(player) {
  const item = document.createElement("li");
  item.dataset.player = player;
  for (const name of ["rank", "name", "score"]) {
    const part = document.createElement("span");
    part.className = name;
    item.append(part);
  }
  return item;
}

function filled(item, row, selfId) {
  const [rank, name, score] = item.children;
  rank.textContent = row.rank;
  name.textContent = row.name || row.player_id; // textContent: names are what players call themselves
  score.textContent = row.score;
  item.classList.toggle("self", row.player_id === selfId);
  return item;
}

function glide(item, by) {
  if (!by || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  item.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], { duration: 300, easing: "ease-out" });
}

function flash(item) {
  item.classList.remove("changed");
  void item.offsetWidth; // begins the animation anew
  item.classList.add("changed");
}
