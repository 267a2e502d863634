// Choosing rows: all of a page, a range with Shift, everything that matches; Esc leaves.
import { onAction } from "./actions.js";

let last = null;

const boxes = () => [...document.querySelectorAll('input[name="rowid"]')];

function show() {
  const all = boxes();
  const chosen = all.filter((box) => box.checked).length;
  const head = document.querySelector('[data-action="check-all"]');
  if (head) {
    head.checked = chosen > 0 && chosen === all.length;
    head.indeterminate = chosen > 0 && chosen < all.length;
  }
  const everything = document.querySelector("[data-all-matching]");
  if (everything) {
    // Offered once the whole page is chosen; without this script it is always there.
    everything.closest("label").hidden = chosen < all.length;
    if (chosen < all.length) everything.checked = false;
  }
  const count = document.querySelector("[data-selected-count]");
  if (!count) return;
  const { one, many } = count.dataset;
  count.textContent = chosen === 1 ? one : many.replace("#", String(chosen));
  count.parentElement.hidden = Boolean(everything?.checked);
}

function choose(checked) {
  for (const box of boxes()) box.checked = checked;
  show();
}

function clear() {
  const everything = document.querySelector("[data-all-matching]");
  if (everything) everything.checked = false;
  // The bar goes away, and with it whatever had the focus there.
  if (document.activeElement?.closest(".cv-bulk")) (last?.isConnected ? last : boxes()[0])?.focus();
  choose(false);
}

onAction("check-all", (head) => choose(head.checked));
onAction("clear-selection", (button, event) => {
  event.preventDefault();
  clear();
});

document.addEventListener("click", (event) => {
  if (!event.target.matches('input[name="rowid"]')) return;
  const all = boxes();
  const here = all.indexOf(event.target);
  const from = all.indexOf(last);
  if (event.shiftKey && from >= 0) {
    for (const box of all.slice(Math.min(from, here), Math.max(from, here) + 1)) box.checked = event.target.checked;
  }
  last = event.target;
  show();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all-matching]") && event.target.checked) choose(true);
  else if (event.target.matches('[data-all-matching], input[name="rowid"]')) show();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector(":popover-open, dialog[open]")) return;
  if (boxes().some((box) => box.checked)) clear();
});

// The browser keeps ticks over a reload; the bar must agree with them.
addEventListener("pageshow", show);
document.addEventListener("htmx:afterSettle", show);
