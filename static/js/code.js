// Fields for a code: whatever is pasted, only the code in it stays.

function codeIn(pasted) {
  const text = pasted.replace(/[\xad\u200b-\u200d\ufeff]/g, "").replace(/\W+/g, " ");
  const bare = text.replaceAll(" ", "");
  if (/^([A-Z2-7]{16}|\d{8}|\d{6})$/i.test(bare)) return bare;
  const [found] = text.match(/(?<!\d)(\d{4} ?\d{4}|\d{3} ?\d{3})(?!\d)|\b([A-Z2-7]{4} ){3}[A-Z2-7]{4}\b/) ?? [""];
  return found.replaceAll(" ", "");
}

for (const input of document.querySelectorAll("input.code")) {
  input.addEventListener("paste", (event) => {
    const code = codeIn(event.clipboardData.getData("text"));
    if (!code) return;
    event.preventDefault();
    input.value = code;
  });
}
