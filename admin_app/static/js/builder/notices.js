// Short messages at the edge of the page, some with a way back. They leave by themselves, but wait while somebody reads them.
import { onAction } from "../actions.js";
import * as store from "./store.js";
import * as history from "./history.js";
import { icon, make, part } from "./dom.js";

const SHOWN = 8000;
const ICONS = { success: "circle-check", warning: "alert-triangle", danger: "alert-circle" };
const steps = new WeakMap();

function tray() {
  let found = document.querySelector(".cv-toasts");
  if (!found) {
    found = document.createElement("div");
    found.className = "cv-toasts";
    document.body.append(found);
  }
  return found;
}

store.on("notice", ({ sentence, tone = "success", step = null }) => {
  const notice = make("notice");
  notice.classList.add(`cv-alert-${tone}`);
  if (tone === "danger") notice.setAttribute("role", "alert");
  part(notice, "icon").replaceWith(icon(ICONS[tone]));
  part(notice, "undo").hidden = !step;
  if (step) steps.set(notice, step);
  tray().append(notice);
  // After it is there, so that it is read out.
  part(notice, "sentence").textContent = sentence;
  let timer = 0;
  const leave = () => {
    timer = setTimeout(() => notice.remove(), SHOWN);
  };
  for (const name of ["pointerenter", "focusin"]) notice.addEventListener(name, () => clearTimeout(timer));
  for (const name of ["pointerleave", "focusout"]) notice.addEventListener(name, leave);
  if (tone !== "danger") leave();
  while (tray().children.length > 3) tray().firstElementChild.remove();
});

onAction("build-notice-undo", (button) => {
  const notice = button.closest(".cv-alert");
  history.undoStep(steps.get(notice));
  notice.remove();
});
