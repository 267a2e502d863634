// One listener for all clicks: an element says what it does in data-action, modules say what that is.
const actions = new Map();
const starters = [];

export function onAction(name, run) {
  actions.set(name, run);
}

// Run `start` on the page now, and on every part that is put into it later.
export function onContent(start) {
  starters.push(start);
  start(document);
}

export function startContent(part) {
  for (const start of starters) start(part);
}

document.addEventListener("click", (event) => {
  const element = event.target.closest("[data-action]");
  const run = element && actions.get(element.dataset.action);
  if (run) run(element, event);
});
