// The right pane: what can be set for the chosen question or section, drawn from what its type declares.
import * as store from "./store.js";
import * as changes from "./changes.js";
import * as moves from "./moves.js";
import * as sender from "./sender.js";
import { el, icon, root, show, words } from "./dom.js";

const pane = document.getElementById("pane-settings");
let shown = "";
const fields = new Map();

// ---- fields ----

function field(name, label, control, help = "") {
  const id = `set-${name}`;
  control.id = id;
  control.dataset.setting = name;
  control.disabled = control.disabled || !store.rights.edit;
  const fault = el("p", { class: "cv-errors", id: `${id}-fault` });
  const parts = [el("label", { class: "cv-label", for: id }, label), control];
  if (help) parts.push(el("p", { class: "cv-help", id: `${id}-help` }, help));
  control.setAttribute("aria-describedby", `${help ? `${id}-help ` : ""}${id}-fault`);
  fields.set(name, { control, fault });
  return el("div", { class: "cv-field" }, ...parts, fault);
}

function check(name, label, help = "") {
  const id = `set-${name}`;
  const control = el("input", { class: "form-check-input", type: "checkbox", id });
  control.dataset.setting = name;
  control.disabled = !store.rights.edit;
  const fault = el("p", { class: "cv-errors", id: `${id}-fault` });
  control.setAttribute("aria-describedby", `${help ? `${id}-help ` : ""}${id}-fault`);
  fields.set(name, { control, fault });
  const line = el("div", { class: "cv-check-line" }, control, el("label", { for: id }, label));
  return el("div", { class: "cv-field cv-check" }, line, ...(help ? [el("p", { class: "cv-help", id: `${id}-help` }, help)] : []), fault);
}

const input = (type, more = {}) => el("input", { class: "form-control", type, autocomplete: "off", ...more });

function select(options) {
  return el("select", { class: "form-select" }, ...options.map(([value, text]) => el("option", { value }, text)));
}

const KINDS = { date: "date", time: "time", datetime: "datetime-local" };

// One field for any setting that a type declares.
function ofSpec(spec) {
  const name = `settings.${spec.name}`;
  if (spec.kind === "bool") return check(name, spec.label, spec.help);
  const usual = spec.default === null || spec.default === "" ? "" : String(spec.default);
  if (spec.options.length) {
    const own = spec.options.find(([value]) => value === spec.default)?.[1];
    const options = spec.options.map(([value, text]) => [String(value), text]);
    return field(name, spec.label, select(own ? options : [["", words("not_set")], ...options]), spec.help);
  }
  if (spec.kind === "int" || spec.kind === "float") {
    const control = input("number", { step: spec.kind === "int" ? 1 : "any", min: spec.least, max: spec.most, placeholder: usual, class: "form-control cvb-number" });
    return field(name, spec.label, control, spec.help);
  }
  if (spec.kind === "str") return field(name, spec.label, el("textarea", { class: "form-control cvb-grow", rows: 1, placeholder: usual || words("not_set"), dir: "auto" }), spec.help);
  return field(name, spec.label, input(KINDS[spec.kind]), spec.help);
}

// ---- panes ----

function heading(text, ...more) {
  return el("div", { class: "cvb-pane-head" }, el("h2", {}, text), ...more);
}

function richField(name, help) {
  const button = el("button", { class: "cv-button", type: "button", "data-action": "build-rich", "data-rich": name });
  button.disabled = !mayChange(store.entities.get(store.selected));
  fields.set(name, { button });
  return el("div", { class: "cv-field" }, button, el("p", { class: "cv-help" }, help));
}

function ofQuestion(entity) {
  const kind = store.typeOf(entity);
  const types = select([...store.types.values()].map((one) => [one.name, one.label]));
  types.disabled = Boolean(entity.published);
  const key = input("text", { spellcheck: "false", autocapitalize: "off", class: "form-control cv-mono" });
  key.readOnly = Boolean(entity.published);
  const places = select(store.sections.filter(store.isThere).map((one, at) => [one.uid, one.values.title || words("section_number", { number: at + 1 })]));
  const parts = [
    field("type", words("type"), types, entity.published ? words("type_fixed") : ""),
    ...(kind.asks ? [check("required", words("required"), words("required_help"))] : []),
    ...kind.settings.map(ofSpec),
    richField("description", words("description_help")),
    field("key", words("key"), key, entity.published ? words("key_fixed") : words("key_help")),
    ...(kind.asks ? [check("personal", words("personal"), words("personal_help"))] : []),
    ...(store.sections.length > 1 ? [field("section", words("move_to"), places)] : []),
  ];
  if (!kind.messages.length) return [heading(kind.label, icon(kind.icon)), ...parts];
  const fold = el("details", { class: "cvb-fold" }, el("summary", {}, icon("chevron-right"), words("messages")), ...kind.messages.map(ofSpec));
  fold.open = kind.messages.some((one) => entity.values[`settings.${one.name}`]);
  return [heading(kind.label, icon(kind.icon)), ...parts, fold];
}

function ofSection(entity) {
  const number = store.sections.filter(store.isThere).indexOf(entity) + 1;
  return [heading(words("section_number", { number })), richField("description", words("section_description_help"))];
}

function ofSurvey() {
  const more = el("a", { class: "cv-button", href: root.dataset.surveyUrl }, icon("settings"), words("survey_settings"));
  return [
    heading(words("whole")),
    richField("introduction", words("introduction_help")),
    richField("thanks", words("thanks_help")),
    ...(store.rights.texts ? [el("div", { class: "cv-field" }, more, el("p", { class: "cv-help" }, words("survey_settings_help")))] : []),
  ];
}

const SHAPES = { survey: ofSurvey, section: ofSection, question: ofQuestion };
const mayChange = (entity) => (entity.kind === "survey" ? store.rights.texts : store.rights.edit);

function draw() {
  const entity = store.entities.get(store.selected);
  fields.clear();
  if (!entity || !store.isThere(entity)) {
    shown = "";
    pane.replaceChildren(el("p", { class: "cvb-nothing" }, words(store.rights.edit ? "nothing_selected" : "read_only")));
    return;
  }
  shown = shapeOf(entity);
  pane.replaceChildren(...SHAPES[entity.kind](entity));
  sync(entity, true);
}

// What makes the pane another one: it is drawn anew only then, so that nobody loses the field he is in.
function shapeOf(entity) {
  const places = store.sections.filter(store.isThere).map((one) => [one.uid, one.values.title]);
  return JSON.stringify([entity.uid, entity.values.type, entity.published, places]);
}

function sync(entity, force = false) {
  for (const [name, { control, fault, button }] of fields) {
    if (button) {
      button.replaceChildren(icon("pencil"), words(`${entity.values[name] ? "edit" : "add"}_${name}`));
      continue;
    }
    const value = name === "section" ? store.sectionOf(entity.uid)?.uid : valueOf(entity, name);
    if (control.type === "checkbox") control.checked = Boolean(value);
    else if (force || document.activeElement !== control) show(control, value === null || value === undefined ? "" : String(value));
    const sentence = entity.errors[name] ?? "";
    if (fault.textContent !== sentence) fault.textContent = sentence;
    control.classList.toggle("is-invalid", Boolean(sentence));
    if (sentence) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }
}

// A setting that is not set shows what holds without it, where it is one of a few.
function valueOf(entity, name) {
  const value = entity.values[name];
  if (value !== null && value !== undefined) return value;
  const spec = store.types.get(entity.values.type)?.settings.find((one) => `settings.${one.name}` === name);
  return spec && (spec.options.length || spec.kind === "bool") ? spec.default : value;
}

// ---- changing ----

function read(control, spec) {
  if (control.type === "checkbox") return spec?.default === true || control.checked ? control.checked : null;
  if (control.type === "number") return control.value === "" ? (control.validity.badInput ? "?" : null) : Number(control.value);
  if (!spec) return control.value;
  const option = spec.options.find(([value]) => String(value) === control.value);
  if (option) return option[0] === spec.default ? null : option[0];
  return control.value === "" ? null : control.value;
}

function take(control, now) {
  const entity = store.entities.get(store.selected);
  const name = control.dataset.setting;
  if (!entity || !name) return;
  if (name === "section") {
    const target = store.section(control.value);
    moves.moveQuestion(entity.uid, target.uid, target.questions.at(-1) ?? null);
    return;
  }
  const kind = store.types.get(entity.values.type);
  const spec = [...(kind?.settings ?? []), ...(kind?.messages ?? [])].find((one) => `settings.${one.name}` === name);
  let value = read(control, spec);
  if (name === "required" || name === "personal") value = control.checked;
  if (name === "type") {
    changes.setType(entity, value);
    return;
  }
  changes.set(entity, name, value, { now });
}

export function start() {
  pane.addEventListener("input", (event) => {
    const control = event.target;
    if (control.matches("input:not([type=checkbox]), textarea")) take(control, false);
  });
  pane.addEventListener("change", (event) => {
    const control = event.target;
    if (control.matches("select, [type=checkbox]")) take(control, true);
  });
  pane.addEventListener("focusout", () => {
    const entity = store.entities.get(store.selected);
    if (entity && sender.isTyping(entity)) sender.flush(entity);
    if (entity) sync(entity);
  });
  store.on("selection", draw);
  store.on("structure", () => {
    const entity = store.entities.get(store.selected);
    if (!entity || entity.deleted || shapeOf(entity) !== shown) draw();
  });
  store.on("entity", (uid, { force = false } = {}) => {
    if (uid !== store.selected) return;
    const entity = store.entities.get(uid);
    if (shapeOf(entity) !== shown) draw();
    else sync(entity, force);
  });
  draw();
}
