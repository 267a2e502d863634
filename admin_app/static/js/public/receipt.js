// Copying a text of the page. Where it is not served over TLS a script has no clipboard; there the text is selected, and the
// browser copies what is selected.

function copySelected(element) {
  getSelection().selectAllChildren(element);
  return document.execCommand("copy");
}

async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.value ?? element.textContent);
    return true;
  } catch {
    return element.select ? (element.select(), document.execCommand("copy")) : copySelected(element);
  }
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const said = button.parentElement.querySelector("[role=status]");
    if (!(await copy(document.querySelector(button.dataset.copy)))) return;
    said.textContent = button.dataset.done;
    setTimeout(() => (said.textContent = ""), 4000);
  });
}
