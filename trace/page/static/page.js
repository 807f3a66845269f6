// What happens on a page when somebody clicks or types. Every page is complete without it.

import { announce, narrow } from "./dom.js";
import { flow, key, select, switchTimes, showTimes } from "./selection.js";
import { layTabs, openTab, tabKey } from "./tabs.js";
import { localise, tick } from "./times.js";

const clicks = [
  ["#story li", (e) => select(e.id)],
  ["#ladder svg [data-evidence]", clickRow],
  ["a[data-show-evidence]", followEvidence],
  ["a[data-times]", switchTimes],
  ["button[data-toggle=details]", toggleDetails],
  ["button[data-copy]", copy],
  [".tabs a", (e) => openTab(e.hash.slice(1))],
];

document.addEventListener("click", (event) => {
  if (!flow() || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  for (const [selector, act] of clicks) {
    const e = event.target.closest(selector);
    if (!e) continue;
    if (selector === ".tabs a" && !narrow.matches) return;
    event.preventDefault();
    return act(e);
  }
});

document.addEventListener("keydown", (event) => {
  if (!flow() || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.target.closest(".tabs")) return tabKey(event);
  if (!event.target.closest("input, select, textarea, pre, summary, header")) key(event);
});

// clickRow opens the message of a row that is selected already, where it is not beside it.
function clickRow(row) {
  const again = row.classList.contains("selected");
  select(row.id);
  if (again) openTab("message");
}

function followEvidence(link) {
  const ids = link.dataset.showEvidence.split(" ");
  select(ids[0], { also: ids });
  openTab(link.closest("#story") ? "ladder" : "story");
}

function toggleDetails(button) {
  const on = !document.getElementById("story").classList.toggle("no-details");
  button.setAttribute("aria-pressed", String(on));
}

async function copy(button) {
  const text = button.closest(".panel").querySelector("pre").textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea"); // no clipboard without TLS: a device's own page
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const word = button.textContent;
  button.textContent = document.body.dataset.copied;
  announce(document.body.dataset.copied);
  setTimeout(() => { button.textContent = word; }, 1500);
}

// renew sets up what the server has just written.
export function renew(within) {
  localise(within);
  tick();
  if (!flow()) return;
  showTimes();
  layTabs();
  const asked = new URL(location.href).searchParams.get("sel") || document.querySelector(".story .on")?.id;
  if (asked) select(asked, { reveal: false, keep: false });
}

narrow.addEventListener("change", layTabs);
document.documentElement.classList.add("scripted");
renew(document);
setInterval(tick, 1000);
