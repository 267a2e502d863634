// Two people changed the same words: both versions stand here until somebody chooses.
import { make, part, words } from "./dom.js";
import * as store from "./store.js";

export function nameOf(entity, field) {
  if (!field.startsWith("settings.")) return words(field === "choices" || field === "rows" ? field : field);
  const name = field.replace("settings.", "");
  const kind = store.typeOf(entity);
  return [...kind.settings, ...kind.messages].find((one) => one.name === name)?.label ?? name;
}

function inWords(value) {
  if (Array.isArray(value)) return value.map((one) => one.label || one.code).join("\n");
  if (typeof value === "boolean") return words(value ? "yes" : "no");
  return value === null || value === undefined || value === "" ? "–" : String(value);
}

export function showClashes(place, entity) {
  const clashes = entity.clashes ?? {};
  place.hidden = !entity.clashes;
  const text = JSON.stringify(clashes);
  if (place.dataset.text === text) return;
  place.dataset.text = text;
  place.replaceChildren(
    ...Object.entries(clashes).map(([field, clash]) => {
      const element = make("clash");
      element.dataset.clash = field;
      part(element, "name").textContent = nameOf(entity, field);
      part(element, "theirs").textContent = inWords(clash.theirs);
      part(element, "mine").textContent = inWords(clash.mine);
      return element;
    }),
  );
}
