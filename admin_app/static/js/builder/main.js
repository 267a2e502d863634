// The build page. What it shows is drawn from the store, what is done goes through `changes`, and both here meet the keyboard.
import { onAction } from "../actions.js";
import * as store from "./store.js";
import * as sender from "./sender.js";
import * as history from "./history.js";
import * as changes from "./changes.js";
import * as paper from "./paper.js";
import * as outline from "./outline.js";
import * as settings from "./settings.js";
import * as answers from "./answers.js";
import * as insert from "./insert.js";
import * as dialogs from "./dialogs.js";
import "./notices.js";
import { start as startKeys } from "./keys.js";
import { start as startHead } from "./head.js";
import { root, state, words } from "./dom.js";

const entityAt = (element) => paper.entityOf(element) ?? store.entities.get(store.selected);
const listAt = (element) => element.closest(".cvb-choices").dataset.list;

onAction("build-insert", (button) => insert.open(button));
onAction("build-add-section", (button) => {
  const entity = changes.addSection(button.closest(".cvb-section")?.dataset.uid);
  store.select(entity.uid);
  paper.go(entity.uid, { edit: true });
});
onAction("build-remove", (button) => changes.takeOut(entityAt(button)));
onAction("build-duplicate", (button) => changes.duplicate(entityAt(button)));
onAction("build-restore", (button) => changes.restore(entityAt(button)));
onAction("build-settings", (button) => {
  store.select(entityAt(button).uid);
  pane("settings");
  document.querySelector("#pane-settings :is(select, input, textarea, button)")?.focus();
});

// ---- choices ----

onAction("build-add-choice", (button) => {
  const entity = entityAt(button);
  paper.focusChoice(entity, listAt(button), answers.addAfter(entity, listAt(button), null));
});
onAction("build-remove-choice", (button) => {
  const item = button.closest("[data-choice]");
  const entity = entityAt(button);
  const next = item.nextElementSibling ?? item.previousElementSibling;
  answers.remove(entity, listAt(button), item.dataset.choice);
  next?.querySelector("[data-part=label]")?.focus();
});
onAction("build-exclusive", (button) => {
  const { choice } = button.closest("[data-choice]").dataset;
  const turn = (list) => list.map((one) => (one.uid === choice ? { ...one, exclusive: !one.exclusive } : one));
  answers.edit(entityAt(button), listAt(button), turn, { now: true });
});
onAction("build-add-other", (button) => changes.set(entityAt(button), "settings.other", true, { now: true }));
onAction("build-remove-other", (button) => changes.set(entityAt(button), "settings.other", null, { now: true }));
onAction("build-all-choices", (button) => {
  const entity = entityAt(button);
  answers.openAll(entity.uid, listAt(button));
  store.emit("entity", entity.uid);
});
onAction("build-restore-choice", (button) => {
  const entity = entityAt(button);
  const gone = entity.gone.find((one) => one.uid === button.dataset.choice);
  const back = { uid: gone.uid, code: gone.code, label: gone.label, exclusive: false, published: true };
  answers.edit(entity, listAt(button), (list) => [...list, back], { now: true });
});
onAction("build-paste", (button) => dialogs.paste(entityAt(button), listAt(button)));

// ---- words for two ----

onAction("build-take", (button) => {
  const field = button.closest("[data-clash]").dataset.clash;
  changes.resolve(entityAt(button), field, button.dataset.side === "mine");
});

// ---- over the page ----

onAction("build-rich", (button) => dialogs.rich(entityAt(button), button.dataset.rich));
onAction("build-preview", dialogs.preview);
onAction("build-screen", dialogs.screen);
onAction("build-help", dialogs.help);
onAction("build-close", dialogs.close);

// ---- panes of a phone ----

function pane(name) {
  root.dataset.pane = name;
  for (const tab of root.querySelectorAll("[role=tab]")) {
    const chosen = tab.dataset.pane === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
}

onAction("build-pane", (tab) => pane(tab.dataset.pane));

root.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
  const tabs = [...root.querySelectorAll("[role=tab]")];
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  const next = tabs[(tabs.indexOf(event.target) + by + tabs.length) % tabs.length];
  pane(next.dataset.pane);
  next.focus();
});

// Where one pane is shown at a time, what was chosen in the outline is opened.
store.on("open", (uid) => {
  if (!root.querySelector("[role=tablist]").checkVisibility()) return;
  pane("paper");
  paper.go(uid);
});

// ---- start ----

document.getElementById("build-plain").remove();
root.hidden = false;
root.classList.toggle("cvb-read-only", !store.rights.edit);
pane("paper");
paper.start();
outline.start();
settings.start();
insert.start();
startHead();
startKeys();
store.load(state);
const kept = sender.restoreKept();
if (kept) store.emit("notice", { sentence: words("kept", { number: kept }), tone: "warning" });
const asked = location.hash.slice(1);
if (store.entities.has(asked)) store.select(asked, { focus: true });
