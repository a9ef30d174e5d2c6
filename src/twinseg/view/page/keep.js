/* Flags and notes: kept by the server in a file of their own, beside the study's tables. */

import { announce, make } from "./dom.js";
import { post } from "./server.js";

const FLAG = "look";

export class Keep {
  constructor(session) {
    this.session = session;
    this.button = make("button", { type: "button", className: "flag" });
    this.button.setAttribute("aria-keyshortcuts", "f");
    this.note = make("textarea", { id: "note", rows: 2, placeholder: "A note on this case" });
    this.said = make("span", { className: "small" });
    this.said.setAttribute("role", "status");
    this.element = make("div", { className: "keep" }, this.button,
      make("label", { htmlFor: "note", textContent: "Note" }), this.note, this.said);
    this.button.addEventListener("click", () => this.toggle());
    this.note.addEventListener("change", () => this.#save());
  }

  show({ case: id, flag, note }) {
    this.id = id;
    this.flag = flag;
    this.note.value = note;
    this.said.textContent = "";
    this.#mark();
  }

  toggle() {
    this.flag = this.flag ? "" : FLAG;
    this.#mark();
    announce(this.flag ? "flagged" : "flag taken away");
    this.#save();
  }

  #mark() {
    this.button.setAttribute("aria-pressed", this.flag !== "");
    this.button.textContent = this.flag ? "⚑ Flagged" : "⚐ Flag";
  }

  async #save() {
    const { id, flag } = this;
    try {
      await post("/api/flag", { case: id, flag, note: this.note.value });
      this.session.list.setFlag(id, flag);
      this.session.isFlagChanged = true;
      this.session.grid.renew();
      this.said.textContent = "kept";
    } catch (error) {
      this.said.textContent = error.message;
    }
  }
}
