/* Pictures fetched and decoded; the last ones are kept. */

import { address, fetchPicture } from "./server.js";

const KEPT = 60;
const kept = new Map();

export const thumbAddress = (id) => address("/pictures/thumb", { case: id });

export const imageOf = (id, longest) => picture(address("/pictures/image", { case: id, longest }));

export async function referenceOf(id, longest) {
  return greyOf(await picture(address("/pictures/reference", { case: id, longest })));
}

export async function maskOf(id, model, longest) {
  return greyOf(await picture(address("/pictures/mask", { case: id, model, longest })));
}

export async function mapOf(id, model, kind) {
  return greyOf(await picture(address("/pictures/map", { case: id, model, kind })));
}

export async function probabilityOf(id, model) {
  return greyOf(await picture(address("/pictures/probability", { case: id, model })));
}

/** Masks of many models, one bit each, at the size of a thumbnail. */
export async function bitsOf(id, models, signal) {
  const wanted = { case: id, longest: 192, models: models.join(",") };
  return greyOf(await decode(address("/pictures/masks", wanted), signal));
}

export function forgetPictures() {
  kept.clear();
}

function picture(url) {
  const known = kept.get(url) ?? decode(url);
  kept.delete(url);
  kept.set(url, known);
  known.catch(() => kept.delete(url));
  if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  return known;
}

async function decode(url, signal) {
  const { blob, clipped } = await fetchPicture(url, signal);
  // Values are measured, not only looked at: no colour profile may change them.
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none" });
  return { bitmap, width: bitmap.width, height: bitmap.height, clipped };
}

/** One byte a pixel of a grey picture; computed once. */
function greyOf(decoded) {
  if (decoded.values) return decoded;
  const { data } = pixelsOf(decoded.bitmap);
  decoded.values = new Uint8Array(decoded.width * decoded.height);
  for (let place = 0; place < decoded.values.length; place += 1) decoded.values[place] = data[4 * place];
  return decoded;
}

function pixelsOf(bitmap) {
  const context = canvasOf(bitmap.width, bitmap.height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

/** The picture in dark grey, so that colour drawn on it means one thing. */
export function greyCanvas(decoded) {
  if (decoded.grey) return decoded.grey;
  const pixels = pixelsOf(decoded.bitmap);
  const darkest = 60;
  for (let place = 0; place < pixels.data.length; place += 4) {
    const [red, green, blue] = pixels.data.subarray(place, place + 3);
    const light = 0.299 * red + 0.587 * green + 0.114 * blue;
    pixels.data.fill(darkest + light * (1 - darkest / 255), place, place + 3);
  }
  decoded.grey = canvasOf(decoded.width, decoded.height);
  decoded.grey.getContext("2d").putImageData(pixels, 0, 0);
  return decoded.grey;
}

function canvasOf(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}
