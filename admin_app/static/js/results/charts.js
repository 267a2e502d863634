// Drawing the charts, each when it comes into view.
import { init } from "../../vendor/echarts/echarts.min.js";
import { colours, heightOf, optionsOf } from "./options.js";

// What a card holds on a page of A4 or Letter.
const PAPER = 640;

const drawn = new Map();

export function specOf(card) {
  const text = card.querySelector("[data-spec]")?.textContent;
  return text ? JSON.parse(text) : null;
}

// Before it is drawn it has its height, so that nothing on the page moves when it comes into view.
function measure(place, width = place.clientWidth) {
  const spec = specOf(place.closest("[data-card]"));
  if (!spec || !width) return null;
  const height = heightOf(spec, width);
  place.style.height = `${height}px`;
  return { spec, width, height };
}

function draw(place, paper = false) {
  const measured = paper ? measure(place, PAPER) : measure(place);
  if (!measured) return;
  const { spec, width, height } = measured;
  drawn.get(place)?.dispose();
  const chart = init(place, null, { renderer: "svg", width, height });
  chart.setOption(optionsOf(spec, colours(document.body, paper), width));
  drawn.set(place, chart);
}

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    draw(target);
  }
}, { rootMargin: "400px" });

export function drawWhenSeen(card) {
  const place = card.querySelector("[data-chart]");
  if (!place || place.hidden || drawn.has(place)) return;
  measure(place);
  seen.observe(place);
}

export function forget(part) {
  for (const place of part.querySelectorAll("[data-chart]")) {
    drawn.get(place)?.dispose();
    drawn.delete(place);
  }
}

export function redraw() {
  for (const place of drawn.keys()) if (place.isConnected && !place.hidden) draw(place);
}

let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === width) return;
  width = innerWidth;
  redraw();
});

// On paper nothing scrolls into view, and there is another width, and no darkness.
addEventListener("beforeprint", () => {
  for (const place of document.querySelectorAll("[data-chart]:not([hidden])")) draw(place, true);
});
addEventListener("afterprint", redraw);
