/* The numbers of a case: models by metrics, the main ones in sight. */

import { columnOf, metricsOf } from "./choices.js";
import { make } from "./dom.js";
import { modelOf, number, spoken } from "./words.js";
import { state } from "./state.js";

const MAIN = ["dice", "iou", "type1_rate", "type2_rate", "hausdorff95"];

export function numbersOf(study, facts) {
  const metrics = metricsOf(study);
  const main = [...new Set([state().metric, ...MAIN])].filter((one) => metrics.includes(one));
  const shown = state().models.map((id) => modelOf(study, id)).filter(Boolean);
  const others = study.columns.filter((one) => !one.model);
  return [
    table(study, shown, main, facts),
    folded("All metrics and models", table(study, study.models, metrics, facts)),
    others.length ? folded("Facts of the case", factsOf(others, facts)) : null,
  ];
}

/** Distances are in mm where the case has a spacing. */
function unitOf(column, { spacing_mm }) {
  if (column?.unit === "see distance_unit") return spacing_mm ? " (mm)" : " (px)";
  return column?.unit ? ` (${column.unit})` : "";
}

function table(study, models, metrics, facts) {
  const { values } = facts;
  const head = metrics.map((metric) => {
    const column = study.columns.find((one) => one.metric === metric);
    return make("th", { scope: "col", textContent: spoken(metric) + unitOf(column, facts), title: column?.meaning ?? "" });
  });
  const rows = models.map((model) => {
    const dot = make("i", { className: "dot" });
    dot.style.background = model.colour;
    const cells = metrics.map((metric) => make("td", { textContent: number(values[columnOf(study, metric, model.id)?.name]) }));
    return make("tr", {}, make("th", { scope: "row" }, dot, model.label), cells);
  });
  const whole = make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col", textContent: "Model" }), head)), make("tbody", {}, rows));
  const scroll = make("div", { className: "scroll", tabIndex: 0 }, whole);
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Numbers of this case");
  return scroll;
}

function factsOf(columns, facts) {
  const lines = columns.map((one) => {
    const words = `${number(facts.values[one.name] ?? facts[one.name])} ${["share", one.name].includes(one.unit) ? "" : one.unit ?? ""}`;
    return make("div", {}, make("dt", { textContent: spoken(one.name), title: one.meaning ?? "" }), make("dd", { textContent: words }));
  });
  return make("dl", {}, lines);
}

const folded = (label, content) => make("details", {}, make("summary", { textContent: label }), content);
