// A record that a pick list misses is made in place: the form of its screen as a dialog, and what it makes is chosen.
import { startContent } from "./actions.js";
import { dialog, heading } from "./dialogs.js";

const formIn = (page) => page.querySelector("form.cv-form");

// The form comes from a page of its own into one that may have fields of the same names.
function rename(form) {
  for (const element of form.querySelectorAll("[id]")) element.id = `new-${element.id}`;
  for (const name of ["for", "aria-describedby", "aria-labelledby"]) {
    for (const element of form.querySelectorAll(`[${name}]`)) {
      element.setAttribute(name, element.getAttribute(name).split(" ").map((id) => `new-${id}`).join(" "));
    }
  }
}

// What is asked about leaving, kept for later or offered beside saving belongs to pages.
function trim(form) {
  for (const name of ["data-dirty", "data-once", "data-draft", "data-changed"]) form.removeAttribute(name);
  form.querySelectorAll(".cv-form-footer button[name]").forEach((button) => button.remove());
  for (const link of form.querySelectorAll(".cv-form-footer a")) link.dataset.action = "close-dialog";
  rename(form);
}

function put(element, page) {
  const form = document.adoptNode(formIn(page));
  const summary = page.querySelector(".cv-summary");
  trim(form);
  element.querySelector("form")?.remove();
  element.querySelector(".cv-summary")?.remove();
  if (summary) {
    for (const link of summary.querySelectorAll("a[href^='#']")) link.setAttribute("href", link.getAttribute("href").replace("#", "#new-"));
    element.append(document.adoptNode(summary));
  }
  element.append(form);
  startContent(element);
  return form;
}

async function read(answer) {
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function send(element, form, address, finish) {
  const body = new URLSearchParams(new FormData(form));
  body.set("picked", "1");
  const answer = await fetch(address, { method: "POST", body, redirect: "manual" }).catch(() => null);
  if (answer?.ok && answer.headers.get("Content-Type")?.startsWith("application/json")) return finish(await answer.json());
  const page = answer && answer.type !== "opaqueredirect" ? await read(answer) : null;
  if (page && formIn(page)) put(element, page);
  // No connection, or logged out: what was typed stays where it is.
  else form.querySelector("[type=submit]").focus();
  return null;
}

// Called by the pick list with what was typed; `done` takes what is to be chosen, or nothing.
export async function create(select, typed, done) {
  const address = new URL(select.dataset.createUrl, location.origin);
  address.searchParams.set(select.dataset.createField, typed);
  const answer = await fetch(address, { redirect: "manual" }).catch(() => null);
  const page = answer?.ok ? await read(answer) : null;
  if (!page || !formIn(page)) return done();
  const element = dialog();
  element.append(heading(page.querySelector("h1").textContent));
  put(element, page);
  let chosen = null;
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    send(element, event.target, address, (made) => {
      chosen = made;
      element.close();
    });
  });
  element.addEventListener("close", () => {
    done(chosen ? { value: chosen.value, text: chosen.text } : undefined);
    select.tomselect.focus();
  });
  element.showModal();
  element.querySelector("form").querySelector("input:not([type=hidden])").focus();
}
