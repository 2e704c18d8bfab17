// A form is sent once, however often the finger taps; a refused one shows its errors first.

document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) return event.preventDefault();
  event.target.dataset.sent = "yes";
  setTimeout(() => delete event.target.dataset.sent, 8000); // for an answer that never came
});

// Back in the history a page is as it was left.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

document.querySelector(".alert[role=alert]")?.focus();

// The menus of the header close by a press elsewhere, by moving on, or by Escape.
function close(keep) {
  for (const menu of document.querySelectorAll(".pop[open]")) {
    if (menu.contains(keep)) continue;
    if (!keep && menu.contains(document.activeElement)) menu.firstElementChild.focus();
    menu.open = false;
  }
}
for (const move of ["click", "focusin"]) addEventListener(move, ({ target }) => close(target));
addEventListener("keydown", ({ key }) => key === "Escape" && close());
