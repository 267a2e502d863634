// One listener for all clicks: an element says what it does in data-action, modules say what that is.
const actions = new Map();

export function onAction(name, run) {
  actions.set(name, run);
}

document.addEventListener("click", (event) => {
  const element = event.target.closest("[data-action]");
  const run = element && actions.get(element.dataset.action);
  if (run) run(element, event);
});
