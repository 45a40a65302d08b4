// Suggestions for a place while it is typed: the combobox pattern of ARIA 1.2 (list autocomplete, nothing chosen by itself).
// Without this script the field is plain text, and the server asks about what could mean several places.

const PAUSE_MS = 120;
const csrf = document.querySelector("meta[name=csrf]").content;

class PlaceField {
  constructor(root) {
    this.root = root;
    this.input = root.querySelector("input:not([type])");
    this.list = root.querySelector("[role=listbox]");
    this.status = root.querySelector("[role=status]");
    this.finds = [];
    this.active = -1;
    for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": this.list.id })) {
      this.input.setAttribute(name, value);
    }
    this.input.addEventListener("input", () => { this.forget(); this.later(); });
    this.input.addEventListener("focus", () => { if (!this.input.value) this.later(); });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose([...this.list.children].indexOf(option));
    });
  }

  // What was chosen holds for the words it was chosen with.
  forget() {
    const hidden = this.root.querySelector("input[type=hidden]");
    if (hidden) hidden.value = "";
    this.root.querySelector("fieldset.choices")?.remove();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE_MS);
  }

  async ask() {
    this.asking?.abort();
    this.asking = new AbortController();
    const about = { text: this.input.value, rider_id: this.root.dataset.rider || null };
    try {
      const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRF-Token": csrf };
      const answer = await fetch("/places", { method: "POST", signal: this.asking.signal, headers, body: JSON.stringify(about) });
      if (answer.ok && document.activeElement === this.input) this.show(await answer.json());
    } catch {
      this.close(); // no connection: the field goes on as plain text
    }
  }

  show(finds) {
    this.finds = finds;
    this.active = -1;
    this.list.replaceChildren(...finds.map((find, number) => this.option(find, number)));
    this.input.removeAttribute("aria-activedescendant");
    this.open(finds.length > 0);
    const { one, many, none } = this.root.dataset;
    this.status.textContent = finds.length === 1 ? one : finds.length ? many.replace("{count}", finds.length) : this.input.value ? none : "";
  }

  option(find, number) {
    const option = document.createElement("li");
    option.id = `${this.list.id}-${number}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.className = `kind-${find.kind}`;
    const name = document.createElement("strong");
    name.textContent = find.name;
    option.append(name);
    if (find.detail) option.append(` ${find.detail}`);
    return option;
  }

  open(isOpen) {
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
  }

  close() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.open(false);
    this.input.removeAttribute("aria-activedescendant");
    this.active = -1;
  }

  key(event) {
    const isOpen = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (isOpen) this.move(event.key === "ArrowDown" ? 1 : -1);
      else this.ask();
    } else if (event.key === "Enter" && isOpen && this.active >= 0) {
      event.preventDefault();
      this.choose(this.active);
    } else if (event.key === "Tab" && isOpen && this.active >= 0) {
      this.choose(this.active);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
  }

  move(step) {
    const count = this.finds.length;
    this.active = this.active < 0 && step < 0 ? count - 1 : (this.active + step + count) % count;
    [...this.list.children].forEach((option, number) => option.setAttribute("aria-selected", String(number === this.active)));
    const option = this.list.children[this.active];
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  choose(number) {
    const find = this.finds[number];
    this.forget();
    this.input.value = find.name;
    let hidden = this.root.querySelector("input[type=hidden]");
    if (!hidden) {
      hidden = Object.assign(document.createElement("input"), { type: "hidden", name: `${this.input.name}_id` });
      this.root.append(hidden);
    }
    hidden.value = find.id;
    this.close();
    this.status.textContent = find.name;
    this.input.dispatchEvent(new CustomEvent("place:chosen", { bubbles: true, detail: find }));
  }
}

export function enhance(within = document) {
  for (const root of within.querySelectorAll("[data-place]")) {
    if (!root.dataset.enhanced) {
      root.dataset.enhanced = "yes";
      new PlaceField(root);
    }
  }
}

enhance();
