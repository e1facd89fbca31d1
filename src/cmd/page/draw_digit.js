/* draw_digit.js - turns a grey picture of a digit into the image that the network reads.
 *
 * The same steps as src/lib/data/ink.c and picture.c: find the ink, scale it into 20 x 20 pixels, and put its centre of mass into the
 * centre of 28 x 28, as MNIST's makers did. Models of pictures in folders scale the whole picture, as src/lib/picture/scale.c. */
'use strict';

const INK = {edge: 24, inked: 128, none: 32, speckShare: 50, begins: 0.05, full: 1.1, differenceLeast: 0.08};
const IMAGE = {side: 28, box: 20, full: 255, shareFull: 4, thinnest: 1.7, widened: 1.6};

/* ---- ink ---- */

/* The ink of each grey level. */
function inkTable(none, full) {
  return Uint8Array.from({length: LEVELS}, (_, level) => {
    const way = (level - none) / (full - none), value = (way - INK.begins) / (INK.full - INK.begins) * (LEVELS - 1);
    return value <= 0 ? 0 : value >= LEVELS - 1 ? LEVELS - 1 : Math.floor(value + 0.5);
  });
}

/* The difference of each pixel from its paper: INK.none for the paper, more for ink, full for `most`. */
function differencesOf(paper, grey, most) {
  const {height, width} = paper, out = new Uint8Array(height * width), levels = new Float32Array(width);
  for (let y = 0; y < height; y++) {
    fillPaperRow(paper, levels, y);
    for (let x = 0; x < width; x++) {
      const part = paperDifference(paper, grey[y * width + x], levels[x]) / most;
      const value = INK.none + part * (LEVELS - 1 - INK.none) + 0.5;
      out[y * width + x] = value <= 0 ? 0 : value >= LEVELS - 1 ? LEVELS - 1 : Math.floor(value);
    }
  }
  return out;
}

/* The ink on the paper, 0 to 255 a pixel; null if there is no ink. */
function inkOnPaper(paper, grey) {
  const {height, width, cell, columns} = paper, most = paper.largest + 0.02, ink = differencesOf(paper, grey, most);
  const histogram = new Float64Array(LEVELS);
  let count = 0;
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / cell) * columns;
    for (let x = 0; x < width; x++)
      if (paper.ink[row + Math.floor(x / cell)]) histogram[ink[y * width + x]]++, count++;
  }
  if (count === 0) return null;
  const greys = partTwoGreys(histogram), contrast = (greys.light - INK.none) * (most / (LEVELS - 1 - INK.none));
  if (contrast < INK.differenceLeast) return null;
  const table = inkTable(INK.none, greys.light);
  return ink.map((level) => table[level]);
}

/* Marks of a pixel: in a stroke; in a spot that was visited; in a spot that is kept. */
const CLEAR = 0, STROKE = 1, SEEN = 2, KEPT = 3;

/* Changes the marks of the spot that contains the pixel start; returns its number of pixels. */
function floodSpot(spots, start, from, to) {
  const {mark, todo, height, width} = spots;
  let waiting = 0, count = 0;
  mark[start] = to;
  todo[waiting++] = start;
  while (waiting > 0) {
    const at = todo[--waiting], y = Math.floor(at / width), x = at % width;
    count++;
    for (let v = Math.max(y - 1, 0); v <= y + 1 && v < height; v++) {
      for (let u = Math.max(x - 1, 0); u <= x + 1 && u < width; u++) {
        if (mark[v * width + u] !== from) continue;
        mark[v * width + u] = to;
        todo[waiting++] = v * width + u;
      }
    }
  }
  return count;
}

/* Marks the spots that are not dirt as KEPT. */
function keepLarge(spots) {
  const {mark} = spots;
  let largest = 0;
  for (let i = 0; i < mark.length; i++) if (mark[i] === STROKE) largest = Math.max(largest, floodSpot(spots, i, STROKE, SEEN));
  for (let i = 0; i < mark.length; i++)
    if (mark[i] === SEEN && floodSpot(spots, i, SEEN, KEPT) * INK.speckShare < largest) floodSpot(spots, i, KEPT, CLEAR);
}

/* Removes ink that is not next to a kept pixel. The grey edge of a stroke stays. */
function clearSpecks(ink, spots) {
  const {mark, height, width} = spots, near = new Uint8Array(mark.length);
  for (let i = 0; i < mark.length; i++) {
    if (mark[i] !== KEPT) continue;
    const y = Math.floor(i / width), x = i % width;
    for (let v = Math.max(y - 1, 0); v <= y + 1 && v < height; v++)
      for (let u = Math.max(x - 1, 0); u <= x + 1 && u < width; u++) near[v * width + u] = 1;
  }
  for (let i = 0; i < ink.length; i++) if (!near[i]) ink[i] = 0;
}

/* The approximate width of strokes: a line has two long sides, which on the grid have 4/pi times their length. */
function strokeWidth(spots) {
  const {mark, height, width} = spots, kept = (y, x) => mark[y * width + x] === KEPT;
  let area = 0, edges = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!kept(y, x)) continue;
      area++;
      edges += (y === 0 || !kept(y - 1, x) ? 1 : 0) + (y + 1 === height || !kept(y + 1, x) ? 1 : 0) +
               (x === 0 || !kept(y, x - 1) ? 1 : 0) + (x + 1 === width || !kept(y, x + 1) ? 1 : 0);
    }
  }
  return 2 * 1.2732 * area / edges;
}

/* The box around the ink, with the grey edge of strokes; bottom and right are one past it. */
function boxOfInk(ink, height, width) {
  const box = {top: height, left: width, bottom: 0, right: 0};
  for (let i = 0; i < ink.length; i++) {
    if (ink[i] < INK.edge) continue;
    const y = Math.floor(i / width), x = i % width;
    box.top = Math.min(box.top, y), box.bottom = Math.max(box.bottom, y + 1);
    box.left = Math.min(box.left, x), box.right = Math.max(box.right, x + 1);
  }
  return box;
}

/* {ink, height, width, box, stroke} of a grey picture; null if it is blank. drawn: it was drawn on this page. */
function findInk(grey, height, width, drawn) {
  const ink = inkOnPaper(findPaper(grey, height, width, drawn), grey);
  if (ink === null) return null;
  removeRulings(ink, height, width);
  const mark = ink.map((value) => value >= INK.inked ? STROKE : CLEAR);
  const spots = {mark, todo: new Uint32Array(ink.length + 1), height, width};
  keepLarge(spots);
  clearSpecks(ink, spots);
  const box = boxOfInk(ink, height, width);
  return box.bottom > box.top ? {ink, height, width, box, stroke: strokeWidth(spots)} : null;
}

/* ---- the image of 28 x 28 ---- */

/* The pixels that an interval covers, with the share of the first and of the last. */
function spanAt(begin, end) {
  const span = {begin: Math.floor(begin), end: Math.floor(end), first: 1, last: 0};
  span.first = 1 - (begin - span.begin);
  span.last = end - span.end;
  if (span.begin === span.end) span.first = end - begin, span.last = 0;
  return span;
}

function weightOf(span, i) {
  if (i === span.begin) return span.first;
  return i === span.end ? span.last : 1;
}

/* The mean ink of a rectangle; outside of the picture there is no ink. */
function meanInk(map, rows, columns, area) {
  let sum = 0;
  for (let y = Math.max(rows.begin, 0); y <= rows.end && y < map.height; y++) {
    let along = 0;
    for (let x = Math.max(columns.begin, 0); x <= columns.end && x < map.width; x++)
      along += weightOf(columns, x) * map.ink[y * map.width + x];
    sum += weightOf(rows, y) * along;
  }
  return sum / area;
}

/* Scales the ink's box into the middle of a canvas. */
function scaleInk(map) {
  const {side, box: longest} = IMAGE, {top, left, bottom, right} = map.box, tall = bottom - top, wide = right - left;
  const step = Math.max(tall, wide) / longest, reach = map.stroke < IMAGE.thinnest * step ? IMAGE.widened * step : step;
  const startOf = (length) => Math.trunc((side - Math.floor(length + 0.5)) / 2);
  const firstY = startOf(tall / step), firstX = startOf(wide / step), canvas = new Float64Array(side * side);
  for (let y = 0; y < side; y++) {
    const atY = top + (y - firstY + 0.5) * step, rows = spanAt(atY - reach / 2, atY + reach / 2);
    for (let x = 0; x < side; x++) {
      const atX = left + (x - firstX + 0.5) * step, columns = spanAt(atX - reach / 2, atX + reach / 2);
      canvas[y * side + x] = meanInk(map, rows, columns, reach * reach);
    }
  }
  return canvas;
}

/* The value that one in IMAGE.shareFull of the pixels with ink reaches. */
function strongInk(canvas) {
  const {full} = IMAGE, count = new Int32Array(full + 1);
  let inked = 0, value = full;
  for (const ink of canvas) {
    const level = Math.min(Math.floor(ink + 0.5), full);
    count[level]++;
    inked += level > 0 ? 1 : 0;
  }
  let left = Math.floor(inked / IMAGE.shareFull);
  while (value > 1 && (left -= count[value]) >= 0) value--;
  return value;
}

/* How far the ink is shifted so that its middle comes to the image's, along rows or columns. */
function shiftToMiddle(canvas, alongRows) {
  const {side, box} = IMAGE, most = (side - box) / 2;
  let sum = 0, moment = 0;
  for (let i = 0; i < canvas.length; i++) {
    sum += canvas[i];
    moment += canvas[i] * ((alongRows ? i % side : Math.floor(i / side)) + 0.5);
  }
  const exact = side / 2 + 0.5 - (sum > 0 ? moment / sum : side / 2);
  const shift = Math.trunc(exact < 0 ? exact - 0.5 : exact + 0.5);
  return Math.max(-most, Math.min(most, shift));
}

/* The image [28][28] of a digit's ink, 0 (background) to 255 (ink). */
function imageOfInk(map) {
  const {side, full} = IMAGE, canvas = scaleInk(map), image = new Uint8Array(side * side);
  const down = shiftToMiddle(canvas, false), right = shiftToMiddle(canvas, true), gain = full / strongInk(canvas);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const toY = y + down, toX = x + right;
      if (toY < 0 || toY >= side || toX < 0 || toX >= side) continue;
      const value = canvas[y * side + x] * gain;
      image[toY * side + toX] = value >= full ? full : Math.floor(value + 0.5);
    }
  }
  return image;
}

/* ---- pictures that are only scaled ---- */

function scaledSpan(at, to, from) {
  const begin = at * from / to, end = (at + 1) * from / to, span = {begin: Math.floor(begin), end: Math.min(Math.ceil(end), from)};
  if (span.end <= span.begin) span.end = span.begin + 1;
  span.first = span.begin + 1 - begin;
  span.last = end - (span.end - 1);
  if (span.end - span.begin === 1) span.first = span.last = end - begin;
  return span;
}

function scaledShare(span, i) {
  if (i === span.begin) return span.first;
  return i === span.end - 1 ? span.last : 1;
}

/* The picture [height][width][channels] at another size: each pixel is the mean of the area that it covers. */
function scalePicture(picture, height, width) {
  const {pixels, channels} = picture, image = new Uint8Array(height * width * channels), sums = new Float64Array(channels);
  for (let y = 0; y < height; y++) {
    const rows = scaledSpan(y, height, picture.height);
    for (let x = 0; x < width; x++) {
      const columns = scaledSpan(x, width, picture.width);
      let area = 0;
      sums.fill(0);
      for (let v = rows.begin; v < rows.end; v++) {
        const tall = scaledShare(rows, v);
        for (let u = columns.begin; u < columns.end; u++) {
          const weight = tall * scaledShare(columns, u), from = (v * picture.width + u) * channels;
          for (let c = 0; c < channels; c++) sums[c] += weight * pixels[from + c];
          area += weight;
        }
      }
      for (let c = 0; c < channels; c++) image[(y * width + x) * channels + c] = Math.floor(sums[c] / area + 0.5);
    }
  }
  return image;
}

/* ---- the pixels of a picture ---- */

const PICTURE_SIDE_MOST = 1024;

/* Weights of red, green and blue in grey, in parts of 32768, and what is added to round: as the readers of src/lib/picture have them. PNG
 * is by libpng, Rec. 709 without rounding; JPEG is its own luminance, Rec. 601. */
const GREYS = {'image/png': [6968, 23434, 2366, 0], 'image/jpeg': [9798, 19235, 3735, 16384]}, GREY = [6968, 23434, 2366, 16384];

/* {pixels [height][width][channels], height, width, channels} of {rgba [height][width][4], height, width, format}: large ones are reduced by boxes, transparent
 * ones are on white paper, or on a black board if the contrast is higher there; as src/lib/picture/boxes.c does. */
function pictureOf({rgba, height, width, format}, channels) {
  const [red, green, blue, half] = GREYS[format] || GREY;
  const factor = Math.ceil(Math.max(height, width) / PICTURE_SIDE_MOST);
  const boxes = {rows: Math.ceil(height / factor), columns: Math.ceil(width / factor), factor, height, width, channels};
  boxes.sums = new Float64Array(boxes.rows * boxes.columns * channels);
  boxes.alpha = new Float64Array(boxes.rows * boxes.columns);
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(y / factor) * boxes.columns;
    for (let x = 0; x < width; x++, i += 4) {
      const box = row + (factor === 1 ? x : Math.floor(x / factor)), alpha = rgba[i + 3];
      if (channels === 1)
        boxes.sums[box] += ((red * rgba[i] + green * rgba[i + 1] + blue * rgba[i + 2] + half) >> 15) * alpha;
      else for (let c = 0; c < channels; c++) boxes.sums[box * channels + c] += rgba[i + c] * alpha;
      boxes.alpha[box] += alpha;
    }
  }
  const white = layOn(boxes, 255), black = layOn(boxes, 0);
  const pixels = black.contrast > white.contrast ? black.pixels : white.pixels;
  return {pixels, height: boxes.rows, width: boxes.columns, channels};
}

/* The boxes on a background of this brightness, and the difference between the lightest and the darkest. */
function layOn(boxes, ground) {
  const {rows, columns, factor, channels} = boxes, pixels = new Uint8Array(rows * columns * channels);
  let darkest = 255, lightest = 0;
  for (let row = 0, box = 0; row < rows; row++) {
    const tall = Math.min(boxes.height - row * factor, factor);
    for (let column = 0; column < columns; column++, box++) {
      const full = tall * Math.min(boxes.width - column * factor, factor) * 255, through = full - boxes.alpha[box];
      for (let i = box * channels; i < (box + 1) * channels; i++) {
        const value = Math.floor((boxes.sums[i] + through * ground + Math.floor(full / 2)) / full);
        pixels[i] = value;
        if (value < darkest) darkest = value;
        if (value > lightest) lightest = value;
      }
    }
  }
  return {pixels, contrast: lightest - darkest};
}
