/* What the dialogs of questions have in common: an answer that is waited for, a table of conditions. */

import { both } from "./words.js";
import { closeDialog, openDialog } from "./dialog.js";
import { go, state } from "./state.js";
import { make } from "./dom.js";

/** Open the dialog at once, and fill it when the answer has come. */
export async function answered(title, work, ...before) {
  const place = make("div", { textContent: "Asking …" });
  place.setAttribute("aria-live", "polite");
  openDialog(title, ...before, place);
  try {
    place.replaceChildren(...await work());
  } catch (error) {
    place.replaceChildren(make("p", { className: "error", textContent: error.message }));
  }
}

export const warning = (words) => make("p", { className: "warning", textContent: words });

/** Rows are lists of words or elements; the first of each says what the row is of. */
export function tableOf(label, heads, rows) {
  const lines = rows.map(([first, ...cells]) => make("tr", {}, make("th", { scope: "row" }, first), cells.map((cell) => make("td", {}, cell))));
  const whole = make("table", {}, make("thead", {}, make("tr", {}, heads.map((words) => make("th", { scope: "col", textContent: words })))), make("tbody", {}, lines));
  const scroll = make("div", { className: "scroll", tabIndex: 0 }, whole);
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", label);
  return scroll;
}

/** A condition that shows its cases when it is clicked, where it can be typed. */
export function conditionButton(row) {
  if (!row.where) return row.label;
  const button = make("button", { type: "button", className: "as-link", textContent: row.label, title: `Show these cases: ${row.where}` });
  button.addEventListener("click", () => {
    closeDialog();
    go({ where: both(state().where, row.where), rank: 0, case: "" });
  });
  return button;
}
