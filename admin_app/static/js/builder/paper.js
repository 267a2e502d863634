// The middle: sections and questions as respondents see them, edited where they stand.
import * as store from "./store.js";
import * as changes from "./changes.js";
import * as sender from "./sender.js";
import { arrange, icon, make, part, typing, words } from "./dom.js";
import { answerOf } from "./answers.js";
import { changed, faults, fill, mark, remover, rich } from "./card_parts.js";
import { showClashes } from "./clashes.js";
import { dragCards } from "./drag.js";
import { finish, later } from "./later.js";

// As many cards as a large screen shows.
const AT_ONCE = 30;

const pane = document.getElementById("pane-paper");
const list = document.createElement("div");
const empty = make("empty");
const drawn = new Map();

const cover = make("cover");
const thanks = make("thanks");

// ---- around the questions ----

function drawSurvey() {
  drawn.set(store.SURVEY, cover);
  cover.querySelector("textarea").readOnly = !store.rights.texts;
}

function syncSurvey(entity, force = false) {
  fill(cover.querySelector("[data-field=title]"), entity, force);
  document.querySelector(".cv-page-title h1").textContent = entity.values.title;
  for (const [element, name] of [[cover, "introduction"], [thanks, "thanks"]]) {
    rich(element, entity, name);
    part(element, `add-${name}`).hidden = Boolean(entity.values[name]) || !store.rights.texts;
  }
  faults(cover, entity);
  showClashes(part(cover, "clash"), entity);
  mark(cover, entity);
  mark(thanks, entity);
}

// ---- sections ----

function drawSection(entity) {
  const element = make("section");
  element.dataset.uid = entity.uid;
  if (!store.rights.edit) element.querySelector("textarea").readOnly = true;
  part(element, "tools").hidden = !store.rights.edit;
  part(element, "foot").hidden = !store.rights.add;
  if (store.rights.edit) dragCards(part(element, "cards"));
  drawn.set(entity.uid, element);
  return element;
}

function syncSection(entity, force = false) {
  const element = drawn.get(entity.uid);
  const number = store.sections.filter(store.isThere).indexOf(entity) + 1;
  part(element, "number").textContent = words("section_number", { number });
  remover(element, entity);
  fill(element.querySelector("[data-field=title]"), entity, force);
  rich(element, entity, "description");
  faults(element, entity);
  showClashes(part(element, "clash"), entity);
  mark(element, entity);
  const retired = entity.questions.map(store.question).filter((one) => one.retired && !one.deleted);
  const fold = part(element, "retired");
  fold.hidden = !retired.length;
  part(element, "retired-count").textContent = words("retired_questions", { number: retired.length });
  const inside = part(element, "retired-list");
  if (changed(inside, retired.map((one) => [one.uid, one.values.label]))) inside.replaceChildren(...retired.map(retiredItem));
}

// Whether what an element shows is not `content` yet. What has not changed stays, for somebody may be about to press it.
function retiredItem(entity) {
  const item = make("retired");
  item.dataset.uid = entity.uid;
  part(item, "icon").append(icon(store.typeOf(entity).icon));
  part(item, "label").textContent = entity.values.label || words("nameless");
  part(item, "key").textContent = entity.values.key;
  item.querySelector("button").hidden = !store.rights.edit;
  return item;
}

// A retired section keeps its place as one line.
function drawRetired(entity) {
  const element = drawn.get(`retired ${entity.uid}`) ?? make("retired");
  drawn.set(`retired ${entity.uid}`, element);
  element.dataset.uid = entity.uid;
  element.classList.add("cvb-retired-section");
  part(element, "icon").replaceChildren(icon("archive"));
  part(element, "label").textContent = entity.values.title || words("nameless");
  part(element, "key").textContent = words("retired_section");
  element.querySelector("button").hidden = !store.rights.edit;
  return element;
}

// ---- questions ----

function drawQuestion(entity) {
  const element = make("question");
  element.dataset.uid = entity.uid;
  if (!store.rights.edit) for (const field of element.querySelectorAll("textarea")) field.readOnly = true;
  part(element, "tools").hidden = !store.rights.edit;
  if (!store.rights.add) element.querySelector(".cvb-insert").remove();
  drawn.set(entity.uid, element);
  return element;
}

function syncQuestion(entity, force = false) {
  const element = drawn.get(entity.uid);
  const kind = store.typeOf(entity);
  if (element.dataset.type !== kind.name) {
    element.dataset.type = kind.name;
    part(element, "icon").replaceChildren(icon(kind.icon));
    part(element, "type").textContent = kind.label;
  }
  named(element, entity);
  part(element, "key").textContent = entity.values.key;
  part(element, "required").hidden = !entity.values.required;
  const marks = part(element, "marks");
  if (changed(marks, entity.values.personal)) marks.replaceChildren(...(entity.values.personal ? [icon("user-circle", words("personal"))] : []));
  for (const name of ["label", "hint"]) fill(element.querySelector(`[data-field=${name}]`), entity, force);
  remover(element, entity);
  rich(element, entity, "description");
  answerOf(part(element, "answer"), entity, force);
  faults(element, entity);
  showClashes(part(element, "clash"), entity);
  mark(element, entity);
}

// ---- all of it ----

function structure() {
  const there = store.sections.filter((one) => !one.deleted);
  const nodes = there.map((entity) => {
    if (entity.retired) return drawRetired(entity);
    const element = drawn.get(entity.uid) ?? drawSection(entity);
    const questions = entity.questions.map(store.question).filter(store.isThere);
    const cards = questions.map((one) => drawn.get(one.uid) ?? drawQuestion(one));
    arrange(part(element, "cards"), cards);
    return element;
  });
  arrange(list, nodes);
  syncSurvey(store.entities.get(store.SURVEY));
  const none = !there.length;
  empty.hidden = !none || !store.rights.add;
  document.getElementById("build").classList.toggle("cvb-is-empty", none);
  numbers();
}

function named(element, entity) {
  const label = words("question_number", { number: element.dataset.number, label: entity.values.label || words("nameless") });
  if (element.getAttribute("aria-label") !== label) element.setAttribute("aria-label", label);
}

// The names of cards say where they stand; after a move that is different for all that follow.
function numbers() {
  let number = 0;
  for (const entity of store.sections) {
    if (!store.isThere(entity)) continue;
    syncSection(entity);
    for (const uid of entity.questions) {
      const one = store.question(uid);
      if (!store.isThere(one)) continue;
      number += 1;
      const card = drawn.get(uid);
      card.dataset.number = number;
      named(card, one);
      if (!card.dataset.type) {
        if (number <= AT_ONCE) syncQuestion(one);
        else later(card, () => syncQuestion(one));
      }
    }
  }
}

function sync(uid, { force = false } = {}) {
  const entity = store.entities.get(uid);
  if (!entity || !drawn.has(uid) || !store.isThere(entity)) return;
  finish(drawn.get(uid));
  if (entity.kind === "survey") syncSurvey(entity, force);
  else if (entity.kind === "section") syncSection(entity, force);
  else syncQuestion(entity, force);
}

export const cardOf = (uid) => {
  const element = drawn.get(uid);
  if (element) finish(element);
  return element?.matches(".cvb-section") ? element.querySelector("header") : element;
};

// Take the eye and the keyboard to a card; with `edit` into its words.
export function go(uid, { edit = false } = {}) {
  const card = cardOf(uid);
  if (!card) return;
  card.scrollIntoView({ block: "nearest" });
  const target = edit ? card.querySelector("textarea") : card;
  target.focus({ preventScroll: edit });
}

// Put the caret behind the words of a choice.
export function focusChoice(entity, name, uid) {
  const place = cardOf(entity.uid).querySelector(`[data-list="${name}"] [data-choice="${uid}"] [data-part=label]`);
  place?.focus();
  place?.setSelectionRange(place.value.length, place.value.length);
}

let marked = null;

store.on("structure", structure);
store.on("entity", sync);
store.on("findings", (uids) => {
  for (const uid of uids) if (drawn.has(uid)) faults(drawn.get(uid), store.entities.get(uid));
});
store.on("selection", ({ focus }) => {
  for (const uid of [marked, store.selected]) if (drawn.has(uid)) mark(drawn.get(uid), store.entities.get(uid));
  marked = store.selected;
  if (focus && marked) go(marked);
  else if (marked && !pane.contains(document.activeElement)) cardOf(marked)?.scrollIntoView({ block: "nearest" });
});

pane.addEventListener("focusin", (event) => {
  const holder = event.target.closest("[data-uid]");
  if (holder && !store.entities.get(holder.dataset.uid)?.retired) store.select(holder.dataset.uid);
});

// The whole line belongs to the words.
pane.addEventListener("click", (event) => {
  if (event.target.matches(".cvb-ask")) event.target.querySelector("textarea").focus();
});

pane.addEventListener("input", (event) => {
  const field = event.target.closest("[data-field]");
  if (field) changes.set(entityOf(field), field.dataset.field, field.value);
});

pane.addEventListener("focusout", (event) => {
  const holder = event.target.closest("[data-uid]");
  const entity = holder && store.entities.get(holder.dataset.uid);
  if (!entity) return;
  if (sender.isTyping(entity)) sender.flush(entity);
  sync(entity.uid);
});

export const entityOf = (element) => store.entities.get(element.closest("[data-uid]")?.dataset.uid);
export const isTyping = () => typing(document.activeElement);

export function start() {
  list.className = "cvb-sheet";
  drawSurvey();
  pane.replaceChildren(cover, empty, list, thanks);
}
