/* Values to colours. Equal colours mean equal values in all panels: one scale, never stretched. */

// Dark to bright at equal steps, those of the report: read rightly without colour vision, too.
const RISING = [[60, 15, 110], [125, 30, 110], [190, 55, 85], [235, 105, 40], [250, 175, 20], [252, 250, 160]];
// Blue over almost nothing to red, equally far from grey at both ends.
const DIVERGING = [[20, 75, 190], [70, 140, 225], [170, 205, 240], [245, 245, 245], [245, 190, 160], [220, 105, 75], [165, 25, 40]];
const STRONGEST_COVER = 0.85;
const STEPS = 256;

/** 256 colours with their cover, red, green, blue, cover: those near zero let the picture through. */
export function coloursOf(isDiverging) {
  const table = new Uint8ClampedArray(STEPS * 4);
  for (let step = 0; step < STEPS; step += 1) {
    const share = step / (STEPS - 1);
    const strength = isDiverging ? Math.abs(2 * share - 1) : share;
    table.set(between(isDiverging ? DIVERGING : RISING, share), step * 4);
    table[step * 4 + 3] = 255 * STRONGEST_COVER * Math.min(1, 1.5 * strength);
  }
  return table;
}

function between(anchors, share) {
  const place = share * (anchors.length - 1);
  const first = Math.min(Math.floor(place), anchors.length - 2);
  return [0, 1, 2].map((channel) => {
    const [low, high] = [anchors[first][channel], anchors[first + 1][channel]];
    return low + (high - low) * (place - first);
  });
}

/** A picture of bytes as colours; each byte is a step of the scale. */
export function painted({ width, height, values }, isDiverging) {
  const table = coloursOf(isDiverging);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pixels = new ImageData(width, height);
  for (let place = 0; place < values.length; place += 1) {
    pixels.data.set(table.subarray(4 * values[place], 4 * values[place] + 4), 4 * place);
  }
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}

/** Bytes of second minus first, both on one scale: 0 is -whole scale, 255 is +whole scale. */
export function difference(first, second) {
  const { width, height } = first;
  const values = new Uint8Array(width * height);
  for (let row = 0; row < height; row += 1) {
    const other = Math.floor((row * second.height) / height) * second.width;
    for (let column = 0; column < width; column += 1) {
      const place = row * width + column;
      const against = second.values[other + Math.floor((column * second.width) / width)];
      values[place] = Math.round((against - first.values[place] + 255) / 2);
    }
  }
  return { width, height, values };
}
