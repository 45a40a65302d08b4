// A form is sent once: the same button pressed again within two seconds is a slip of the hand, and would write somebody down twice.
const AGAIN_MS = 2000;
const sent = new WeakMap();

addEventListener("submit", (event) => {
  const button = event.submitter ?? event.target;
  if (event.timeStamp - (sent.get(button) ?? -Infinity) < AGAIN_MS) event.preventDefault();
  else sent.set(button, event.timeStamp);
});
