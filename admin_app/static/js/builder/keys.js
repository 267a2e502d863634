// The keyboard: what keys do on the page, in a question's words, and in a list of choices.
import * as store from "./store.js";
import * as sender from "./sender.js";
import * as history from "./history.js";
import * as changes from "./changes.js";
import * as moves from "./moves.js";
import * as answers from "./answers.js";
import * as paper from "./paper.js";
import * as insert from "./insert.js";
import * as dialogs from "./dialogs.js";
import { typing } from "./dom.js";

// A section or a question, and not what stands around them.
const isPart = (entity) => Boolean(entity) && entity.kind !== "survey";
const chosen = () => store.entities.get(store.selected);
const inside = (element) => Boolean(element.closest("#build")) || element === document.body;

// With Ctrl or Cmd these work everywhere on the page.
function command(event) {
  const key = event.key.toLowerCase();
  if (key === "z" && store.rights.edit) {
    sender.flushAll();
    if (event.shiftKey) history.redo();
    else history.undo();
  } else if (key === "y" && store.rights.edit) history.redo();
  else if (key === "d" && isPart(chosen()) && store.rights.add) changes.duplicate(chosen());
  else if (key === "enter") insert.open();
  else return false;
  return true;
}

function alone(event) {
  const entity = chosen();
  switch (event.key) {
    case "/":
      insert.open();
      return true;
    case "?":
      dialogs.help();
      return true;
    case "ArrowDown":
    case "ArrowUp":
      return walk(event.key === "ArrowDown" ? 1 : -1);
    case "Enter":
      if (!entity || event.target.closest("button, a, summary")) return false;
      paper.go(entity.uid, { edit: true });
      return true;
    case "Delete":
    case "Backspace":
      if (!isPart(entity) || !store.rights.remove || event.target.closest("button, a, summary")) return false;
      changes.takeOut(entity);
      return true;
    default:
      return false;
  }
}

function walk(by) {
  const there = store.inOrder();
  const at = there.indexOf(store.selected);
  const next = there[at < 0 ? 0 : at + by];
  if (!next) return false;
  store.select(next, { focus: true });
  return true;
}

function moved(event) {
  const entity = paper.entityOf(event.target) ?? chosen();
  if (!isPart(entity) || !store.rights.edit) return false;
  const by = event.key === "ArrowDown" ? 1 : -1;
  const choice = event.target.closest("[data-choice]");
  if (choice) answers.move(entity, choice.closest(".cvb-choices").dataset.list, choice.dataset.choice, by);
  else moves.step(entity, by);
  return true;
}

// In the words of a choice: Enter goes on to the next one, which it adds unless an empty one waits there; in an empty last
// one it ends the list. Backspace takes an empty one out, arrows go up and down.
function inChoice(event) {
  const field = event.target;
  const item = field.closest("[data-choice]");
  const entity = paper.entityOf(field);
  const name = item.closest(".cvb-choices").dataset.list;
  const { choice } = item.dataset;
  if (event.key === "Enter" && !event.shiftKey) {
    const next = item.nextElementSibling?.dataset.choice ? item.nextElementSibling : null;
    const waiting = next?.querySelector("[data-part=label]");
    if (!field.value && !next) {
      answers.remove(entity, name, choice);
      paper.go(entity.uid);
    } else if (waiting && !waiting.value) waiting.focus();
    else paper.focusChoice(entity, name, answers.addAfter(entity, name, choice));
    return true;
  }
  if (event.key === "Backspace" && !field.value && field.dataset.part === "label") {
    const before = item.previousElementSibling ?? item.nextElementSibling;
    answers.remove(entity, name, choice);
    if (before?.dataset.choice) paper.focusChoice(entity, name, before.dataset.choice);
    else paper.go(entity.uid, { edit: true });
    return true;
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = event.key === "ArrowDown" ? item.nextElementSibling : item.previousElementSibling;
    const other = next?.querySelector(`[data-part=${field.dataset.part}]`);
    if (!other || field.value.includes("\n")) return false;
    other.focus();
    return true;
  }
  return false;
}

// In the words of a question: Enter goes on to its choices, Shift+Enter breaks the line.
function inWords(event) {
  const field = event.target;
  if (event.key !== "Enter" || event.shiftKey || !field.matches("[data-field]")) return false;
  const entity = paper.entityOf(field);
  const first = paper.cardOf(entity.uid).querySelector("[data-choice] [data-part=label]");
  if (entity.kind === "question" && field.dataset.field === "label" && first) first.focus();
  else paper.go(entity.uid);
  return true;
}

function pressed(event) {
  const { target } = event;
  if (event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]") || !inside(target)) return;
  if (event.ctrlKey || event.metaKey) {
    if (!event.altKey && command(event)) event.preventDefault();
    return;
  }
  if (event.altKey) {
    if (["ArrowDown", "ArrowUp"].includes(event.key) && moved(event)) event.preventDefault();
    return;
  }
  let done = false;
  if (event.key === "Escape" && typing(target)) {
    if (chosen()) paper.go(chosen().uid);
    done = true;
  } else if (target.closest("[data-choice]") && typing(target)) done = store.rights.edit && inChoice(event);
  else if (typing(target)) done = inWords(event);
  else done = alone(event);
  if (done) event.preventDefault();
}

// Lines that are pasted into a choice become choices.
function pasted(event) {
  const field = event.target;
  const lines = event.clipboardData.getData("text/plain").split(/\r?\n/).map((one) => one.trim()).filter(Boolean);
  if (!field.matches("[data-part=label]") || lines.length < 2 || !store.rights.edit) return;
  event.preventDefault();
  const entity = paper.entityOf(field);
  const name = field.closest(".cvb-choices").dataset.list;
  const { choice } = field.closest("[data-choice]").dataset;
  const last = answers.addLines(entity, name, choice, lines);
  paper.focusChoice(entity, name, last);
}

export function start() {
  document.addEventListener("keydown", pressed);
  document.getElementById("pane-paper").addEventListener("paste", pasted);
  document.getElementById("pane-paper").addEventListener("input", (event) => {
    if (event.target.matches("[data-part]")) answers.typed(paper.entityOf(event.target), event.target);
  });
}
