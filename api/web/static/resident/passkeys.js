// Makes a passkey, or signs in with one. The forms stay hidden where the browser has none; other ways in remain.

const csrf = document.querySelector("meta[name=csrf]").content;

async function begin(address) {
  const answer = await fetch(address, { method: "POST", headers: { "X-CSRF-Token": csrf, "Content-Type": "application/x-www-form-urlencoded" } });
  if (!answer.ok) throw new Error("refused");
  return answer.json();
}

function prepare(form, parse, ask) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    const problem = form.querySelector("[role=alert]");
    problem.hidden = true;
    try {
      const { options, challenge } = await begin(form.dataset.options);
      const credential = await ask({ publicKey: parse(options) });
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.elements.challenge.value = challenge;
      form.submit();
    } catch {
      problem.hidden = false; // given up, timed out, or none of this address on this device
    }
  });
}

if (window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
  const making = document.getElementById("make-passkey");
  const entering = document.getElementById("use-passkey");
  if (making) prepare(making, (options) => PublicKeyCredential.parseCreationOptionsFromJSON(options), (request) => navigator.credentials.create(request));
  if (entering) prepare(entering, (options) => PublicKeyCredential.parseRequestOptionsFromJSON(options), (request) => navigator.credentials.get(request));
}
