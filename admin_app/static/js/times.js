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
const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat(document.documentElement.lang || "en", { dateStyle: "long", timeStyle: "long" });

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
