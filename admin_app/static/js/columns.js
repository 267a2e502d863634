// Columns as wide as one likes: by dragging the edge of a heading, or with the arrow keys on it. The server remembers it.
import { onContent } from "./actions.js";
import { token } from "./token.js";

const NARROWEST = 60;
const WIDEST = 900;
const STEP = 16;

function apply(cell, width) {
  cell.style.width = width ? `${width}px` : "";
  cell.style.minWidth = cell.style.width;
  cell.style.maxWidth = cell.style.width;
  cell.querySelector(".cv-resize")?.setAttribute("aria-valuenow", String(width || Math.round(cell.offsetWidth)));
}

function save(cell, width) {
  const body = new URLSearchParams({ column: cell.dataset.column, width: String(width) });
  const headers = { "X-CSRFToken": token() };
  fetch(cell.closest("[data-width-url]").dataset.widthUrl, { method: "POST", body, headers, keepalive: true });
}

const within = (width) => Math.round(Math.min(Math.max(width, NARROWEST), WIDEST));

function drag(handle, cell, start) {
  const width = cell.offsetWidth;
  // Where one reads from the right, a column grows to the left.
  const way = getComputedStyle(cell).direction === "rtl" ? -1 : 1;
  const wanted = (event) => within(width + way * (event.clientX - start.clientX));
  const move = (event) => apply(cell, wanted(event));
  const stop = (event) => {
    handle.removeEventListener("pointermove", move);
    save(cell, wanted(event));
  };
  handle.setPointerCapture(start.pointerId);
  handle.addEventListener("pointermove", move);
  handle.addEventListener("pointerup", stop, { once: true });
}

function press(event, cell) {
  const grows = getComputedStyle(cell).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  const change = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
  if (event.key !== "Home" && change === undefined) return;
  event.preventDefault();
  const width = event.key === "Home" ? 0 : within(cell.offsetWidth + (event.key === grows ? STEP : -STEP));
  apply(cell, width);
  save(cell, width);
}

function handleOf(cell) {
  const handle = document.createElement("span");
  handle.className = "cv-resize";
  handle.tabIndex = 0;
  const said = { role: "separator", "aria-orientation": "vertical", "aria-label": cell.dataset.resize };
  const range = { "aria-valuemin": NARROWEST, "aria-valuemax": WIDEST, "aria-valuenow": Math.round(cell.offsetWidth) };
  for (const [name, value] of Object.entries({ ...said, ...range })) handle.setAttribute(name, String(value));
  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    drag(handle, cell, event);
  });
  handle.addEventListener("keydown", (event) => press(event, cell));
  handle.addEventListener("dblclick", () => {
    apply(cell, 0);
    save(cell, 0);
  });
  return handle;
}

onContent((part) => {
  for (const cell of part.querySelectorAll("th[data-resize]")) {
    if (cell.querySelector(".cv-resize")) continue;
    cell.append(handleOf(cell));
    if (cell.dataset.width) apply(cell, Number(cell.dataset.width));
  }
});
