// Print buttons: they appear only where there is something to print with.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = !window.print;
  button.addEventListener("click", () => window.print());
}
