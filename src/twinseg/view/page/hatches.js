/* Right and wrong pixels, told apart by hatch and by colour: the colours are those of the report. */

export const KINDS = [
  { name: "right", label: "found", tint: "rgba(255, 255, 255, .3)" },
  { name: "typeOne", label: "marked by mistake (type I)", colour: "#ffc400", tint: "rgba(255, 196, 0, .18)", lines: [1] },
  { name: "typeTwo", label: "missed (type II)", colour: "#00a8ff", tint: "rgba(0, 168, 255, .18)", lines: [1, -1] },
];

const PERIOD_PX = 8;

/** A fill for a kind of pixel, its lines as far apart on every screen and at every zoom. */
function hatchOf(context, kind, ratio = 1) {
  const size = Math.round(PERIOD_PX * ratio);
  const tile = Object.assign(document.createElement("canvas"), { width: size, height: size });
  const drawing = tile.getContext("2d");
  drawing.fillStyle = kind.tint;
  drawing.fillRect(0, 0, size, size);
  drawing.strokeStyle = kind.colour;
  drawing.lineWidth = 1.8 * ratio;
  for (const direction of kind.lines ?? []) {
    for (const shift of [-size, 0, size]) {
      drawing.beginPath();
      drawing.moveTo(shift - size, direction > 0 ? 2 * size : -size);
      drawing.lineTo(shift + 2 * size, direction > 0 ? -size : 2 * size);
      drawing.stroke();
    }
  }
  return context.createPattern(tile, "repeat");
}

/** The pixels of each kind as a stencil: opaque where the kind is. */
export function stencils(width, height, isMarked, isReference) {
  const all = KINDS.map(() => new ImageData(width, height));
  for (let place = 0; place < width * height; place += 1) {
    const [marked, wanted] = [isMarked(place), isReference(place)];
    if (!marked && !wanted) continue;
    all[marked && wanted ? 0 : marked ? 1 : 2].data[4 * place + 3] = 255;
  }
  return all.map((pixels) => {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").putImageData(pixels, 0, 0);
    return canvas;
  });
}

/** Fill stencils with their hatches where `place` = [left, top, width, height] says. */
export function drawErrors(context, made, place, ratio = 1) {
  const { width, height } = context.canvas;
  made.forEach((stencil, index) => {
    const layer = Object.assign(document.createElement("canvas"), { width, height });
    const drawing = layer.getContext("2d");
    drawing.imageSmoothingEnabled = false;
    drawing.drawImage(stencil, ...place);
    drawing.globalCompositeOperation = "source-in";
    drawing.fillStyle = hatchOf(drawing, KINDS[index], ratio);
    drawing.fillRect(0, 0, width, height);
    context.drawImage(layer, 0, 0);
  });
}

/** A small sample of a kind, for the legend. */
export function swatch(kind) {
  const ratio = devicePixelRatio;
  const canvas = Object.assign(document.createElement("canvas"), { width: 26 * ratio, height: 16 * ratio, className: "swatch" });
  const context = canvas.getContext("2d");
  context.fillStyle = "#6b5a55";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = hatchOf(context, kind, ratio);
  context.fillRect(0, 0, canvas.width, canvas.height);
  return canvas;
}
