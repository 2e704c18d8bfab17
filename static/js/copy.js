// Copy buttons, where copying works. With `data-each`, what it names is copied line by line.

function textOf({ dataset: { copy, each = "" } }) {
  const parts = [...document.querySelectorAll(`${copy} ${each}`)];
  return parts.map((part) => part.textContent.replace(/\s/g, "")).join("\n");
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(textOf(button));
      document.querySelector(button.dataset.said).textContent = button.dataset.done;
    } catch {
      getSelection().selectAllChildren(document.querySelector(button.dataset.copy));
    }
  });
}
