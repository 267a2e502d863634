// What the fields of the public form can do beyond plain HTML. Each of them works without this script too.

const tell = (field) => field.dispatchEvent(new Event("change", { bubbles: true }));

// A slider and the box beside it say the same. One step before the least the slider says nothing.
function linkSlider(field) {
  const [range, box] = field.querySelectorAll("input");
  const least = Number(range.min) + Number(range.step);
  const unit = field.querySelector(".unit")?.textContent ?? "";
  const show = () => {
    const unset = Number(range.value) < least - Number(range.step) / 2;
    field.classList.toggle("unset", unset);
    range.setAttribute("aria-valuetext", unset ? field.dataset.none : `${range.value} ${unit}`.trim());
    return unset;
  };
  const follow = () => {
    const typed = box.value.trim().replace(",", ".");
    if (!typed) range.value = range.min;
    else if (Number(typed) >= least) range.value = typed;
    show();
  };
  const slide = () => (box.value = show() ? "" : range.value);
  range.addEventListener("input", slide);
  box.addEventListener("input", follow);
  // Also when somebody else has filled in both.
  const agree = () => (box.value ? follow() : slide());
  field.addEventListener("change", agree);
  agree();
}

// What must stand alone does, and what stands beside it is put back when it goes.
function keepAlone(group) {
  const boxes = [...group.querySelectorAll("input[type=checkbox]")];
  const words = group.querySelector(".other input");
  const free = () => words && (words.disabled = boxes.some((box) => box.checked && "alone" in box.dataset));
  group.addEventListener("change", ({ target }) => {
    if (target.type === "checkbox" && target.checked) {
      const alone = "alone" in target.dataset;
      for (const box of boxes) if (box !== target && (alone || "alone" in box.dataset)) box.checked = false;
    }
    free();
  });
  free();
}

// Whoever writes what "other" is has chosen it.
function chooseOther(words) {
  const question = words.closest(".q");
  const option = question.querySelector("input[value=__other]");
  const select = question.querySelector("select");
  words.addEventListener("input", () => {
    if (!words.value.trim()) return;
    if (select) select.value = "__other";
    else if (option.checked) return;
    else option.checked = true;
    tell(select ?? option);
  });
}

// A radio button cannot be let go of by itself.
function offerToClear(group) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "clear", textContent: group.dataset.clear });
  const radios = [...group.querySelectorAll("input[type=radio]")];
  const show = () => (button.hidden = !radios.some((radio) => radio.checked));
  button.addEventListener("click", () => {
    for (const radio of radios) radio.checked = false;
    radios[0].focus();
    tell(radios[0]);
  });
  group.addEventListener("change", show);
  group.append(button);
  show();
}

// What is on the page already is filled in: as it is there, so the fields show it.
export async function enhance(form) {
  const each = (selector, improve) => form.querySelectorAll(selector).forEach(improve);
  each("[data-slider]", linkSlider);
  each("fieldset:has([data-alone])", keepAlone);
  each(".other input", chooseOther);
  each("[data-clear]", offerToClear);
  // Few forms have a list that is long enough to be searched.
  if (form.querySelector("[data-search]")) {
    const { dress, searchList, searchRows } = await import("./field_search.js");
    await dress();
    each("[data-search=rows]", searchRows);
    each("select[data-search=list]", searchList);
  }
}
