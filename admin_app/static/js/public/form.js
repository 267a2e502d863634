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
  const draft = new Draft(form, aid);
  if (showSent(draft, aid)) return;
  const corrected = document.querySelector(".problems");
  const kept = corrected ? null : draft.restore();
  enhance(form);
  const pages = new Pages(form, aid, corrected ? null : kept?.page);
  const sending = new Sending(form, aid, draft, start);
  draft.watch(() => pages.at);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!checkPage(pages.page, aid, form.dataset)) return;
    if (pages.isLast) sending.send();
    else pages.go(pages.at + 1);
  });
  if (kept?.sending) sending.send(kept);
}

// Come back to with all that it held: what was sent from it is stored.
window.addEventListener("pageshow", (event) => event.persisted && history.state?.sent && location.reload());
start();
