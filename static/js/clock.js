// Offers this time zone.

const note = document.querySelector("[data-clock-of]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (zone && zone !== note.dataset.clockOf) {
  note.querySelector("[data-zone]").textContent = zone.replaceAll("_", " ");
  note.querySelector("[name=time_zone]").value = zone;
  note.hidden = false;
}
