// What was typed is kept in this browser until it is sent: of an anonymous survey in this tab alone, for others may use
// the device; else for as long as the form's key is good.

const WEEK = 7 * 24 * 3600 * 1000;
const NOT_KEPT = ["submission_key", "canvass__website"];

export class Draft {
  constructor(form, aid) {
    this.form = form;
    this.aid = aid;
    this.key = form.elements.submission_key;
    // survey.version.time.random.signature
    this.version = this.key.value.split(".")[1];
    this.name = `canvass:${form.dataset.survey}`;
    this.empty = JSON.stringify(this.fields());
  }

  get store() {
    return this.form.dataset.keep === "tab" ? sessionStorage : localStorage;
  }

  fields() {
    return [...new FormData(this.form)].filter(([name]) => !NOT_KEPT.includes(name));
  }

  read() {
    try {
      const kept = JSON.parse(this.store.getItem(this.name));
      return kept && Date.now() - kept.time < WEEK ? kept : null;
    } catch {
      return null;
    }
  }

  // A browser may allow no storage, or have none left; then the line that promises it is not shown.
  save(more = {}) {
    const fields = this.fields();
    if (!this.form.isConnected || (!this.line && JSON.stringify(fields) === this.empty)) return;
    const { version } = this;
    const kept = { version, key: this.key.value, page: this.page?.() ?? 0, time: Date.now(), fields, ...more };
    try {
      this.store.setItem(this.name, JSON.stringify(kept));
      this.show();
    } catch {
      this.line?.remove();
    }
  }

  forget() {
    clearTimeout(this.timer);
    this.page = null;
    this.done = true;
    try {
      this.store.removeItem(this.name);
    } catch {
      // There was none.
    }
  }

  // Fill the form in as it was left. The key comes along, so that what may have been sent already is stored once; a form of
  // another version has a key of its own, and takes the answers that it still asks for.
  restore() {
    const kept = this.form.method === "post" ? this.read() : null;
    if (!kept) return null;
    const values = Map.groupBy?.(kept.fields, ([name]) => name) ?? group(kept.fields);
    for (const field of this.form.elements) {
      if (!field.name || field.type === "hidden" || NOT_KEPT.includes(field.name)) continue;
      const given = values.get(field.name) ?? [];
      if (field.type === "radio" || field.type === "checkbox") field.checked = given.some(([, one]) => one === field.value);
      else field.value = given.shift()?.[1] ?? "";
    }
    if (kept.version === this.version) this.key.value = kept.key;
    else if (!kept.sending) kept.page = 0;
    this.show(true);
    return kept;
  }

  show(restored = false) {
    if (this.line) return;
    this.line = this.aid(restored ? ".back" : ".kept");
    this.line.querySelector("button").addEventListener("click", () => this.clear());
    if (restored) this.form.before(this.line);
    else this.form.append(this.line);
  }

  // A new form has a new key: what the next one writes here is a reply of its own.
  clear() {
    if (!confirm(this.line.dataset.sure)) return;
    this.forget();
    this.form.reset();
    history.replaceState(null, "");
    location.reload();
  }

  watch(page) {
    if (this.form.method !== "post") return;
    this.page = page;
    const later = () => {
      clearTimeout(this.timer);
      if (!this.done) this.timer = setTimeout(() => this.save(), 300);
    };
    for (const name of ["input", "change", "turn"]) this.form.addEventListener(name, later);
    addEventListener("pagehide", () => !this.done && !this.busy && this.save());
  }
}

function group(pairs) {
  const found = new Map();
  for (const pair of pairs) found.set(pair[0], [...(found.get(pair[0]) ?? []), pair]);
  return found;
}
