// Times as people say them ("3 hours ago"); the exact one stays for hover and focus.
import { onContent } from "./actions.js";

const STEPS = [
  ["year", 31536000],
  ["month", 2592000],
  ["week", 604800],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];
const { lang, dataset } = document.documentElement;
const words = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
// In the reader's time zone as the page has it, which need not be the browser's.
const exact = exactly(dataset.timeZone);

function exactly(timeZone) {
  const style = { dateStyle: "long", timeStyle: "long" };
  try {
    return new Intl.DateTimeFormat(lang, { ...style, timeZone });
  } catch {
    // A zone that this browser does not know yet; UTC it knows, and says so.
    return new Intl.DateTimeFormat(lang, { ...style, timeZone: "UTC" });
  }
}

function relative(seconds) {
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return words.format(unit === "second" ? 0 : Math.trunc(seconds / size), unit);
}

onContent((part) => {
  for (const time of part.querySelectorAll("time[data-relative]")) {
    const when = new Date(time.dateTime);
    if (Number.isNaN(when.valueOf()) || time.title) continue;
    time.title = exact.format(when);
    time.textContent = relative((when - Date.now()) / 1000);
  }
});
