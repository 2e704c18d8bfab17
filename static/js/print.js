// Print buttons: they appear only where there is something to print with. How it looks on paper is in site.css.

for (const button of document.querySelectorAll("[data-print]")) {
  if (!window.print) continue;
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
