// Copying a text from the page. Where it is not served over TLS the browser has no clipboard for scripts; there the text is
// copied out of a field, the way of old.
import { onAction, onContent } from "./actions.js";

const SAID = 2000;

function copyFromField(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyFromField(text);
  }
}

// On the button for the eye, beside it for screen readers: what is in a button is its name, not news.
function say(button) {
  const label = button.querySelector("[data-label]");
  const said = button.parentElement.querySelector("[data-copy-said]");
  button.dataset.copied = "1";
  if (label) {
    label.dataset.label ||= label.textContent;
    label.textContent = button.dataset.done;
  }
  if (said) said.textContent = button.dataset.done;
  setTimeout(() => {
    delete button.dataset.copied;
    if (label) label.textContent = label.dataset.label;
    if (said) said.textContent = "";
  }, SAID);
}

onAction("copy", async (button) => {
  const done = await copy(button.dataset.copy);
  button.focus();
  if (done) say(button);
});

// A field that is there to be copied from.
document.addEventListener("focusin", (event) => {
  if (event.target.matches("input[data-select]")) event.target.select();
});

// Without a script the button could do nothing.
onContent((part) => {
  for (const button of part.querySelectorAll('[data-action="copy"][hidden]')) button.hidden = false;
});
