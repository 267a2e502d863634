// What can be said of a page before it is left. The sentences are the server's, which checks everything once more.

const GROUPS = ".q, .row, .other";

const controlsOf = (group) =>
  [...group.querySelectorAll("input, select, textarea")].filter(
    (one) => one.name && !["hidden", "range"].includes(one.type) && one.closest(GROUPS) === group,
  );
const isTicked = (one) => one.type === "radio" || one.type === "checkbox";
const isGiven = (one) => (isTicked(one) ? one.checked : one.value.trim() || one.validity.badInput);

function faultOfText(field, says) {
  const { validity, value } = field;
  const number = Number(value.trim().replace(",", "."));
  if (validity.badInput || (field.type === "email" && !/.@.+\../.test(value))) return says.bad;
  if (says.number && (Number.isNaN(number) || (says.number === "whole" && !Number.isInteger(number)))) return says.bad;
  if (validity.rangeUnderflow || (says.number && number < Number(says.least))) return says.low;
  if (validity.rangeOverflow || (says.number && number > Number(says.most))) return says.high;
  if (!says.number && says.most && [...value].length > says.most) return says.wrong;
}

// Choices beyond what is asked for; one that stands alone says all there is to say.
function faultOfChoices(fields, says, other) {
  const ticked = fields.filter((one) => one.checked);
  const number = ticked.filter((one) => one.value !== "__other").length + (other ? 1 : 0);
  if (ticked.some((one) => "alone" in one.dataset)) return;
  if (number < says.least || number > says.most) return says.wrong;
}

function faultOf(group, words) {
  const says = group.dataset;
  const fields = controlsOf(group);
  if (!fields.length) return;
  if (group.matches(".other")) {
    const chosen = group.closest(".q").querySelector("[value=__other]:checked");
    return chosen && !fields[0].value.trim() ? words.other : undefined;
  }
  const other = group.querySelector(".other input")?.value.trim();
  if (!fields.some(isGiven)) return "missing" in says && !other ? says.missing || words.missing : undefined;
  return fields[0].type === "checkbox" ? faultOfChoices(fields, says, other) : faultOfText(fields[0], says);
}

const holderOf = (group) => (group.matches("fieldset") ? group : controlsOf(group)[0]);

function clear(group) {
  for (const error of group.querySelectorAll(":scope > .error")) error.remove();
  group.classList.remove("bad");
  for (const one of [group, ...controlsOf(group)]) one.removeAttribute("aria-invalid");
}

function tell(group, sentence, aid) {
  const name = controlsOf(group)[0].name;
  const error = aid(".error");
  error.id = `e-${name}`;
  error.append(sentence);
  const words = [...group.querySelectorAll(":scope > :is(.ask, legend, label, .rich, .hint)")];
  const before = group.matches("fieldset") ? words.filter((one) => one.tagName !== "LABEL") : words;
  before.at(-1).after(error);
  group.classList.add("bad");
  const holder = holderOf(group);
  const described = new Set((holder.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean)).add(error.id);
  holder.setAttribute("aria-describedby", [...described].join(" "));
  if (!group.matches("fieldset") || group.matches("[role=radiogroup]")) holder.setAttribute("aria-invalid", "true");
}

// One line of the summary for each, as the server writes it.
function summary(faults, aid) {
  const box = aid(".problems");
  const list = box.querySelector("ul");
  const line = list.firstElementChild;
  for (const { group, sentence } of faults) {
    const item = line.cloneNode(true);
    const link = item.firstElementChild;
    const ask = group.closest(".q, .row").querySelector("legend, .ask").firstChild.textContent.trim();
    link.setAttribute("href", `#${group.querySelector('[id^="f-"]').id}`);
    link.textContent = link.textContent.replace(/##?/g, (mark) => (mark === "#" ? ask : sentence));
    list.append(item);
  }
  line.remove();
  return box;
}

// What the server said of this page's questions is seen to; what it said of others is still to be read.
function settle(page, old) {
  for (const item of old?.querySelectorAll("li") ?? []) {
    const link = item.querySelector("a");
    if (!link || page.contains(document.getElementById(link.hash.slice(1)))) item.remove();
  }
  if (old && !old.querySelector("li")) old.remove();
}

// Whether the page may be left; else each fault is said at its question and on top, where the focus goes.
export function checkPage(page, aid, words) {
  const groups = [...page.querySelectorAll(GROUPS)];
  const faults = groups.flatMap((group) => {
    const sentence = faultOf(group, words);
    clear(group);
    return sentence ? [{ group, sentence }] : [];
  });
  const main = document.querySelector("main");
  const old = main.querySelector(".problems");
  settle(page, old);
  if (!faults.length) {
    if (!old?.isConnected) document.title = document.title.replace(words.error, "");
    return true;
  }
  for (const { group, sentence } of faults) tell(group, sentence, aid);
  old?.remove();
  const box = summary(faults, aid);
  main.prepend(box);
  if (!document.title.startsWith(words.error)) document.title = words.error + document.title;
  scrollTo(0, 0);
  box.focus();
  return false;
}
