/* What lies under the pointer, or in the middle of the view: place, probabilities, value of a map. */

import { contentOf } from "./content.js";
import { has, scaleOf, valueOf } from "./layers.js";
import { make } from "./dom.js";
import { modelOf, number } from "./words.js";
import { probabilityOf } from "./pictures.js";

export class Readout {
  constructor(study) {
    this.study = study;
    this.element = make("p", { className: "readout" });
  }

  async show({ id, layer, models, pair, facts, longest }, shares) {
    const turn = Symbol("turn");
    this.turn = turn;
    const isInside = shares.every((share) => share >= 0 && share < 1);
    if (!isInside || !facts) {
      this.element.textContent = "";
      return;
    }
    const asked = (layer.isDifference ? models.slice(0, 1) : models).map((model) => this.#of({ id, layer, model, pair, longest }, shares));
    const found = await Promise.allSettled(asked);
    if (this.turn !== turn) return;
    const [column, row] = [Math.floor(shares[0] * facts.width_px), Math.floor(shares[1] * facts.height_px)];
    const said = found.map((one) => one.value).filter(Boolean);
    this.element.textContent = [`column ${column}, row ${row}`, ...said].join(" · ");
  }

  async #of({ id, layer, model, pair, longest }, shares) {
    const known = modelOf(this.study, model);
    const words = [];
    if (known.has_probabilities && !layer.isDifference) words.push(`probability ${number(byteAt(await probabilityOf(id, model), shares) / 255)}`);
    if (layer.map && (layer.isDifference || has(known, layer))) {
      const { bytes } = await contentOf({ study: this.study, id, model, pair, layer, longest });
      const scale = scaleOf(this.study, layer);
      words.push(`${layer.label.toLowerCase()} ${number(valueOf(scale, byteAt(bytes, shares)))} ${scale.unit}`);
    }
    const whose = layer.isDifference ? "" : `${known.label}: `;
    return words.length ? whose + words.join(", ") : "";
  }
}

function byteAt({ width, height, values }, [across, down]) {
  return values[Math.floor(down * height) * width + Math.floor(across * width)];
}
