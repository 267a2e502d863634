// Good news becomes a toast that leaves by itself, but waits while somebody reads it. Bad news stays where it is.
import { onAction, onContent } from "./actions.js";
import { keepFocus } from "./focus.js";

const SHOWN = 6000;

function tray() {
  let found = document.querySelector(".cv-toasts");
  if (!found) {
    found = document.createElement("div");
    found.className = "cv-toasts";
    found.setAttribute("role", "status");
    document.body.append(found);
  }
  return found;
}

function expire(toast) {
  let timer;
  const wait = () => {
    timer = setTimeout(() => toast.remove(), SHOWN);
  };
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, () => clearTimeout(timer));
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, wait);
  wait();
}

onContent((part) => {
  for (const message of part.querySelectorAll("[data-message]")) {
    message.querySelector('[data-action="dismiss"]').hidden = false;
    const { message: tone } = message.dataset;
    if (!document.body.classList.contains("cv-console") || tone === "danger" || tone === "warning") continue;
    message.removeAttribute("role");
    message.removeAttribute("data-message");
    tray().append(message);
    // What offers something waits until it was taken or put away.
    if (!message.querySelector("form")) expire(message);
  }
  const holder = document.querySelector("#messages");
  if (holder && !holder.querySelector(".cv-alert")) holder.replaceChildren();
});

onAction("dismiss", (button) => {
  button.closest(".cv-alert").remove();
  keepFocus();
});
