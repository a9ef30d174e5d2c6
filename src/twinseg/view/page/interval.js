/* A mean difference, second minus first, with its interval, against no difference. */

import { draw, make } from "./dom.js";
import { number } from "./words.js";

const WIDTH = 480;
const HEIGHT = 66;
const MARGIN = 50;
const LINE_Y = 34;

export function intervalPicture({ mean, low, high, level }, unit, [first, second]) {
  const words = `${number(mean)} ${unit}, ${100 * level} % interval ${number(low)} to ${number(high)}`;
  const svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words });
  const sides = [`← ${first} higher`, "no difference", `${second} higher →`].map((said) => make("span", { textContent: said }));
  const figure = make("figure", { className: "interval" }, svg, make("figcaption", {}, sides));
  if ([mean, low, high].some((value) => value === null)) return figure;
  const reach = Math.max(Math.abs(low), Math.abs(high)) * 1.15 || 1;
  const x = (value) => WIDTH / 2 + (value / reach) * (WIDTH / 2 - MARGIN);
  svg.append(
    draw("line", { class: "axis", x1: x(0), x2: x(0), y1: 8, y2: HEIGHT - 4, "stroke-dasharray": "3 3" }),
    draw("line", { class: "range", x1: x(low), x2: x(high), y1: LINE_Y, y2: LINE_Y }),
    draw("circle", { class: "mean", cx: x(mean), cy: LINE_Y, r: 6 }),
    text(x(low), LINE_Y + 22, number(low), low === high ? "middle" : "end"), text(x(high), LINE_Y + 22, number(high), "start"),
    text(x(mean), LINE_Y - 13, number(mean), "middle"),
  );
  return figure;
}

function text(x, y, words, anchor) {
  const made = draw("text", { x, y, "text-anchor": anchor });
  made.textContent = words;
  return made;
}
