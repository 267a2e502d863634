// One field of a record, changed in its cell of a list. The form is the one of the page to which the button leads where this
// does not run; what may be changed, and what is wrong with it, is the server's.
import { onAction, onContent, startContent } from "./actions.js";

const region = document.createElement("div");
region.className = "visually-hidden";
region.setAttribute("role", "status");
document.body.append(region);

const words = () => document.getElementById("cell-words").dataset;
const formIn = (text) => new DOMParser().parseFromString(text, "text/html").querySelector("form.cv-cell-form");

function say(sentence) {
  region.textContent = "";
  requestAnimationFrame(() => (region.textContent = sentence));
}

function put(form, holder) {
  document.adoptNode(form);
  holder.hidden = true;
  holder.parentElement.querySelector(":scope > .cv-cell-form")?.remove();
  holder.after(form);
  startContent(form);
  const field = form.querySelector(".cv-clash input:checked") ?? form.querySelector(".cv-field :is(input, select, textarea)");
  field.focus();
  field.select?.();
  const wrong = form.querySelector(".cv-cell-note, .cv-errors");
  if (wrong) say(wrong.textContent.trim());
}

function close(form) {
  const holder = form.previousElementSibling;
  form.remove();
  holder.hidden = false;
  holder.querySelector(".cv-cell-edit").focus();
}

async function open(link) {
  const holder = link.closest("[data-cell]");
  if (holder.hidden) return;
  const answer = await fetch(link.href, { redirect: "manual" }).catch(() => null);
  const form = answer?.ok ? formIn(await answer.text()) : null;
  // The session ended, or the record is gone: its page says so.
  if (form) put(form, holder);
  else if (answer) location.assign(link.href);
  else say(words().away);
}

function trouble(form, sentence) {
  let note = form.querySelector(".cv-cell-note");
  if (!note) {
    note = document.createElement("p");
    note.className = "cv-cell-note";
    form.prepend(note);
  }
  note.textContent = sentence;
  say(sentence);
}

async function save(form) {
  const body = new URLSearchParams(new FormData(form));
  body.set("part", "1");
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body, redirect: "manual" }).catch(() => null);
  if (!form.isConnected) return;
  const holder = form.previousElementSibling;
  if (!answer) return trouble(form, words().away);
  if (answer.type === "opaqueredirect") return trouble(form, words().out);
  const text = await answer.text();
  if (!answer.ok) {
    const again = formIn(text);
    return again ? put(again, holder) : trouble(form, words().refused);
  }
  const done = new DOMParser().parseFromString(text, "text/html").querySelector("[data-told]");
  const fresh = document.adoptNode(done.querySelector("[data-cell]") ?? done);
  form.remove();
  holder.replaceWith(fresh);
  startContent(fresh.parentElement);
  fresh.querySelector(".cv-cell-edit")?.focus();
  say(done.dataset.told);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches(".cv-table .cv-cell-form")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.dataset.busy) return;
  form.dataset.busy = "1";
  save(form).finally(() => delete form.dataset.busy);
}, true);

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".cv-table .cv-cell-form");
  const link = event.target.closest?.(".cv-cell-edit");
  if (link && ["e", " "].includes(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) open(link);
  else if (form && event.key === "Escape") close(form);
  else if (form && event.key === "Enter" && event.target.matches("select")) form.requestSubmit();
  else return;
  event.preventDefault();
  event.stopPropagation();
});

document.addEventListener("dblclick", (event) => {
  const link = event.target.closest("td, th")?.querySelector(".cv-cell-edit");
  if (link && !event.target.closest("a, button, form")) open(link);
});

// Where this runs it leads nowhere, it opens.
onContent((part) => {
  for (const link of part.querySelectorAll(".cv-cell-edit")) link.setAttribute("role", "button");
});

onAction("edit-cell", (link, event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(link);
});

onAction("close-cell", (link, event) => {
  const form = link.closest(".cv-table .cv-cell-form");
  if (!form) return;
  event.preventDefault();
  close(form);
});
