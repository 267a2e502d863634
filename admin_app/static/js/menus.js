// Popovers open by themselves; this only places them beside the button that opened them.
const GAP = 4;
const EDGE = 8;

function place(menu) {
  const button = document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
  if (!button) return;
  const at = button.getBoundingClientRect();
  const own = menu.getBoundingClientRect();
  const end = (menu.dataset.align === "end") !== (document.documentElement.dir === "rtl");
  const left = end ? at.right - own.width : at.left;
  const below = at.bottom + GAP;
  const fits = below + own.height <= innerHeight - EDGE || at.top < own.height;
  menu.style.insetInlineEnd = "auto";
  menu.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - own.width - EDGE))}px`;
  menu.style.top = `${fits ? below : at.top - own.height - GAP}px`;
}

document.addEventListener(
  "toggle",
  (event) => {
    if (!event.target.matches?.(".cv-menu")) return;
    if (event.newState === "open") place(event.target);
  },
  true,
);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".cv-menu");
  if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key) || event.target.matches("input, select")) return;
  const items = [...menu.querySelectorAll("a, button, summary")].filter((item) => item.checkVisibility());
  const step = event.key === "ArrowDown" ? 1 : -1;
  items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
  event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && location.hash === "#sidebar") location.hash = "#content";
});
