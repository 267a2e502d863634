// Single keys, for those who want them: they can be switched off, and do nothing while somebody types or answers.
import { onAction } from "./actions.js";
import { openDialog } from "./dialogs.js";

// So long a "g" waits for its letter.
const PATIENCE = 1500;
const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";
const off = document.querySelector('meta[name="shortcuts"]')?.content === "off";
let going = 0;

// Lists
const rows = () => [...document.querySelectorAll("#list tbody tr")];
const here = () => document.activeElement?.closest?.("#list tbody tr");

// The focus goes to the row's own link, so that Enter opens it and a screen reader says which row it is.
function stand(row) {
  if (!row) return;
  const place = row.querySelector('th[scope="row"] a') ?? row.querySelector('th[scope="row"], td');
  if (!place.matches("a")) place.tabIndex = -1;
  place.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = rows();
  const at = all.indexOf(here());
  stand(at < 0 ? all.at(by > 0 ? 0 : -1) : all[at + by]);
}

function select() {
  here()?.querySelector('input[name="rowid"]')?.click();
}

function edit() {
  const row = here();
  const way = row?.querySelector("[data-row-edit]") ?? row?.querySelector("[data-cell-edit]");
  way?.focus();
  way?.click();
}

function search() {
  const field = document.querySelector('[data-shortcut="/"]');
  field?.focus();
  field?.select();
  return Boolean(field);
}

// The list of them
async function show() {
  const template = document.querySelector("#shortcuts-dialog");
  const dialog = template?.content.firstElementChild.cloneNode(true);
  if (!dialog) return;
  const response = await fetch(dialog.dataset.url, { redirect: "manual" });
  const page = new DOMParser().parseFromString(response.ok ? await response.text() : "", "text/html");
  const content = page.querySelector("[data-shortcuts]");
  if (!content) location.assign(dialog.dataset.url);
  else if (!document.querySelector("dialog[open]")) {
    dialog.append(document.adoptNode(content));
    openDialog(dialog);
  }
}

onAction("shortcuts", (link, event) => {
  event.preventDefault();
  show();
});

const KEYS = { "?": show, j: () => step(1), k: () => step(-1), x: select, e: edit };

document.addEventListener("keydown", (event) => {
  if (off || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest?.(TYPING) || document.querySelector("dialog[open], [popover]:popover-open")) return;
  const { key } = event;
  if (going && Date.now() - going < PATIENCE) {
    going = 0;
    const link = document.querySelector(`a[data-goto="${CSS.escape(key)}"]`);
    if (!link) return;
    event.preventDefault();
    return link.click();
  }
  going = key === "g" ? Date.now() : 0;
  if (key === "/") {
    if (search()) event.preventDefault();
  } else if (Object.hasOwn(KEYS, key)) {
    event.preventDefault();
    KEYS[key]();
  }
});
