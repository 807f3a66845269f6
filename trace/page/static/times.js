// Shows times in the zone of the browser. The server writes UTC, and says so; every time carries its full stamp.

import { all } from "./dom.js";

const lang = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang; // day before month
const zoneLang = lang === "en-GB" ? "en-CA" : lang; // names zones where it can: EST, not GMT-5
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const longDate = new Intl.DateTimeFormat(lang, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const two = (n) => String(n).padStart(2, "0");

export const clock = (d) => `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
const dayKey = (d) => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;

// fullDate writes a day as the server does: no comma after the weekday, "1er" in French.
function fullDate(d) {
  const parts = Object.fromEntries(longDate.formatToParts(d).map((p) => [p.type, p.value]));
  const day = lang === "fr-CA" && parts.day === "1" ? "1er" : parts.day;
  return `${parts.weekday} ${day} ${parts.month} ${parts.year}`;
}

function dayName(d) {
  const now = new Date();
  const words = document.body.dataset;
  const date = fullDate(d);
  if (dayKey(d) === dayKey(now)) return `${words.today} · ${date}`;
  if (dayKey(d) === dayKey(new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1))) return `${words.yesterday} · ${date}`;
  return date;
}

function zoneName() {
  const parts = new Intl.DateTimeFormat(zoneLang, { timeZoneName: "short" }).formatToParts(new Date());
  return parts.find((p) => p.type === "timeZoneName")?.value || zone;
}

const shapes = {
  time: clock,
  exact: (d, stamp) => clock(d) + stamp.slice(19, 26), // a Date has no microseconds
  when: (d) => `${fullDate(d)}, ${clock(d)}`,
  day: dayName,
  moment: (d) => `${dayKey(d)} ${clock(d)}`,
};

// localise rewrites every time below an element, and regroups lists by the days of this zone.
export function localise(within) {
  for (const e of all("[data-show]", within)) {
    const stamp = e.getAttribute("datetime") || e.dataset.stamp;
    const d = new Date(stamp);
    if (!isNaN(d)) e.textContent = shapes[e.dataset.show](d, stamp);
  }
  for (const e of all("[data-zone]", within)) {
    e.textContent = zoneName();
    e.title = zone;
  }
  for (const e of all("input[name=zone]", within)) e.value = zone;
  for (const table of all("table.calls", within)) regroup(table);
}

function regroup(table) {
  const old = all("tbody", table);
  let body = null;
  for (const row of all("tr.call", table)) {
    const stamp = row.querySelector("time").getAttribute("datetime");
    const d = new Date(stamp);
    if (body === null || body.dataset.day !== dayKey(d)) {
      body = old[0].cloneNode(false);
      body.dataset.day = dayKey(d);
      const head = old[0].querySelector("tr.day").cloneNode(true);
      const time = head.querySelector("time");
      time.setAttribute("datetime", stamp);
      time.textContent = dayName(d);
      body.append(head);
      table.append(body);
    }
    body.append(row);
  }
  if (body !== null) for (const b of old) b.remove();
}

// tick counts on what is in progress, as far as the clocks of device and browser agree at all.
export function tick() {
  for (const e of all("[data-since]")) {
    const s = Math.max(0, Math.floor((Date.now() - new Date(e.dataset.since)) / 1000));
    if (s > 86400) continue;
    const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    e.textContent = h > 0 ? `${h}\u00a0h ${m}\u00a0min` : m > 0 ? `${m}\u00a0min ${s % 60}\u00a0s` : `${s}\u00a0s`;
  }
}
