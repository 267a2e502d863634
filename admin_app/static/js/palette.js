// The search over everything, as a dialog over any page (WAI-ARIA: combobox with a list box). What is found, and for
// whom, is the server's; the button that opens it is a link to the same as a page.
import { onAction } from "./actions.js";
import { openDialog } from "./dialogs.js";

const WAIT = 120;
const template = document.querySelector("#palette-dialog");

function options(list) {
  return [...list.querySelectorAll('[role="option"]')];
}

function build() {
  const dialog = template.content.firstElementChild.cloneNode(true);
  const input = dialog.querySelector("input");
  const list = dialog.querySelector('[role="listbox"]');
  const status = dialog.querySelector('[role="status"]');
  let timer;
  let asked;

  const mark = (option) => {
    list.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  };
  const say = (count) => {
    const { one, many, none } = status.dataset;
    status.textContent = count === 0 ? none : count === 1 ? one : many.replace("#", String(count));
  };
  const search = async () => {
    asked?.abort();
    asked = new AbortController();
    const url = `${dialog.dataset.url}?q=${encodeURIComponent(input.value.trim())}`;
    try {
      const response = await fetch(url, { signal: asked.signal, redirect: "manual" });
      // The session is over: the page itself says so, and leads back here.
      if (response.type === "opaqueredirect") return location.reload();
      if (!response.ok) throw new Error(String(response.status));
      list.innerHTML = await response.text();
      const found = options(list);
      input.setAttribute("aria-expanded", String(found.length > 0));
      list.scrollTop = 0;
      mark(found[0]);
      say(found.length);
    } catch (error) {
      if (error.name !== "AbortError") status.textContent = status.dataset.failed;
    }
  };
  const move = (step) => {
    const all = options(list);
    const at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
    mark(all.at((at + step) % all.length));
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter" && !event.isComposing) {
      list.querySelector('[aria-selected="true"]')?.dispatchEvent(
        new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey: event.ctrlKey, metaKey: event.metaKey }),
      );
    } else return;
    event.preventDefault();
  });
  // The focus stays in the field; what lies under the pointer is what Enter would take.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("pointermove", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option && option.getAttribute("aria-selected") !== "true") mark(option);
  });
  list.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-choose-theme]");
    if (!choice) return;
    dialog.close();
    document.querySelector(`[data-action="theme"][data-theme="${choice.dataset.chooseTheme}"]`)?.click();
  });
  dialog.addEventListener("close", () => {
    clearTimeout(timer);
    asked?.abort();
  });
  return { dialog, input, search };
}

function open() {
  if (!template || document.querySelector("dialog[open]")) return;
  const { dialog, input, search } = build();
  openDialog(dialog);
  input.focus();
  search();
}

onAction("palette", (link, event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open();
});

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || event.altKey || event.shiftKey || event.ctrlKey === event.metaKey) return;
  if (!template) return;
  event.preventDefault();
  const shown = document.querySelector("dialog.cv-palette[open]");
  if (shown) shown.close();
  else open();
});

// On a Mac the key has another name.
if (/Mac|iPhone|iPad/.test(navigator.platform)) {
  for (const key of document.querySelectorAll(".cv-search-open kbd")) key.textContent = "⌘ K";
  for (const link of document.querySelectorAll(".cv-search-open")) link.setAttribute("aria-keyshortcuts", "Meta+K");
}
