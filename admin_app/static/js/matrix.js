// Filling a row or a column of the matrix of a role at once. The selects do all of it by themselves, one by one.
import { onAction, onContent } from "./actions.js";

onContent((part) => {
  for (const menu of part.querySelectorAll("[data-fill]")) menu.hidden = false;
});

function selects(menu) {
  if (menu.dataset.fill === "row") return menu.closest("tr").querySelectorAll("select");
  const head = menu.closest("th");
  return [...head.closest("table").tBodies[0].rows].map((row) => row.cells[head.cellIndex].querySelector("select"));
}

// The value itself, else the widest below it that may be given. A cell that knows no such value stays as it is.
function widest(select, value) {
  const options = [...select.options].filter((option) => option.value <= value);
  return options.at(-1).value === value ? options.filter((option) => !option.disabled).at(-1) : null;
}

onAction("fill", (button) => {
  for (const select of selects(button.closest("[data-fill]"))) {
    const option = select.disabled ? null : widest(select, button.dataset.value);
    if (!option || option.selected) continue;
    option.selected = true;
    select.dispatchEvent(new Event("input", { bubbles: true }));
  }
  button.closest("[popover]").hidePopover();
});
