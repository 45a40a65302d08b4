// Tells where the vehicle is while this page is open, if its driver wants that: a tick, kept on this telephone for this sign-in until it is
// taken away or somebody signs out. Only good positions, and not every one of them; without signal the next one counts.

const EVERY_MS = 30_000;
const GOOD_M = 200;
const part = document.getElementById("where");
const key = `position ${document.getElementById("words").dataset.account}`;
let watch = null;
let last = 0;

function begin() {
  watch ??= navigator.geolocation.watchPosition(tell, () => end(part.dataset.refused), { enableHighAccuracy: true, maximumAge: 10_000 });
}

function end(why) {
  if (watch !== null) navigator.geolocation.clearWatch(watch);
  watch = null;
  say(why);
}

const say = (text) => { part.querySelector("[role=status]").textContent = text; };

async function tell({ coords, timestamp }) {
  if (coords.accuracy > GOOD_M || Date.now() - last < EVERY_MS) return;
  last = Date.now();
  const answer = await fetch(`/runs/${encodeURIComponent(part.dataset.run)}/position`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": document.querySelector("meta[name=csrf]").content },
    body: JSON.stringify({ lon: coords.longitude, lat: coords.latitude, age_s: Math.min(3600, Math.max(0, Math.round((Date.now() - timestamp) / 1000))) }),
  }).catch(() => null);
  if (watch === null) return;
  if (answer?.status === 409) end(part.dataset.over);
  else if (answer?.ok) say(part.dataset.sent);
}

if (part && navigator.geolocation) {
  const box = part.querySelector("input");
  part.hidden = false;
  box.checked = localStorage.getItem(key) === "yes";
  box.addEventListener("change", () => {
    if (box.checked) localStorage.setItem(key, "yes");
    else localStorage.removeItem(key);
    if (box.checked) begin();
    else end(part.dataset.off);
  });
  if (box.checked) begin();
}
