/* A figure for a paper: chosen cases and panels at the width of a journal's column. */

import { adjust, onChange, state } from "./state.js";
import { count, modelOf } from "./words.js";
import { download } from "./server.js";
import { find, make } from "./dom.js";
import { mapLabel } from "./layers.js";
import { openDialog } from "./dialog.js";
import { picker } from "./chooser.js";
import { Preview } from "./preview.js";

const WIDTH_MM = 180;
const FORMATS = ["png", "svg", "pdf"];

export function showFigure({ study }) {
  const button = find("#open-figure");
  const follow = () => (button.textContent = state().chosen.length ? `Figure (${count(state().chosen.length)})` : "Figure");
  follow();
  onChange((changed) => changed.has("chosen") && follow());
  button.addEventListener("click", () => openFigure(study));
}

function openFigure(study) {
  const said = make("p", { className: "error" });
  said.setAttribute("role", "alert");
  const width = make("input", { type: "number", min: 20, max: 400, value: WIDTH_MM, id: "width_mm" });
  const format = picker("Format", FORMATS.map((one) => [one, one.toUpperCase()]), "png", () => {});
  const submit = make("button", { type: "submit", textContent: "Download the figure" });
  const wanted = () => ({
    cases: state().chosen, width_mm: Number(width.value), format: format.select.value,
    panels: [...form.querySelectorAll("input[name=panel]:checked")].map((box) => box.value),
  });
  const preview = new Preview(wanted);
  const form = make("form", { className: "figure-form" }, casesOf(() => preview.drawSoon()), panelsOf(study),
    make("div", { className: "row" }, make("label", { className: "picker" }, "Width in mm", width), format.element, submit), said, preview.element);
  form.addEventListener("change", () => preview.drawSoon());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    said.textContent = "";
    try {
      await download("/api/figure", wanted(), `figure.${format.select.value}`);
    } catch (error) {
      said.textContent = error.message;
    }
    submit.disabled = false;
  });
  openDialog("A figure of chosen cases", form);
  preview.draw();
}

function casesOf(onFewer) {
  const place = make("fieldset", {});
  const show = () => {
    const { chosen } = state();
    const lines = chosen.map((id) => {
      const button = make("button", { type: "button", textContent: "✕" });
      button.setAttribute("aria-label", `leave out ${id}`);
      button.addEventListener("click", () => {
        adjust({ chosen: state().chosen.filter((one) => one !== id) });
        show();
        onFewer();
      });
      return make("li", {}, button, ` ${id}`);
    });
    const hint = chosen.length ? [] : [make("p", { textContent: "Choose cases first: tick their boxes in the grid, or press x on them." })];
    place.replaceChildren(make("legend", { textContent: `Cases (${chosen.length})` }), ...hint, make("ul", { className: "names" }, lines));
  };
  show();
  return place;
}

function panelsOf(study) {
  const shown = state().models.map((id) => modelOf(study, id)).filter(Boolean);
  const options = [["image", "Picture"]];
  if (study.has_reference) options.push(["reference", "Reference"]);
  for (const model of shown) {
    if (model.has_masks && study.has_reference) options.push([`errors:${model.id}`, `Errors, ${model.label}`]);
    for (const kind of model.maps) options.push([`${kind}:${model.id}`, `${mapLabel(kind)}, ${model.label}`]);
    if (model.has_probabilities) options.push([`probability:${model.id}`, `Probability, ${model.label}`]);
  }
  const usual = (id) => ["image", "reference"].includes(id) || id.startsWith("errors:");
  const boxes = options.map(([id, words]) => make("label", { className: "box" },
    make("input", { type: "checkbox", name: "panel", value: id, checked: usual(id) }), words));
  return make("fieldset", {}, make("legend", { textContent: "Panels" }), make("div", { className: "boxes" }, boxes));
}
