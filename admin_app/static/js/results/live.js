// The page follows new replies: it asks now and then whether its numbers are still right, and takes the new ones in.
import { startContent } from "../actions.js";
import { forget } from "./charts.js";

const EVERY = 5000;
const MOST = 60_000;
// Where answers take long the server has much to do, and is asked less often.
const PATIENCE = 20;

const place = document.querySelector("[data-live]");
let wait = EVERY;
let timer;

// Nobody is there to see it: the server shall not take this for somebody at work.
const HEADERS = { "X-Unattended": "1" };

function later() {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(look, wait);
}

async function ask() {
  const etag = `"${place.dataset.state}"`;
  const answer = await fetch(place.dataset.url, { headers: { ...HEADERS, Accept: "application/json", "If-None-Match": etag } });
  if (answer.status === 304) return false;
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return (await answer.json()).state !== place.dataset.state;
}

// A menu that is open, or a field with the focus, would be torn from under somebody's hands.
const isBusy = (results) => results.querySelector(":popover-open") || results.querySelector("input:focus, select:focus");

async function take() {
  const answer = await fetch(location.href, { headers: HEADERS });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [old, fresh] = [document.querySelector("#results"), page.querySelector("#results")];
  if (!fresh || isBusy(old)) return;
  const focus = old.contains(document.activeElement) ? document.activeElement : null;
  const again = focus && (focus.id ? `#${CSS.escape(focus.id)}` : null);
  const top = scrollY;
  forget(old);
  const part = document.adoptNode(fresh);
  old.replaceWith(part);
  startContent(part);
  scrollTo({ top, behavior: "instant" });
  if (again) document.querySelector(again)?.focus();
  place.dataset.state = page.querySelector("[data-live]").dataset.state;
  place.textContent = place.dataset.news;
}

async function look() {
  const began = performance.now();
  try {
    if (await ask()) await take();
    else if (place.dataset.failed) place.textContent = "";
    delete place.dataset.failed;
    wait = Math.min(MOST, Math.max(EVERY, (performance.now() - began) * PATIENCE));
  } catch {
    place.dataset.failed = "1";
    place.textContent = place.dataset.lost;
    wait = Math.min(MOST, wait * 2);
  }
  later();
}

if (place) {
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : look()));
  later();
}
