/* One case: its panels in step, layers, numbers, slices, flag and note. */

import { adjust, go, onChange, state } from "./state.js";
import { ask } from "./server.js";
import { CaseControls } from "./case_controls.js";
import { colourBar } from "./colour_bar.js";
import { fetchAhead } from "./panel.js";
import { find, make } from "./dom.js";
import { Keep } from "./keep.js";
import { layersOf } from "./layers.js";
import { listenToKeys } from "./case_keys.js";
import { legendOf } from "./bar.js";
import { setReach, WHOLE } from "./moves.js";
import { numbersOf } from "./numbers.js";
import { pairOf } from "./choices.js";
import { Panels } from "./panels.js";
import { Readout } from "./readout.js";

const FINER_FROM_ZOOM = 2;
const LONGEST_PX = 1024;
const FINER_PX = 3072;

export class CaseView {
  constructor(session) {
    this.session = session;
    this.study = session.study;
    this.keep = new Keep(session);
    this.readout = new Readout(this.study);
    this.panels = new Panels(this.study, { onMove: (shares) => this.#point(shares), onStack: (steps) => this.slice(steps) });
    this.controls = new CaseControls(this);
    this.legend = make("div", { className: "legend" });
    this.numbers = make("div", { className: "numbers" });
    find("#case").append(this.controls.element, this.panels.element,
      make("div", { className: "under" }, this.legend, this.readout.element),
      make("div", { className: "beside" }, this.numbers, this.keep.element));
    listenToKeys(this);
    onChange((changed) => this.#changed(changed));
  }

  get layers() {
    return layersOf(this.study, pairOf(this.study));
  }

  /** The chosen layer; the same value as long as it is chosen, so that it can be compared. */
  get layer() {
    const { layers } = this;
    const chosen = layers.find((one) => one.id === state().layer) ?? layers[0];
    if (chosen.id !== this.latest?.id) this.latest = chosen;
    return this.latest;
  }

  /** Open a case; its pictures do not wait for its numbers. */
  async show(id) {
    const isOpened = this.id === undefined;
    this.id = id;
    this.facts = this.facts?.stack && this.facts.slices.includes(id) ? this.facts : null;
    this.controls.name(id);
    this.#showPanels();
    if (isOpened) this.controls.focus();
    try {
      const [facts, rank] = await Promise.all([ask("/api/case", { case: id }), this.session.list.rankOf(id)]);
      if (this.id !== id) return;
      this.facts = facts;
      this.rank = rank;
    } catch (error) {
      if (this.id === id) this.controls.fail(error.message);
      return;
    }
    this.keep.show(this.facts);
    this.numbers.replaceChildren(...numbersOf(this.study, this.facts).filter(Boolean));
    this.controls.show(this.facts, this.rank, this.session.list.total);
    setReach(this.facts.slide);
    if (this.facts.slide) this.#showPanels();
    this.#point(null);
    this.#lookAhead(id);
  }

  close() {
    this.id = undefined;
    this.facts = null;
  }

  /** Show again with other numbers, after the study went on. */
  renew() {
    if (this.id !== undefined) this.show(this.id);
  }

  /** The case some ranks further on in the current order. */
  async step(steps) {
    const rank = (this.rank ?? -1) + steps;
    if (this.rank === null || rank < 0 || rank >= this.session.list.total) return;
    const row = await this.session.list.row(rank);
    adjust({ case: row.case, ...WHOLE });
  }

  slice(steps) {
    const slices = this.facts?.slices ?? [];
    const place = slices.indexOf(this.id) + steps;
    if (place >= 0 && place < slices.length && slices.length > 1) adjust({ case: slices[place] });
  }

  leave() {
    go({ case: "", ...WHOLE });
  }

  setLayout(layout) {
    adjust({ layout: state().layout === layout ? "side" : layout });
  }

  blink() {
    if (state().layout === "blink") this.panels.blink();
    else adjust({ layout: "blink" });
    this.#showPanels();
  }

  #wanted() {
    const longest = state().zoom > FINER_FROM_ZOOM ? FINER_PX : LONGEST_PX;
    return { id: this.id, layer: this.layer, pair: pairOf(this.study), facts: this.facts, longest };
  }

  #showPanels() {
    this.panels.show(this.#wanted());
    const bar = colourBar(this.study, this.layer);
    this.legend.replaceChildren(...(bar ? [bar] : this.layer.needs ? legendOf(this.study) : []));
  }

  #point(shares) {
    this.pointed = shares;
    const { center_x, center_y } = state();
    this.readout.show({ ...this.#wanted(), models: state().models }, shares ?? [center_x, center_y]);
  }

  #changed(changed) {
    if (this.id === undefined || state().case !== this.id) return;
    const others = ["layer", "layout", "models", "pair"];
    const isFiner = changed.has("zoom") && this.#wanted().longest !== this.panels.longest;
    if (isFiner || others.some((name) => changed.has(name))) this.#showPanels();
    else this.panels.draw();
    if (!this.pointed && ["zoom", "center_x", "center_y", "layer"].some((name) => changed.has(name))) this.#point(null);
    this.controls.follow();
  }

  #lookAhead(id) {
    const next = this.session.list.here((this.rank ?? -1) + 1);
    const slices = this.facts.slices ?? [];
    const place = slices.indexOf(id);
    const likely = [next?.case, place >= 0 ? slices[place + 1] : undefined].filter(Boolean);
    likely.forEach((one) => fetchAhead(one, LONGEST_PX));
  }
}
