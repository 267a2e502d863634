// Dragging with the mouse or a finger. Where something was dropped is read off the page; the change goes the usual way.
import * as store from "./store.js";
import * as moves from "./moves.js";
import { reorder } from "./answers.js";

const OPTIONS = { handle: ".cvb-grip", animation: 120, fallbackOnBody: true, ghostClass: "cvb-ghost", chosenClass: "cvb-dragged", scroll: true };

const still = matchMedia("(prefers-reduced-motion: reduce)").matches ? { animation: 0 } : {};

function sortable(element, more) {
  window.Sortable?.create(element, { ...OPTIONS, ...still, ...more });
}

const behind = (item, selector) => {
  let before = item.previousElementSibling;
  while (before && !before.matches(selector)) before = before.previousElementSibling;
  return before?.dataset.uid ?? null;
};

function dropQuestion({ item, to }) {
  const section = to.closest("[data-uid]").dataset.uid;
  moves.moveQuestion(item.dataset.uid, section, behind(item, "[data-uid]"));
  // What the page shows is what was moved, also where the drop changed nothing.
  store.emit("structure");
  store.select(item.dataset.uid);
}

export const dragCards = (element) => sortable(element, { group: "cards", draggable: ".cvb-card", onEnd: dropQuestion });

export const dragNodes = (element) =>
  sortable(element, { group: "nodes", draggable: ".cvb-node-question", onEnd: dropQuestion });

export const dragSections = (element) =>
  sortable(element, {
    group: "sections",
    draggable: ".cvb-node-section",
    onEnd: ({ item }) => {
      moves.moveSection(item.dataset.uid, behind(item, "[data-uid]"));
      store.emit("structure");
    },
  });

export const dragChoices = (element) =>
  sortable(element, {
    draggable: ".cvb-choice:not(.cvb-choice-other)",
    onEnd: ({ item, to }) => {
      const entity = store.entities.get(item.closest("[data-uid]").dataset.uid);
      const uids = [...to.children].map((one) => one.dataset.choice).filter(Boolean);
      reorder(entity, to.closest(".cvb-choices").dataset.list, uids);
    },
  });
