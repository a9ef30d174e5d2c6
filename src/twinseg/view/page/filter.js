/* Questions, filter and order: which cases, and which first. */

import { find, make, settled } from "./dom.js";
import { go, onChange, state } from "./state.js";
import { asExpression, both, columnLabel } from "./words.js";

export function showFilter({ study }) {
  const place = find("#find");
  const where = make("textarea", { id: "where", rows: 2, spellcheck: false, autocomplete: "off", placeholder: "e.g. dice.first < 0.5" });
  where.setAttribute("aria-describedby", "where-error where-help");
  const error = make("p", { id: "where-error", className: "error" });
  error.setAttribute("role", "alert");
  const sort = make("input", { type: "text", id: "sort", spellcheck: false, autocomplete: "off", placeholder: "a column or an expression" });
  sort.setAttribute("list", "sort-columns");
  const direction = make("button", { type: "button", id: "direction" });
  const clear = make("button", { type: "button", textContent: "All cases" });
  // Whatever is pressed, all that was typed counts.
  const typed = () => ({ where: where.value.trim(), sort: sort.value.trim(), rank: 0 });
  const form = make("form", { className: "filter" },
    make("label", { htmlFor: "where", textContent: "Filter" }), where, error,
    make("label", { htmlFor: "sort", textContent: "Sort by" }),
    make("div", { className: "row" }, sort, direction), columnNames(study),
    make("div", { className: "row" }, make("button", { type: "submit", textContent: "Apply" }), clear), help(study));
  form.setAttribute("role", "search");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go(typed());
  });
  where.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    form.requestSubmit();
  });
  sort.addEventListener("change", () => go(typed()));
  direction.addEventListener("click", () => go({ ...typed(), descending: !state().descending }));
  clear.addEventListener("click", () => go({ where: "", rank: 0 }));
  const asked = questions(study);
  place.append(...(asked ? [asked] : []), form);

  const follow = () => {
    where.value = state().where;
    sort.value = state().sort;
    direction.textContent = state().descending ? "↓ highest first" : "↑ lowest first";
    clear.disabled = !state().where;
  };
  follow();
  onChange((changed) => (changed.has("where") || changed.has("sort") || changed.has("descending")) && follow());
  const say = settled((message) => (error.textContent = message), 50);
  return {
    refuse(message) {
      where.setAttribute("aria-invalid", "true");
      say(`${message} (Shown are still the cases from before.)`);
    },
    accept() {
      where.removeAttribute("aria-invalid");
      say("");
    },
  };
}

function questions(study) {
  if (!study.questions.length) return null;
  const buttons = study.questions.map((one) => {
    const button = make("button", { type: "button", textContent: one.label });
    button.addEventListener("click", () => go({ ...asking(one, study.questions), rank: 0 }));
    return button;
  });
  const mark = () => study.questions.forEach((one, index) => {
    const now = state();
    const isOrder = one.is_part || (one.sort === now.sort && one.descending === now.descending);
    const isFilter = one.where ? has(now.where, one) : without(now.where, study.questions) === now.where;
    buttons[index].setAttribute("aria-pressed", isOrder && isFilter);
  });
  mark();
  onChange(mark);
  return make("div", { className: "questions" }, make("h2", { textContent: "Questions" }), buttons);
}

/** What a question makes of the state: its own filter takes the place of another question's alone. */
function asking(one, questions) {
  const { where } = state();
  if (!one.is_part) {
    const kept = without(where, questions);
    return { where: one.where ? both(kept, one.where) : kept, sort: one.sort, descending: one.descending };
  }
  const others = questions.filter((other) => other.is_part).reduce(leaveOut, where);
  return { where: has(where, one) ? others : both(one.where, others) };
}

const without = (where, questions) => questions.filter((one) => one.where && !one.is_part).reduce(leaveOut, where);

const has = (where, one) => leaveOut(where, one) !== where;

/** A filter without that of a question, at its start or its end. */
function leaveOut(where, one) {
  if (where === one.where) return "";
  const [start, end] = [both(one.where, "x").slice(0, -1), both("x", one.where).slice(1)];
  if (where.startsWith(start)) return where.slice(start.length);
  return where.endsWith(end) ? where.slice(0, -end.length) : where;
}

function columnNames(study) {
  const options = study.columns.map((one) => {
    return make("option", { value: asExpression(one), label: columnLabel(study, one.name) });
  });
  return make("datalist", { id: "sort-columns" }, options);
}

/** Metrics are named once; a model's is `metric.first`, `metric.second` or `metric["its id"]`. */
function help(study) {
  const ofModels = new Map(study.columns.filter((one) => one.model).map((one) => [one.metric, one]));
  const others = study.columns.filter((one) => !one.model);
  const rules = "Numbers, \"texts\", + - * /, < <= > >= == !=, and, or, not, in [..], min(..), max(..), abs(..), contains(text, \"part\"), flagged; median(..) and quantile(.., 0.25) of all cases, or of some: median(size, size > 0).";
  const ids = study.models.map((one) => `["${one.id}"]`).join(" ");
  return make("details", { id: "where-help" }, make("summary", { textContent: "What a filter may say" }),
    make("p", { textContent: rules }),
    make("p", { textContent: "Facts of a case:" }), named(others, (one) => one.name),
    make("p", { textContent: `Scores of a model, with .first, .second, or ${ids}:` }), named([...ofModels.values()], (one) => `${one.metric}.first`));
}

function named(columns, write) {
  return make("ul", { className: "names" }, columns.map((one) => make("li", {}, make("code", { textContent: write(one) }), ` ${one.meaning}`)));
}
