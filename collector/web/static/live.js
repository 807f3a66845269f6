// Keeps a page up to date: a stream says what changed, htmx fetches the page again and swaps the part that shows it.

import { all, announce } from "./dom.js";
import { openTab } from "./tabs.js";
import { renew } from "./page.js";

const htmx = window.htmx;
let dirty = new Set(); // parts to fetch when somebody looks again
let busy = false;

// parts lists what on this page shows the thing that changed.
function parts(kind, id) {
  const found = all(`[data-live="${kind}"]`).filter((e) => !e.dataset.id || id === "" || e.dataset.id === id);
  return found.map((e) => "#" + e.id);
}

function changed(kind, id) {
  for (const part of parts(kind, id)) dirty.add(part);
  catchUp();
}

async function catchUp() {
  if (busy || document.hidden || dirty.size === 0) return;
  busy = true;
  const now = [...dirty];
  dirty.clear();
  for (const part of now) await fetchAgain(part).catch(() => {}); // the next change or reconnect tries again
  busy = false;
  catchUp();
}

async function fetchAgain(part) {
  const old = document.querySelector(part);
  if (!old) return;
  const kept = keep(old);
  await htmx.ajax("GET", old.dataset.address || location.pathname + location.search, { target: part, select: part, swap: "outerHTML" });
  const fresh = document.querySelector(part);
  if (!fresh) return;
  restore(fresh, kept);
  tellNews(old, fresh);
}

// keep notes what a swap would lose: focus, scrolling, the open tab, what is folded out.
function keep(part) {
  const active = part.contains(document.activeElement) ? document.activeElement : null;
  return {
    focus: active && (active.id ? "#" + CSS.escape(active.id) : active.closest("[id]") && `#${CSS.escape(active.closest("[id]").id)} ${active.localName}`),
    scrolls: all(".scroll, .panel:not([hidden]) pre", part).map((e) => [e.scrollLeft, e.scrollTop]),
    tab: part.querySelector(".cols")?.dataset.tab,
    open: all("details", part).map((e) => e.open),
    folded: Boolean(part.querySelector(".no-details")),
  };
}

function restore(part, kept) {
  if (kept.folded) part.querySelector("[data-toggle=details]")?.click();
  all("details", part).forEach((e, i) => { e.open = Boolean(kept.open[i]); });
  if (kept.tab) openTab(kept.tab);
  all(".scroll, .panel:not([hidden]) pre", part).forEach((e, i) => {
    if (kept.scrolls[i]) [e.scrollLeft, e.scrollTop] = kept.scrolls[i];
  });
  if (kept.focus) part.querySelector(kept.focus)?.focus({ preventScroll: true });
}

// text is what a screen reader would read of an element.
function text(e) {
  const heard = e?.cloneNode(true);
  if (heard) for (const hidden of all("[aria-hidden=true]", heard)) hidden.remove();
  return heard?.textContent.replace(/\s+/g, " ").trim() || "";
}

// tellNews says what a reader who does not see the page has to know, and marks rows that were not there before.
function tellNews(old, fresh) {
  const before = old.querySelector(".verdict"), after = fresh.querySelector(".verdict");
  if (after && text(after) !== text(before)) announce(text(after));
  const known = new Set(all("tr.call", old).map((r) => r.id));
  if (known.size === 0 && !old.querySelector("table")) return;
  for (const row of all("tr.call", fresh)) {
    if (known.has(row.id)) continue;
    row.classList.add("new");
    announce(`${text(row.querySelector(".c-call a"))}, ${text(row.querySelector(".result"))}`);
  }
}

// ---- what htmx swaps

let refining = false;
document.addEventListener("htmx:beforeSwap", () => { refining = Boolean(document.querySelector(".refine")?.open); });
document.addEventListener("htmx:load", (event) => {
  const fresh = event.detail.elt;
  if (fresh === document.body) return;
  const form = fresh.querySelector(".refine");
  if (form && refining) form.open = true;
  renew(fresh.parentElement || fresh);
});

// ---- the stream

const address = document.body.dataset.live;
if (address) {
  const stream = new EventSource(address);
  let lost = false;
  for (const kind of ["call.updated", "device.updated"]) {
    stream.addEventListener(kind, (event) => changed(kind, JSON.parse(event.data).id));
  }
  stream.addEventListener("error", () => { lost = true; });
  stream.addEventListener("open", () => {
    if (lost) for (const kind of ["call.updated", "device.updated"]) changed(kind, ""); // who knows what was missed
    lost = false;
  });
  document.addEventListener("visibilitychange", catchUp);
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
