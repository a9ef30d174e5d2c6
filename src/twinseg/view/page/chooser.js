/* A list of boxes to tick, folded behind a button, with a field to search long lists. */

import { make } from "./dom.js";

const SHORT = 12;

/**
 * `items` are [{ id, label, colour }]; `read()` gives the ticked ids, `write(ids)` takes them.
 * Returns the element and `follow()`, to be called when the ticked ids changed elsewhere.
 */
export function chooser({ label, items, read, write, most = Infinity }) {
  const boxes = items.map((item) => boxOf(item));
  const summary = make("summary", {});
  const list = make("div", { className: "boxes" }, boxes.map((one) => one.element));
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", label);
  const search = make("input", { type: "search", placeholder: "search", hidden: items.length <= SHORT });
  search.setAttribute("aria-label", `search ${label.toLowerCase()}`);
  const none = make("p", { className: "small", textContent: "nothing is called so", hidden: true });
  const element = make("details", { className: "chooser" }, summary, make("div", { className: "pop" }, search, none, list));
  search.addEventListener("input", () => {
    const part = search.value.toLowerCase();
    boxes.forEach((one) => (one.element.hidden = ![one.item.label, one.item.id].some((name) => name.toLowerCase().includes(part))));
    none.hidden = boxes.some((one) => !one.element.hidden);
  });
  list.addEventListener("change", (event) => {
    const [id, isTicked] = [event.target.value, event.target.checked];
    write(isTicked ? [...read(), id] : read().filter((one) => one !== id));
  });
  closeWhenLeft(element, summary);
  const follow = () => {
    const ticked = read();
    summary.textContent = `${label} (${ticked.length})`;
    for (const { box, item } of boxes) {
      box.checked = ticked.includes(item.id);
      box.disabled = !box.checked && ticked.length >= most;
    }
  };
  follow();
  return { element, follow };
}

function boxOf(item) {
  const box = make("input", { type: "checkbox", value: item.id });
  const dot = item.colour ? make("i", { className: "dot" }) : null;
  if (dot) dot.style.background = item.colour;
  return { item, box, element: make("label", { className: "box" }, box, dot, item.label) };
}

function closeWhenLeft(element, summary) {
  element.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !element.contains(event.relatedTarget)) element.open = false;
  });
  document.addEventListener("pointerdown", (event) => {
    if (!element.contains(event.target)) element.open = false;
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !element.open) return;
    event.stopPropagation();
    element.open = false;
    summary.focus();
  });
}

/** A named list to pick one from: `options` are [value, label]. */
export function picker(label, options, value, pick) {
  const select = make("select", {}, options.map(([id, words]) => make("option", { value: id, textContent: words })));
  select.value = value;
  select.addEventListener("change", () => pick(select.value));
  return { select, element: make("label", { className: "picker" }, make("span", { textContent: label }), select) };
}
