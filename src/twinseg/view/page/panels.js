/* Which panels stand beside each other: all models, the pair with a divider, or one after the other. */

import { adjust, state } from "./state.js";
import { announce, make } from "./dom.js";
import { followPointers } from "./moves.js";
import { modelOf } from "./words.js";
import { Panel } from "./panel.js";

export class Panels {
  constructor(study, { onMove, onStack }) {
    this.study = study;
    this.blinked = 0;
    this.panels = [];
    this.element = make("div", { className: "panels" });
    this.divider = this.#divider();
    followPointers(this.element, (target) => this.panels.find((one) => one.stage.contains(target)), { onMove, onStack });
  }

  show(wanted) {
    this.longest = wanted.longest;
    const arranged = this.#arranged(wanted);
    const key = JSON.stringify(arranged);
    if (key !== this.arranged) this.#arrange(arranged);
    this.arranged = key;
    this.panels.forEach((panel) => panel.show(wanted));
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      this.panels.forEach((panel) => panel.draw());
      this.#moveDivider();
    });
  }

  blink() {
    this.blinked = 1 - this.blinked;
  }

  /** The models of each panel, and its title. */
  #arranged({ layer, pair }) {
    const label = (id) => modelOf(this.study, id)?.label ?? id;
    if (layer.isDifference) return [{ models: [pair[1]], title: `${label(pair[1])} minus ${label(pair[0])}` }];
    if (state().layout === "swipe" && pair.length === 2) return [{ models: pair, title: `${label(pair[0])} | ${label(pair[1])}` }];
    if (state().layout === "blink" && pair.length === 2) {
      const model = pair[this.blinked];
      return [{ models: [model], title: `${label(model)} (b: the other)` }];
    }
    const models = (state().models.length ? state().models : pair).filter((id) => modelOf(this.study, id));
    if (!models.length) return [{ models: [""], title: "Picture" }];
    return models.map((id) => ({ models: [id], title: label(id) }));
  }

  #arrange(arranged) {
    this.panels = arranged.map(({ models, title }) => new Panel(this.study, models, this.#title(models, title)));
    this.element.dataset.count = this.panels.length;
    this.element.replaceChildren(...this.panels.map((panel) => panel.element));
    const isSwipe = this.panels[0]?.models.length === 2;
    if (isSwipe) this.panels[0].stage.append(this.divider);
    this.#moveDivider();
    if (state().layout === "blink") announce(arranged[0].title);
  }

  #title(models, title) {
    const dots = models.filter(Boolean).map((id) => {
      const dot = make("i", { className: "dot" });
      dot.style.background = modelOf(this.study, id).colour;
      return dot;
    });
    return make("span", {}, dots, title);
  }

  #divider() {
    const made = make("div", { className: "divider", tabIndex: 0 });
    made.setAttribute("role", "slider");
    made.setAttribute("aria-label", "Divider between the pair");
    made.setAttribute("aria-valuemin", 0);
    made.setAttribute("aria-valuemax", 100);
    const put = (share) => adjust({ divider: Math.max(0, Math.min(1, share)) });
    made.addEventListener("pointerdown", (event) => {
      made.setPointerCapture(event.pointerId);
      event.stopPropagation();
    });
    made.addEventListener("pointermove", (event) => {
      if (!made.hasPointerCapture(event.pointerId)) return;
      event.stopPropagation();
      const box = made.parentElement.getBoundingClientRect();
      put((event.clientX - box.left) / box.width);
    });
    made.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
      if (!step) return;
      event.stopPropagation();
      event.preventDefault();
      put(state().divider + step);
    });
    return made;
  }

  #moveDivider() {
    this.divider.style.left = `${100 * state().divider}%`;
    this.divider.setAttribute("aria-valuenow", Math.round(100 * state().divider));
  }
}
