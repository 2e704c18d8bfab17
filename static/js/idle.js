// Warns before somebody is signed out for doing nothing. One press goes on, in all tabs of the browser.

const box = document.querySelector("dialog[data-seconds]");
const extend = box.querySelector("form");
const tabs = new BroadcastChannel("time left");
let end, isFinal, shown;

function take({ seconds_left, is_final }) {
  end = Date.now() + seconds_left * 1000;
  isFinal = is_final;
  shown = "";
  box.close();
}

function tell(answer) {
  take(answer);
  tabs.postMessage(answer);
}

function tick() {
  const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
  const now = left > box.dataset.warnsBefore ? "" : left === 0 ? "over" : isFinal ? "final" : "idle";
  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  for (const place of box.querySelectorAll("[data-clock]")) place.textContent = clock;
  if (now && now !== shown) show(now);
  shown = now;
}

function show(now) {
  for (const part of box.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== now;
  box.setAttribute("aria-labelledby", `time-${now}`);
  box.setAttribute("aria-describedby", `time-${now}-words`);
  box.close(); // opened anew, so that it is read out and has the focus
  box.showModal();
}

extend.addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await fetch(extend.action, { method: "POST", body: new FormData(extend) }).catch(() => null);
  if (!answer) return; // no network: the button is still there
  if (answer.ok && !answer.redirected) return tell(await answer.json());
  end = 0; // signed out meanwhile
  tick();
});

tabs.addEventListener("message", ({ data }) => take(data));
tell({ seconds_left: Number(box.dataset.seconds), is_final: "final" in box.dataset });
tick();
setInterval(tick, 1000);
