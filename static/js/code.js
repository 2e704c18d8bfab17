// Fields for a code: whatever is pasted, only the code in it stays. A recovery code keeps its letters.

for (const input of document.querySelectorAll("input.code")) {
  input.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text").replace(/[\s\u00ad\u200b\u2010-\u2015-]/g, "");
    const [code] = text.match(/[A-Z2-7]{16}/i) ?? text.match(/\d{8}|\d{6}/) ?? [];
    if (!code) return;
    event.preventDefault();
    input.value = code;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
