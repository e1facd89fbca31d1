/* draw_paper.js - estimates the brightness of the paper at each place of a grey picture.
 *
 * The same steps as src/lib/data/paper.c, with the same roundings, so that this page and `clenet predict` see the same image. The reasons
 * are told there. */
'use strict';

const LEVELS = 256;

const PAPER = {
  cellsMost: 160, smallCell: 2, blurLeast: 100, tiles: 4, smooth: 2,
  squareShare: 0.3, black: 8, noPaper: 0.25, similar: 0.06, grainTimes: 6, inkLeast: 0.05, ruledGrainTimes: 4.8, thinStroke: 1.6,
  evenSpread: 0.15, evenContrast: 20, evenGrainTimes: 8,
};

/* Otsu's threshold: {dark, light, threshold}, the means of both sides and the first level of the light side. */
function partTwoGreys(histogram) {
  let total = 0, sum = 0, below = 0, belowSum = 0, best = -1, first = 0;
  for (let i = 0; i < LEVELS; i++) total += histogram[i], sum += histogram[i] * i;
  let greys = {dark: sum / total, light: sum / total, threshold: 0};
  for (let t = 1; t < LEVELS; t++) {
    below += histogram[t - 1];
    belowSum += histogram[t - 1] * (t - 1);
    const above = total - below;
    if (below === 0 || above === 0) continue;
    const dark = belowSum / below, light = (sum - belowSum) / above;
    const between = below * above * (light - dark) * (light - dark);
    if (between > best) {
      best = between;
      first = t;
      greys = {dark, light, threshold: t};
    } else if (between === best) {
      greys.threshold = Math.floor((first + t) / 2);
    }
  }
  return greys;
}

/* The difference between a pixel and the paper's level there, as a part of the level: above 0 for ink. */
function paperDifference(paper, grey, level) {
  if (!paper.light) return (grey - level) / (level + PAPER.black);
  return level < PAPER.noPaper * paper.typical ? 0 : (level - grey) / (level + PAPER.black);
}

/* ---- cells ---- */

function fillMeans(paper, grey) {
  const {cell, rows, columns, height, width} = paper;
  for (let r = 0; r < rows; r++) {
    const bottom = Math.min((r + 1) * cell, height);
    for (let c = 0; c < columns; c++) {
      const right = Math.min((c + 1) * cell, width);
      let sum = 0;
      for (let y = r * cell; y < bottom; y++) for (let x = c * cell; x < right; x++) sum += grey[y * width + x];
      paper.mean[r * columns + c] = sum / ((bottom - r * cell) * (right - c * cell));
    }
  }
}

/* Replaces each cell by the mean of it and its neighbours. */
function blurCells(paper) {
  const {rows, columns} = paper, copy = paper.mean.slice();
  for (let r = 1; r + 1 < rows; r++) {
    for (let c = 1; c + 1 < columns; c++) {
      let sum = 0;
      for (let v = r - 1; v <= r + 1; v++)
        for (let u = c - 1; u <= c + 1; u++) sum = Math.fround(sum + copy[v * columns + u]);
      paper.mean[r * columns + c] = sum / 9;
    }
  }
}

/* The largest (sign 1) or smallest (sign -1) of each `window` neighbours in a line of `count` values, which begin at `from` and are
 * `stride` apart; written where the first of them was. */
function runningExtreme(plane, from, count, stride, window, sign) {
  for (let done = 1; done < window;) {
    const step = Math.min(done, window - done), last = from + (count - done - step) * stride;
    for (let i = from; i <= last; i += stride) {
      const next = plane[i + step * stride];
      if (sign * next > sign * plane[i]) plane[i] = next;
    }
    done += step;
  }
}

/* The closing of the means with a square of `side` cells, or, with sign -1, the opening. */
function closeCells(paper, sign, side) {
  const {rows, columns} = paper, margin = side - 1, height = rows + 2 * margin, width = columns + 2 * margin;
  const plane = new Float32Array(height * width).fill(-Infinity), out = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) plane[(r + margin) * width + c + margin] = sign * paper.mean[r * columns + c];
  for (let r = 0; r < height; r++) runningExtreme(plane, r * width, width, 1, side, 1);
  for (let c = 0; c + side <= width; c++) runningExtreme(plane, c, height, width, side, 1);
  for (let r = 0; r + side <= height; r++) runningExtreme(plane, r * width, width - margin, 1, side, -1);
  for (let c = 0; c < columns; c++) runningExtreme(plane, c, height - margin, width, side, -1);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[r * columns + c] = sign * plane[r * width + c];
  return out;
}

/* The medians of a window around each cell: `reachRows` and `reachColumns` cells to each side, less at the picture's edges. */
function medianCells(paper, reachRows, reachColumns) {
  const {rows, columns, mean} = paper, out = new Float32Array(rows * columns);
  const greys = new Uint8Array(rows * columns);
  for (let i = 0; i < greys.length; i++) greys[i] = Math.floor(Math.fround(mean[i] + 0.5));
  for (let r = 0; r < rows; r++) {
    const first = Math.max(r - reachRows, 0), last = Math.min(r + reachRows + 1, rows), count = new Int32Array(LEVELS + 1);
    let total = 0, below = 0, median = 0; /* below: values smaller than the median */
    for (let c = 0; c < columns + reachColumns; c++) {
      for (let y = first; y < last; y++) {
        if (c < columns) {
          const added = greys[y * columns + c];
          count[added]++, total++, below += added < median ? 1 : 0;
        }
        if (c > 2 * reachColumns) {
          const gone = greys[y * columns + c - 2 * reachColumns - 1];
          count[gone]--, total--, below -= gone < median ? 1 : 0;
        }
      }
      if (c < reachColumns) continue;
      while (2 * below > total) median--, below -= count[median];
      while (2 * (below + count[median]) <= total) below += count[median], median++;
      out[r * columns + c - reachColumns] = median;
    }
  }
  return out;
}

/* ---- the level of the paper ---- */

/* Sets paper.light: whether the ink is dark. Returns if that is clear. */
function findPolarity(paper, closed, opened, median) {
  const {mean} = paper;
  let dark = 0, light = 0;
  for (let i = 0; i < mean.length; i++) {
    const below = Math.min(Math.fround(median[i] - mean[i]), Math.fround(closed[i] - mean[i]));
    const above = Math.min(Math.fround(mean[i] - median[i]), Math.fround(mean[i] - opened[i]));
    if (below > 0) dark += below * below;
    if (above > 0) light += above * above;
  }
  paper.light = dark >= light;
  return dark > 2 * light || light > 2 * dark;
}

/* Calls visit(index) for the cells at most `reach` away from the cell at r, c. */
function eachNear(paper, r, c, reach, visit) {
  const bottom = Math.min(r + reach, paper.rows - 1), right = Math.min(c + reach, paper.columns - 1);
  for (let v = Math.max(r - reach, 0); v <= bottom; v++)
    for (let u = Math.max(c - reach, 0); u <= right; u++) visit(v * paper.columns + u);
}

/* Replaces each level by the mean of the cells around that are similar to it, which have no ink. */
function smoothLevels(paper, level) {
  const out = new Float32Array(level.length);
  for (let r = 0; r < paper.rows; r++) {
    for (let c = 0; c < paper.columns; c++) {
      const here = level[r * paper.columns + c], most = PAPER.similar * (here + PAPER.black);
      let sum = 0, count = 0;
      eachNear(paper, r, c, PAPER.smooth, (i) => {
        if (Math.abs(paper.mean[i] - here) < most) sum += paper.mean[i], count++;
      });
      out[r * paper.columns + c] = count > 0 ? sum / count : here;
    }
  }
  return out;
}

/* Gives each cell the level of the neighbour that is most like ink: at the edge of a shadow, the shadow's. */
function widenShadows(paper, level) {
  for (let r = 0; r < paper.rows; r++) {
    for (let c = 0; c < paper.columns; c++) {
      let here = level[r * paper.columns + c];
      eachNear(paper, r, c, 1, (i) => {
        here = paper.light ? Math.min(here, level[i]) : Math.max(here, level[i]);
      });
      paper.level[r * paper.columns + c] = here;
    }
  }
}

/* Marks the cells with ink and their neighbours. */
function findInked(paper) {
  const {mean, level} = paper, cells = mean.length, difference = new Float32Array(cells);
  paper.typical = level.slice().sort()[Math.floor(cells / 2)];
  paper.largest = 0;
  for (let i = 0; i < cells; i++) {
    difference[i] = paperDifference(paper, mean[i], level[i]);
    paper.largest = Math.max(paper.largest, difference[i]);
  }
  const sorted = difference.map(Math.abs).sort(), most = paper.largest;
  if (paper.cell > 1) paper.largest *= PAPER.thinStroke;
  paper.grain = 3.139 * sorted[Math.floor(cells / 4)];
  const ruled = Math.max(PAPER.ruledGrainTimes * paper.grain, most / 2);
  const least = Math.max(Math.min(PAPER.grainTimes * paper.grain, ruled), PAPER.inkLeast);
  paper.ink.fill(0);
  for (let r = 0; r < paper.rows; r++)
    for (let c = 0; c < paper.columns; c++)
      if (difference[r * paper.columns + c] >= least) eachNear(paper, r, c, 1, (i) => { paper.ink[i] = 1; });
}

/* ---- even light ---- */

/* The share of ink in a rectangle of cells. */
function shareOfInk(parted, top, left, tall, wide) {
  let count = 0;
  for (let r = top; r < top + tall; r++)
    for (let c = left; c < left + wide; c++) count += isInk(parted, r * parted.paper.columns + c) ? 1 : 0;
  return count / (tall * wide);
}

function isInk(parted, i) {
  return (parted.paper.mean[i] < parted.greys.threshold) === parted.light;
}

/* True if most of the picture's border is light. */
function hasLightBorder(parted, grey) {
  const {height, width} = parted.paper;
  let light = 0, count = 0;
  for (let y = 0; y < height; y++) {
    const edge = y === 0 || y === height - 1, step = edge || width === 1 ? 1 : width - 1;
    for (let x = 0; x < width; x += step, count++) light += grey[y * width + x] >= parted.greys.threshold ? 1 : 0;
  }
  return 2 * light >= count;
}

/* True if one of the picture's sides or corners is full of ink, or a square a third larger than `side`. */
function hasDarkArea(parted, side) {
  const full = 0.97, {rows, columns} = parted.paper;
  const corner = Math.max(Math.floor(side / 2), 2), square = side + Math.floor(side / 3);
  if (rows < 3 || columns < 3) return false;
  if (shareOfInk(parted, 0, 0, 1, columns) > full || shareOfInk(parted, rows - 1, 0, 1, columns) > full ||
      shareOfInk(parted, 0, 0, rows, 1) > full || shareOfInk(parted, 0, columns - 1, rows, 1) > full) return true;
  for (const top of [0, rows - corner])
    for (const left of [0, columns - corner]) if (shareOfInk(parted, top, left, corner, corner) > full) return true;
  const run = new Float32Array(columns); /* the side of the largest square of ink whose last cell is this one */
  for (let r = 0; r < rows; r++) {
    let before = 0, across = 0;
    for (let c = 0; c < columns; c++) {
      const above = run[c];
      run[c] = isInk(parted, r * columns + c) ? 1 + Math.min(above, before, across) : 0;
      across = above, before = run[c];
      if (run[c] >= square) return true;
    }
  }
  return false;
}

/* The paper's grey in a tile; null if the tile has few cells of paper. */
function paperOfTile(parted, row, column) {
  const {rows, columns, mean} = parted.paper, tiles = PAPER.tiles, found = [];
  const top = Math.floor(row * rows / tiles), bottom = Math.floor((row + 1) * rows / tiles);
  const left = Math.floor(column * columns / tiles), right = Math.floor((column + 1) * columns / tiles);
  for (let r = top; r < bottom; r++)
    for (let c = left; c < right; c++) if (!isInk(parted, r * columns + c)) found.push(mean[r * columns + c]);
  const count = found.length, tenth = Math.floor(count / 10);
  if (3 * count < (bottom - top) * (right - left) || count === 0) return null;
  return Float32Array.from(found).sort()[parted.light ? count - 1 - tenth : tenth];
}

/* True if the paper's greys differ little between the tiles of the picture, without the lightest and the darkest tile. */
function hasEvenPaper(parted, most) {
  const greys = [];
  for (let i = 0; i < PAPER.tiles * PAPER.tiles; i++) {
    const grey = paperOfTile(parted, Math.floor(i / PAPER.tiles), i % PAPER.tiles);
    if (grey !== null) greys.push(grey);
  }
  const sorted = Float32Array.from(greys).sort();
  return sorted.length < 4 || Math.fround(sorted[sorted.length - 2] - sorted[1]) < most;
}

/* True if a quarter of the cells without ink are black, as in a drawing: light does not show on them. */
function isBlack(parted) {
  const found = parted.paper.mean.filter((_, i) => !isInk(parted, i)).sort();
  return found.length > 0 && found[Math.floor(found.length / 4)] < PAPER.black / 2;
}

/* {paper, greys, light} of one threshold for all of the picture, if it parts ink from paper everywhere; otherwise null. */
function partEvenly(paper, grey, side) {
  const histogram = new Float64Array(LEVELS);
  for (let i = 0; i < grey.length; i++) histogram[grey[i]]++;
  const parted = {paper, greys: partTwoGreys(histogram), light: false};
  const contrast = parted.greys.light - parted.greys.dark;
  if (contrast < PAPER.evenContrast || contrast < PAPER.evenGrainTimes * paper.grain * paper.typical) return null;
  parted.light = hasLightBorder(parted, grey);
  if (!parted.light && isBlack(parted)) return parted;
  return !hasDarkArea(parted, side) && hasEvenPaper(parted, PAPER.evenSpread * contrast) ? parted : null;
}

function useOneLevel(paper, parted, grey) {
  paper.light = parted.light;
  let extreme = grey[0];
  for (let i = 1; i < grey.length; i++) if (parted.light ? grey[i] < extreme : grey[i] > extreme) extreme = grey[i];
  paper.typical = parted.light ? parted.greys.light : parted.greys.dark;
  paper.level.fill(paper.typical);
  paper.ink.fill(1);
  paper.largest = paperDifference(paper, extreme, paper.typical);
}

/* ---- all ---- */

/* drawn: the picture was drawn on this page, so the light is even, unless the ink fills most of it. */
function findPaper(grey, height, width, drawn) {
  const cell = Math.ceil(Math.max(height, width) / PAPER.cellsMost);
  const rows = Math.ceil(height / cell), columns = Math.ceil(width / cell), shorter = Math.min(rows, columns);
  const side = Math.max(Math.floor(PAPER.squareShare * shorter), 3);
  const paper = {height, width, cell, rows, columns, light: true, typical: 0, largest: 0, grain: 0,
    mean: new Float32Array(rows * columns), level: new Float32Array(rows * columns), ink: new Uint8Array(rows * columns)};
  fillMeans(paper, grey);
  if (cell <= PAPER.smallCell && shorter >= PAPER.blurLeast) blurCells(paper);
  const quick = drawn ? partEvenly(paper, grey, side) : null;
  if (quick !== null && quick.light) {
    useOneLevel(paper, quick, grey);
    return paper;
  }
  const closed = closeCells(paper, 1, side), opened = closeCells(paper, -1, side);
  const clear = findPolarity(paper, closed, opened, medianCells(paper, Math.floor(rows / 3), Math.floor(columns / 3)));
  widenShadows(paper, smoothLevels(paper, paper.light ? closed : opened));
  findInked(paper);
  const parted = partEvenly(paper, grey, side);
  if (parted !== null && (!clear || paper.light === parted.light)) useOneLevel(paper, parted, grey);
  return paper;
}

/* The cell whose centre is at or before pixel i, and how far the pixel is from it to the next, 0 to 1. */
function cellBefore(paper, i, cells) {
  const at = Math.min(Math.max((i + 0.5) / paper.cell - 0.5, 0), cells - 1), cell = Math.floor(at);
  return [cell, Math.fround(at - cell)];
}

/* Fills levels [width] with those of row y, between the cells' centres by linear interpolation. */
function fillPaperRow(paper, levels, y) {
  const {columns, level} = paper, between = new Float32Array(columns), [r, down] = cellBefore(paper, y, paper.rows);
  const upper = r * columns, lower = Math.min(r + 1, paper.rows - 1) * columns;
  for (let c = 0; c < columns; c++)
    between[c] = level[upper + c] + Math.fround(down * Math.fround(level[lower + c] - level[upper + c]));
  for (let x = 0; x < paper.width; x++) {
    const [c, share] = cellBefore(paper, x, columns);
    levels[x] = between[c] + Math.fround(share * Math.fround(between[Math.min(c + 1, columns - 1)] - between[c]));
  }
}
