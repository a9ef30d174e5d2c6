/* One case in the grid: its thumbnail with outlines and errors, and the chosen numbers. */

import { addressOf, state } from "./state.js";
import { bitsOf, thumbAddress } from "./pictures.js";
import { drawErrors, stencils } from "./hatches.js";
import { drawOutline, outlineOf } from "./outlines.js";
import { make } from "./dom.js";
import { columnLabel, modelOf, number, spoken } from "./words.js";

const REFERENCE_BIT = 128;
export const MOST_MODELS = 7;
const WAIT_MS = 60; // tiles that rush past ask for nothing

/** Lines of numbers under a picture: the name of a score, and it for two models at most. */
export function linesOf(study, names) {
  const lines = [];
  for (const name of names) {
    const { metric } = study.columns.find((one) => one.name === name) ?? { metric: name };
    const last = lines.at(-1);
    if (last?.metric === metric && last.names.length < 2) last.names.push(name);
    else lines.push({ metric, label: last?.metric === metric ? "" : spoken(metric), names: [name] });
  }
  return lines;
}

export class Tile {
  constructor(study) {
    this.study = study;
    this.picture = make("img", { alt: "", draggable: false });
    this.drawing = make("canvas", { "aria-hidden": "true" });
    this.broken = make("span", { className: "broken", textContent: "This picture cannot be shown", hidden: true });
    this.name = make("span", { className: "tile-name" });
    this.mark = make("span", { className: "tile-flag" });
    this.numbers = make("span", { className: "tile-numbers" });
    this.link = make("a", { className: "tile-link", tabIndex: -1 },
      make("span", { className: "tile-picture" }, this.picture, this.drawing, this.broken),
      make("span", { className: "tile-words" }, this.name, this.mark, this.numbers));
    this.box = make("input", { type: "checkbox", className: "tile-choose", tabIndex: -1 });
    this.element = make("div", { className: "tile" }, this.link, this.box);
    this.element.setAttribute("role", "listitem");
    this.picture.addEventListener("error", () => this.#showBroken(true));
  }

  /** Stand for another rank; `row` is absent until it has come from the server. */
  show(rank, row, list) {
    const isSame = this.row && this.row === row && this.rank === rank;
    this.rank = rank;
    this.element.dataset.rank = rank;
    this.element.setAttribute("aria-posinset", rank + 1);
    this.element.setAttribute("aria-setsize", list.total);
    if (isSame) return;
    this.clear();
    if (!row) return;
    this.row = row;
    this.#showWords(list.columns);
    this.waiting = setTimeout(() => this.#showPicture(), WAIT_MS);
  }

  clear() {
    clearTimeout(this.waiting);
    this.stopper?.abort();
    this.row = null;
    this.picture.removeAttribute("src");
    this.#showBroken(false);
    this.drawing.width = 0;
    this.name.textContent = "";
    this.mark.textContent = "";
    this.numbers.replaceChildren();
    this.link.removeAttribute("aria-label");
  }

  #showWords(columns) {
    const { chosen } = state();
    this.link.href = addressOf({ ...state(), case: this.row.case });
    this.name.textContent = this.row.case;
    this.name.title = this.row.case;
    this.mark.textContent = this.row.flag ? `⚑ ${this.row.flag}` : "";
    const valueOf = (name) => this.row.values[columns.indexOf(name)];
    this.numbers.replaceChildren(...linesOf(this.study, columns).map(({ label, names }) => make("span", { className: "tile-line" },
      make("span", { className: "tile-score", textContent: label, title: label }), names.map((name) => this.#number(name, valueOf(name))))));
    this.box.checked = chosen.includes(this.row.case);
    this.box.setAttribute("aria-label", `choose ${this.row.case}`);
    this.element.classList.toggle("is-chosen", this.box.checked);
    const said = columns.map((name, place) => `${columnLabel(this.study, name)} ${number(this.row.values[place])}`);
    const flagged = this.row.flag ? [`flagged ${this.row.flag}`] : [];
    this.link.setAttribute("aria-label", [`${this.rank + 1}: ${this.row.case}`, ...said, ...flagged].join(", "));
  }

  #number(name, value) {
    const column = this.study.columns.find((one) => one.name === name);
    const model = modelOf(this.study, column?.model);
    const shown = make("span", { title: `${columnLabel(this.study, name)}: ${number(value)}` });
    if (model) {
      const dot = make("i", { className: "dot" });
      dot.style.background = model.colour;
      shown.append(dot);
    }
    shown.append(number(value));
    return shown;
  }

  async #showPicture() {
    const { row } = this;
    this.picture.src = thumbAddress(row.case);
    this.stopper = new AbortController();
    const shown = state().models.filter((id) => modelOf(this.study, id)?.has_masks).slice(0, MOST_MODELS);
    if (!shown.length && !this.study.has_reference) return;
    try {
      const bits = await bitsOf(row.case, shown, this.stopper.signal);
      await this.picture.decode();
      if (this.row === row) this.#draw(bits, shown);
    } catch {
      // Without masks, or without its picture, the tile says what it has.
    }
  }

  #draw(bits, shown) {
    const ratio = devicePixelRatio;
    const { clientWidth, clientHeight } = this.drawing;
    Object.assign(this.drawing, { width: clientWidth * ratio, height: clientHeight * ratio });
    const context = this.drawing.getContext("2d");
    const scale = Math.min(this.drawing.width / bits.width, this.drawing.height / bits.height);
    const size = [bits.width * scale, bits.height * scale];
    const place = [(this.drawing.width - size[0]) / 2, (this.drawing.height - size[1]) / 2, ...size];
    const holds = (bit) => (at) => (bits.values[at] & bit) !== 0;
    if (shown.length && this.study.has_reference) {
      drawErrors(context, stencils(bits.width, bits.height, holds(1), holds(REFERENCE_BIT)), place, ratio);
    }
    shown.forEach((id, bit) => {
      drawOutline(context, outlineOf(bits.width, bits.height, holds(1 << bit)), place, modelOf(this.study, id).colour, ratio);
    });
    if (this.study.has_reference) {
      drawOutline(context, outlineOf(bits.width, bits.height, holds(REFERENCE_BIT)), place, "#fff", ratio);
    }
  }

  #showBroken(isBroken) {
    this.broken.hidden = !isBroken;
    this.picture.hidden = isBroken;
    this.drawing.hidden = isBroken;
  }
}
