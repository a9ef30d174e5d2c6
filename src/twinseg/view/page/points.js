/* The same case at other points of a grid: at another seed, fold or amount of data. */

import { columnOf, pairOf } from "./choices.js";
import { go, state } from "./state.js";
import { button, make } from "./dom.js";
import { pairPicker } from "./bar.js";

export class Points {
  constructor(study) {
    this.study = study;
    this.picker = pairPicker(study);
    this.element = this.picker && make("div", { className: "joined points" },
      button("‹", "The same case in the pair before ([)", () => this.go(-1)), this.picker, button("›", "The same case in the next pair (])", () => this.go(1)));
  }

  /** Pairs that were not tested on the case, as it was in another fold, cannot be chosen. */
  show(facts) {
    if (!this.picker) return;
    this.tested = this.study.contrasts.filter((one) => isTested(this.study, one, facts)).map((one) => one.id);
    for (const option of this.picker.querySelectorAll("option")) option.disabled = option.value !== "" && !this.tested.includes(option.value);
    this.element.querySelectorAll("button").forEach((one) => (one.disabled = this.tested.length < 2));
  }

  go(steps) {
    if (!this.tested?.length) return;
    const { length } = this.tested;
    const now = this.tested.indexOf(state().pair || this.study.contrasts[0].id);
    const next = now < 0 ? (steps > 0 ? 0 : length - 1) : (now + steps + length) % length;
    const pair = this.tested[next];
    go({ pair, models: pairOf(this.study, pair) });
  }
}

function isTested(study, { first, second }, { values }) {
  return [first, second].every((model) => values[columnOf(study, "dice", model)?.name] != null);
}
