/* Questions of statistics on the cases found: the pair compared, and where a model is worst. */

import { ask, post } from "./server.js";
import { answered, conditionButton, tableOf, warning } from "./asked.js";
import { count, modelOf, number, spoken } from "./words.js";
import { find, make } from "./dom.js";
import { intervalPicture } from "./interval.js";
import { pairOf } from "./choices.js";
import { picker } from "./chooser.js";
import { showShared } from "./shared.js";
import { state } from "./state.js";

const SMALLEST = 10;

export function showAsk(session) {
  const isPair = pairOf(session.study).length === 2 && session.study.has_reference;
  find("#open-compare").hidden = !isPair;
  find("#open-subgroups").hidden = !session.study.has_reference;
  find("#open-compare").addEventListener("click", () => compare(session, null));
  showShared(session);
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
    return [warning(found.warning), make("p", { className: "small", textContent: `${count(found.searched)} subgroups of all ${count(study.cases)} cases were searched, whatever the filter; another metric is chosen above the pictures.` }), found.searched ? subgroupTable(found.rows) : ""];
  }, asked);
}

function subgroupTable(rows) {
  if (!rows.length) return make("p", { textContent: "No subgroup of this size differs." });
  const heads = ["Subgroup", "Cases", "Groups", "Mean", "Interval", "Rest", "Difference", "p, corrected"];
  return tableOf("Subgroups", heads, rows.map((row) => [
    conditionButton(row), count(row.cases), count(row.groups), number(row.mean), `${number(row.low)} to ${number(row.high)}`, number(row.rest), number(row.difference), number(row.p_adjusted),
  ]));
}
