/* What a panel draws of a case, fetched and computed once. */

import { difference, painted } from "./colours.js";
import { greyCanvas, imageOf, mapOf, maskOf, probabilityOf, referenceOf } from "./pictures.js";
import { has, isDiverging, scaleOf } from "./layers.js";
import { modelOf } from "./words.js";
import { outlineOf } from "./outlines.js";
import { stencils } from "./hatches.js";

const KEPT = 48;
const made = new Map();

export function forgetContent() {
  made.clear();
}

/** Everything one model's panel needs of a case for a layer. `missing` says what there is not. */
export async function contentOf({ study, id, model, pair, layer, longest }) {
  const image = await imageOf(id, longest);
  const content = { width: image.width, height: image.height, image: image.bitmap };
  const known = modelOf(study, model);
  if (!layer.isDifference && !has(known, layer)) return { ...content, missing: `${known.label} has no ${layer.label.toLowerCase()}` };
  if (layer.needs === "masks") return { ...content, ...await masksOf({ study, id, model, longest }) };
  if (!layer.map && !layer.needs) return content;
  const [bytes, reference] = await Promise.all([bytesOf({ id, model, pair, layer }), referenceOutline({ study, id, longest })]);
  const scale = scaleOf(study, layer);
  const colours = keep(`${id}|${layer.isDifference ? pair : model}|${layer.id}`, () => painted(bytes, isDiverging(scale)));
  return { ...content, image: greyCanvas(image), reference, bytes, scale, colours, clipped: bytes.clipped };
}

async function bytesOf({ id, model, pair, layer }) {
  if (layer.needs === "probabilities") return probabilityOf(id, model);
  if (!layer.isDifference) return mapOf(id, model, layer.map);
  const [first, second] = await Promise.all(pair.map((one) => mapOf(id, one, layer.map)));
  return { ...difference(first, second), clipped: Math.max(first.clipped, second.clipped) };
}

async function referenceOutline({ study, id, longest }) {
  if (!study.has_reference) return null;
  const { width, height, values } = await referenceOf(id, longest);
  return keep(`${id}|${longest}|`, () => outlineOf(width, height, (place) => values[place] > 127));
}

async function masksOf({ study, id, model, longest }) {
  const [mask, reference, outline] = await Promise.all([
    maskOf(id, model, longest), study.has_reference ? referenceOf(id, longest) : null, referenceOutline({ study, id, longest }),
  ]);
  const { width, height } = mask;
  const isMarked = (place) => mask.values[place] > 127;
  const isReference = (place) => reference.values[place] > 127;
  const key = `${id}|${longest}`;
  return {
    outline: keep(`${key}|${model}`, () => outlineOf(width, height, isMarked)),
    reference: outline,
    errors: reference && keep(`${key}|${model}|errors`, () => stencils(width, height, isMarked, isReference)),
  };
}

function keep(key, compute) {
  const found = made.get(key) ?? compute();
  made.delete(key);
  made.set(key, found);
  if (made.size > KEPT) made.delete(made.keys().next().value);
  return found;
}
