/* Many cases chosen at once: the first of the order, or none. */

import { adjust, onChange, state } from "./state.js";
import { announce, button, find, make } from "./dom.js";
import { count } from "./words.js";

const USUAL = 10;
const MOST = 100; // as many as an address can hold

export function chooseField(session) {
  const field = make("input", { type: "number", min: 1, max: MOST, step: 1, value: USUAL, id: "choose-first", inputMode: "numeric" });
  const form = make("form", { className: "picker" }, make("label", { htmlFor: "choose-first", textContent: "First" }), field,
    make("button", { type: "submit", textContent: "Choose", title: "Choose the first cases of this order" }));
  const none = button("None", "None: choose no case any more", () => choose([]));
  const follow = () => (none.disabled = !state().chosen.length);
  form.append(none);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wanted = Math.min(session.list.total, MOST, Math.max(1, Math.round(Number(field.value)) || USUAL));
    const rows = await Promise.all(Array.from({ length: wanted }, (_, rank) => session.list.row(rank)));
    choose(rows.map((row) => row.case));
  });
  follow();
  onChange((changed) => changed.has("chosen") && follow());
  return form;
}

function choose(chosen) {
  if (!chosen.length) find("#choose-first").focus();
  adjust({ chosen });
  announce(`${count(chosen.length)} chosen`);
}
