// Keeps parts of a page up to date: an element with an id and data-live="run:ID booking:ID day notices" is replaced by its newer self
// whenever one of these has changed. Without this script the page is simply as it was when it was loaded.

const SOON_MS = 300;
const parts = () => [...document.querySelectorAll("[data-live][id]")];

let timer = 0;
let opened = false;

function follow() {
  const topics = new Set(parts().flatMap((part) => part.dataset.live.split(/\s+/).filter(Boolean)));
  if (!topics.size) return;
  const query = new URLSearchParams([...topics].map((topic) => ["topic", topic]));
  const source = new EventSource(`/live?${query}`);
  source.addEventListener("open", () => {
    if (opened) refreshSoon(); // something may have happened while the line was down
    opened = true;
  });
  source.addEventListener("message", refreshSoon);
  addEventListener("pagehide", () => source.close(), { once: true });
  addEventListener("pageshow", (event) => {
    if (event.persisted) follow();
  }, { once: true });
}

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

// Whoever is typing is not disturbed: the part waits until the field is left. Who stands on a button stays there.
function replace(part, next) {
  const active = part.contains(document.activeElement) ? document.activeElement : null;
  if (active && active.matches("input, select, textarea")) {
    active.addEventListener("blur", refreshSoon, { once: true });
    return;
  }
  const place = active ? focusable(part).indexOf(active) : -1;
  const newPart = document.importNode(next, true);
  part.replaceWith(newPart);
  if (place >= 0) (focusable(newPart)[place] ?? newPart).focus();
  document.dispatchEvent(new CustomEvent("live", { detail: newPart }));
}

const focusable = (part) => [...part.querySelectorAll("a[href], button, summary")];

follow();
