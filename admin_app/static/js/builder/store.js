// What the page knows: of each section and question what it holds here (`values`), what the server holds as far as we know
// (`base`), and which fields differ (`dirty`). It draws nothing and sends nothing.
import { state } from "./dom.js";

export const rights = state.rights;
export const types = new Map(state.types.map((type) => [type.name, type]));
export const sections = [];
export const entities = new Map();
export let findings = [];
export let selected = null;

const listeners = new Map();

export function on(name, run) {
  listeners.set(name, [...(listeners.get(name) ?? []), run]);
}

export function emit(name, ...values) {
  for (const run of listeners.get(name) ?? []) run(...values);
}

export const SURVEY = "survey";

const TEXTS = { survey: ["title", "introduction", "thanks"], section: ["title", "description"], question: ["label", "hint", "description", "required", "personal", "key", "type", "choices", "rows"] };
const SETTING = "settings.";

// A field by itself: nothing and "nothing was set" are the same.
const plain = (value) => (value === undefined ? null : value);

const choiceOf = ({ uid, code, label, exclusive, ...more }) => ({ uid, code, label, exclusive, ...more });
const bare = (choice) => [choice.uid, choice.code, choice.label, choice.exclusive];

// Whether two lists of choices say the same to people; the server may have made codes of the labels since.
export const sameWords = (one, other) =>
  Array.isArray(one) && Array.isArray(other)
    ? JSON.stringify(one.map(({ uid, label, exclusive }) => [uid, label, exclusive])) ===
      JSON.stringify(other.map(({ uid, label, exclusive }) => [uid, label, exclusive]))
    : same(one, other);

// What the server holds of a field, out of its answer about a whole section or question.
export const received = (kind, sent, name) => plain(fieldsOf(kind, sent)[name]);

export function same(one, other) {
  if (Array.isArray(one) && Array.isArray(other)) return JSON.stringify(one.map(bare)) === JSON.stringify(other.map(bare));
  return plain(one) === plain(other);
}

// What is sent of a value: of choices, what the server asks for.
export function outgoing(value) {
  if (!Array.isArray(value)) return plain(value);
  return value.map(({ uid, code, label, exclusive, fresh }) => ({ uid, code, label, exclusive, ...(fresh && { new: true }) }));
}

function fieldsOf(kind, sent) {
  const values = {};
  for (const name of TEXTS[kind]) values[name] = Array.isArray(sent[name]) ? sent[name].map(choiceOf) : sent[name];
  for (const [name, value] of Object.entries(sent.settings ?? {})) values[SETTING + name] = value;
  return values;
}

function create(kind, uid) {
  const entity = { kind, uid, values: {}, base: {}, dirty: new Set(), held: new Set(), errors: {}, clashes: null, lock: 0 };
  if (kind === "section") Object.assign(entity, { questions: [] });
  entities.set(uid, entity);
  return entity;
}

// Take over what the server says of one section or question. What is being typed here stays as it is, and so does what it
// was begun on. Where that is no longer what the server has (`stale`), it has to compare: somebody else was faster.
export function takeOver(kind, sent) {
  const entity = entities.get(sent.uid) ?? create(kind, sent.uid);
  const values = fieldsOf(kind, sent);
  entity.stale = false;
  for (const name of new Set([...Object.keys(entity.base), ...Object.keys(values)])) {
    if (entity.dirty.has(name)) {
      entity.stale ||= !same(entity.base[name], values[name]);
      continue;
    }
    entity.base[name] = plain(values[name]);
    entity.values[name] = plain(values[name]);
  }
  const { retired, deleted, published, gone, sketch } = sent;
  Object.assign(entity, { retired, deleted, published, gone, sketch, lock: sent.lock_version });
  return entity;
}

// Whether respondents get it.
export const isThere = (entity) => !entity.deleted && !entity.retired;

export const section = (uid) => entities.get(uid);
export const question = (uid) => entities.get(uid);
export const sectionOf = (uid) => sections.find((one) => one.questions.includes(uid));
export const typeOf = (entity) => types.get(entity.values.type);

// Put a section or a question behind another one: at the start for null, at the end without `after`.
export function place(list, item, after) {
  const there = list.indexOf(item);
  if (there >= 0) list.splice(there, 1);
  const at = after === undefined ? list.length : after === null ? 0 : list.indexOf(after) + 1;
  list.splice(at, 0, item);
}

export const before = (list, item) => list[list.indexOf(item) - 1] ?? null;

// Everything anew, as the server has it.
export function load(whole) {
  const before = [...entities.keys()];
  takeOver("survey", whole.survey);
  const known = new Set([SURVEY, ...whole.sections.map((one) => one.uid)]);
  sections.splice(0, sections.length, ...whole.sections.map((one) => takeOver("section", one)));
  for (const one of sections) one.questions = [];
  for (const one of whole.questions) {
    known.add(one.uid);
    takeOver("question", one);
    section(one.section).questions.push(one.uid);
  }
  for (const uid of [...entities.keys()]) if (!known.has(uid) && !entities.get(uid).deleted) entities.delete(uid);
  setFindings(whole.findings);
  if (selected && !entities.has(selected)) select(null);
  emit("structure");
  for (const uid of before) emit("entity", uid);
}

const byUid = new Map();

export function setFindings(found) {
  findings = found;
  const touched = new Set(byUid.keys());
  byUid.clear();
  for (const one of found) {
    byUid.set(one.uid, [...(byUid.get(one.uid) ?? []), one]);
    touched.add(one.uid);
  }
  emit("findings", touched);
}

export const findingsAt = (uid) => byUid.get(uid) ?? [];

export function select(uid, { focus = false } = {}) {
  if (selected === uid && !focus) return;
  selected = uid;
  emit("selection", { focus });
}

// All questions and sections in the order of the page, as far as they are there.
export function inOrder() {
  const there = sections.filter(isThere).flatMap((one) => [one.uid, ...one.questions]);
  return [SURVEY, ...there.filter((uid) => isThere(entities.get(uid)))];
}

const ALPHABET = "23456789bcdfghjkmnpqrstvwxyz";

// An identity for something new, as the server makes them: what is asked for twice is then made once.
export function newUid() {
  let uid = "";
  while (uid.length < 12) {
    for (const one of crypto.getRandomValues(new Uint8Array(24))) {
      if (one < 252 && uid.length < 12) uid += ALPHABET[one % ALPHABET.length];
    }
  }
  return uid;
}
