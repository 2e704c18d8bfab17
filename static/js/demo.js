// The demo's page: the codes on the pretend phones change as on real ones, and new mail asks for a reload.

const mails = Number(document.querySelector("[data-mails]").dataset.mails);

setInterval(async () => {
  const { phones, mails: all } = await (await fetch(document.body.querySelector("[data-state]").dataset.state)).json();
  for (const { phone, account, code, seconds_left } of phones) {
    const entry = document.querySelector(`[data-entry="${CSS.escape(`${phone} ${account}`)}"]`);
    if (!entry) continue;
    entry.querySelector("[data-code]").textContent = `${code.slice(0, 3)} ${code.slice(3)}`;
    entry.querySelector("[data-left]").textContent = seconds_left;
  }
  if (all.length > mails && !document.activeElement?.matches("input")) location.reload();
}, 1000);
