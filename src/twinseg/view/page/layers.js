/* What can be drawn over a picture, in the order of keys 1 to 9. */

const LAYERS = [
  { id: "errors", label: "Errors", needs: "masks" },
  { id: "outline", label: "Outlines", needs: "masks" },
  { id: "target", label: "Target map", map: "target" },
  { id: "non-target", label: "Non-target map", map: "non-target" },
  { id: "difference", label: "Target difference", map: "target", isDifference: true },
  { id: "difference-non-target", label: "Non-target difference", map: "non-target", isDifference: true },
  { id: "probability", label: "Probability", needs: "probabilities" },
  { id: "picture", label: "Picture alone" },
];

/** The layers that this study can fill. */
export function layersOf(study, pair) {
  return LAYERS.filter((layer) => {
    const having = study.models.filter((model) => has(model, layer));
    if (layer.isDifference) return pair.length === 2 && pair.every((id) => having.some((one) => one.id === id));
    return !(layer.map || layer.needs) || having.length > 0;
  });
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
