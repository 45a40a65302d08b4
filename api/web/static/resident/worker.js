// Keeps the page of my rides as it was last seen, for a moment without a connection; nothing else, and nothing can be changed offline.

const KEPT = "rides";
const PAGE = "/rides";
const LONGEST_MS = 24 * 3_600_000; // a sign-in that has ended leaves no page behind for ever

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.method === "GET" && (pathname === PAGE || pathname.startsWith("/static/"))) {
    event.respondWith(newest(event.request));
  }
});

async function newest(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) {
      const kept = await caches.open(KEPT);
      await kept.put(request, answer.clone());
    }
    return answer;
  } catch (error) {
    const kept = await caches.open(KEPT);
    const seen = await kept.match(request);
    if (seen && (new URL(request.url).pathname !== PAGE || isFresh(seen))) return seen;
    await kept.delete(request);
    throw error;
  }
}

function isFresh(answer) {
  return Date.now() - Date.parse(answer.headers.get("date")) < LONGEST_MS;
}
