// The form as respondents get it, for staff who try it out: paged and checked, but nothing is kept in the browser.
import { enhance } from "./fields.js";
import { checkPage } from "./public/checks.js";
import { Pages } from "./public/pages.js";

const form = document.querySelector("form[data-trial]");
const aid = (name) => document.querySelector("#aids").content.querySelector(name).cloneNode(true);
enhance(form);
const pages = new Pages(form, aid, null);
form.addEventListener("submit", (event) => {
  const sound = !pages.page || checkPage(pages.page, aid, form.dataset);
  if (sound && pages.isLast) return;
  event.preventDefault();
  if (sound) pages.go(pages.at + 1);
});
