// One selection runs through story, ladder and message. selection.go resolves an id in the same way.

import { all } from "./dom.js";
import { clock } from "./times.js";

export const flow = () => document.getElementById("flow");
const steps = () => all(".story li");
const rows = () => all("#ladder svg [data-evidence]");
const evidence = (e) => e.dataset.evidence.split(" ").filter(Boolean);
const overlap = (a, b) => a.some((id) => b.includes(id));
const shares = (a, b) => overlap(evidence(a), evidence(b));
const panelOf = (row) => document.getElementById(row.id.replace(/^l-/, "m-"));

// rowOf finds the first message that fits, or else the first row.
function rowOf(fits) {
  const found = rows().filter(fits);
  return found.find((r) => r.classList.contains("k-arrow")) || found[0];
}

function resolve(id) {
  let step = steps().find((s) => s.id === id);
  let row = rows().find((r) => r.id === id);
  if (!step && !row) {
    row = rowOf((r) => evidence(r).includes(id));
    step = steps().find((s) => evidence(s).includes(id));
  }
  if (!step && row) step = steps().find((s) => shares(s, row));
  if (!row && step) row = rowOf((r) => shares(r, step));
  return { step, row };
}

function current(e, on) {
  if (on) e.setAttribute("aria-current", "true");
  else e.removeAttribute("aria-current");
}

// select shows one step, row or event everywhere; the address keeps it and the page scrolls to it unless told
// otherwise. Rows with other events can be marked as well.
export function select(id, { reveal = true, keep = true, also = [] } = {}) {
  const { step, row } = resolve(id);
  if (!step && !row) return;
  const panel = row ? panelOf(row) : document.getElementById(step.dataset.panel);
  if (panel?.dataset.stub) return location.replace(panel.dataset.stub);
  for (const s of steps()) {
    s.classList.toggle("on", s === step);
    current(s.querySelector("a"), s === step);
  }
  for (const r of rows()) {
    r.classList.toggle("selected", r === row);
    r.classList.toggle("related", r !== row && ((Boolean(step) && shares(r, step)) || overlap(evidence(r), also)));
    current(r, r === row);
    r.tabIndex = r === row ? 0 : -1;
  }
  for (const p of all(".panel")) p.hidden = p !== panel;
  nameTab(panel);
  if (keep) remember("sel", id);
  if (reveal) for (const e of [step, row]) show(e);
}

// show scrolls to what is hidden by scrolling, and to nothing that is in another tab.
export function show(e) {
  if (e && e.getClientRects().length > 0) e.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function nameTab(panel) {
  const title = panel?.querySelector("h2"), tab = document.getElementById("tab-message");
  if (title && tab) tab.textContent = title.textContent;
}

// remember keeps the state of the page in its address, and in the addresses of its other languages.
function remember(key, value) {
  const change = (address) => {
    const url = new URL(address);
    if (value) url.searchParams.set(key, value);
    else url.searchParams.delete(key);
    return url;
  };
  history.replaceState(history.state, "", change(location.href));
  for (const a of all(".lang a")) a.href = change(a.href);
}

const moves = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

// key moves the selection along the list that has the focus, along the story when none has.
export function key(event) {
  const row = event.target.closest("#ladder svg [data-evidence]");
  if (row && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    return select(row.id);
  }
  const by = moves[event.key];
  if (!by || !(event.target === document.body || event.target.closest("#story, #ladder"))) return;
  event.preventDefault();
  const inLadder = Boolean(event.target.closest("#ladder"));
  const list = inLadder ? rows() : steps();
  const at = list.findIndex((e) => e.classList.contains(inLadder ? "selected" : "on"));
  const next = list[Math.min(Math.max(at + by, 0), list.length - 1)];
  if (!next) return;
  select(next.id);
  (inLadder ? next : next.querySelector("a")).focus({ preventScroll: true });
}

// switchTimes shows offsets or times of day in story and ladder.
export function switchTimes() {
  const mode = flow().dataset.times === "clock" ? "" : "clock";
  flow().dataset.times = mode;
  remember("times", mode);
  showTimes();
}

export function showTimes() {
  const byClock = flow().dataset.times === "clock";
  for (const time of all(".story time")) {
    time.textContent = byClock ? clock(new Date(time.getAttribute("datetime"))) : time.dataset.offset;
  }
  for (const row of rows()) {
    const label = row.querySelector(".t"), panel = panelOf(row);
    if (label && panel) label.textContent = byClock ? clock(new Date(panel.dataset.at)) : panel.dataset.offset;
  }
  for (const tool of all("a[data-times]")) tool.setAttribute("aria-checked", String(byClock));
}
