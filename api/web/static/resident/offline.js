// Registers the worker that keeps this page, and says so when there is no connection.

const asOf = document.getElementById("as-of");

function tell() {
  if (!navigator.onLine) {
    asOf.textContent = asOf.dataset.offline.replace("{time}", asOf.dataset.time);
    asOf.className = "alert";
    asOf.setAttribute("role", "status");
  }
}

addEventListener("offline", tell);
addEventListener("online", () => location.reload());
tell();
navigator.serviceWorker?.register("/rides-worker.js", { scope: "/rides" }).catch(() => {}); // then there is no page without a connection
