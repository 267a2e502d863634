// Small helpers around the document: templates, icons, and the words, which the page brings along in the reader's language.
export const root = document.getElementById("build");

const read = (id) => JSON.parse(document.getElementById(id).textContent);

export const state = read("build-state");
const texts = read("build-texts");

// A text of the page with {name} filled in; of a pair, the form for the number.
export function words(name, values = {}) {
  const found = texts[name];
  const text = Array.isArray(found) ? found[values.number === 1 ? 0 : 1] : found;
  return text.replace(/\{(\w+)\}/g, (_all, key) => String(values[key] ?? ""));
}

// The one element of a <template>; `part` finds what is marked with data-slot in it.
export function make(id) {
  return document.getElementById(`t-${id}`).content.firstElementChild.cloneNode(true);
}

export function part(element, name) {
  return element.querySelector(`[data-slot="${name}"]`);
}

const SVG = "http://www.w3.org/2000/svg";

export function icon(name, label = "") {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "cv-icon");
  svg.setAttribute("focusable", "false");
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${root.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// Put `nodes` into `parent` in this order, and move only what is not where it belongs.
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  const extra = () => [...parent.children].filter((node) => !wanted.has(node));
  // What goes loses the focus first: leaving a field has consequences of its own, which must not fall into the middle of this.
  if (extra().some((node) => node.contains(document.activeElement))) document.activeElement.blur();
  for (const node of extra()) node.remove();
  const focused = document.activeElement;
  nodes.forEach((node, place) => {
    if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] ?? null);
  });
  // A moved element loses the focus that it had.
  if (focused !== document.activeElement && parent.contains(focused)) focused.focus({ preventScroll: true });
}

// Set what a field shows, and leave it alone where it is right: the caret stays where it was.
export function show(field, value) {
  if (field.value !== value) field.value = value;
}

let theirs = null;

async function publicSheet() {
  const response = await fetch(root.dataset.publicCss);
  return new CSSStyleSheet().replace(await response.text());
}

// Give a tree of its own the respondents' style sheet, and what differs here.
export function dress(shadow, ...more) {
  theirs ??= publicSheet();
  theirs.then((sheet) => shadow.adoptedStyleSheets.push(sheet, ...more)).catch(() => {});
}

let said = "";

// Tell those who do not see the page; the same words twice are told twice.
export function say(text) {
  said = text === said ? `${text}\u00a0` : text;
  document.getElementById("build-said").textContent = said;
}

export const typing = (element) =>
  Boolean(element?.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]"));
