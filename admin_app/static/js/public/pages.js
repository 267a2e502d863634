// One section at a time. The browser's own way back and on goes from page to page, and finds each where it was left.

export class Pages {
  constructor(form, aid, kept) {
    this.form = form;
    this.all = [...form.querySelectorAll("section")];
    this.title = document.title.replace(form.dataset.error, "");
    this.scrolls = [];
    this.at = 0;
    document.addEventListener("click", (event) => this.follow(event));
    if (this.all.length < 2) return;
    this.step = aid(".step");
    this.words = this.step.querySelector("p");
    this.bar = this.step.querySelector("progress");
    this.bar.max = this.all.length;
    const go = aid(".go");
    [this.back, this.next] = go.querySelectorAll("button");
    this.last = form.querySelector(".send");
    form.before(this.step);
    this.last.before(go);
    go.append(this.last);
    this.back.addEventListener("click", () => this.goBack());
    addEventListener("popstate", ({ state }) => this.form.isConnected && state?.page !== undefined && this.return(state));
    addEventListener("pagehide", () => this.note());
    history.scrollRestoration = "manual";
    const wrong = document.querySelector(".problems a");
    const first = wrong ? this.pageOf(wrong) : kept ?? history.state?.page ?? 0;
    this.show(Math.min(first, this.all.length - 1));
    if (!wrong) scrollTo(0, history.state?.y ?? 0);
    this.note();
  }

  get page() {
    return this.all[this.at];
  }

  get isLast() {
    return this.at >= this.all.length - 1;
  }

  show(at) {
    this.at = at;
    this.all.forEach((section, index) => (section.hidden = index !== at));
    document.querySelector("main").classList.toggle("later", at > 0);
    const words = this.words.dataset.words.replace(/##?/g, (mark) => (mark === "#" ? at + 1 : this.all.length));
    this.words.textContent = words;
    this.bar.value = at + 1;
    this.back.hidden = at === 0;
    this.next.hidden = this.isLast;
    this.last.hidden = !this.isLast;
    const error = document.querySelector(".problems") ? this.form.dataset.error : "";
    document.title = `${error}${at ? `${words}: ` : ""}${this.title}`;
  }

  // Where the reader is, for a reload.
  note() {
    if (this.form.isConnected) history.replaceState({ ...history.state, page: this.at, y: scrollY }, "");
  }

  go(at) {
    this.note();
    this.scrolls[this.at] = scrollY;
    // In the frame of a preview the way back is the console's.
    const way = this.form.method === "dialog" ? "replaceState" : "pushState";
    history[way]({ page: at, from: way === "pushState" && at === this.at + 1 }, "");
    this.show(at);
    scrollTo(0, 0);
    this.focus();
    this.form.dispatchEvent(new Event("turn"));
  }

  goBack() {
    if (history.state?.from) history.back();
    else this.go(this.at - 1);
  }

  return({ page }) {
    this.scrolls[this.at] = scrollY;
    this.show(Math.min(page, this.all.length - 1));
    this.focus();
    scrollTo(0, this.scrolls[page] ?? 0);
    this.form.dispatchEvent(new Event("turn"));
  }

  focus() {
    const heading = this.page.querySelector("h2") ?? this.words;
    heading.tabIndex = -1;
    if (heading !== this.words) heading.setAttribute("aria-describedby", "step");
    heading.focus({ preventScroll: true });
  }

  pageOf(link) {
    const target = document.getElementById(link.hash.slice(1));
    return Math.max(0, this.all.findIndex((section) => section.contains(target)));
  }

  // A line of the summary leads to its question, on whichever page that is.
  follow(event) {
    const link = event.target.closest?.(".problems a");
    if (!link || !this.form.isConnected) return;
    event.preventDefault();
    const at = this.pageOf(link);
    if (at !== this.at) this.go(at);
    const target = document.getElementById(link.hash.slice(1));
    (target.matches("fieldset") ? target.querySelector("input") : target).focus();
  }
}
