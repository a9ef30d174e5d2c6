/* Questions of statistics on the cases found: the pair compared, and where a model is worst. */

import { ask, post } from "./server.js";
import { both, count, number, spoken } from "./words.js";
import { closeDialog, openDialog } from "./dialog.js";
import { find, make } from "./dom.js";
import { go, state } from "./state.js";
import { intervalPicture } from "./interval.js";
import { modelOf } from "./words.js";
import { pairOf } from "./choices.js";
import { picker } from "./chooser.js";

const SMALLEST = 10;

export function showAsk(session) {
  const isPair = pairOf(session.study).length === 2 && session.study.has_reference;
  find("#open-compare").hidden = !isPair;
  find("#open-subgroups").hidden = !session.study.has_reference;
  find("#open-compare").addEventListener("click", () => compare(session, null));
  find("#open-subgroups").addEventListener("click", () => subgroups(session, { model: pairOf(session.study)[0], smallest: SMALLEST }));
}

/** On the given cases, or on all that were found. */
async function compare(session, cases) {
  const { study, list } = session;
  const [first, second] = pairOf(study);
  const { where, chosen, metric } = state();
  const set = cases ? `the ${count(cases.length)} chosen cases` : `these ${count(list.total)} cases`;
  const title = `${modelOf(study, first).label} against ${modelOf(study, second).label} on ${set}`;
  await answered(title, async () => {
    const found = await post("/api/compare", { where, cases, first, second, metric });
    const facts = `${spoken(metric)}: ${count(found.cases)} cases of ${count(found.groups)} groups, ${count(found.undefined)} undefined; p = ${number(found.p_value)}`;
    return [
      make("p", { className: "answer", textContent: found.sentence.replaceAll("`", "") }),
      intervalPicture(found, study.columns.find((one) => one.metric === metric)?.unit ?? "", [first, second].map((id) => modelOf(study, id).label)),
      make("p", { className: "small", textContent: facts }),
      warning(found.warning),
      chosen.length > 1 && !cases ? chosenInstead(session, chosen) : "",
    ];
  });
}

function chosenInstead(session, chosen) {
  const button = make("button", { type: "button", textContent: `Compare on the ${count(chosen.length)} chosen cases instead` });
  button.addEventListener("click", () => compare(session, chosen));
  return button;
}

async function subgroups(session, { model, smallest }) {
  const { study } = session;
  const { metric } = state();
  const models = picker("Model", study.models.map((one) => [one.id, one.label]), model, (id) => subgroups(session, { model: id, smallest }));
  const size = make("input", { type: "number", min: 2, value: smallest });
  size.addEventListener("change", () => subgroups(session, { model, smallest: Number(size.value) || SMALLEST }));
  const asked = make("div", { className: "row" }, models.element, make("label", { className: "picker" }, "At least this many cases", size));
  await answered(`Where ${modelOf(study, model).label} is worst in ${spoken(metric)}`, async () => {
    const found = await ask("/api/subgroups", { metric, model, smallest });
    return [warning(found.warning), make("p", { className: "small", textContent: `${count(found.searched)} subgroups of all ${count(study.cases)} cases were searched, whatever the filter; another metric is chosen above the pictures.` }), found.searched ? tableOf(found.rows) : ""];
  }, asked);
}

/** Open the dialog at once, and fill it when the answer has come. */
async function answered(title, work, ...before) {
  const place = make("div", { textContent: "Asking …" });
  place.setAttribute("aria-live", "polite");
  openDialog(title, ...before, place);
  try {
    place.replaceChildren(...await work());
  } catch (error) {
    place.replaceChildren(make("p", { className: "error", textContent: error.message }));
  }
}

const warning = (words) => make("p", { className: "warning", textContent: words });

function tableOf(rows) {
  if (!rows.length) return make("p", { textContent: "No subgroup of this size differs." });
  const heads = ["Subgroup", "Cases", "Groups", "Mean", "Interval", "Rest", "Difference", "p, corrected"];
  const lines = rows.map((row) => make("tr", {}, make("th", { scope: "row" }, filterButton(row)),
    [count(row.cases), count(row.groups), number(row.mean), `${number(row.low)} to ${number(row.high)}`, number(row.rest), number(row.difference), number(row.p_adjusted)]
      .map((words) => make("td", { textContent: words }))));
  const whole = make("table", {}, make("thead", {}, make("tr", {}, heads.map((words) => make("th", { scope: "col", textContent: words })))), make("tbody", {}, lines));
  const scroll = make("div", { className: "scroll", tabIndex: 0 }, whole);
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Subgroups");
  return scroll;
}

function filterButton(row) {
  const button = make("button", { type: "button", className: "as-link", textContent: row.label, title: `Show these cases: ${row.where}` });
  button.addEventListener("click", () => {
    closeDialog();
    go({ where: both(state().where, row.where), rank: 0, case: "" });
  });
  return button;
}
