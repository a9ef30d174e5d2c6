/* Zoom and pan of all panels in step: wheel, pinch, drag, and keys. */

import { adjust, state } from "./state.js";

const MOST_ZOOM = 400;
const WHEEL_SPEED = 0.0018;
const STEP = 1.25;
const KEY_PAN = 0.1;

/** How far one may go, in shares of the picture: on a slide beyond the case, to all of the slide. */
const PICTURE = { zoom: 1, left: 0, right: 1, top: 0, bottom: 1 };
let reach = PICTURE;

export function setReach(slide) {
  if (!slide) {
    reach = PICTURE;
    return;
  }
  const [left, top, width, height] = slide.part_px;
  reach = {
    zoom: Math.min(1, width / slide.width_px, height / slide.height_px),
    left: -left / width, right: (slide.width_px - left) / width, top: -top / height, bottom: (slide.height_px - top) / height,
  };
}

const acrossWithin = (share) => within(share, reach.left, reach.right);
const downWithin = (share) => within(share, reach.top, reach.bottom);

const within = (value, low, high) => Math.max(low, Math.min(high, value));

const middleOfReach = () => ({ center_x: (reach.left + reach.right) / 2, center_y: (reach.top + reach.bottom) / 2 });

/** `panelAt(element)` gives the panel an event happened in. */
export function followPointers(element, panelAt, { onMove, onStack }) {
  const pointers = new Map();
  element.addEventListener("wheel", (event) => {
    const panel = panelAt(event.target);
    if (!panel) return;
    event.preventDefault();
    if (event.altKey) onStack(Math.sign(event.deltaY || event.deltaX));
    else zoomAt(panel, event.clientX, event.clientY, Math.exp(-event.deltaY * WHEEL_SPEED * (event.ctrlKey ? 5 : 1)));
  }, { passive: false });
  element.addEventListener("pointerdown", (event) => {
    const panel = panelAt(event.target);
    if (!panel || event.button !== 0) return;
    panel.stage.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  element.addEventListener("pointermove", (event) => {
    const panel = panelAt(event.target);
    if (!panel) return;
    const old = pointers.get(event.pointerId);
    if (!old) {
      onMove(panel.sharesAt(event.clientX, event.clientY));
      return;
    }
    const before = [...pointers.values()].map((one) => ({ ...one }));
    Object.assign(old, { x: event.clientX, y: event.clientY });
    drag(panel, before, [...pointers.values()]);
  });
  for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, (event) => pointers.delete(event.pointerId));
  element.addEventListener("pointerleave", () => onMove(null));
  element.addEventListener("dblclick", (event) => panelAt(event.target) && wholePicture());
}

function drag(panel, before, after) {
  const middle = (points, name) => points.reduce((sum, one) => sum + one[name], 0) / points.length;
  const [, , width, height] = panel.place();
  const { center_x, center_y } = state();
  adjust({
    center_x: acrossWithin(center_x - (middle(after, "x") - middle(before, "x")) / width),
    center_y: downWithin(center_y - (middle(after, "y") - middle(before, "y")) / height),
  });
  if (after.length !== 2) return;
  const apart = ([a, b]) => Math.hypot(a.x - b.x, a.y - b.y) || 1;
  zoomAt(panel, middle(after, "x"), middle(after, "y"), apart(after) / apart(before));
}

/** Zoom so that what lies under a point of the screen stays there. */
function zoomAt(panel, x, y, factor) {
  const { zoom, center_x, center_y } = state();
  const next = within(zoom * factor, reach.zoom, MOST_ZOOM);
  const [across, down] = panel.sharesAt(x, y);
  const kept = zoom / next;
  const there = { center_x: acrossWithin(across + (center_x - across) * kept), center_y: downWithin(down + (center_y - down) * kept) };
  adjust({ zoom: next, ...(next === reach.zoom ? middleOfReach() : there) });
}

export function zoomBy(steps) {
  const zoom = within(state().zoom * STEP ** steps, reach.zoom, MOST_ZOOM);
  adjust({ zoom, ...(zoom === reach.zoom && middleOfReach()) });
}

export function panBy(across, down) {
  const { zoom, center_x, center_y } = state();
  adjust({
    center_x: acrossWithin(center_x + (across * KEY_PAN) / zoom),
    center_y: downWithin(center_y + (down * KEY_PAN) / zoom),
  });
}

export const WHOLE = { zoom: 1, center_x: 0.5, center_y: 0.5 };

export const wholePicture = () => adjust(WHOLE);
