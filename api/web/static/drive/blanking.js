// Names, doors and numbers leave the telephone ride by ride, also without signal. The page marks what may be shown until a moment (seconds
// since 1970, by the server's clock) and what stands there afterwards:  <!--until 1780912345-->Erna Beispiel<!--then words-->
// For the page as for the service worker, hence no module.

self.blanked = (html, nowMs) =>
  html.replace(/<!--until (\d+)-->[^]*?<!--then ([^]*?)-->/g, (marked, until, words) => (nowMs <= 1000 * Number(until) ? marked : words));
