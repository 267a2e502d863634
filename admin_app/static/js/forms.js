// Forms: say what is not saved, send once, take the eye to what is wrong.
import { onContent } from "./actions.js";

let leaving = false;

function changed(form) {
  form.dataset.changed = "1";
  const note = form.querySelector("[data-unsaved]");
  if (note) note.hidden = false;
}

// Whoever goes on typing into a field that clashes keeps his own.
function keepMine(form, field) {
  const mine = form.querySelector(`[name="${CSS.escape(`canvass__take-${field.name}`)}"][value="mine"]`);
  if (mine) mine.checked = true;
}

document.addEventListener("input", (event) => {
  const form = event.target.form ?? event.target;
  if (!(form instanceof HTMLFormElement)) return;
  if (form.matches("[data-dirty]")) changed(form);
  keepMine(form, event.target);
});

document.addEventListener("change", (event) => {
  if (event.target.matches('select[data-action="submit"]')) event.target.form.requestSubmit();
});

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || !event.target.matches("[data-once]")) return;
  leaving = true;
  // After this turn, for a disabled button would not be sent with the form.
  setTimeout(() => {
    for (const button of document.querySelectorAll("button")) {
      if (button.form === event.target && button.type === "submit") button.disabled = true;
    }
  });
});

// A page that comes back out of the browser's memory must work again.
addEventListener("pageshow", (event) => {
  leaving = false;
  if (!event.persisted) return;
  for (const button of document.querySelectorAll("form[data-once] button, button[form]")) button.disabled = false;
});

addEventListener("beforeunload", (event) => {
  if (!leaving && document.querySelector("form[data-changed]")) event.preventDefault();
});

onContent((part) => part.querySelector("[data-focus]")?.focus());

// What was typed before this script came.
onContent((part) => {
  for (const { form, name } of part.querySelectorAll('[name^="canvass__take-"][value="mine"]:not(:checked)')) {
    const field = form.elements.namedItem(name.replace("canvass__take-", ""));
    if (field?.defaultValue !== undefined && field.value !== field.defaultValue) keepMine(form, field);
  }
});

// A page that comes back with what was typed, unsaved.
onContent((part) => part.querySelectorAll("form[data-changed]").forEach(changed));
