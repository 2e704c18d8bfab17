// Copy buttons: they appear only where copying works.

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.querySelector(button.dataset.copy).textContent.replace(/\s/g, "");
    try {
      await navigator.clipboard.writeText(text);
      document.querySelector(button.dataset.said).textContent = button.dataset.done;
    } catch {
      getSelection().selectAllChildren(document.querySelector(button.dataset.copy));
    }
  });
}
