// The public form with a script: a page for each section, answers that are kept until they are sent, and a sending that
// waits for the connection. Without it the form is one document with one button, and the server does the rest.
import { enhance } from "../fields.js";
import { checkPage } from "./checks.js";
import { Draft } from "./drafts.js";
import { Pages } from "./pages.js";
import { Sending, showSent } from "./sending.js";

function start() {
  const form = document.querySelector("form[data-survey]");
  if (!form) {
    // The answer to a sending that came too late: its answers are there to be copied.
    import("./receipt.js");
    return;
  }
  const aid = (name) => document.querySelector("#aids").content.querySelector(name).cloneNode(true);
  if (showSent(form, aid)) return;
  const draft = new Draft(form, aid);
  const corrected = document.querySelector(".problems");
  const kept = corrected ? null : draft.restore();
  enhance(form);
  const pages = new Pages(form, aid, corrected ? null : kept?.page);
  const sending = new Sending(form, aid, draft, start);
  draft.watch(() => pages.at);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!checkPage(pages.page, aid, form.dataset)) return;
    if (!pages.isLast) pages.go(pages.at + 1);
    else if (form.method === "post") sending.send();
  });
  if (kept?.sending) sending.send(kept);
}

// A page that the browser had kept as it was when it was left.
addEventListener("pageshow", ({ persisted }) => persisted && history.state?.sent && start());
start();
