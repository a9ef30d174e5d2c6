/* The line above the grid: what tiles show, where in the order we are, what the colours mean. */

import { adjust, go, onChange, state } from "./state.js";
import { chooser, picker } from "./chooser.js";
import { chooseField } from "./choose.js";
import { columnLabel, modelOf, spoken } from "./words.js";
import { find, make } from "./dom.js";
import { KINDS, swatch } from "./hatches.js";
import { metricsOf, pairOf, shownColumns } from "./choices.js";
import { MOST_MODELS } from "./tile.js";

export function showBar(session) {
  const { study } = session;
  const models = modelChooser(study);
  const columns = chooser({
    label: "Numbers", read: () => shownColumns(study), write: (ids) => go({ columns: ids }),
    items: study.columns.map((one) => ({ id: one.name, label: columnLabel(study, one.name) })),
  });
  const metric = picker("Metric", metricsOf(study).map((one) => [one, spoken(one)]), state().metric, (name) => {
    go({ metric: name, columns: [], x: "", y: "", plotted: "" });
  });
  metric.element.hidden = !metricsOf(study).length;
  const legend = make("div", { className: "legend" });
  const isRoomy = matchMedia("(min-width: 40rem)").matches;
  const colours = make("details", { className: "colours-mean", open: isRoomy }, make("summary", { textContent: "Colours" }), legend);
  find("#bar").append(models.element, pairPicker(study), metric.element, columns.element, opacityField(), jumpField(session), chooseField(session), colours);
  const showLegend = () => legend.replaceChildren(...legendOf(study), ...whoseHatches(study));
  const shows = ["models", "columns", "metric", "opacity", "sort"];
  const follow = () => {
    models.follow();
    columns.follow();
    metric.select.value = state().metric;
    showLegend();
    find("#sheet").style.setProperty("--cover", state().opacity);
  };
  follow();
  onChange((changed) => shows.some((name) => changed.has(name)) && follow());
}

export function modelChooser(study) {
  return chooser({
    label: "Models", most: MOST_MODELS, read: () => state().models, write: (models) => go({ models }),
    items: study.models.map((one) => ({ id: one.id, label: one.label, colour: one.colour })),
  });
}

/** Two runs that are alike but for their start: at another seed, fold or amount of data. */
export function pairPicker(study) {
  if (study.contrasts.length < 2) return "";
  const options = [["", "the first of the study"], ...study.contrasts.map((one) => [one.id, one.label])];
  const made = picker("Pair", options, state().pair, (pair) => go({ pair, models: pairOf(study, pair) }));
  onChange((changed) => changed.has("pair") && (made.select.value = state().pair));
  return made.element;
}

export function opacityField() {
  const slider = make("input", { type: "range", min: 0, max: 1, step: 0.05, value: state().opacity });
  slider.addEventListener("input", () => adjust({ opacity: Number(slider.value) }));
  onChange((changed) => changed.has("opacity") && (slider.value = state().opacity));
  return make("label", { className: "picker" }, make("span", { textContent: "Opacity" }), slider);
}

function jumpField(session) {
  const field = make("input", { type: "number", min: 1, step: 1, id: "jump", inputMode: "numeric" });
  const form = make("form", { className: "picker" }, make("label", { htmlFor: "jump", textContent: "Rank" }), field,
    make("button", { type: "submit", textContent: "Go" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const last = session.list.total - 1;
    const rank = Math.max(0, Math.min(last, Math.round(Number(field.value)) - 1));
    if (!Number.isFinite(rank)) return;
    session.grid.jump(rank);
    session.grid.focus(rank);
    adjust({ rank });
  });
  onChange((changed, { rank }) => changed.has("rank") && document.activeElement !== field && (field.value = rank + 1));
  field.value = state().rank + 1;
  return form;
}

export function legendOf(study) {
  const shown = state().models.map((id) => modelOf(study, id)).filter((one) => one?.has_masks);
  const lines = shown.map((one) => line(one.colour, one.label));
  if (!study.has_reference) return lines;
  const hatches = shown.length ? KINDS.map((kind) => make("span", {}, swatch(kind), kind.label)) : [];
  return [line("#fff", "reference"), ...lines, ...hatches];
}

/** Tiles have room for the errors of one model: the first that is shown. */
function whoseHatches(study) {
  const shown = state().models.map((id) => modelOf(study, id)).filter((one) => one?.has_masks);
  return shown.length > 1 && study.has_reference ? [make("span", { textContent: `hatched: errors of ${shown[0].label}` })] : [];
}

function line(colour, label) {
  const sample = make("i", { className: "line" });
  sample.style.background = colour;
  return make("span", {}, sample, label);
}
