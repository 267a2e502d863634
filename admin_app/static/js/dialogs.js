// The question before a destructive action, as a dialog over the page it is about. The same question comes as a page where
// this does not run: what is asked, and what is done, is the server's.
import { onAction, startContent } from "./actions.js";
import { rememberFocus } from "./focus.js";

// Show a dialog over the page; what has the focus now gets it back.
export function openDialog(element) {
  const back = rememberFocus();
  document.querySelector("[popover]:popover-open")?.hidePopover();
  element.addEventListener("close", () => {
    element.remove();
    back();
  });
  element.addEventListener("click", (event) => {
    if (event.target === element) element.close();
  });
  if (!element.isConnected) document.body.append(element);
  element.showModal();
}

export function dialog() {
  const element = document.createElement("dialog");
  element.className = "cv-dialog";
  element.setAttribute("aria-labelledby", "dialog-title");
  document.body.append(element);
  return element;
}

export function heading(text) {
  const head = document.createElement("header");
  const title = document.createElement("h2");
  head.className = "cv-dialog-head";
  title.id = "dialog-title";
  title.tabIndex = -1;
  title.textContent = text;
  head.append(title);
  return head;
}

async function ask(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  // Where there is nothing to ask after all, nothing must be done yet: the form is sent again as it is.
  body.set("asking", "1");
  // Not form.action: a button of that name would stand for it.
  const response = await fetch(form.getAttribute("action"), { method: "POST", body, redirect: "manual" });
  const page = new DOMParser().parseFromString(response.ok ? await response.text() : "", "text/html");
  const question = page.querySelector(".cv-confirm");
  if (!question) return false;
  const element = dialog();
  element.append(heading(page.querySelector("h1").textContent), document.adoptNode(question));
  for (const link of element.querySelectorAll(".cv-form-footer a")) link.dataset.action = "close-dialog";
  startContent(element);
  // A list that is searched drops down when it gets the focus, over what is to be read first.
  const title = element.querySelector("h2");
  title.autofocus = element.querySelector("[data-select-url]") !== null;
  openDialog(element);
  return true;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const asks = event.submitter?.matches("[data-dialog]") || form.matches("[data-dialog]");
  if (!asks || form.dataset.asked) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(form, event.submitter)
    .catch(() => false)
    .then((shown) => {
      if (shown) return;
      form.dataset.asked = "1";
      form.requestSubmit(event.submitter);
    });
}, true);

onAction("close-dialog", (element, event) => {
  event.preventDefault();
  element.closest("dialog").close();
});
