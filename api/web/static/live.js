// Keeps parts of a page up to date: an element with an id and data-live="run:ID booking:ID day notices" is replaced by its newer self
// whenever one of these has changed. Without this script the page is simply as it was when it was loaded; so are answers to a form, which
// cannot be asked for again.

const SOON_MS = 300;
const AGAIN_MS = 30_000;
const READ_MS = 2000;
const parts = () => [...document.querySelectorAll("[data-live][id], [data-live-every][id]")];

let timer = 0;
let again = 0;
let source = null;

function follow() {
  const topics = new Set(parts().flatMap((part) => (part.dataset.live ?? "").split(/\s+/).filter(Boolean)));
  if (!topics.size) return;
  const query = new URLSearchParams([...topics].map((topic) => ["topic", topic]));
  source = new EventSource(`/live?${query}`);
  source.addEventListener("open", refreshSoon); // something may have happened since the page was made, or while the line was down
  source.addEventListener("message", refreshSoon);
  source.addEventListener("error", () => {
    // A browser gives up for good when it is refused, as in a busy minute; a ride that is waited for must not go silent.
    if (source.readyState !== EventSource.CLOSED) return;
    again = setTimeout(follow, AGAIN_MS);
  });
}

addEventListener("pagehide", () => {
  clearTimeout(again);
  source?.close();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) follow();
});

function refreshSoon() {
  clearTimeout(timer);
  timer = setTimeout(refresh, SOON_MS);
}

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer || !answer.ok || answer.redirected) return;
  const newer = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of parts()) {
    const next = newer.getElementById(part.id);
    if (next && !part.isEqualNode(next)) replace(part, next);
  }
}

// Whoever is typing is not disturbed: the part waits until the field is left. Who stands on a button stays there; when it has gone, on the
// part, and never on another button that has moved up into its place.
function replace(part, next) {
  const active = part.contains(document.activeElement) ? document.activeElement : null;
  if (active && active.matches("input, select, textarea")) {
    active.addEventListener("blur", refreshSoon, { once: true });
    return;
  }
  const key = active && keys(part).get(active);
  const newPart = document.importNode(next, true);
  carry(part, newPart);
  part.replaceWith(newPart);
  tell(part, newPart);
  if (active) {
    newPart.tabIndex = -1;
    ([...keys(newPart)].find(([, other]) => other === key)?.[0] ?? newPart).focus();
  }
  document.dispatchEvent(new CustomEvent("live", { detail: newPart }));
}

// Screen readers read out what changes within a status, not a status that is new on the page: one that stays says it.
const teller = Object.assign(document.createElement("div"), { className: "unseen" });
teller.setAttribute("role", "status");
document.body.append(teller);

function tell(part, newPart) {
  const [before, after] = [part, newPart].map((one) => [...one.querySelectorAll("[role=status]")].map((said) => said.textContent.trim()));
  const fresh = after.filter((text) => text && !before.includes(text));
  if (!fresh.length) return;
  teller.textContent = fresh.join(" ");
  setTimeout(() => { teller.textContent = ""; }, READ_MS); // whoever goes through the page meets it once
}

// What was typed, chosen or ticked and not yet sent stays in the field of the same form and name; what was opened or closed stays so.
function carry(part, newPart) {
  const folds = (from) => [...keys(from)].filter(([one]) => one.matches("summary")).map(([one, key]) => [key, one.parentElement]);
  const newFolds = new Map(folds(newPart));
  for (const [key, one] of folds(part)) if (newFolds.has(key)) newFolds.get(key).open = one.open;
  const ticked = (one) => one.type === "radio" || one.type === "checkbox";
  const at = (one) => [one.form?.getAttribute("action"), one.name, ticked(one) ? one.value : ""].join(" ");
  const all = (one) => [...one.querySelectorAll("input:not([type=hidden]), select, textarea")];
  const fields = new Map(all(newPart).map((one) => [at(one), one]));
  for (const one of all(part)) {
    const field = fields.get(at(one));
    const first = one.options ? [...one.options].find((option) => option.defaultSelected)?.value ?? one.options[0]?.value : one.defaultValue;
    if (!field) continue;
    if (ticked(one) && one.checked !== one.defaultChecked) field.checked = one.checked;
    else if (!ticked(one) && one.value !== first) field.value = one.value;
  }
}

// What can be pressed, by what it says and does; the same once more gets a number.
function keys(part) {
  const seen = new Map();
  return new Map([...part.querySelectorAll("a[href], button, summary")].map((one) => {
    const says = [one.tagName, one.href, one.form?.action, one.value, one.textContent.trim()].join(" ");
    seen.set(says, (seen.get(says) ?? 0) + 1);
    return [one, `${says} ${seen.get(says)}`];
  }));
}

// Where nothing is told, as with a simulation under way: data-live-every="2" looks every two seconds, as long as it stands there.
function look() {
  const every = Math.min(...[...document.querySelectorAll("[data-live-every][id]")].map((part) => Number(part.dataset.liveEvery)));
  if (Number.isFinite(every)) setTimeout(() => refresh().then(look), 1000 * every);
}

follow();
look();
