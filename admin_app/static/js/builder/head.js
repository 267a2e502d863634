// The line at the top: how saving stands, undo and redo, and what the linter finds.
import { onAction } from "../actions.js";
import * as store from "./store.js";
import * as sender from "./sender.js";
import * as history from "./history.js";
import { el, icon, part, root, words } from "./dom.js";
import { go } from "./paper.js";

const line = document.getElementById("build-status");
const retry = document.querySelector('[data-action="build-retry"]');
const ICONS = { saved: "circle-check", saving: "refresh", refused: "alert-triangle", trouble: "cloud-off" };

function status({ name, sentence, login }) {
  if (line.dataset.state === name && line.dataset.sentence === sentence) return;
  Object.assign(line.dataset, { state: name, sentence });
  const text = name === "trouble" ? words("trouble_status", { why: sentence }) : words(name === "refused" ? "refused_status" : name);
  const parts = [icon(ICONS[name]), el("span", {}, text)];
  if (login) parts.push(el("a", { href: root.dataset.loginUrl, target: "_blank", rel: "noopener" }, words("log_in")));
  line.replaceChildren(...parts);
  retry.hidden = name !== "trouble";
}

function findings() {
  const button = document.getElementById("build-findings-button");
  const list = document.getElementById("build-findings");
  const number = store.findings.length;
  part(button, "count").textContent = number ? words("findings", { number }) : words("no_findings");
  button.classList.toggle("cvb-has-errors", store.findings.some((one) => one.severity === "error"));
  if (!number) {
    list.replaceChildren(el("p", { class: "cvb-ready" }, icon("circle-check"), words("ready")));
    return;
  }
  list.replaceChildren(...store.findings.slice(0, 100).map(entry));
}

function entry(finding) {
  const entity = store.entities.get(finding.uid);
  const where = entity ? entity.values[entity.kind === "question" ? "label" : "title"] || entity.values.key || words("nameless") : words("whole");
  const severity = icon(finding.severity === "error" ? "alert-triangle" : "info-circle", words(finding.severity));
  severity.classList.add(finding.severity === "error" ? "cvb-stops" : "cvb-worth");
  const text = el("span", {}, el("strong", { dir: "auto" }, where), el("small", {}, finding.message));
  const item = el("button", { class: "cv-menu-item", type: "button", "data-action": "build-go", "data-uid": finding.uid }, severity, text);
  item.disabled = !entity;
  return item;
}

onAction("build-go", (button) => {
  document.getElementById("build-findings").hidePopover();
  store.select(button.dataset.uid);
  go(button.dataset.uid, { edit: true });
});
onAction("build-undo", () => history.undo());
onAction("build-redo", () => history.redo());
onAction("build-retry", () => sender.retry());

function steps() {
  document.querySelector('[data-action="build-undo"]').disabled = !history.canUndo();
  document.querySelector('[data-action="build-redo"]').disabled = !history.canRedo();
}

export function start() {
  document.getElementById("build-actions").hidden = false;
  store.on("status", status);
  store.on("findings", findings);
  store.on("history", steps);
  line.dataset.state = "";
  status({ name: "saved", sentence: "", login: false });
  findings();
  steps();
}
