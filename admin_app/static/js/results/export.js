// Ticks all columns, or none, where they are: the links do it by a page of their own, which forgets what else was chosen.

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-tick]");
  const form = link?.closest("[data-export]");
  if (!form) return;
  event.preventDefault();
  for (const box of form.querySelectorAll("input[name=column]")) box.checked = link.dataset.tick === "all";
});
