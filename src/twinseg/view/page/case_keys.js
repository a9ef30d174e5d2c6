/* Keys of the case view; `help.js` tells people of them. */

import { adjust } from "./state.js";
import { find, isTyping } from "./dom.js";
import { panBy, wholePicture, zoomBy } from "./moves.js";

const PANS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function listenToKeys(view) {
  const keys = {
    ArrowLeft: () => view.step(-1), ArrowRight: () => view.step(1),
    ArrowUp: () => view.slice(-1), ArrowDown: () => view.slice(1),
    "+": () => zoomBy(1), "=": () => zoomBy(1), "-": () => zoomBy(-1), 0: wholePicture,
    "[": () => view.controls.points.go(-1), "]": () => view.controls.points.go(1),
    f: () => view.keep.toggle(), n: () => view.keep.note.focus(),
    s: () => view.setLayout("swipe"), b: () => view.blink(), Escape: () => view.leave(),
  };
  document.addEventListener("keydown", (event) => {
    if (find("#case").hidden || find("#dialog").open || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.target.type === "range" && event.key.startsWith("Arrow")) return;
    const layer = /^[1-9]$/.test(event.key) ? view.layers.filter((one) => !one.isFurther)[Number(event.key) - 1] : undefined;
    const work = layer ? () => adjust({ layer: layer.id }) : event.shiftKey && event.key in PANS ? () => panBy(...PANS[event.key]) : keys[event.key];
    if (!work) return;
    event.preventDefault();
    work();
  });
}
