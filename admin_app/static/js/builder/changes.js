// What can be done to the draft: each change is made here at once, sent to the server, and remembered so that it can be undone.
import * as store from "./store.js";
import * as sender from "./sender.js";
import * as history from "./history.js";
import { words } from "./dom.js";

export const name = (entity) => entity.values[entity.kind === "question" ? "label" : "title"] || words("nameless");

// ---- texts and settings ----

const bursts = new Map();

// Let a field hold something else. What is typed without a pause is one step to undo.
export function set(entity, field, value, { now = false } = {}) {
  if (store.same(entity.values[field], value)) return;
  const key = `${entity.uid} ${field}`;
  if (!bursts.has(key)) bursts.set(key, { entity, field, from: entity.values[field] });
  entity.values[field] = value;
  sender.changed(entity, field, { now });
  store.emit("entity", entity.uid);
}

store.on("burst", (entity) => {
  for (const [key, burst] of bursts) {
    if (burst.entity !== entity) continue;
    bursts.delete(key);
    const { field, from } = burst;
    const to = entity.values[field];
    if (store.same(from, to)) continue;
    history.remember({
      label: words("step_edit", { what: name(entity) }),
      undo: () => put(entity, field, to, from),
      redo: () => put(entity, field, from, to),
    });
  }
});

// Set a field back or forth, unless it is not what this step left.
function put(entity, field, expected, value) {
  if (entity.deleted) return words("is_deleted");
  if (!store.sameWords(entity.values[field], expected)) return words("changed_since");
  entity.values[field] = value;
  sender.changed(entity, field, { now: true });
  store.emit("entity", entity.uid, { force: true });
  store.select(entity.uid);
  return "";
}

// Choose between two people's words for one field.
export function resolve(entity, field, mine) {
  const clash = entity.clashes[field];
  delete entity.clashes[field];
  if (!Object.keys(entity.clashes).length) entity.clashes = null;
  entity.base[field] = clash.theirs;
  if (!mine) entity.values[field] = clash.theirs;
  sender.changed(entity, field, { now: true });
  store.emit("entity", entity.uid, { force: true });
}

// ---- adding ----

export function addSection(after) {
  const uid = store.newUid();
  const entity = store.takeOver("section", { uid, title: "", description: "", lock_version: 1 });
  entity.questions = [];
  const where = after === null ? null : (after ?? store.sections.at(-1)?.uid ?? null);
  store.place(store.sections, entity, where && store.section(where));
  made(entity, { change: "add_section", uid, after: where, data: {} });
  return entity;
}

export function addQuestion(type, sectionUid, after) {
  const section = store.section(sectionUid);
  const uid = store.newUid();
  const kind = store.types.get(type);
  const choices = kind.choices ? blankChoices(2) : [];
  const rows = kind.rows ? blankChoices(2) : [];
  const blank = { label: "", hint: "", description: "", required: false, personal: false, key: "", type, choices, rows };
  const entity = store.takeOver("question", { ...blank, uid, settings: {}, gone: [], sketch: kind.sketch, lock_version: 1 });
  store.place(section.questions, uid, after);
  const data = { type, choices: store.outgoing(choices), rows: store.outgoing(rows) };
  made(entity, { change: "add_question", uid, section: sectionUid, ...(after !== undefined && { after }), data });
  return entity;
}

export const blankChoice = (label = "") => ({ uid: store.newUid(), code: "", label, exclusive: false, fresh: true });
const blankChoices = (count) => Array.from({ length: count }, () => blankChoice());

function made(entity, body) {
  store.emit("structure");
  const step = {
    label: words(`step_add_${entity.kind}`),
    undo: () => remove(entity),
    redo: () => bringBack(entity),
  };
  order(body, { step, forget: () => gone(entity) });
  history.remember(step);
}

// ---- sending one's own change ----

export function order(body, { step = history.running, forget = null, done = () => {} } = {}) {
  sender.send(body, {
    done,
    failed: (refusal) => {
      history.drop(step);
      forget?.();
      const sentence = words("refused", { why: refusal.message });
      store.emit("notice", { sentence, tone: "danger" });
      sender.resync();
    },
  });
}

function gone(entity) {
  entity.deleted = true;
  store.emit("structure");
}

// ---- taking out and bringing back ----

const about = (entity) => ({ [entity.kind]: entity.uid });

function remove(entity) {
  if (entity.deleted) return words("is_deleted");
  sender.flush(entity);
  if (entity.kind === "section") for (const uid of entity.questions) sender.flush(store.question(uid));
  order({ change: `delete_${entity.kind}`, ...about(entity) });
  gone(entity);
  return "";
}

function bringBack(entity) {
  entity.deleted = false;
  order({ change: `undelete_${entity.kind}`, ...about(entity) }, { done: () => isPlaced(entity) || sender.resync() });
  store.emit("structure");
  store.select(entity.uid);
  return "";
}

// A page that began anew since does not know where something stood that was deleted before.
const isPlaced = (entity) =>
  entity.kind === "section" ? store.sections.includes(entity) : Boolean(store.sectionOf(entity.uid));

function retired(entity, value) {
  entity.retired = value;
  order({ change: `${value ? "retire" : "restore"}_${entity.kind}`, ...about(entity) });
  store.emit("structure");
  store.emit("entity", entity.uid);
  return "";
}

export const isPublished = (entity) =>
  entity.kind === "section"
    ? entity.questions.some((uid) => store.question(uid).published && !store.question(uid).deleted)
    : Boolean(entity.published);

// Take something out: what was published is retired, all else deleted. Nothing is lost either way, so nothing is asked.
export function takeOut(entity) {
  const was = isPublished(entity);
  const next = neighbour(entity.uid);
  const undo = was ? () => retired(entity, false) : () => bringBack(entity);
  const redo = was ? () => retired(entity, true) : () => remove(entity);
  const step = { label: words(was ? "step_retire" : "step_delete", { what: name(entity) }), undo, redo };
  history.perform(step);
  store.emit("notice", { sentence: words(was ? `${entity.kind}_retired` : `${entity.kind}_deleted`, { what: name(entity) }), step });
  store.select(next, { focus: true });
}

export function restore(entity) {
  const label = words("step_restore", { what: name(entity) });
  history.perform({ label, undo: () => retired(entity, true), redo: () => retired(entity, false) });
}

// What is selected when this goes: the next one, else the one before.
function neighbour(uid) {
  const there = store.inOrder();
  const at = there.indexOf(uid);
  return there[at + 1] ?? there[at - 1] ?? null;
}

// ---- copying and pasting ----

export function duplicate(entity) {
  sender.flush(entity);
  const uid = store.newUid();
  let copy = null;
  const body = { change: `duplicate_${entity.kind}`, ...about(entity), uid };
  const step = {
    label: words("step_duplicate", { what: name(entity) }),
    undo: () => (copy ? remove(copy) : words("not_yet")),
    redo: () => bringBack(copy),
  };
  history.remember(step);
  sender.send(body, {
    done: (answer) => {
      copy = store.entities.get(uid);
      if (entity.kind === "section") {
        copy.questions = answer.questions.map((one) => one.uid);
        store.place(store.sections, copy, entity);
      } else store.place(store.sectionOf(entity.uid).questions, uid, entity.uid);
      store.emit("structure");
      store.select(uid, { focus: true });
    },
    failed: (refusal) => {
      history.drop(step);
      store.emit("notice", { sentence: words("refused", { why: refusal.message }), tone: "danger" });
    },
  });
}

export function pasteChoices(entity, list, text, replace, { done, failed }) {
  sender.flush(entity);
  const from = entity.values[list];
  sender.send(
    { change: "paste_choices", question: entity.uid, list, text, replace },
    {
      done: ({ report }) => {
        const to = entity.values[list];
        const label = words("step_edit", { what: name(entity) });
        history.remember({ label, undo: () => put(entity, list, to, from), redo: () => put(entity, list, from, to) });
        const told = [words("pasted", { number: report.added })];
        if (report.repeated) told.push(words("pasted_repeated", { number: report.repeated }));
        if (report.renamed) told.push(words("pasted_renamed", { number: report.renamed }));
        store.emit("notice", { sentence: told.join(" ") });
        done();
      },
      failed,
    },
  );
}

// Another type keeps the settings that mean the same under it; the server decides which, and says so in its answer.
export function setType(entity, type) {
  sender.flush(entity);
  const kind = store.types.get(type);
  const from = { ...entity.values };
  entity.values.type = type;
  entity.sketch = kind.sketch;
  for (const list of ["choices", "rows"]) {
    if (kind[list] && !entity.values[list]?.length) entity.values[list] = blankChoices(2);
  }
  const touched = ["type", "choices", "rows"].filter((field) => !store.same(from[field], entity.values[field]));
  const values = Object.fromEntries(touched.map((field) => [field, entity.values[field]]));
  const settings = Object.entries(from).filter(([field]) => field.startsWith("settings."));
  for (const field of touched) sender.changed(entity, field);
  sender.flush(entity);
  store.emit("entity", entity.uid);
  const go = (fields) => () => {
    Object.assign(entity.values, Object.fromEntries(fields));
    for (const [field] of fields) sender.changed(entity, field);
    sender.flush(entity);
    store.emit("entity", entity.uid, { force: true });
    return "";
  };
  const back = [["type", from.type], ...settings];
  history.remember({ label: words("step_edit", { what: name(entity) }), undo: go(back), redo: go(Object.entries(values)) });
}
