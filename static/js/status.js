// Keeps what a page says about a mail current, and counts down.

const status = document.querySelector("[data-status]");
const again = document.querySelector("[data-again]");
const wait = document.querySelector("[data-again-wait]");
let left = Number(again?.dataset.again ?? 0);
let fails = 0;

function tick() {
  if (!again) return;
  left = Math.max(0, left - 1);
  again.disabled = left > 0;
  wait.textContent = left > 0 ? wait.dataset.words.replace("%s", left) : "";
}

async function poll() {
  try {
    const answer = await fetch(status.dataset.status, { headers: { Accept: "application/json" } });
    if (answer.redirected || !answer.headers.get("Content-Type")?.includes("json")) return;
    const mail = await answer.json();
    for (const part of ["headline", "detail"]) {
      const place = status.querySelector(`[data-${part}]`);
      if (place.textContent !== mail[part]) place.textContent = mail[part];
    }
    left = mail.again_in;
    fails = 0;
    if (mail.state === "used" || mail.state === "failed") return;
    setTimeout(poll, mail.state === "queued" ? 1500 : 20000);
  } catch {
    if (++fails < 20) setTimeout(poll, 3000);
  }
}

if (status) {
  tick();
  setInterval(tick, 1000);
  setTimeout(poll, 1000);
}
