/* The figure as it would be downloaded, drawn anew when what is wanted of it changes. */

import { make, settled } from "./dom.js";
import { postForFile } from "./server.js";

const WAIT_MS = 400;

export class Preview {
  /** `wanted()` says what is asked for, as the server takes it. */
  constructor(wanted) {
    this.wanted = wanted;
    this.said = make("p", { className: "small" });
    this.said.setAttribute("role", "status");
    this.picture = make("img", { className: "preview", alt: "The figure as it will be", hidden: true });
    this.element = make("div", {}, this.said, this.picture);
    this.drawSoon = settled(() => this.draw(), WAIT_MS);
  }

  async draw() {
    const wanted = { ...this.wanted(), format: "png" };
    this.latest = wanted;
    if (!wanted.cases.length || !wanted.panels.length) {
      this.#show(null, "");
      return;
    }
    this.said.textContent = "Drawing the preview …";
    try {
      const file = await postForFile("/api/figure", wanted);
      if (this.latest === wanted) this.#show(file, "");
    } catch (error) {
      if (this.latest === wanted) this.#show(null, error.message);
    }
  }

  #show(file, words) {
    if (this.picture.src) URL.revokeObjectURL(this.picture.src);
    this.picture.hidden = !file;
    if (file) this.picture.src = URL.createObjectURL(file);
    this.said.textContent = words;
  }
}
