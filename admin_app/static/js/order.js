// Rows that are put into an order by their arrows. Their hidden inputs go with them; the form sends them as they stand.
import { onAction } from "./actions.js";

function move(button, event, up) {
  const row = button.closest("[data-order] > li");
  const other = up ? row.previousElementSibling : row.nextElementSibling;
  event.preventDefault();
  if (!other) return;
  if (up) other.before(row);
  else other.after(row);
  // Taking a row out of the page takes the focus from it.
  button.focus();
  row.querySelector("input").dispatchEvent(new Event("input", { bubbles: true }));
  const rows = [...row.parentElement.children];
  const said = button.form.querySelector("[data-order-said]");
  said.textContent = row.parentElement.dataset.moved
    .replace("#name", row.dataset.name)
    .replace("#number", String(rows.indexOf(row) + 1))
    .replace("#all", String(rows.length));
}

onAction("move-up", (button, event) => move(button, event, true));
onAction("move-down", (button, event) => move(button, event, false));
