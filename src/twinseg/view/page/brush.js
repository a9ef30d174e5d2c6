/* Drag over a plot to choose a part of it; arrow keys and Enter do the same. */

import { draw } from "./dom.js";

const STEP = 0.02;
const SMALLEST = 0.01;
const EDGE = 0.015;

/**
 * `area` is { left, top, width, height } in the units of the drawing. `done` gets
 * { left, right, top, bottom } as shares of it; `clicked` gets a point that was not dragged.
 */
export function brush(svg, area, { isFlat = false, label, done, clicked = () => {} }) {
  const shade = draw("rect", { class: "brush", hidden: "" });
  const frame = draw("rect", { class: "brush-area", x: area.left, y: area.top, width: area.width, height: area.height, tabindex: 0, role: "application", "aria-label": label });
  svg.append(shade, frame);
  let from = null;
  let part = null;

  const show = (next) => {
    part = next;
    if (!part) return shade.setAttribute("hidden", "");
    if (isFlat) Object.assign(part, { top: 0, bottom: 1 });
    shade.removeAttribute("hidden");
    shade.setAttribute("x", area.left + part.left * area.width);
    shade.setAttribute("width", (part.right - part.left) * area.width);
    shade.setAttribute("y", area.top + part.top * area.height);
    return shade.setAttribute("height", (part.bottom - part.top) * area.height);
  };
  const pointOf = (event) => {
    const box = frame.getBoundingClientRect();
    return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
  };
  frame.addEventListener("pointerdown", (event) => {
    from = pointOf(event);
    frame.setPointerCapture(event.pointerId);
  });
  frame.addEventListener("pointermove", (event) => from && show(between(from, pointOf(event))));
  frame.addEventListener("pointercancel", () => show((from = null)));
  frame.addEventListener("pointerup", () => {
    if (!from) return;
    const isDragged = part && (part.right - part.left > SMALLEST || (!isFlat && part.bottom - part.top > SMALLEST));
    if (isDragged) done(part);
    else clicked(from);
    from = null;
  });
  frame.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
    if (event.key in moves) show(moved(part, moves[event.key], event.shiftKey));
    else if (event.key === "Enter" && part) done(part);
    else if (event.key === "Escape" && part) show(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/** Within the plot; next to its edge is its edge, so that no extreme is lost by a pixel. */
const within = (share) => (share < EDGE ? 0 : share > 1 - EDGE ? 1 : share);

const between = ([x, y], [otherX, otherY]) => ({
  left: Math.min(x, otherX), right: Math.max(x, otherX), top: Math.min(y, otherY), bottom: Math.max(y, otherY),
});

/** The part moved by a step, or with Shift its far corner. */
function moved(part, [x, y], isResized) {
  const old = part ?? { left: 0.35, right: 0.65, top: 0.35, bottom: 0.65 };
  const next = { ...old, right: within(old.right + x), bottom: within(old.bottom + y) };
  if (!isResized) Object.assign(next, { left: within(old.left + x), top: within(old.top + y) });
  return between([next.left, next.top], [next.right, next.bottom]);
}
