// Copy buttons, where copying works. With `data-each`, what it names is copied line by line.

function textOf(button) {
  const place = document.querySelector(button.dataset.copy);
  const parts = button.dataset.each ? [...place.querySelectorAll(button.dataset.each)] : [place];
  return parts.map((part) => part.textContent.replace(/\s/g, "")).join("\n");
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(textOf(button));
      document.querySelector(button.dataset.said).textContent = button.dataset.done;
    } catch {
      getSelection().selectAllChildren(document.querySelector(button.dataset.copy));
    }
  });
}
