// What every module uses.

export const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// The columns of a call flow are tabs below this width; page.css has the same.
export const narrow = matchMedia("(max-width: 1100px)");

// announce has a screen reader say something when it is idle.
export function announce(text) {
  const place = document.getElementById("announce");
  if (place && text) place.textContent = text;
}
