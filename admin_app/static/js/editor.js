// Rich text: the textarea stays the field; the editor runs in a sandboxed frame and only tells its HTML.
import { onContent } from "./actions.js";
import { offerImages, offersImages, takePicture } from "./insert_image.js";

const fields = new Map();

function start(textarea) {
  const frame = document.createElement("iframe");
  frame.className = "cv-editor";
  frame.title = textarea.dataset.editorTitle;
  // No allow-same-origin: the editor must not reach the page, its cookies or its token.
  frame.setAttribute("sandbox", "allow-scripts");
  frame.src = textarea.dataset.editor;
  fields.set(frame, textarea);
  textarea.after(frame);
  offerImages(frame, (image) => frame.contentWindow.postMessage({ type: "editor:image", ...image }, "*"));
}

addEventListener("message", (event) => {
  const found = [...fields].find(([frame]) => frame.contentWindow === event.source);
  if (!found || typeof event.data !== "object" || event.data === null) return;
  const [frame, textarea] = found;
  const { type, html, wanted, file } = event.data;
  // The origin of a sandboxed frame cannot be named; what it is sent is only what stands in the form beside it.
  if (type === "editor:ready") {
    const images = offersImages();
    frame.contentWindow.postMessage({ type: "editor:set", html: textarea.value, images }, "*");
  }
  if (type === "editor:shown") textarea.hidden = true;
  if (type === "editor:room") frame.toggleAttribute("data-roomy", wanted === true);
  if (type === "editor:picture") takePicture(frame, file);
  if (type === "editor:change" && typeof html === "string") {
    textarea.value = html;
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
  }
});

// A draft was put back: the frame shows what the field holds now.
document.addEventListener("restored", (event) => {
  for (const [frame, textarea] of fields) {
    if (textarea.form === event.target && textarea.hidden) {
      frame.contentWindow.postMessage({ type: "editor:set", html: textarea.value, images: offersImages() }, "*");
    }
  }
});

onContent((part) => {
  for (const textarea of part.querySelectorAll("textarea[data-editor]")) {
    if (![...fields.values()].includes(textarea)) start(textarea);
  }
});
