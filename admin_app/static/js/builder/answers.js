// What stands under a question: its choices and rows, edited as a list, or the field as respondents get it.
import * as store from "./store.js";
import * as changes from "./changes.js";
import { arrange, dress, icon, make, part, show, words } from "./dom.js";
import { dragChoices } from "./drag.js";

// More than these are shown when somebody asks for them.
const SHOWN = 12;
const opened = new Set();

export function answerOf(place, entity, force) {
  const kind = store.typeOf(entity);
  const lists = [kind.rows && "rows", kind.choices && "choices"].filter(Boolean);
  const shape = lists.length ? lists.join() : kind.asks ? "sketch" : "nothing";
  if (place.dataset.shape !== shape) {
    place.dataset.shape = shape;
    const parts = lists.map((name) => draw(name, lists.length > 1));
    place.replaceChildren(...(shape === "sketch" ? [sketch()] : parts));
  }
  lists.forEach((name, at) => sync(place.children[at], entity, kind, force));
  if (shape === "sketch") sketched(place.firstElementChild, entity);
}

// ---- the field as respondents get it ----

// What stands around the field is edited around it, and it needs no room below.
const ours = new CSSStyleSheet();
ours.replaceSync(".ask, .rich, .statement { display: none } .q, fieldset label:last-child { margin-bottom: 0 }");

function sketch() {
  const host = document.createElement("div");
  host.className = "cvb-sketch";
  host.inert = true;
  host.attachShadow({ mode: "open" });
  dress(host.shadowRoot, ours);
  return host;
}

function sketched(host, entity) {
  const html = entity.sketch ?? "";
  if (host.dataset.html === html) return;
  host.dataset.html = html;
  host.shadowRoot.innerHTML = html;
}

// ---- lists ----

function draw(name, named) {
  const element = make("choices");
  element.dataset.list = name;
  part(element, "name").textContent = words(name);
  part(element, "name").hidden = !named;
  part(element, "add").textContent = words(name === "rows" ? "add_row" : "add_choice");
  part(element, "tools").hidden = !store.rights.edit;
  if (store.rights.edit) dragChoices(part(element, "list"));
  return element;
}

function sync(element, entity, kind, force) {
  const name = element.dataset.list;
  const choices = entity.values[name] ?? [];
  const all = opened.has(`${entity.uid} ${name}`) || choices.length <= SHOWN + 3;
  const shown = all ? choices : choices.slice(0, SHOWN);
  const list = part(element, "list");
  const known = new Map([...list.children].map((item) => [item.dataset.choice, item]));
  const items = shown.map((choice, at) => row(known.get(choice.uid), { choice, at, name, kind, force }));
  const other = name === "choices" && entity.values["settings.other"] ? [otherRow(list, kind)] : [];
  arrange(list, all ? [...items, ...other] : items);
  const more = part(element, "more");
  more.hidden = all;
  more.textContent = words("all_choices", { number: choices.length });
  const offers = name === "choices" && kind.settings.some((one) => one.name === "other");
  part(element, "other").hidden = !offers || Boolean(entity.values["settings.other"]);
  gone(part(element, "gone"), entity, name);
}

function row(known, { choice, at, name, kind, force }) {
  const item = known ?? make("choice");
  const number = at + 1;
  const rows = name === "rows";
  // Of a thousand choices a key changes one.
  const shape = JSON.stringify([number, kind.name, choice.label, choice.code, choice.exclusive, choice.published]);
  if (item.dataset.shape === shape && !force) return item;
  item.dataset.shape = shape;
  item.dataset.choice = choice.uid;
  const [label, code] = ["label", "code"].map((one) => item.querySelector(`[data-part=${one}]`));
  label.setAttribute("aria-label", words(rows ? "row_number" : "choice_number", { number }));
  label.placeholder = words(rows ? "row_number" : "choice_number", { number });
  code.setAttribute("aria-label", words(rows ? "row_code" : "choice_code", { number }));
  for (const [field, value] of [[label, choice.label], [code, choice.code]]) {
    if (force || document.activeElement !== field) show(field, value);
    field.readOnly = !store.rights.edit;
  }
  code.readOnly ||= Boolean(choice.published);
  part(item, "mark").dataset.mark = rows ? "row" : kind.several ? "box" : "dot";
  const alone = part(item, "exclusive");
  alone.hidden = rows || !kind.several || !store.rights.edit;
  alone.setAttribute("aria-pressed", String(choice.exclusive));
  const remove = part(item, "remove");
  remove.hidden = !store.rights.edit;
  remove.setAttribute("aria-label", words(rows ? "remove_row" : "remove_choice", { number }));
  return item;
}

// "Other" is a setting and no choice; it stands below the choices and is taken away like one.
function otherRow(list, kind) {
  const known = list.querySelector(".cvb-choice-other");
  if (known) return known;
  const item = make("choice");
  item.classList.add("cvb-choice-other");
  const label = item.querySelector("[data-part=label]");
  const text = document.createElement("span");
  text.className = "cvb-choice-label";
  text.textContent = words("other");
  label.replaceWith(text);
  for (const one of item.querySelectorAll("[data-part=code], [data-slot=exclusive], .cvb-grip")) one.remove();
  part(item, "mark").dataset.mark = kind.several ? "box" : "dot";
  const remove = part(item, "remove");
  remove.dataset.action = "build-remove-other";
  remove.hidden = !store.rights.edit;
  remove.setAttribute("aria-label", words("remove_choice", { number: words("other") }));
  return item;
}

// Choices that were published and taken out can come back; what they stand for stays taken.
function gone(place, entity, name) {
  const there = (entity.gone ?? []).filter((one) => one.row === (name === "rows"));
  place.hidden = !there.length || !store.rights.edit;
  const uids = there.map((one) => one.uid).join();
  if (place.dataset.shown === uids) return;
  place.dataset.shown = uids;
  place.replaceChildren(
    ...there.map((one) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "cv-button cv-button-quiet";
      button.dataset.action = "build-restore-choice";
      button.dataset.choice = one.uid;
      button.append(icon("arrow-back-up"), words("restore_choice", { what: one.label || one.code }));
      item.append(button);
      return item;
    }),
  );
}

export const openAll = (uid, name) => opened.add(`${uid} ${name}`);

// ---- changing lists ----

const listOf = (element) => element.closest(".cvb-choices").dataset.list;

export function edit(entity, name, change, options) {
  changes.set(entity, name, change((entity.values[name] ?? []).map((one) => ({ ...one }))), options);
}

export function typed(entity, field) {
  const { choice: uid } = field.closest("[data-choice]").dataset;
  const name = listOf(field);
  edit(entity, name, (list) => list.map((one) => (one.uid === uid ? { ...one, [field.dataset.part]: field.value } : one)));
}

export function addAfter(entity, name, uid) {
  const fresh = changes.blankChoice();
  edit(entity, name, (list) => {
    list.splice(uid ? list.findIndex((one) => one.uid === uid) + 1 : list.length, 0, fresh);
    return list;
  });
  if (!uid) openAll(entity.uid, name);
  return fresh.uid;
}

// Put several choices behind one; where that is empty, the first takes its place.
export function addLines(entity, name, uid, lines) {
  const fresh = lines.map((line) => changes.blankChoice(line));
  openAll(entity.uid, name);
  edit(
    entity,
    name,
    (list) => {
      const at = list.findIndex((one) => one.uid === uid);
      list.splice(list[at].label ? at + 1 : at, list[at].label ? 0 : 1, ...fresh);
      return list;
    },
    { now: true },
  );
  return fresh.at(-1).uid;
}

export function remove(entity, name, uid) {
  edit(entity, name, (list) => list.filter((one) => one.uid !== uid), { now: true });
}

export function move(entity, name, uid, by) {
  edit(
    entity,
    name,
    (list) => {
      const at = list.findIndex((one) => one.uid === uid);
      if (list[at + by]) [list[at], list[at + by]] = [list[at + by], list[at]];
      return list;
    },
    { now: true },
  );
}

export function reorder(entity, name, uids) {
  const place = new Map(uids.map((uid, at) => [uid, at]));
  edit(entity, name, (list) => list.sort((a, b) => (place.get(a.uid) ?? 1e9) - (place.get(b.uid) ?? 1e9)), { now: true });
}
