// Sorting, paging, searching and filtering replace the list alone; the old rows stay, dimmed, until the new ones are here.
import { startContent } from "./actions.js";
import { keepFocus } from "./focus.js";
import { token } from "./token.js";

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token();
});

// An answer without a list is another page (the session ended, the address was refused): go there as a whole.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  if (target.id !== "list" || (xhr.status < 400 && xhr.responseText.includes('id="list"'))) return;
  event.detail.shouldSwap = false;
  location.assign(xhr.responseURL || location.href);
});

document.addEventListener("htmx:afterSwap", (event) => startContent(event.detail.elt));

// What had the focus may be gone with the old rows: a chip, a page. htmx gives it back to what has the same id.
document.addEventListener("htmx:afterSettle", () => keepFocus(document.querySelector("#list") ?? undefined));
