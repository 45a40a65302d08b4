// Keeps the driver's pages and what they are made of, so that they open without signal. The network comes first; what it does not answer
// in time is taken from what was kept. Pages with names say for how long they may be kept (X-Keep-Seconds), and each name within for how long
// it may be shown; what is over is wiped from what is kept whenever this worker is at work.

importScripts("/static/drive/blanking.js");

const PAGES = "drive-pages";
const FILES = "drive-files";
const OFFLINE = "/drive/offline";
const NEEDED = [
  "/static/style.css",
  "/static/drive.css",
  "/static/live.js",
  "/static/once.js",
  "/static/drive/run.js",
  "/static/drive/queue.js",
  "/static/drive/position.js",
  "/static/drive/blanking.js",
  "/static/drive/icon.svg",
  OFFLINE,
];
const PATIENCE_MS = 6000;

addEventListener("install", (event) => {
  event.waitUntil(caches.open(FILES).then((files) => files.addAll(NEEDED)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => event.waitUntil(wipe().then(() => clients.claim())));

addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname === "/drive" || url.pathname.startsWith("/drive/runs/")) event.respondWith(answered(event.request, PAGES));
  else if (url.pathname.startsWith("/static/")) event.respondWith(answered(event.request, FILES));
  else if (event.request.mode === "navigate") event.respondWith(fetch(event.request).catch(() => caches.match(OFFLINE)));
});

async function answered(request, name) {
  const kept = await caches.open(name);
  try {
    const answer = await Promise.race([fetch(request), tooLate()]);
    if (answer.ok && !answer.redirected) await kept.put(plain(request), await dated(answer.clone()));
    return answer;
  } catch {
    await wipe();
    return (await kept.match(plain(request))) ?? (await caches.match(OFFLINE)) ?? Response.error();
  }
}

// By this telephone's clock alone, which may be wrong, but runs: the page learns by it when it was kept.
async function dated(answer) {
  const headers = new Headers(answer.headers);
  headers.set("X-Kept-At", String(Date.now()));
  if (!isPage(answer)) return new Response(await answer.blob(), { headers });
  return new Response((await answer.text()).replace('data-kept=""', `data-kept="${Date.now()}"`), { headers });
}

async function wipe() {
  const kept = await caches.open(PAGES);
  for (const request of await kept.keys()) {
    const answer = await kept.match(request);
    if (!isFresh(answer)) {
      await kept.delete(request);
      continue;
    }
    const headers = answer.headers;
    const html = await answer.text();
    const now = 1000 * Number(/data-now="(\d+)"/.exec(html)?.[1] ?? 0) + Date.now() - Number(headers.get("X-Kept-At"));
    const left = self.blanked(html, now);
    if (left !== html) await kept.put(request, new Response(left, { headers }));
  }
}

function isFresh(answer) {
  const seconds = answer.headers.get("X-Keep-Seconds");
  return seconds === null || Date.now() < Number(answer.headers.get("X-Kept-At")) + 1000 * Number(seconds);
}

const isPage = (answer) => (answer.headers.get("Content-Type") ?? "").startsWith("text/html");
const tooLate = () => new Promise((_, reject) => setTimeout(reject, PATIENCE_MS, new Error("no answer")));
const plain = (request) => new URL(request.url).pathname;
