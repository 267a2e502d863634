// Sending once: the form's key names the reply, so the same form may be sent until the server has answered.

const PATIENCE = 60_000;
const WAITS = [3_000, 5_000, 10_000, 20_000, 30_000];

export class Sending {
  constructor(form, aid, draft, restart) {
    Object.assign(this, { form, aid, draft, restart, busy: false, tries: 0 });
  }

  // What a draft holds that was on its way, else what the form holds now.
  send(kept) {
    if (this.busy) return;
    this.busy = this.draft.busy = true;
    this.body = new URLSearchParams(kept ? [...kept.fields, ["submission_key", kept.key]] : new FormData(this.form));
    if (!kept) this.draft.save({ sending: true });
    clearTimeout(this.draft.timer);
    this.form.inert = true;
    this.box = this.aid(".sending");
    this.box.querySelector("button").addEventListener("click", () => this.deliver());
    this.form.after(this.box);
    this.say("now");
    this.deliver();
  }

  say(which) {
    const words = this.box.querySelector("p");
    words.textContent = this.box.dataset[which];
    this.box.querySelector("button").hidden = which === "now";
    this.box.classList.toggle("note", which !== "now");
    if (which !== "now") this.box.scrollIntoView({ block: "nearest" });
  }

  async deliver() {
    clearTimeout(this.timer);
    if (this.asking) return;
    this.asking = true;
    const answer = await this.ask();
    this.asking = false;
    if (answer) this.take(answer);
    else this.wait();
  }

  // Nothing when there is no connection, or nobody at its other end.
  async ask() {
    try {
      const answer = await fetch(this.form.action, {
        method: "POST",
        body: this.body,
        headers: { "X-Requested-With": "fetch" },
        signal: AbortSignal.timeout(PATIENCE),
      });
      const gone = [502, 503, 504].includes(answer.status);
      return gone ? null : { status: answer.status, place: answer.headers.get("Location"), text: await answer.text() };
    } catch {
      return null;
    }
  }

  wait() {
    this.say("wait");
    this.timer = setTimeout(() => this.deliver(), WAITS[Math.min(this.tries++, WAITS.length - 1)]);
    addEventListener("online", () => this.deliver(), { once: true });
  }

  take({ status, place, text }) {
    if (status === 201) {
      this.draft.forget();
      history.replaceState({ sent: place }, "");
      location.assign(place);
      return;
    }
    this.busy = this.draft.busy = this.form.inert = false;
    // Not on its way any more: a reload is to show it, not to send it again.
    this.draft.save();
    const page = new DOMParser().parseFromString(text, "text/html");
    const main = page.querySelector("main:not(.error-page)");
    if (!main) {
      this.say("failed");
      this.box.querySelector("button").hidden = true;
      return;
    }
    document.title = page.title;
    document.querySelector("main").replaceWith(document.adoptNode(main));
    scrollTo(0, 0);
    this.restart();
    const first = main.querySelector(".problems, h1");
    first.tabIndex = -1;
    first.focus();
  }
}

// Come back to from the thanks: what was sent from here is stored, and is not for the next one's eyes.
export function showSent(form, aid) {
  const place = history.state?.sent;
  if (!place) return false;
  const note = aid(".sent");
  const [receipt, anew] = note.querySelectorAll("a");
  receipt.href = place;
  anew.addEventListener("click", () => history.replaceState(null, ""));
  document.querySelector("main").classList.add("later");
  form.replaceWith(note);
  return true;
}
