/* Two columns against each other: a point a case, or of very many cases how many lie where. */

import { announce, draw, make } from "./dom.js";
import { count, narrowed, number } from "./words.js";
import { brush } from "./brush.js";
import { go, state } from "./state.js";

const SIZE = 280;
const AREA = { left: 34, top: 6, width: SIZE - 42, height: SIZE - 46 };
const NEAR = 0.02;

export function drawScatter(place, found, expressions, labels) {
  const svg = draw("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, role: "group", "aria-label": `${labels[1]} against ${labels[0]}` });
  svg.append(draw("rect", { class: "frame", x: AREA.left, y: AREA.top, width: AREA.width, height: AREA.height }));
  if (found.bins) svg.append(...cells(found.bins));
  else svg.append(...found.points.map(([x, y]) => draw("circle", { class: "point", r: 2, ...placed(found, x, y) })));
  if (metricOf(expressions[0]) === metricOf(expressions[1])) svg.append(diagonal(found));
  svg.append(...ticks(found, labels));
  brush(svg, AREA, {
    label: "Choose a part of the plot: arrow keys move it, with Shift they size it, Enter applies",
    done: (part) => keep(found, expressions, part),
    clicked: (point) => openNearest(found, point),
  });
  const words = found.bins ? "Drag to keep a part. Darker: more cases." : "Drag to keep a part; click a point to open its case.";
  place.replaceChildren(make("figure", {}, svg, make("figcaption", { textContent: words })));
}

function keep({ x, y }, [across, up], { left, right, top, bottom }) {
  const value = ([low, high], share) => low + share * (high - low);
  const horizontally = narrowed(state().where, across, left > 0 ? value(x, left) : null, right < 1 ? value(x, right) : null);
  go({ where: narrowed(horizontally, up, bottom < 1 ? value(y, 1 - bottom) : null, top > 0 ? value(y, 1 - top) : null), rank: 0 });
  announce("Part added to the filter");
}

function openNearest({ points = [], x, y }, [across, down]) {
  const share = ([low, high], value) => (value - low) / (high - low || 1);
  const far = (point) => Math.hypot(share(x, point[0]) - across, 1 - share(y, point[1]) - down);
  const nearest = points.reduce((best, point) => (!best || far(point) < far(best) ? point : best), null);
  if (nearest && far(nearest) < NEAR) go({ case: nearest[2] });
}

function placed({ x, y }, across, up) {
  const share = ([low, high], value) => (value - low) / (high - low || 1);
  return { cx: AREA.left + share(x, across) * AREA.width, cy: AREA.top + (1 - share(y, up)) * AREA.height };
}

function cells(bins) {
  const most = Math.max(1, ...bins.flat());
  const [width, height] = [AREA.width / bins[0].length, AREA.height / bins.length];
  return bins.flatMap((row, fromBelow) => row.map((cases, index) => cases && draw("rect", {
    class: "cell", x: AREA.left + index * width, y: AREA.top + AREA.height - (fromBelow + 1) * height,
    width: width + 0.3, height: height + 0.3, opacity: 0.15 + 0.85 * Math.sqrt(cases / most),
  }))).filter(Boolean).concat(titled(most));
}

const titled = (most) => {
  const made = draw("title");
  made.textContent = `at most ${count(most)} cases in one place`;
  return made;
};

/** Where both are alike. */
const metricOf = (expression) => expression.split(/[.[]/)[0];

/** Where both would be equal. */
function diagonal({ x, y }) {
  const [low, high] = [Math.max(x[0], y[0]), Math.min(x[1], y[1])];
  const [from, to] = [placed({ x, y }, low, low), placed({ x, y }, high, high)];
  return draw("line", { class: "axis", x1: from.cx, y1: from.cy, x2: to.cx, y2: to.cy, "stroke-dasharray": "3 3", visibility: high > low ? "visible" : "hidden" });
}

function ticks({ x, y }, labels) {
  const bottom = AREA.top + AREA.height;
  const right = AREA.left + AREA.width;
  return [
    text({ x: AREA.left, y: bottom + 14 }, number(x[0])), text({ x: right, y: bottom + 14, "text-anchor": "end" }, number(x[1])),
    text({ x: AREA.left - 4, y: bottom, "text-anchor": "end" }, number(y[0])), text({ x: AREA.left - 4, y: AREA.top + 9, "text-anchor": "end" }, number(y[1])),
    text({ x: AREA.left + AREA.width / 2, y: SIZE - 8, "text-anchor": "middle" }, labels[0]),
    text({ transform: `translate(10 ${AREA.top + AREA.height / 2}) rotate(-90)`, "text-anchor": "middle" }, labels[1]),
  ];
}

function text(attributes, words) {
  const made = draw("text", attributes);
  made.textContent = words;
  return made;
}
