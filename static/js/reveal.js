// A switch that shows a password, until the form is sent.

for (const field of document.querySelectorAll("[data-reveal]")) {
  const input = field.querySelector("input");
  const button = document.createElement("button");
  const show = (isShown) => {
    input.type = isShown ? "text" : "password";
    button.setAttribute("aria-pressed", isShown);
  };
  button.type = "button";
  button.className = "button button-quiet reveal";
  button.textContent = field.dataset.reveal;
  const label = field.querySelector("label");
  label.id ||= `${input.id}_label`;
  button.setAttribute("aria-describedby", label.id);
  button.setAttribute("aria-controls", input.id);
  show(false);
  button.addEventListener("click", () => show(input.type === "password"));
  input.form.addEventListener("submit", () => show(false));
  input.after(button);
}
