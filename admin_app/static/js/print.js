// A button that prints the page. Without a script the browser's own command does.
import { onAction, onContent } from "./actions.js";

onAction("print", () => window.print());

onContent((part) => {
  for (const button of part.querySelectorAll('[data-action="print"][hidden]')) button.hidden = false;
});
