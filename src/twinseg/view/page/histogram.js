/* How often which values of a column occur among the cases found. */

import { announce, button, draw, make } from "./dom.js";
import { both, count, narrowed, number, short } from "./words.js";
import { brush } from "./brush.js";
import { go, state } from "./state.js";

const WIDTH = 280;
const HEIGHT = 110;
const AREA = { left: 2, top: 4, width: WIDTH - 4, height: HEIGHT - 24 };

export function drawHistogram(place, found, expression, label) {
  place.replaceChildren(found.values ? texts(found, expression) : bars(found, expression, label));
}

function bars({ low, high, median, counts, undefined: missing }, expression, label) {
  const tallest = Math.max(1, ...counts);
  const width = AREA.width / counts.length;
  const svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": `Histogram of ${label}` });
  counts.forEach((height, index) => {
    const size = (height / tallest) * AREA.height;
    const bar = draw("rect", { class: "bar-of-plot", x: AREA.left + index * width, width: Math.max(0.5, width - 1), y: AREA.top + AREA.height - size, height: size });
    svg.append(bar);
  });
  const axis = draw("line", { class: "axis", x1: AREA.left, x2: AREA.left + AREA.width, y1: AREA.top + AREA.height, y2: AREA.top + AREA.height });
  const [from, to] = [text(AREA.left, "start", number(low)), text(AREA.left + AREA.width, "end", number(high))];
  svg.append(axis, from, to, text(WIDTH / 2, "middle", `tallest: ${count(tallest)}`));
  if (median !== null) {
    const place = AREA.left + ((median - low) / (high - low || 1)) * AREA.width;
    svg.append(draw("line", { class: "median", x1: place, x2: place, y1: AREA.top, y2: AREA.top + AREA.height + 4 }));
  }
  brush(svg, AREA, {
    isFlat: true,
    label: `Choose a range of ${label}: arrow keys move it, with Shift they size it, Enter applies`,
    done: ({ left, right }) => {
      const [least, most] = [left, right].map((share) => low + share * (high - low));
      go({ where: narrowed(state().where, expression, left > 0 ? least : null, right < 1 ? most : null), rank: 0 });
      announce("Range added to the filter");
    },
  });
  const note = missing ? `${count(missing)} cases have no value here. ` : "";
  return make("figure", {}, svg, make("figcaption", { textContent: `${note}Drag over the bars to keep a range.` }), halves(median, expression));
}

/** Half of the cases found, as a filter. */
function halves(median, expression) {
  if (median === null) return "";
  const half = (words, sign) => {
    const condition = `${expression} ${sign} ${short(median)}`;
    return button(words, `${words}: ${condition}`, () => go({ where: both(state().where, condition), rank: 0 }));
  };
  return make("div", { className: "row" }, make("span", { className: "small", textContent: `Median ${number(median)}:` }), half("below", "<"), half("not below", ">="));
}

const text = (x, anchor, words) => {
  const made = draw("text", { x, y: HEIGHT - 5, "text-anchor": anchor });
  made.textContent = words;
  return made;
};

function texts({ values, counts }, expression) {
  const buttons = values.map((value, index) => {
    const button = make("button", { type: "button", textContent: `${value || "(empty)"}: ${count(counts[index])}` });
    button.addEventListener("click", () => {
      go({ where: both(state().where, `${expression} == ${JSON.stringify(value)}`), rank: 0 });
    });
    return button;
  });
  return make("div", { className: "values" }, buttons);
}
