// Every page: a form is sent once, however often the finger taps; a refused one shows its errors first.

document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) {
    event.preventDefault();
    return;
  }
  event.target.dataset.sent = "yes";
  setTimeout(() => delete event.target.dataset.sent, 8000); // an answer that never came can be asked for again
});

// Back in the history, the browser may show the page as it was left.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

document.querySelector(".alert[role=alert]")?.focus();

// The menus of the header close as people expect: by a press elsewhere, or by Escape.
function closeMenus(keep) {
  for (const menu of document.querySelectorAll("details.pop[open]")) if (!menu.contains(keep)) menu.open = false;
}
document.addEventListener("click", ({ target }) => closeMenus(target));
document.addEventListener("keydown", ({ key }) => key === "Escape" && closeMenus(null));
