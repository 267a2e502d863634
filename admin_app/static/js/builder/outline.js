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
  return element;
}

function sync(uid) {
  const entity = store.entities.get(uid);
  const element = drawn.get(uid);
  if (!entity || !element) return;
  const found = store.findingsAt(uid);
  const marks = [];
  if (entity.kind === "section") {
    const number = store.sections.filter(store.isThere).indexOf(entity) + 1;
    part(element, "title").textContent = entity.values.title || words("section_number", { number });
  } else {
    const kind = store.typeOf(entity);
    part(element, "label").textContent = entity.values.label || words("nameless");
    part(element, "label").classList.toggle("cvb-faint", !entity.values.label);
    const shape = part(element, "icon");
    if (shape.dataset.name !== kind.icon) {
      shape.dataset.name = kind.icon;
      shape.replaceChildren(icon(kind.icon, kind.label));
    }
    if (entity.values.required) marks.push(icon("asterisk", words("required")));
  }
  const worst = found.find((one) => one.severity === "error") ?? found[0];
  if (worst || Object.keys(entity.errors).length || entity.clashes) {
    const shape = icon("alert-triangle", words("findings", { number: Math.max(found.length, 1) }));
    shape.classList.add(worst?.severity === "warning" ? "cvb-worth" : "cvb-stops");
    marks.push(shape);
  }
  part(element, "marks").replaceChildren(...marks);
  const chosen = store.selected === uid;
  element.setAttribute("aria-selected", String(chosen));
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
  for (const uid of drawn.keys()) sync(uid);
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
  store.on("findings", () => [...drawn.keys()].forEach(sync));
  store.on("selection", () => {
    for (const uid of [marked, store.selected]) sync(uid);
    marked = store.selected;
    stops();
    drawn.get(marked)?.firstElementChild.scrollIntoView({ block: "nearest" });
  });
  structure();
}
