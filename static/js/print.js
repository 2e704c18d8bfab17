// Print buttons: they appear only where there is something to print with.

for (const button of document.querySelectorAll("[data-print]")) {
  if (!window.print) continue;
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
