/* The keys, told to people. */

import { find, isTyping, make } from "./dom.js";
import { openDialog } from "./dialog.js";

const KEYS = [
  ["In the grid", [
    ["arrow keys, Page up and down, Home, End", "go from case to case"], ["Enter", "open the case"], ["x", "choose the case for a figure or a comparison"],
  ]],
  ["In a case", [
    ["← →", "previous, next case in the current order"], ["↑ ↓, Alt with wheel", "slice above, below"], ["1 to 9", "layers"],
    ["+ − 0, wheel, pinch", "zoom in, out, whole picture"], ["Shift with arrow keys, drag", "move the picture"],
    ["s", "swipe: a divider between the pair"], ["b", "blink: one of the pair after the other"], ["[ ]", "the same case at another seed, fold or amount of data"], ["f", "flag"], ["n", "note; Esc leaves it"], ["Esc", "back to all cases"],
  ]],
  ["With the mouse", [["Shift with a click on a box", "choose all cases from the last one to this"]]],
  ["On a plot", [["drag, or arrow keys", "choose a part; Shift with arrow keys sizes it, Enter applies"]]],
  ["Everywhere", [["?", "this help"]]],
];

export function showHelp() {
  find("#open-help").addEventListener("click", openHelp);
  document.addEventListener("keydown", (event) => {
    if (event.key === "?" && !isTyping(event) && !find("#dialog").open) openHelp();
  });
}

function openHelp() {
  const parts = KEYS.flatMap(([title, keys]) => [
    make("h3", { textContent: title }),
    make("dl", {}, keys.map(([key, does]) => make("div", {}, make("dt", {}, make("kbd", { textContent: key })), make("dd", { textContent: does })))),
  ]);
  const filters = make("p", { className: "small", textContent: "What a filter may say stands below its field, with every column." });
  openDialog("Keys", filters, ...parts);
}
