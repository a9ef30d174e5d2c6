/* What is shown, kept in the address: back works, and an address sent to others shows the same. */

const DEFAULTS = {
  where: "", sort: "", descending: false, rank: 0,
  models: [], pair: "", columns: [], metric: "dice", opacity: 1, plotted: "", x: "", y: "",
  case: "", layer: "errors", layout: "side", zoom: 1, center_x: 0.5, center_y: 0.5, divider: 0.5,
  chosen: [],
};
let defaults = DEFAULTS;
let current = DEFAULTS;
const listeners = [];

export const state = () => current;

/** Start from the address; `ofStudy` are defaults that only the study knows. */
export function startState(ofStudy) {
  defaults = { ...DEFAULTS, ...ofStudy };
  current = read();
  // A token in the address was for the server alone.
  history.replaceState(null, "", addressOf(current));
  window.addEventListener("popstate", () => take(read()));
}

/** Call `listener(changedNames, state)` after each change. */
export function onChange(listener) {
  listeners.push(listener);
}

/** A change that Back undoes. */
export function go(changes) {
  const next = { ...current, ...changes };
  if (addressOf(next) !== addressOf(current)) history.pushState(null, "", addressOf(next));
  take(next);
}

/** A change on the way, as while dragging: Back does not stop there. */
export function adjust(changes) {
  take({ ...current, ...changes });
  keepAddress();
}

let waiting = 0;
function keepAddress() {
  // Browsers refuse more than about a hundred of these in half a minute.
  clearTimeout(waiting);
  waiting = setTimeout(() => history.replaceState(null, "", addressOf(current)), 300);
}

function take(next) {
  const changed = new Set(Object.keys(next).filter((name) => !same(next[name], current[name])));
  current = next;
  if (changed.size) listeners.forEach((listener) => listener(changed, current));
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export function addressOf(wanted) {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) {
    if (same(value, defaults[name])) continue;
    if (!Array.isArray(value)) words.append(name, value);
    else if (value.length) value.forEach((one) => words.append(name, one));
    else words.append(name, "");
  }
  return words.size ? `?${words}` : location.pathname;
}

function read() {
  const words = new URLSearchParams(location.search);
  const found = { ...defaults };
  for (const [name, usual] of Object.entries(defaults)) {
    if (!words.has(name)) continue;
    const text = words.get(name);
    if (Array.isArray(usual)) found[name] = words.getAll(name).filter(Boolean);
    else if (typeof usual === "boolean") found[name] = text === "true";
    else if (typeof usual === "string") found[name] = text;
    else if (Number.isFinite(Number(text))) found[name] = Number(text);
  }
  return found;
}
