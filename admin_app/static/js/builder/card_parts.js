// The parts that a section and a question have in common: words, rich text, what is amiss, the button that takes it out.
import * as store from "./store.js";
import * as changes from "./changes.js";
import { dress, icon, part, show, words } from "./dom.js";

// Whether `content` is another than what the element was last given.
export function changed(element, content) {
  const text = JSON.stringify(content);
  if (element.dataset.shown === text) return false;
  element.dataset.shown = text;
  return true;
}

// What was published is retired and not deleted; the button says which.
export function remover(element, entity) {
  const button = element.querySelector('[data-action="build-remove"]');
  const verb = changes.isPublished(entity) ? "retire" : "delete";
  if (button.dataset.verb === verb) return;
  button.dataset.verb = verb;
  for (const name of ["aria-label", "title"]) button.setAttribute(name, words(`${verb}_${entity.kind}`));
  button.replaceChildren(icon(verb === "retire" ? "archive" : "trash"));
}

export function fill(field, entity, force) {
  const value = entity.values[field.dataset.field] ?? "";
  if (force || document.activeElement !== field) show(field, value);
  const fault = entity.errors[field.dataset.field];
  field.toggleAttribute("aria-invalid", Boolean(fault));
  if (fault) field.setAttribute("aria-invalid", "true");
}

// Rich text comes from the server cleaned; in a tree of its own nothing of it touches the page.
export function rich(element, entity, name) {
  const place = part(element, name);
  // What the server has cleaned, and not what was just typed.
  const html = entity.base[name] ?? "";
  place.hidden = !html;
  if (place.dataset.html === html) return;
  place.dataset.html = html;
  if (!place.shadowRoot) dress(place.attachShadow({ mode: "open" }));
  place.shadowRoot.innerHTML = '<div class="rich" dir="auto"></div>';
  place.shadowRoot.firstElementChild.innerHTML = html;
}

export function faults(element, entity) {
  const place = part(element, "faults");
  const lines = Object.entries(entity.errors).map(([, sentence]) => ["danger", sentence]);
  const found = store.findingsAt(entity.uid).map((one) => [one.severity === "error" ? "warning" : "info", one.message]);
  const all = [...lines, ...found];
  if (!changed(place, all)) return;
  place.replaceChildren(
    ...all.map(([tone, sentence]) => {
      const item = document.createElement("li");
      item.className = `cvb-fault cvb-fault-${tone}`;
      item.append(icon(tone === "info" ? "info-circle" : "alert-triangle"), sentence);
      return item;
    }),
  );
}

export function mark(element, entity) {
  const chosen = store.selected === entity.uid;
  element.classList.toggle("cvb-selected", chosen);
}
