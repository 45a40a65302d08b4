// The desk's keys. A figure works only while its list has the focus (WCAG 2.1.4), so nobody's typing or screen reader is disturbed.
// Without this script the tab key, the arrows and Enter do the same.

for (const list of document.querySelectorAll("[data-keys]")) {
  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !/^[1-9]$/.test(event.key)) return;
    const radio = list.querySelector(`input[type=radio][value="${event.key}"]`);
    const link = list.querySelectorAll("a.pick")[Number(event.key) - 1];
    if (radio) {
      event.preventDefault();
      radio.focus();
      radio.checked = true;
      radio.dispatchEvent(new Event("change", { bubbles: true }));
    } else if (link) {
      event.preventDefault();
      link.click();
    }
  });
}

// After a search with several finds the list has the focus: a figure or Enter opens the card.
document.querySelector(".callers a.pick")?.focus();

// Whoever chooses another offer wants its place kept: the hold follows the choice.
const offers = document.querySelector("form[data-hold]");
let asked = 0;

async function hold() {
  const mine = ++asked;
  const body = new URLSearchParams(new FormData(offers));
  const answer = await fetch(offers.dataset.hold, { method: "POST", body }).catch(() => null);
  if (!answer?.ok || mine !== asked) return;
  const newer = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById("held")?.remove();
  const held = newer.getElementById("held");
  const chosen = newer.querySelector("input[name=offer]:checked")?.value;
  if (held) offers.querySelector(`input[name=offer][value="${chosen}"]`)?.closest("label").append(document.importNode(held, true));
  const problem = newer.querySelector("main > .alert") ?? newer.getElementById("hold-status");
  document.getElementById("hold-status").textContent = held ? held.textContent : problem?.textContent ?? "";
}

let pause = 0;
offers?.addEventListener("change", () => {
  clearTimeout(pause);
  pause = setTimeout(hold, 250);
});
offers?.addEventListener("submit", () => { clearTimeout(pause); asked += 1; });
