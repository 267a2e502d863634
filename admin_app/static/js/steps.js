// Links that a key stands for, such as the arrows to the record before and after; not while somebody types or chooses.
const TYPING = 'input, textarea, select, [contenteditable], [role="tab"], dialog[open] *, [tabindex="0"]';

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.target.closest(TYPING) || document.querySelector("dialog[open], :popover-open")) return;
  const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
});
