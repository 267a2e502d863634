// Long lists of the public form, searched by the words in them.

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
const tell = (field) => field.dispatchEvent(new Event("change", { bubbles: true }));

// Its own looks, which other forms need not fetch; whoever searches waits for them, or the page would jump.
export function dress() {
  const link = make("link", { rel: "stylesheet", href: new URL("../css/public_search.css", import.meta.url) });
  document.head.append(link);
  return new Promise((dressed) => (link.onload = link.onerror = dressed));
}

function make(tag, attributes = {}, text = "") {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

// The words that say how many of all match; people hear them too.
function counter(field) {
  const status = make("p", { class: "hint", role: "status" });
  const say = (found, all) => {
    const words = field.dataset[found ? "found" : "nothing"];
    status.textContent = words.replace("##", all).replace("#", found);
  };
  return { status, say, hush: () => (status.textContent = "") };
}

// Rows to choose from, of which those stay that have the words, are chosen, or ask for other ones.
export function searchRows(field) {
  const rows = [...field.querySelectorAll("label")].filter((row) => row.querySelector("input[type=radio], input[type=checkbox]"));
  const box = make("input", { type: "search", class: "search", autocomplete: "off", "aria-label": field.dataset.label, placeholder: field.dataset.label });
  const { status, say, hush } = counter(field);
  box.addEventListener("input", () => {
    const words = plain(box.value);
    let found = 0;
    for (const row of rows) {
      const input = row.querySelector("input");
      const fits = plain(row.textContent).includes(words);
      found += fits;
      row.hidden = !fits && !input.checked && input.value !== "__other";
    }
    if (words) say(found, rows.length);
    else hush();
  });
  box.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  rows[0].before(box, status);
}

// A list to open becomes a box to write in (WAI-ARIA: combobox with a list box); the list itself holds the answer.
export function searchList(select) {
  const name = select.id;
  const label = document.querySelector(`label[for="${CSS.escape(name)}"]`);
  const choices = [...select.options].filter((option) => option.value);
  const box = make("input", {
    type: "text", role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false",
    "aria-controls": `${name}-list`, placeholder: select.options[0].text,
  });
  const list = make("ul", { role: "listbox", id: `${name}-list`, class: "list", "aria-label": label.textContent.trim() });
  const items = choices.map((option, index) => make("li", { role: "option", id: `${name}-${index}`, "aria-selected": "false" }, option.text));
  const { status, say, hush } = counter(select);
  let active = -1;

  const shown = () => items.flatMap((item, index) => (item.hidden ? [] : [index]));
  const chosen = () => choices.findIndex((option) => option.selected);
  const open = () => box.getAttribute("aria-expanded") === "true";
  const mark = (index) => {
    items[active]?.classList.remove("active");
    active = index;
    items[active]?.classList.add("active");
    items[active]?.scrollIntoView({ block: "nearest" });
    if (active < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", items[active].id);
  };
  const filter = (words) => {
    items.forEach((item) => (item.hidden = !plain(item.textContent).includes(words)));
    const found = shown().length;
    if (words) say(found, items.length);
    else hush();
    // How many there are can be seen; that there are none stands in the list's place.
    status.classList.toggle("away", found > 0);
  };
  const toggle = (on) => {
    list.hidden = !on;
    box.setAttribute("aria-expanded", String(on));
    if (!on) mark(-1);
  };
  const close = () => {
    toggle(false);
    hush();
    box.value = choices[chosen()]?.text ?? "";
    items.forEach((item, index) => item.setAttribute("aria-selected", String(index === chosen())));
  };
  const choose = (index) => {
    select.value = index < 0 ? "" : choices[index].value;
    close();
    tell(select);
  };
  const show = (words) => {
    filter(words);
    toggle(true);
    list.hidden = !shown().length;
    mark(words ? -1 : chosen());
  };
  const move = (step) => {
    if (!open()) {
      show("");
      if (active >= 0) return;
    }
    const places = shown();
    const place = places.indexOf(active) + (active < 0 && step < 0 ? 0 : step);
    mark(places.at(place % places.length) ?? -1);
  };
  // What was written counts where it can mean one thing only.
  const settle = () => {
    if (!open()) return;
    const words = plain(box.value);
    const exact = items.findIndex((item) => plain(item.textContent) === words);
    if (!words) choose(-1);
    else if (exact >= 0) choose(exact);
    else if (shown().length === 1) choose(shown()[0]);
    else close();
  };

  box.addEventListener("input", () => show(plain(box.value)));
  box.addEventListener("click", () => !open() && show(""));
  box.addEventListener("focus", () => box.select());
  box.addEventListener("blur", settle);
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" && open()) active < 0 ? settle() : choose(active);
    else if (event.key === "Escape" && open()) close();
    else return;
    event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", ({ target }) => target.role === "option" && choose(items.indexOf(target)));
  select.addEventListener("change", () => !open() && close());

  for (const attribute of ["aria-describedby", "aria-invalid"]) {
    if (select.hasAttribute(attribute)) box.setAttribute(attribute, select.getAttribute(attribute));
  }
  if (select.required) box.setAttribute("aria-required", "true");
  select.removeAttribute("id");
  select.required = false;
  select.hidden = true;
  box.id = name;
  list.append(...items);
  const frame = make("div", { class: "combo" });
  frame.append(box, list);
  select.before(frame, status);
  close();
}
