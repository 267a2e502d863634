// Images for the editors of a page. The editor's frame can send nothing anywhere, so the page asks for the picture, uploads
// it and only tells the frame its address.
import { onAction } from "./actions.js";
import { token } from "./token.js";

const frames = new WeakMap();
const offer = () => document.querySelector("template[data-insert-image]");

export const offersImages = () => Boolean(offer());

// Put the button under the editor in `frame`; `insert` is given { src, alt, width, height }.
export function offerImages(frame, insert) {
  if (!offersImages()) return;
  const bar = offer().content.querySelector(".cv-editor-bar").cloneNode(true);
  frame.after(bar);
  frames.set(bar, { frame, insert });
  frames.set(frame, bar);
}

// Ask for the description of a picture that was dropped or pasted into the editor.
export function takePicture(frame, file) {
  if (frames.has(frame) && file instanceof File && !document.querySelector(".cv-image-dialog")) {
    ask(frames.get(frame), file);
  }
}

function complain(field, sentence) {
  const place = field.parentElement.querySelector(".cv-errors");
  const icon = place.querySelector("svg");
  place.hidden = !sentence;
  icon.parentElement.replaceChildren(icon, sentence ?? "");
  field.classList.toggle("is-invalid", Boolean(sentence));
  if (sentence) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  return Boolean(sentence);
}

function check(file, alt) {
  const [chosen] = file.files;
  const large = chosen && chosen.size > Number(offer().dataset.most);
  const wrong = [
    [alt, alt.value.trim() ? null : alt.dataset.missing],
    [file, chosen ? (large ? file.dataset.large : null) : file.dataset.missing],
  ].filter(([field, sentence]) => complain(field, sentence));
  wrong.at(-1)?.[0].focus();
  return wrong.length === 0;
}

async function upload(file, state, signal) {
  const body = new FormData();
  body.set("file", file);
  let response;
  try {
    response = await fetch(offer().dataset.insertImage, {
      method: "POST",
      body,
      headers: { Accept: "application/json", "X-CSRFToken": token() },
      redirect: "manual",
      signal,
    });
  } catch {
    return { problem: state.dataset.failed };
  }
  // A stranger is sent to the login page; without its session the page's token is worth nothing.
  if (response.type === "opaqueredirect" || response.status === 400) return { problem: state.dataset.loggedOut };
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return { image: answer };
  return { problem: answer?.message ?? answer?.error?.message ?? state.dataset.failed };
}

function ask(bar, given) {
  const dialog = offer().content.querySelector("dialog").cloneNode(true);
  const [file, alt] = dialog.querySelectorAll("input");
  const state = dialog.querySelector(".cv-image-state");
  const button = dialog.querySelector("[type=submit]");
  const leaving = new AbortController();
  const { frame, insert } = frames.get(bar);

  if (given) {
    const chosen = new DataTransfer();
    chosen.items.add(given);
    file.files = chosen.files;
  }
  dialog.addEventListener("close", () => {
    leaving.abort();
    dialog.remove();
  });
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled || !check(file, alt)) return;
    button.disabled = true;
    state.textContent = state.dataset.sending;
    const { image, problem } = await upload(file.files[0], state, leaving.signal);
    if (leaving.signal.aborted) return;
    button.disabled = false;
    state.textContent = "";
    if (problem) {
      complain(file, problem);
      file.focus();
      return;
    }
    insert({ src: image.url, alt: alt.value.trim(), width: image.width, height: image.height });
    dialog.close();
    frame.focus();
    const said = bar.querySelector("[data-inserted]");
    said.textContent = said.dataset.inserted;
  });
  document.body.append(dialog);
  dialog.showModal();
  if (given) alt.focus();
}

onAction("insert-image", (button) => {
  const bar = button.closest(".cv-editor-bar");
  bar.querySelector("[data-inserted]").textContent = "";
  ask(bar);
});
