/* The buttons above the panels: where we are, layers, layout, slices, which pair. */

import { adjust, state } from "./state.js";
import { count, short } from "./words.js";
import { button, make } from "./dom.js";
import { modelChooser, opacityField } from "./bar.js";
import { pairOf } from "./choices.js";
import { picker } from "./chooser.js";
import { Points } from "./points.js";
import { wholePicture, zoomBy } from "./moves.js";

export class CaseControls {
  constructor(view) {
    this.view = view;
    this.title = make("h2", { tabIndex: -1 });
    this.place = make("p", { className: "small" });
    this.problem = make("p", { className: "error" });
    this.problem.setAttribute("role", "alert");
    this.previous = button("←", "Previous case", () => view.step(-1));
    this.next = button("→", "Next case", () => view.step(1));
    this.layers = make("div", { className: "layers" });
    this.layers.setAttribute("role", "group");
    this.layers.setAttribute("aria-label", "Layers");
    this.more = make("span", {});
    this.models = modelChooser(view.study);
    this.points = new Points(view.study);
    this.swipe = button("Swipe", "Swipe: a divider between the pair", () => view.setLayout("swipe"));
    this.blink = button("Blink", "Blink: one of the pair after the other", () => view.blink());
    this.side = button("Side by side", "Side by side", () => adjust({ layout: "side" }));
    const zoom = make("div", { className: "joined" }, button("−", "Zoom out", () => zoomBy(-1)), button("+", "Zoom in", () => zoomBy(1)), button("Fit", "Whole picture", wholePicture));
    this.stack = this.#stack();
    const layout = make("div", { className: "joined" }, this.side, ...(pairOf(view.study).length === 2 ? [this.swipe, this.blink] : []));
    this.element = make("div", { className: "controls" },
      make("div", { className: "row" }, button("Back to all", "Back to all cases", () => view.leave()), make("div", { className: "joined" }, this.previous, this.next), this.title, this.place),
      this.problem,
      make("div", { className: "row" }, this.layers, this.more, layout, zoom, this.models.element, this.points.element, opacityField()),
      this.stack);
    this.follow();
  }

  name(id) {
    this.title.textContent = id;
    this.problem.textContent = "";
  }

  focus() {
    this.title.focus({ preventScroll: true });
  }

  fail(message) {
    this.problem.textContent = message;
  }

  show(facts, rank, total) {
    const { group, width_px, height_px, spacing_mm } = facts;
    const spacing = spacing_mm ? `, ${spacing_mm.map(short).join(" × ")} mm a pixel` : "";
    const order = rank === null ? "not among the cases found" : `${count(rank + 1)} of ${count(total)}`;
    this.place.textContent = `${order} · group ${group} · ${width_px} × ${height_px} px${spacing}`;
    this.previous.disabled = !rank;
    this.next.disabled = rank === null || rank + 1 >= total;
    this.points.show(facts);
    const slices = facts.slices ?? [];
    this.stack.hidden = slices.length < 2;
    if (this.stack.hidden) return;
    this.slices = slices;
    this.slider.max = slices.length - 1;
    this.slider.value = slices.indexOf(facts.case);
    this.sliceWords.textContent = `slice ${slices.indexOf(facts.case) + 1} of ${slices.length}`;
    this.slider.setAttribute("aria-valuetext", this.sliceWords.textContent);
  }

  follow() {
    const { layer, layers } = this.view;
    this.#offer(layers);
    this.buttons.forEach((one) => one.setAttribute("aria-pressed", one.value === layer.id));
    this.further.select.value = layer.isFurther ? layer.id : "";
    for (const name of ["side", "swipe", "blink"]) this[name].setAttribute("aria-pressed", state().layout === name);
    for (const name of ["swipe", "blink"]) this[name].disabled = Boolean(layer.isDifference); // it is one picture
    this.models.follow();
  }

  #offer(layers) {
    const names = layers.map((one) => one.id).join();
    if (names === this.offered) return;
    this.offered = names;
    this.buttons = layers.filter((one) => !one.isFurther).map((one, index) => {
      const made = button(one.label, `${one.label} (key ${index + 1})`, () => adjust({ layer: one.id }));
      return Object.assign(made, { value: one.id });
    });
    const further = layers.filter((one) => one.isFurther).map((one) => [one.id, one.label]);
    this.further = picker("More maps", [["", "–"], ...further], "", (id) => adjust({ layer: id || layers[0].id }));
    this.further.element.hidden = !further.length;
    this.layers.replaceChildren(...this.buttons);
    this.more.replaceChildren(this.further.element);
  }

  #stack() {
    this.slider = make("input", { type: "range", min: 0, value: 0 });
    this.slider.setAttribute("aria-label", "Slice");
    this.sliceWords = make("span", { className: "small" });
    this.slider.addEventListener("input", () => adjust({ case: this.slices[Number(this.slider.value)] }));
    return make("div", { className: "row stack", hidden: true }, this.slider, this.sliceWords);
  }
}
