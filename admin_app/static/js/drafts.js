// What is typed into a form stays in this browser until it is saved, for a week at most: a lost connection, a session that
// ended or a browser that was closed take nothing along. Passwords and files are never kept.
import { onContent } from "./actions.js";

const PREFIX = "canvass:draft:";
const WEEK = 7 * 24 * 3600 * 1000;
const PAUSE = 300;
// What belongs to the page and not to what was typed.
const OF_THE_PAGE = /^(csrf_token|asking|canvass__take-.*)$/;
// Which version was typed into, and what that held: with these the server tells whose change is whose.
const OF_THE_VERSION = new Set(["lock_version", "form_base"]);

const timers = new WeakMap();

function store(run) {
  try {
    return run(localStorage);
  } catch {
    // A browser without room or without permission keeps nothing; leaving then warns as ever.
    return null;
  }
}

function read(name) {
  return store((kept) => {
    const draft = JSON.parse(kept.getItem(name));
    return draft && Date.now() - draft.time < WEEK ? draft : null;
  });
}

export function forget(test) {
  store((kept) => {
    for (const name of Object.keys(kept)) if (name.startsWith(PREFIX) && test(name)) kept.removeItem(name);
  });
}

const nameOf = (form) => PREFIX + form.dataset.draft;

function isKept(field) {
  return field.name && !OF_THE_PAGE.test(field.name) && !["password", "file", "submit", "button"].includes(field.type);
}

function fieldsOf(form) {
  const allowed = new Set([...form.elements].filter(isKept).map((field) => field.name));
  return [...new FormData(form)].filter(([name, value]) => allowed.has(name) && typeof value === "string");
}

// What a list that is searched has found, so that it can be shown again.
function labelsOf(form) {
  const labels = {};
  for (const select of form.querySelectorAll("select[data-select], select[data-select-url]")) {
    labels[select.name] = [...select.selectedOptions].map((option) => [option.value, option.text]);
  }
  return labels;
}

const typed = (fields) => JSON.stringify(fields.filter(([name]) => !OF_THE_VERSION.has(name)));

function keep(form, sent = false) {
  if (!form.isConnected) return;
  const draft = { time: Date.now(), sent, fields: fieldsOf(form), labels: labelsOf(form) };
  store((kept) => kept.setItem(nameOf(form), JSON.stringify(draft)));
}

function fill(field, values, labels) {
  if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
  else if (field instanceof HTMLSelectElement) {
    for (const [value, text] of labels ?? []) {
      if (![...field.options].some((option) => option.value === value)) field.add(new Option(text, value));
    }
    for (const option of field.options) option.selected = values.includes(option.value);
    field.tomselect?.sync();
  } else if (values.length) [field.value] = values;
}

function restore(form, draft) {
  for (const field of form.elements) {
    if (!isKept(field)) continue;
    const values = draft.fields.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type !== "hidden" || OF_THE_VERSION.has(field.name)) fill(field, values, draft.labels[field.name]);
  }
  form.dispatchEvent(new CustomEvent("restored", { bubbles: true }));
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function when(time) {
  const { lang, dataset } = document.documentElement;
  const today = new Date(time).toDateString() === new Date().toDateString();
  const style = today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(lang, { ...style, timeZone: dataset.timeZone }).format(time);
}

function offer(form, draft) {
  const template = document.getElementById("draft-offer");
  const bar = template.content.firstElementChild.cloneNode(true);
  const words = bar.querySelector("[data-words]");
  const [back, discard] = bar.querySelectorAll("button");
  words.textContent = words.dataset[draft.sent ? "back" : "words"].replace("{when}", when(draft.time));
  discard.addEventListener("click", () => {
    forget((name) => name === nameOf(form));
    // What was put back goes with it: the page is shown as it is stored.
    if (back.hidden) {
      delete form.dataset.changed;
      location.reload();
    }
    bar.remove();
    document.getElementById("content").focus();
  });
  back.addEventListener("click", () => {
    restore(form, draft);
    bar.remove();
    form.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  });
  if (draft.sent) {
    // It was sent and never arrived: nobody has to be asked whether he wants it.
    restore(form, draft);
    back.hidden = true;
  }
  form.before(bar);
}

function start(form) {
  const draft = form.dataset.changed === undefined ? read(nameOf(form)) : null;
  if (!draft) return;
  if (typed(draft.fields) === typed(fieldsOf(form))) forget((name) => name === nameOf(form));
  else offer(form, draft);
}

document.addEventListener("input", ({ target }) => {
  const form = target.form ?? target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-draft]")) return;
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => keep(form), PAUSE));
});

document.addEventListener("submit", ({ target }) => {
  if (target.dataset.draft !== undefined) {
    clearTimeout(timers.get(target));
    keep(target, true);
  }
  if (target.dataset.forget) forget((name) => name.startsWith(`${PREFIX}${target.dataset.forget}:`));
});

addEventListener("pagehide", () => {
  for (const form of document.querySelectorAll("form[data-draft][data-changed]")) {
    if (!read(nameOf(form))?.sent) keep(form);
  }
});

forget((name) => !read(name));

onContent((part) => {
  for (const { dataset } of part.querySelectorAll("[data-saved]")) forget((name) => name === PREFIX + dataset.saved);
  // After the other scripts have dressed the fields.
  setTimeout(() => part.querySelectorAll("form[data-draft]").forEach(start));
});
