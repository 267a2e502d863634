// Moving questions and sections, by dragging them, by keyboard, or to a section by name.
import * as store from "./store.js";
import * as history from "./history.js";
import { name, order } from "./changes.js";
import { say, words } from "./dom.js";

export function moveQuestion(uid, sectionUid, after) {
  const from = store.sectionOf(uid);
  const was = { section: from.uid, after: store.before(from.questions, uid) };
  const to = { section: sectionUid, after };
  if (was.section === to.section && was.after === to.after) return;
  const entity = store.question(uid);
  const go = (place) => {
    const section = store.section(place.section);
    if (!section || section.deleted) return words("is_deleted");
    const list = store.sectionOf(uid).questions;
    list.splice(list.indexOf(uid), 1);
    store.place(section.questions, uid, place.after);
    order({ change: "move_question", question: uid, section: place.section, after: place.after });
    store.emit("structure");
    return "";
  };
  history.perform({ label: words("step_move", { what: name(entity) }), undo: () => go(was), redo: () => go(to) });
  const target = store.section(sectionUid);
  const number = target.questions.filter((one) => store.isThere(store.question(one))).indexOf(uid) + 1;
  say(words("moved", { place: number, section: target.values.title || words("section_number", { number: store.sections.indexOf(target) + 1 }) }));
}

export function moveSection(uid, after) {
  const entity = store.section(uid);
  const was = store.before(store.sections, entity)?.uid ?? null;
  if (was === after) return;
  const go = (place) => {
    store.place(store.sections, entity, place === null ? null : store.section(place));
    order({ change: "move_section", section: uid, after: place });
    store.emit("structure");
    return "";
  };
  history.perform({ label: words("step_move", { what: name(entity) }), undo: () => go(was), redo: () => go(after) });
}

// One step up or down by keyboard; a question goes over the edge of its section into the next one.
export function step(entity, by) {
  if (entity.kind === "section") {
    const there = store.sections.filter(store.isThere);
    const at = there.indexOf(entity);
    const target = there[at + by];
    if (target) moveSection(entity.uid, by > 0 ? target.uid : (there[at - 2]?.uid ?? null));
    return;
  }
  const section = store.sectionOf(entity.uid);
  const there = section.questions.filter((uid) => store.isThere(store.question(uid)));
  const at = there.indexOf(entity.uid);
  if (there[at + by]) moveQuestion(entity.uid, section.uid, by > 0 ? there[at + 1] : (there[at - 2] ?? null));
  else {
    const others = store.sections.filter(store.isThere);
    const next = others[others.indexOf(section) + by];
    if (next) moveQuestion(entity.uid, next.uid, by > 0 ? null : (next.questions.at(-1) ?? null));
  }
}
