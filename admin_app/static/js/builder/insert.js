// Adding a question by typing its kind: a combobox that stands where the question will.
import * as store from "./store.js";
import * as changes from "./changes.js";
import { el, icon, make, words } from "./dom.js";
import { cardOf, go } from "./paper.js";

let box = null;
let place = null;
let active = 0;
let found = [];

const input = () => box.querySelector("input");
const list = () => box.querySelector("ul");

// Fold case and accents, so that what is typed finds what is written.
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// A section is no kind of question, and is added by the same key all the same.
const SECTION = { name: "section", label: words("new_section"), keywords: words("section_keywords"), icon: "section" };

function matching(text) {
  const parts = folded(text).split(/\s+/).filter(Boolean);
  const all = [...store.types.values(), SECTION];
  const known = (type) => folded(`${type.label} ${type.keywords} ${type.name}`);
  const fits = all.filter((type) => parts.every((one) => known(type).includes(one)));
  // What begins with the words comes first.
  return fits.sort((a, b) => folded(b.label).startsWith(parts[0] ?? "") - folded(a.label).startsWith(parts[0] ?? ""));
}

function show() {
  found = matching(input().value);
  active = 0;
  list().replaceChildren(
    ...found.map((type, at) => {
      const item = el("li", { role: "option", id: `build-type-${at}`, "data-type": type.name }, icon(type.icon), type.label);
      return item;
    }),
  );
  box.querySelector(".cvb-none").hidden = found.length > 0;
  point();
}

function point() {
  [...list().children].forEach((item, at) => item.setAttribute("aria-selected", String(at === active)));
  const item = list().children[active];
  if (item) input().setAttribute("aria-activedescendant", item.id);
  else input().removeAttribute("aria-activedescendant");
  item?.scrollIntoView({ block: "nearest" });
}

function choose(type) {
  const { section, after } = place;
  close(false);
  const entity =
    type === SECTION.name
      ? changes.addSection(section ?? undefined)
      : changes.addQuestion(type, section ?? changes.addSection().uid, after);
  store.select(entity.uid);
  go(entity.uid, { edit: true });
}

function close(back = true) {
  if (!box.matches(":popover-open")) return;
  box.hidePopover();
  if (back) (place.opener?.isConnected ? place.opener : cardOf(store.selected))?.focus();
}

function keys(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by && found.length) active = (active + by + found.length) % found.length;
  else if (event.key === "Enter" && found[active]) choose(found[active].name);
  else if (event.key === "Escape") close();
  else if (event.key === "Tab") close(false);
  else return;
  if (event.key !== "Tab") event.preventDefault();
  event.stopPropagation();
  if (by) point();
}

// Where the new question goes: behind the chosen one, at the start of a chosen section, else at the end.
function placeFor(opener) {
  const holder = opener?.closest("[data-uid]");
  const entity = store.entities.get(holder?.dataset.uid ?? store.selected);
  const there = store.sections.filter(store.isThere);
  const end = there.at(-1);
  if (entity?.kind === "survey" && there.length) return { section: there[0].uid, after: null };
  if (entity?.kind === "question" && store.isThere(entity)) return { section: store.sectionOf(entity.uid).uid, after: entity.uid };
  if (entity?.kind === "section" && store.isThere(entity)) {
    const last = entity.questions.at(-1) ?? null;
    return { section: entity.uid, after: opener ? last : null };
  }
  return end ? { section: end.uid, after: end.questions.at(-1) ?? null } : { section: null, after: null };
}

export function open(opener = null) {
  if (!store.rights.add) return;
  place = { ...placeFor(opener), opener: opener ?? document.activeElement };
  input().value = "";
  box.showPopover();
  show();
  put(opener ?? cardOf(store.selected));
  input().focus();
}

function put(anchor) {
  const at = (anchor ?? document.getElementById("pane-paper")).getBoundingClientRect();
  const own = box.getBoundingClientRect();
  const below = at.bottom + 4;
  const top = below + own.height <= innerHeight - 8 ? below : Math.max(8, Math.min(at.top, innerHeight - own.height - 8));
  box.style.top = `${top}px`;
  box.style.left = `${Math.max(8, Math.min(at.left + 16, innerWidth - own.width - 8))}px`;
}

export function start() {
  box = make("insert");
  document.getElementById("build").append(box);
  input().addEventListener("input", show);
  input().addEventListener("keydown", keys);
  list().addEventListener("mousedown", (event) => event.preventDefault());
  list().addEventListener("click", (event) => {
    const item = event.target.closest("[data-type]");
    if (item) choose(item.dataset.type);
  });
  list().addEventListener("pointermove", (event) => {
    const at = [...list().children].indexOf(event.target.closest("[data-type]"));
    if (at >= 0 && at !== active) {
      active = at;
      point();
    }
  });
  input().addEventListener("blur", () => setTimeout(() => box.contains(document.activeElement) || close(false)));
}
