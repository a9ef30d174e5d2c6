/* What can be drawn over a picture, in the order of keys 1 to 9. */

import { spoken } from "./words.js";

const USUAL_MAPS = ["target", "non-target"];

/** The layers that this study can fill; those of further maps are `isFurther`. */
export function layersOf(study, pair) {
  const further = Object.keys(study.scales).filter((kind) => !USUAL_MAPS.includes(kind));
  const layers = [
    { id: "errors", label: "Errors", needs: "masks" },
    { id: "outline", label: "Outlines", needs: "masks" },
    ...USUAL_MAPS.map(mapLayer),
    ...USUAL_MAPS.map(differenceLayer),
    { id: "probability", label: "Probability", needs: "probabilities" },
    { id: "picture", label: "Picture alone" },
    ...further.flatMap((kind) => [mapLayer(kind), differenceLayer(kind)]).map((layer) => ({ ...layer, isFurther: true })),
  ];
  return layers.filter((layer) => canFill(study, pair, layer));
}

export const mapLabel = (kind) => `${titled(kind)} map`;

const mapLayer = (kind) => ({ id: kind, label: mapLabel(kind), map: kind });
const differenceLayer = (kind) => ({ id: `difference-${kind}`, label: `${titled(kind)} difference`, map: kind, isDifference: true });

/** "target-decoder" is the map for target pixels at the decoder. */
function titled(kind) {
  const usual = [...USUAL_MAPS].reverse().find((one) => kind.startsWith(one)) ?? kind;
  const layer = spoken(kind.slice(usual.length + 1));
  return usual[0].toUpperCase() + usual.slice(1) + (layer && ` (${layer})`);
}

function canFill(study, pair, layer) {
  if (layer.id === "errors" && !study.has_reference) return false;
  const having = study.models.filter((model) => has(model, layer));
  if (layer.isDifference) return pair.length === 2 && pair.every((id) => having.some((one) => one.id === id));
  return !(layer.map || layer.needs) || having.length > 0;
}

export function has(model, layer) {
  if (layer.map) return model.maps.includes(layer.map);
  if (layer.needs === "masks") return model.has_masks;
  return layer.needs !== "probabilities" || model.has_probabilities;
}

/** Lowest and highest value of a layer's colours with their unit; none where colours say no value. */
export function scaleOf(study, layer) {
  if (layer.needs === "probabilities") return { low: 0, limit: 1, unit: "probability" };
  const scale = study.scales[layer.map];
  if (!scale) return null;
  if (!layer.isDifference) return scale;
  const whole = scale.limit - scale.low;
  return { low: -whole, limit: whole, unit: scale.unit };
}

export const isDiverging = (scale) => scale.low < 0;

/** What a byte of a layer's picture stands for. */
export const valueOf = (scale, byte) => scale.low + (byte / 255) * (scale.limit - scale.low);
