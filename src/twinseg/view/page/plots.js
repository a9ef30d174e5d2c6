/* Two plots of the cases found: one column, and the pair against each other. Both can be brushed. */

import { adjust, onChange, state } from "./state.js";
import { ask } from "./server.js";
import { asExpression, columnLabel } from "./words.js";
import { axes, plottedColumn } from "./choices.js";
import { drawHistogram } from "./histogram.js";
import { drawScatter } from "./scatter.js";
import { find, make } from "./dom.js";
import { picker } from "./chooser.js";

export function showPlots(session) {
  const { study } = session;
  const numbers = study.columns.filter((one) => one.type === "number").map((one) => [one.name, columnLabel(study, one.name)]);
  const every = study.columns.filter((one) => one.type !== "flag").map((one) => [one.name, columnLabel(study, one.name)]);
  const plotted = picker("Column", every, "", (name) => adjust({ plotted: name }));
  const across = picker("Across", numbers, "", (name) => adjust({ x: name }));
  const up = picker("Up", numbers, "", (name) => adjust({ y: name }));
  const histogram = make("div", { className: "plot" });
  const scatter = make("div", { className: "plot" });
  find("#find").append(
    make("div", { className: "plots" },
      make("h2", { textContent: "How the cases lie" }), plotted.element, histogram,
      make("h2", { textContent: "One against the other" }), across.element, up.element, scatter));

  const renewHistogram = async () => {
    const column = plottedColumn(study);
    if (!column) return;
    plotted.select.value = column.name;
    const found = await ask("/api/histogram", { column: column.name, where: state().where });
    drawHistogram(histogram, found, asExpression(column), columnLabel(study, column.name));
  };
  const renewScatter = async () => {
    const [x, y] = axes(study);
    scatter.parentElement.classList.toggle("has-no-scatter", !x || !y);
    if (!x || !y) return;
    across.select.value = x.name;
    up.select.value = y.name;
    const found = await ask("/api/points", { x: x.name, y: y.name, where: state().where });
    drawScatter(scatter, found, [x, y].map(asExpression), [x, y].map((one) => columnLabel(study, one.name)));
  };
  const renew = () => {
    guarded(histogram, renewHistogram);
    guarded(scatter, renewScatter);
  };
  onChange((changed) => {
    if (changed.has("plotted")) guarded(histogram, renewHistogram);
    if (changed.has("x") || changed.has("y") || changed.has("pair")) guarded(scatter, renewScatter);
  });
  return { renew };
}

function guarded(place, work) {
  work().catch((error) => place.replaceChildren(make("p", { className: "error", textContent: error.message })));
}
