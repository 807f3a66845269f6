// Below a certain width story, ladder and message are tabs. Without a script their links jump to the parts of the page.

import { all, narrow } from "./dom.js";
import { show } from "./selection.js";

const tabs = () => all(".tabs a");

// openTab shows one part on a narrow screen.
export function openTab(name, focus = false) {
  const columns = document.querySelector(".cols");
  if (!columns || !narrow.matches) return;
  columns.dataset.tab = name;
  for (const tab of tabs()) {
    const on = tab.hash === "#" + name;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    if (on && focus) tab.focus();
  }
  show(document.querySelector(`#${name} .on, #${name} .selected`));
}

// layTabs gives links and parts the roles of tabs only while they are tabs.
export function layTabs() {
  const bar = document.querySelector(".tabs");
  if (!bar) return;
  const give = (e, name, value) => (narrow.matches ? e.setAttribute(name, value) : e.removeAttribute(name));
  give(bar, "role", "tablist");
  for (const tab of tabs()) {
    give(tab, "role", "tab");
    give(tab, "aria-controls", tab.hash.slice(1));
    give(document.querySelector(tab.hash), "role", "tabpanel");
  }
  openTab(document.querySelector(".cols").dataset.tab || "story");
}

// tabKey moves along the tabs.
export function tabKey(event) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by || !narrow.matches) return;
  event.preventDefault();
  const list = tabs(), at = list.indexOf(event.target);
  openTab(list[(at + by + list.length) % list.length].hash.slice(1), true);
}
