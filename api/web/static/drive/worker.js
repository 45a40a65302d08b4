// Keeps the driver's pages and what they are made of, so that they open without signal. The network comes first; what it does not answer
// in time is taken from what was kept. Pages with names say for how long they may be kept (X-Keep-Seconds).

const PAGES = "drive-pages";
const FILES = "drive-files";
const OFFLINE = "/drive/offline";
const NEEDED = [
  "/static/style.css",
  "/static/drive.css",
  "/static/live.js",
  "/static/drive/run.js",
  "/static/drive/queue.js",
  "/static/drive/icon.svg",
  OFFLINE,
];
const PATIENCE_MS = 6000;

addEventListener("install", (event) => {
  event.waitUntil(caches.open(FILES).then((files) => files.addAll(NEEDED)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname === "/drive" || url.pathname.startsWith("/drive/runs/")) event.respondWith(answered(event.request, PAGES));
  else if (url.pathname.startsWith("/static/")) event.respondWith(answered(event.request, FILES));
});

async function answered(request, name) {
  const kept = await caches.open(name);
  try {
    const answer = await Promise.race([fetch(request), tooLate()]);
    if (answer.ok && !answer.redirected) await kept.put(plain(request), await dated(answer.clone()));
    return answer;
  } catch {
    const found = await kept.match(plain(request));
    if (found && isFresh(found)) return found;
    if (found) await kept.delete(plain(request));
    return (await caches.match(OFFLINE)) ?? Response.error();
  }
}

async function dated(answer) {
  const headers = new Headers(answer.headers);
  headers.set("X-Kept-At", String(Date.now()));
  return new Response(await answer.blob(), { status: answer.status, headers });
}

// By this telephone's clock alone, which may be wrong, but runs.
function isFresh(answer) {
  const seconds = answer.headers.get("X-Keep-Seconds");
  return seconds === null || Date.now() < Number(answer.headers.get("X-Kept-At")) + 1000 * Number(seconds);
}

const tooLate = () => new Promise((_, reject) => setTimeout(reject, PATIENCE_MS, new Error("no answer")));
const plain = (request) => new URL(request.url).pathname;
