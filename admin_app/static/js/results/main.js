// The results page with scripts: charts beside their tables, pictures to keep, and numbers that follow new replies.
import { onAction, onContent } from "../actions.js";
import { drawWhenSeen, redraw } from "./charts.js";
import "./live.js";
import "./save.js";

const KEPT = "results.view";

function cardOf(element) {
  return element.closest("[data-card]");
}

export function show(card, view) {
  const chart = card.querySelector("[data-chart]");
  if (!chart) return;
  chart.hidden = view !== "chart";
  card.querySelector("[data-table]").hidden = view === "chart";
  for (const button of card.querySelectorAll("[data-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === view));
  }
  drawWhenSeen(card);
}

function preferred() {
  return localStorage.getItem(KEPT) === "table" ? "table" : "chart";
}

onAction("view", (button) => {
  localStorage.setItem(KEPT, button.dataset.view);
  show(cardOf(button), button.dataset.view);
});

// Without a script there is the table alone, and nothing to switch.
onContent((part) => {
  for (const card of part.querySelectorAll("[data-card]")) {
    if (!card.querySelector("[data-chart]")) continue;
    for (const hidden of card.querySelectorAll(".cr-view, [data-action^='save-']")) {
      hidden.hidden = false;
    }
    show(card, preferred());
  }
});

// "t" shows the other side of the card where the focus is.
document.addEventListener("keydown", (event) => {
  if (event.key !== "t" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, select, textarea")) return;
  const card = cardOf(event.target);
  const other = card?.querySelector('[data-view][aria-pressed="false"]');
  if (!other) return;
  event.preventDefault();
  other.click();
});

new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
