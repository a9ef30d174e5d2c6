/* What is shown if nobody chose otherwise. */

import { state } from "./state.js";
import { asExpression } from "./words.js";

/** The two models that are compared: the chosen pair, or the twins, or the first two there are. */
export function pairOf(study, id = state().pair) {
  const asked = study.contrasts.find((one) => one.id === id);
  if (asked) return [asked.first, asked.second];
  return study.twins.length === 2 ? study.twins : study.models.slice(0, 2).map((one) => one.id);
}

export function metricsOf(study) {
  const ofModels = study.columns.filter((one) => one.model && one.type === "number");
  return [...new Set(ofModels.map((one) => one.metric))];
}

export const columnOf = (study, metric, model) => study.columns.find((one) => one.metric === metric && one.model === model);

/** Chosen columns, or what sorts the cases and the chosen metric of the chosen models. */
export function shownColumns(study) {
  const { columns, models, metric } = state();
  if (columns.length) return columns;
  const usual = models.map((model) => columnOf(study, metric, model)?.name).filter(Boolean);
  const sorting = sortingColumn(study)?.name;
  return sorting && !usual.includes(sorting) ? [...usual, sorting] : usual;
}

function sortingColumn(study) {
  const sort = state().sort.trim();
  const short = (one) => ["first", "second"].filter((_, place) => study.twins[place] === one.model).map((name) => `${one.metric}.${name}`);
  return sort ? study.columns.find((one) => [one.name, asExpression(one), ...short(one)].includes(sort)) : undefined;
}

/** The column of the histogram: the chosen one, or the one that sorts, or the metric of the first. */
export function plottedColumn(study) {
  const named = (name) => study.columns.find((one) => one.name === name);
  return named(state().plotted) ?? sortingColumn(study) ?? metricOfPair(study)[0] ?? study.columns[0];
}

/** Columns of the scatter: the chosen ones, or the metric of the pair. */
export function axes(study) {
  const named = (name) => study.columns.find((one) => one.name === name);
  const [first, second] = metricOfPair(study);
  return [named(state().x) ?? first, named(state().y) ?? second];
}

const metricOfPair = (study) => pairOf(study).map((model) => columnOf(study, state().metric, model)).filter(Boolean);
