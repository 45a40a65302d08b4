// A feed is uploaded with its progress shown, and may be dropped onto the field. Without this script the form does the same, silently.
const form = document.querySelector("form[data-upload]");

function told(text) {
  form.querySelector("[data-told]").textContent = text;
}

function isTooLarge(file) {
  const most = Number(form.dataset.most);
  const too = Boolean(file) && file.size > most;
  told(too ? form.dataset.tooLarge : "");
  return too;
}

function send(event) {
  const file = form.elements.feed.files[0];
  if (!file) return;
  event.preventDefault();
  if (isTooLarge(file)) return;
  const bar = form.querySelector("progress");
  const button = form.querySelector("button");
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (sent) => {
    if (sent.lengthComputable) bar.value = (100 * sent.loaded) / sent.total;
  });
  request.upload.addEventListener("load", () => {
    bar.removeAttribute("value");
    told(form.dataset.checking);
  });
  const failed = () => {
    bar.hidden = true;
    button.disabled = false;
    told(form.dataset.failed);
  };
  request.addEventListener("error", failed);
  request.addEventListener("load", () => {
    if (request.status < 400) location.assign(request.responseURL);
    else form.submit(); // it is refused once more, and the page says why
  });
  bar.hidden = false;
  button.disabled = true;
  request.open("POST", form.action);
  request.send(new FormData(form));
}

function dropping(zone) {
  zone.querySelector("[data-drop-hint]").hidden = false;
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files.length === 0) return;
    form.elements.feed.files = event.dataTransfer.files;
    isTooLarge(form.elements.feed.files[0]);
  });
}

if (form) {
  form.addEventListener("submit", send);
  form.elements.feed.addEventListener("change", () => isTooLarge(form.elements.feed.files[0]));
  dropping(form.querySelector(".drop"));
}
