// What the driver has reported and the server has not yet taken: kept in IndexedDB, each report with this device's id, a number of its own
// and the moment it happened. Nothing leaves this store before the server has said that it has it.

const opened = new Promise((resolve, reject) => {
  const request = indexedDB.open("drive", 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("events", { keyPath: "sequence" });
    request.result.createObjectStore("own");
  };
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const finished = (work) =>
  new Promise((resolve, reject) => {
    work.oncomplete = resolve;
    work.onerror = work.onabort = () => reject(work.error);
  });

const unguessable = () => [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// Adds a report; number and report are written together, so no number is ever used twice.
export async function add(report) {
  const work = (await opened).transaction(["events", "own"], "readwrite", { durability: "strict" });
  const own = work.objectStore("own");
  const [device, next] = [(await asked(own.get("device"))) ?? unguessable(), (await asked(own.get("next"))) ?? 1];
  const kept = { ...report, device, sequence: next, at: new Date().toISOString() };
  own.put(device, "device");
  own.put(next + 1, "next");
  work.objectStore("events").add(kept);
  await finished(work);
  return kept;
}

// A run that was seen without signal, as it looked then: kept once for each run, sent like a report.
export async function addSeen(account, run, looks) {
  const work = (await opened).transaction("own", "readwrite", { durability: "strict" });
  work.objectStore("own").put(looks, `seen ${account} ${run}`);
  await finished(work);
}

async function sendSeen(account) {
  const own = `seen ${account} `;
  const keys = (await asked((await opened).transaction("own").objectStore("own").getAllKeys())).filter((key) => key.startsWith(own));
  for (const key of keys) {
    const looks = await asked((await opened).transaction("own").objectStore("own").get(key));
    const body = new URLSearchParams({ csrf: document.querySelector("meta[name=csrf]").content, looks });
    const answer = await fetch(`/drive/runs/${encodeURIComponent(key.slice(own.length))}/seen`, { method: "POST", body }).catch(() => null);
    const taken = answer && ((answer.ok && !answer.url.endsWith("/sign-in")) || answer.status === 404);
    if (!taken) return; // kept for the next time
    const work = (await opened).transaction("own", "readwrite");
    work.objectStore("own").delete(key);
    await finished(work);
  }
}

// All that is waiting, in the order it was reported.
export async function waiting() {
  return asked((await opened).transaction("events").objectStore("events").getAll());
}

export async function device() {
  return asked((await opened).transaction("own").objectStore("own").get("device"));
}

async function drop(sequences) {
  const work = (await opened).transaction("events", "readwrite", { durability: "strict" });
  for (const sequence of sequences) work.objectStore("events").delete(sequence);
  await finished(work);
}

const MOST = 100;
const FIELDS = ["sequence", "kind", "at", "leg_id", "halt", "delay_s", "persons", "undoes", "cents"];

// Sends what this account has reported. Answers "sent", "nothing", "offline", "signed-out", "later" or "refused"; one sender at a time.
export function send(account) {
  return navigator.locks ? navigator.locks.request("drive-send", () => sendAll(account)) : sendAll(account);
}

async function sendAll(account) {
  const own = (await waiting()).filter((report) => report.account === account);
  let outcome = own.length ? "sent" : "nothing";
  for (const run of new Set(own.map((report) => report.run))) {
    let batch = own.filter((report) => report.run === run);
    let size = MOST;
    while (batch.length) {
      const part = batch.slice(0, size);
      const status = await post(run, part);
      if (status === 422 && part.length > 1) {
        size = 1; // one of them cannot be read: the others go alone
        continue;
      }
      if (status === 404 || status === 422) outcome = "refused"; // kept, and said
      else if (status !== 200) return status === 0 ? "offline" : status === 401 || status === 403 ? "signed-out" : "later";
      batch = batch.slice(part.length);
    }
  }
  await sendSeen(account);
  return outcome;
}

async function post(run, reports, again = true) {
  const events = reports.map((report) => Object.fromEntries(FIELDS.filter((name) => report[name] != null).map((name) => [name, report[name]])));
  const answer = await fetch(`/runs/${encodeURIComponent(run)}/events`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": document.querySelector("meta[name=csrf]").content },
    body: JSON.stringify({ device_id: reports[0].device, sent_at: new Date().toISOString(), events }),
  }).catch(() => null);
  if (!answer) return 0;
  if (answer.status === 200) await drop((await answer.json()).map((taken) => taken.sequence));
  // A page kept from an earlier sign-in carries that one's proof: get today's once.
  if ((answer.status === 401 || answer.status === 403) && again && (await renewProof())) return post(run, reports, false);
  return answer.status;
}

async function renewProof() {
  const answer = await fetch("/drive", { headers: { Accept: "text/html" }, cache: "no-store" }).catch(() => null);
  if (!answer || !answer.ok || answer.redirected) return false;
  const newer = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("meta[name=csrf]");
  const old = document.querySelector("meta[name=csrf]");
  if (!newer || newer.content === old.content) return false;
  old.content = newer.content;
  for (const field of document.querySelectorAll("input[name=csrf]")) field.value = newer.content;
  return true;
}
