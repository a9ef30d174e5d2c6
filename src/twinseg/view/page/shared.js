/* What the cases found, or those chosen, have in common that the others do not. */

import { answered, conditionButton, tableOf, warning } from "./asked.js";
import { button, find, make } from "./dom.js";
import { count, number } from "./words.js";
import { post } from "./server.js";
import { state } from "./state.js";

const FEWEST = 4; // two cases, and two others

export function showShared(session) {
  find("#open-shared").hidden = session.study.cases < FEWEST;
  find("#open-shared").addEventListener("click", () => share(session, state().chosen.length > 1 ? state().chosen : null, state().where));
}

/** `among` is the filter that the others have passed, too: "" for all others there are. */
async function share(session, cases, among = "") {
  const { study, list } = session;
  const { where, chosen } = state();
  const set = cases ? `the ${count(cases.length)} chosen cases` : `the ${count(list.total)} cases found`;
  const others = cases && among ? "the others found" : "all others";
  const choices = make("div", { className: "row" });
  if (cases && where) {
    const [words, next] = among ? ["Against all others instead", ""] : [`Against the others of the ${count(list.total)} cases found instead`, where];
    choices.append(button(words, words, () => share(session, cases, next)));
  }
  if (cases || chosen.length > 1) {
    const words = cases ? `Of the ${count(list.total)} cases found instead` : `Of the ${count(chosen.length)} chosen cases instead`;
    choices.append(button(words, words, () => share(session, cases ? null : chosen, where)));
  }
  await answered(`What ${set} share, and ${others} do not`, async () => {
    // Chosen cases are chosen whatever the filter shows now.
    const found = await post("/api/shared", cases ? { cases, among } : { where });
    return [
      found.rows.length ? traitTable(study, found) : make("p", { className: "answer", textContent: found.searched ? "No fact of the cases tells them from the others." : "Too few cases or facts to search: a condition must hold of six groups, and fail of some." }),
      make("p", { className: "small", textContent: `${count(found.searched)} conditions on facts of cases (sizes, colours, contrast, rarity) were searched; p is corrected for all of them. A fact by which the cases were chosen turns up again, of course.` }),
      warning(found.warning),
    ];
  }, choices);
}

function traitTable(study, { rows, chosen, rest }) {
  const meaning = (row) => make("span", { className: "meaning", textContent: study.columns.find((one) => one.name === row.column)?.meaning ?? "" });
  return tableOf("Shared facts", ["Fact", "Of them", "Of the others", "p, corrected"], rows.map((row) => [
    make("span", {}, conditionButton(row), meaning(row)), part(row.chosen, chosen), part(row.rest, rest), number(row.p_adjusted),
  ]));
}

function part(some, all) {
  const words = `${count(some)} of ${count(all)}`;
  const bar = make("meter", { min: 0, max: 1, value: some / all });
  bar.setAttribute("aria-hidden", "true");
  return make("span", { className: "part" }, bar, ` ${words}`);
}
