// Type-ahead for selects that are long or take several values; all others stay the browser's own.
import { onContent } from "./actions.js";
import { create } from "./creating.js";

async function find(address, query) {
  const url = new URL(address, location.origin);
  url.searchParams.set("query", query);
  url.searchParams.set("limit", "20");
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  if (!response.ok) return [];
  const pairs = await response.json();
  return pairs.map(([value, text]) => ({ value: String(value), text }));
}

function nothing(text) {
  const element = document.createElement("div");
  element.className = "no-results";
  element.textContent = text;
  return element;
}

function made(text) {
  const element = document.createElement("div");
  element.className = "create";
  element.textContent = text;
  return element;
}

function start(select) {
  const address = select.dataset.selectUrl;
  const words = document.getElementById("select-words").dataset;
  // The label moves to the box that takes the typing; the hidden select must neither be read as a nameless one nor get
  // the focus when a dialog opens.
  select.setAttribute("aria-hidden", "true");
  select.inert = true;
  // What the server found for which words: it looks into more than the words that stand in the list.
  let found = { query: "", values: new Set() };
  new window.TomSelect(select, {
    plugins: select.multiple ? { remove_button: { title: words.remove } } : {},
    render: {
      no_results: () => nothing(words.nothing),
      option_create: ({ input }) => made(words.create.replace("{text}", input)),
    },
    create: select.dataset.createUrl ? (input, done) => create(select, input, done) : false,
    createOnBlur: false,
    maxOptions: 1000,
    // Where choosing nothing is a choice with words of its own.
    allowEmptyOption: "selectEmpty" in select.dataset,
    hidePlaceholder: true,
    copyClassesToDropdown: false,
    ...(address && {
      load: (query, done) =>
        find(address, query).then(
          (options) => {
            found = { query, values: new Set(options.map((option) => option.value)) };
            done(options);
          },
          () => done(),
        ),
      shouldLoad: (query) => query.length > 0,
      score(query) {
        const usual = this.getScoreFunction(query);
        return (option) => (found.query === query && found.values.has(option.value) ? 1 : usual(option));
      },
    }),
  });
}

onContent((part) => {
  if (!window.TomSelect) return;
  for (const select of part.querySelectorAll("select[data-select], select[data-select-url]")) {
    if (!select.tomselect) start(select);
  }
});
