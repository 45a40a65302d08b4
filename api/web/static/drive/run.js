// The driver's page without signal: what is reported is kept at once, shown at once, and sent when there is a network again.
// Without this script every button is an ordinary form.

import { add, addSeen, device, send, waiting } from "./queue.js";

const words = document.getElementById("words").dataset;
const account = words.account;
const EVERY_MS = 20_000;
const MOVES_ON = ["boarded", "alighted", "no_show", "passed"];
const THUMB_SLIPS_MS = 400; // pressed twice: what has moved under the thumb meanwhile is not meant
const loaded = Date.now();
let reportedAt = -Infinity;
let pristine = null; // the run as the server last said it is

const run = () => document.getElementById("run");
const all = (query, where = document) => [...where.querySelectorAll(query)];

// -- what is shown

function mark(report, now) {
  const at = run();
  const on = at.querySelector(`.rider[data-way=on][data-leg="${report.leg_id}"]`);
  const off = at.querySelector(`.rider[data-way=off][data-leg="${report.leg_id}"]`);
  if (report.kind === "boarded") {
    if (on) on.dataset.state = "done";
    if (off) off.dataset.aboard = "";
  } else if (report.kind === "no_show") {
    for (const one of [on, off]) if (one) one.dataset.state = "absent";
  } else if (report.kind === "alighted") {
    if (off) off.dataset.state = "done";
  } else if (report.kind === "passed") {
    at.querySelector(`.halt[data-halt="${report.halt}"]`)?.setAttribute("data-done", "");
  } else if (report.kind === "walk_up") {
    const count = document.getElementById("walkups");
    if (count) count.dataset.count = Math.max(0, Number(count.dataset.count) + report.persons);
  } else if (report.kind === "paid") {
    const form = on?.querySelector(".paid");
    if (form) {
      form.elements.euros.value = (report.cents / 100).toFixed(2).replace(".", ",");
      form.querySelector(".money").hidden = false;
    }
  } else if (report.kind === "delayed") {
    document.getElementById("delay").textContent = words.delay.replace("{minutes}", report.delay_s / 60);
  }
  if (now) settle();
}

// What follows from the marks: which halt is next, who is aboard, which buttons still make sense.
function settle() {
  const at = run();
  if (!at) return;
  let seats = 0;
  let next = null;
  for (const halt of all(".halt", at)) {
    const riders = all(".rider", halt);
    const open = riders.some((rider) => rider.dataset.state === "open") || (!riders.length && !halt.hasAttribute("data-done"));
    halt.classList.toggle("over", !open);
    halt.classList.remove("next");
    if (open && !next) next = halt;
    for (const rider of riders) {
      if (rider.dataset.state === "done") seats += (rider.dataset.way === "on" ? 1 : -1) * Number(rider.dataset.seats);
      const badge = rider.querySelector(".state");
      badge.hidden = rider.dataset.state === "open";
      badge.textContent = rider.dataset.state === "absent" ? words.absent : rider.dataset.way === "on" ? words.on : words.off;
    }
  }
  next?.classList.add("next");
  document.getElementById("count").textContent = Math.max(0, seats);
  const walkUps = document.getElementById("walkups");
  if (walkUps) {
    walkUps.textContent = walkUps.dataset.count;
    for (const full of all(".full", at)) full.hidden = Number(walkUps.dataset.count) < Number(walkUps.dataset.most);
  }
}

async function showAll() {
  if (!run()) return;
  const own = (await waiting()).filter((report) => report.account === account && report.run === run().dataset.run);
  const undone = new Set(own.filter((report) => report.kind === "undo").map((report) => report.undoes));
  for (const report of own) if (report.kind !== "undo" && !undone.has(report.sequence)) mark(report, false);
  offerUndo(own.filter((report) => report.kind !== "undo" && report.kind !== "delayed" && !undone.has(report.sequence)).at(-1));
  settle();
  changes();
}

// The last report not yet sent is the one to take back; else the server's form stays as it is.
function offerUndo(report) {
  const form = document.getElementById("undo");
  if (!report || !form) return;
  form.hidden = false;
  form.dataset.device = report.device;
  form.elements.device.value = report.device;
  form.elements.undoes.value = report.sequence;
  const at = new Date(report.at).toLocaleTimeString(document.documentElement.lang, { hour: "numeric", minute: "2-digit" });
  form.querySelector("button").textContent = `${words.undo} ${at} ${words[report.kind] ?? ""}`;
}

async function redraw(newer) {
  pristine = newer ?? pristine;
  const open = document.getElementById("rescue")?.open;
  run().replaceWith(pristine.cloneNode(true));
  if (open) document.getElementById("rescue").open = true;
  await showAll();
}

// What may no longer be shown goes, with signal or without.
async function wipe() {
  if (!run()) return;
  const left = self.blanked(pristine.outerHTML, serverNow());
  if (left !== pristine.outerHTML) await redraw(document.importNode(new DOMParser().parseFromString(left, "text/html").getElementById("run"), true));
  forgetOld();
}

// The server's clock when the page was made, and what has passed since by this telephone's, wherever the page comes from.
function serverNow() {
  const { now, kept } = document.querySelector("[data-now]").dataset;
  return 1000 * Number(now) + Date.now() - (Number(kept) || loaded);
}

async function fetchAgain() {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer || !answer.ok || answer.redirected || !run()) return;
  const newer = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("run");
  if (newer) await redraw(document.importNode(newer, true));
}

// -- what has changed since it was last seen

function rides() {
  const what = (rider) => ({ what: rider.querySelector(".what").textContent, until: 1000 * Number(rider.dataset.until ?? 0) });
  return Object.fromEntries(all(".rider", run()).map((rider) => [`${rider.dataset.way} ${rider.dataset.leg}`, what(rider)]));
}

// Kept no longer than the page itself, and each ride no longer than it may be shown there.
function seen() {
  return JSON.parse(localStorage.getItem(`seen ${run().dataset.run}`) ?? "null");
}

function see() {
  const until = seen()?.until ?? Date.now() + 1000 * document.querySelector("[data-keep]").dataset.keep;
  localStorage.setItem(`seen ${run().dataset.run}`, JSON.stringify({ until, rides: rides() }));
}

function forgetOld() {
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith("seen ")) continue;
    const { until, rides: known } = JSON.parse(localStorage.getItem(key));
    if (!(until > Date.now())) localStorage.removeItem(key);
    else if (run()) localStorage.setItem(key, JSON.stringify({ until, rides: Object.fromEntries(Object.entries(known).filter(([, ride]) => !isOver(ride))) }));
  }
}

const isOver = (ride) => ride.until > 0 && ride.until < serverNow();

function changes() {
  const now = rides();
  const before = seen()?.rides;
  if (!before) {
    see();
    return;
  }
  const said = [];
  for (const [ride, is] of Object.entries(now)) {
    if (isOver(is)) continue;
    if (!(ride in before)) said.push(`${words.fresh} ${is.what}`);
    else if (before[ride].what !== is.what) said.push(`${words.changed} ${is.what}`);
  }
  for (const [ride, was] of Object.entries(before)) if (!(ride in now)) said.push(`${words.gone} ${was.what}`);
  if (!said.length) return;
  const notice = document.getElementById("changes");
  notice.hidden = false;
  document.getElementById("what").textContent = `${said.join("; ")}.`;
}

// -- keeping and sending

async function tell(outcome) {
  const line = document.getElementById("queue");
  if (!line) return;
  const left = (await waiting()).filter((report) => report.account === account).length;
  line.hidden = !left;
  line.classList.toggle("alert", outcome === "signed-out" || outcome === "refused");
  const why = outcome === "signed-out" ? words.signedOut : outcome === "refused" ? words.refused : words.unsent;
  line.textContent = left ? why.replace("{count}", left) : "";
  if (left && outcome === "signed-out") {
    const link = document.createElement("a");
    link.href = "/sign-in";
    link.textContent = words.signIn;
    line.append(" ", link);
  }
}

async function sync() {
  const outcome = await send(account);
  await tell(outcome);
  if (outcome === "sent") await fetchAgain();
  return outcome;
}

async function report(form) {
  const value = (name) => form.elements[name]?.value || null;
  const number = (name) => (value(name) === null ? null : Number(value(name)));
  const kept = await add({
    account,
    run: run().dataset.run,
    kind: form.dataset.event,
    leg_id: value("leg_id"),
    halt: value("halt"),
    delay_s: number("delay_s"),
    persons: number("persons"),
    undoes: number("undoes"),
    ...(value("euros") === null ? {} : { cents: Math.round(100 * Number(value("euros").replace(",", "."))) }),
  }).catch(() => null);
  if (!kept) return form.submit(); // this telephone keeps nothing: then as without a script
  await tell("kept");
  if (kept.kind === "undo") await redraw();
  else {
    mark(kept, true);
    offerUndo(kept.kind === "delayed" ? null : kept);
  }
  await sync();
}

function onClick(event) {
  if (event.timeStamp - reportedAt < THUMB_SLIPS_MS && event.target.closest("#run")) event.preventDefault();
}

async function onSubmit(event) {
  const form = event.target;
  if (form.dataset.event && run()) {
    if (MOVES_ON.includes(form.dataset.event)) reportedAt = event.timeStamp;
    // What another telephone reported is taken back by an ordinary form: the number is that telephone's.
    if (form.dataset.event === "undo" && form.dataset.ours !== "yes") {
      event.preventDefault();
      form.dataset.ours = form.dataset.device === (await device()) ? "yes" : "no";
      if (form.dataset.ours === "no") form.submit();
      else await report(form);
      return;
    }
    event.preventDefault();
    await report(form);
  } else if (form.id === "seen") {
    see();
    if (!navigator.onLine) {
      event.preventDefault();
      await addSeen(account, run().dataset.run, form.elements.looks.value);
      document.getElementById("changes").hidden = true;
    }
  } else if (form.getAttribute("action") === "/sign-out") {
    event.preventDefault();
    await sync();
    const left = (await waiting()).filter((one) => one.account === account).length;
    if (left && !confirm(words.leave.replace("{count}", left))) return;
    await forget();
    form.submit();
  }
}

// Names do not stay on the telephone longer than they may be seen.
async function forget() {
  await caches.delete("drive-pages");
  for (const key of Object.keys(localStorage)) if (/^(seen|position) /.test(key)) localStorage.removeItem(key);
}

async function start() {
  navigator.serviceWorker?.register("/drive/worker.js", { scope: "/drive", updateViaCache: "none" });
  addEventListener("click", onClick);
  addEventListener("submit", onSubmit);
  addEventListener("online", sync);
  document.addEventListener("live", (event) => {
    if (event.detail.id === "run") redraw(event.detail.cloneNode(true));
  });
  setInterval(() => wipe().then(() => document.visibilityState === "visible" && sync()), EVERY_MS);
  if (localStorage.getItem("account") !== account) await forget();
  localStorage.setItem("account", account);
  forgetOld();
  if (run()) {
    pristine = run().cloneNode(true);
    await showAll();
    await wipe();
  }
  await sync();
}

if (account) start();
