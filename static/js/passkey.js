// The passkey library's scripts take their words from here, say on the page what is wrong, and ask one after the other.

const words = JSON.parse(document.getElementById("passkey-words").textContent);
const ask = fetch;
let before;
Object.assign(window, {
  gettext: (text) => words[text] ?? text,
  alert: (text) => (document.getElementById("passkey-trouble").textContent = text),
  fetch: (...what) => (before = Promise.allSettled([before]).then(() => ask(...what))),
});
addEventListener("otp_webauthn.register_complete", ({ detail }) => location.assign(detail.response.redirect_url));
