// The left pane: a tree of sections and questions. One stop of the Tab key; arrows go through it.
import * as store from "./store.js";
import { arrange, icon, make, part, words } from "./dom.js";
import { dragNodes, dragSections } from "./drag.js";

const pane = document.getElementById("pane-outline");
const drawn = new Map();
let tree = null;

function draw(entity) {
  const element = make(`outline-${entity.kind}`);
  element.dataset.uid = entity.uid;
  if (entity.kind === "section" && store.rights.edit) dragNodes(part(element, "questions"));
  if (!store.rights.edit) element.querySelector(".cvb-grip").remove();
  drawn.set(entity.uid, element);
  sync(entity.uid);
  return element;
}

// What a row says, as text: it is written again only when that is different.
function rowOf(entity) {
  const found = store.findingsAt(entity.uid);
  const worst = found.find((one) => one.severity === "error") ?? found[0];
  const amiss = Boolean(worst) || Object.keys(entity.errors).length > 0 || Boolean(entity.clashes);
  const row = { findings: amiss && Math.max(found.length, 1), worth: worst?.severity === "warning" };
  if (entity.kind === "question") {
    return { ...row, type: entity.values.type, text: entity.values.label, required: entity.values.required };
  }
  const number = store.sections.filter(store.isThere).indexOf(entity) + 1;
  return { ...row, text: entity.values.title || words("section_number", { number }) };
}

function sync(uid) {
  const entity = store.entities.get(uid);
  const element = drawn.get(uid);
  if (!entity || !element) return;
  element.setAttribute("aria-selected", String(store.selected === uid));
  const row = rowOf(entity);
  const text = JSON.stringify(row);
  if (element.dataset.row === text) return;
  element.dataset.row = text;
  write(element, entity, row);
}

function write(element, entity, row) {
  const marks = [];
  const label = part(element, entity.kind === "section" ? "title" : "label");
  label.textContent = row.text || words("nameless");
  label.classList.toggle("cvb-faint", !row.text);
  if (entity.kind === "question") {
    const kind = store.typeOf(entity);
    part(element, "icon").replaceChildren(icon(kind.icon, kind.label));
    if (row.required) marks.push(icon("asterisk", words("required")));
  }
  if (row.findings) {
    const shape = icon("alert-triangle", words("findings", { number: row.findings }));
    shape.classList.add(row.worth ? "cvb-worth" : "cvb-stops");
    marks.push(shape);
  }
  part(element, "marks").replaceChildren(...marks);
}

function structure() {
  const there = store.sections.filter(store.isThere);
  const nodes = there.map((entity) => {
    const element = drawn.get(entity.uid) ?? draw(entity);
    const questions = entity.questions.map(store.question).filter(store.isThere);
    arrange(part(element, "questions"), questions.map((one) => drawn.get(one.uid) ?? draw(one)));
    return element;
  });
  arrange(tree, nodes);
  // Sections without a title are called by their number.
  for (const entity of there) sync(entity.uid);
  stops();
}

const items = () => [...tree.querySelectorAll("[role=treeitem]")];

// One item can be reached by Tab: the selected one, else the first.
function stops() {
  const all = items();
  const stop = all.find((item) => item.dataset.uid === store.selected) ?? all[0];
  for (const item of all) item.tabIndex = item === stop ? 0 : -1;
}

function arrow(event) {
  const item = event.target.closest("[role=treeitem]");
  if (!item || event.altKey || event.ctrlKey || event.metaKey) return;
  const all = items();
  const at = all.indexOf(item);
  const target = { ArrowDown: all[at + 1], ArrowUp: all[at - 1], Home: all[0], End: all.at(-1) }[event.key];
  if (!target) return;
  event.preventDefault();
  event.stopPropagation();
  target.focus();
  store.select(target.dataset.uid);
}

let marked = null;

export function start() {
  const body = make("outline");
  tree = body.querySelector("ol");
  if (!store.rights.add) body.querySelector("button").remove();
  pane.replaceChildren(body);
  if (store.rights.edit) dragSections(tree);
  tree.addEventListener("keydown", arrow);
  tree.addEventListener("click", (event) => {
    const item = event.target.closest("[role=treeitem]");
    if (!item) return;
    store.select(item.dataset.uid);
    store.emit("open", item.dataset.uid);
  });
  store.on("structure", structure);
  store.on("entity", sync);
  store.on("findings", (uids) => uids.forEach(sync));
  store.on("selection", () => {
    for (const uid of [marked, store.selected]) sync(uid);
    marked = store.selected;
    stops();
    drawn.get(marked)?.firstElementChild.scrollIntoView({ block: "nearest" });
  });
}
