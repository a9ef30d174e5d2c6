/* Outlines of masks along the edges of pixels: sharp at every zoom. */

/** The border between pixels inside and outside, in shares of the picture's width and height. */
export function outlineOf(width, height, isInside) {
  const path = new Path2D();
  const inside = padded(width, height, isInside);
  const stride = width + 2;
  borders(inside, { lines: height, places: width, alongLine: 1, acrossLines: stride }, (line, from, to) => {
    path.moveTo(from / width, line / height);
    path.lineTo(to / width, line / height);
  });
  borders(inside, { lines: width, places: height, alongLine: stride, acrossLines: 1 }, (line, from, to) => {
    path.moveTo(line / width, from / height);
    path.lineTo(line / width, to / height);
  });
  return path;
}

/** The mask with a ring of outside around it. */
function padded(width, height, isInside) {
  const inside = new Uint8Array((width + 2) * (height + 2));
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      inside[(row + 1) * (width + 2) + column + 1] = isInside(row * width + column) ? 1 : 0;
    }
  }
  return inside;
}

/** Straight parts of the border between each line and the one before it. */
function borders(inside, { lines, places, alongLine, acrossLines }, take) {
  for (let line = 0; line <= lines; line += 1) {
    let from = -1;
    for (let place = 0; place <= places; place += 1) {
      const index = (line + 1) * acrossLines + (place + 1) * alongLine;
      const isBorder = place < places && inside[index] !== inside[index - acrossLines];
      if (isBorder && from < 0) from = place;
      if (!isBorder && from >= 0) {
        take(line, from, place);
        from = -1;
      }
    }
  }
}

/** Stroke an outline with a dark rim, so that it is seen on bright and on dark pictures. */
export function drawOutline(context, path, [left, top, width, height], colour, ratio = 1) {
  const placed = new Path2D();
  placed.addPath(path, new DOMMatrix([width, 0, 0, height, left, top]));
  context.lineCap = "square";
  context.strokeStyle = "rgba(0, 0, 0, .5)";
  context.lineWidth = 3.2 * ratio;
  context.stroke(placed);
  context.strokeStyle = colour;
  context.lineWidth = 1.6 * ratio;
  context.stroke(placed);
}
