// What opens over the page: pasting a list, formatted text, the preview, the keys.
import { startContent } from "../actions.js";
import * as store from "./store.js";
import * as changes from "./changes.js";
import * as sender from "./sender.js";
import { make, root, words } from "./dom.js";

function open(name) {
  const dialog = make(name);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export const close = (element) => element.closest("dialog").close();

export const help = () => open("help");

export function paste(entity, list) {
  const dialog = open("paste");
  const text = dialog.querySelector("textarea");
  const fault = dialog.querySelector(".cv-errors");
  text.focus();
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const replace = dialog.querySelector("#paste-replace").checked;
    changes.pasteChoices(entity, list, text.value, replace, {
      done: () => dialog.close(),
      failed: (refusal) => {
        fault.textContent = Object.values(refusal.fields)[0] ?? refusal.message;
      },
    });
  });
}

// The editor runs in its frame, as in every form; nothing is changed before "Done".
export function rich(entity, name) {
  if (!(entity.kind === "survey" ? store.rights.texts : store.rights.edit)) return;
  const dialog = open("rich");
  const text = dialog.querySelector("textarea");
  const title = words(name);
  dialog.querySelector("h2").textContent = title;
  text.setAttribute("aria-label", title);
  Object.assign(text.dataset, { editor: root.dataset.editorUrl, editorTitle: title });
  text.value = entity.values[name] ?? "";
  startContent(dialog);
  dialog.querySelector("form").addEventListener("submit", () => changes.set(entity, name, text.value, { now: true }));
}

export async function preview() {
  const dialog = open("preview");
  await sender.settled();
  dialog.querySelector("iframe").src = root.dataset.previewUrl;
}

export function screen(button) {
  const dialog = button.closest("dialog");
  dialog.classList.toggle("cvb-on-phone", button.dataset.screen === "phone");
  for (const one of button.parentElement.children) one.setAttribute("aria-pressed", String(one === button));
}
