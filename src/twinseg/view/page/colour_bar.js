/* The scale that all panels share, with its unit. */

import { coloursOf } from "./colours.js";
import { isDiverging, scaleOf } from "./layers.js";
import { make } from "./dom.js";
import { number } from "./words.js";

const STEPS = 256;
const HEIGHT = 12;
const GROUND = "#969696";

/** Nothing for layers whose colours are no values. */
export function colourBar(study, layer) {
  const scale = scaleOf(study, layer);
  if (!scale) return null;
  const canvas = make("canvas", { width: STEPS, height: HEIGHT });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `colours from ${number(scale.low)} to ${number(scale.limit)} ${scale.unit}`);
  const context = canvas.getContext("2d");
  context.fillStyle = GROUND;
  context.fillRect(0, 0, STEPS, HEIGHT);
  const table = coloursOf(isDiverging(scale));
  for (let step = 0; step < STEPS; step += 1) {
    const [red, green, blue, cover] = table.subarray(4 * step, 4 * step + 4);
    context.fillStyle = `rgba(${red}, ${green}, ${blue}, ${cover / 255})`;
    context.fillRect(step, 0, 1, HEIGHT);
  }
  const middle = isDiverging(scale) ? make("span", { textContent: "0" }) : null;
  return make("div", { className: "colour-bar" },
    make("span", { textContent: number(scale.low) }), make("span", { className: "colours" }, canvas, middle),
    make("span", { textContent: number(scale.limit) }), make("span", { className: "unit", textContent: scale.unit }));
}
