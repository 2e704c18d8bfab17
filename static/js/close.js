// Announcements are closed where they stand.

for (const form of document.querySelectorAll("[data-close]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true, redirect: "manual" });
    const all = form.closest("section");
    form.closest("[data-told]").remove();
    if (!all.querySelector("[data-told]")) all.remove();
    document.querySelector("main").focus();
  });
}
