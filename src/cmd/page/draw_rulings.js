/* draw_rulings.js - removes ruled lines, squares and boxes from the ink of a picture, but not the strokes that cross them.
 *
 * The same steps as src/lib/data/rulings.c, where the reasons are told. */
'use strict';

const RULINGS = {
  cellsMost: 400, cellsLeast: 60, tracksMost: 256, passes: 3, inked: 40, edge: 24, back: 80, longest: 128,
  thickLeast: 3, thickShare: 0.015, shortest: 0.15, gapShare: 0.04, marginShare: 0.03, covered: 0.35, bendLeast: 2, bendShare: 0.02,
};

function fillCells(search, ink, width) {
  const {side} = search;
  for (let r = 0; r < search.rows; r++) {
    for (let c = 0; c < search.columns; c++) {
      let sum = 0;
      for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) sum += ink[(r * side + y) * width + c * side + x];
      search.cell[r * search.columns + c] = sum >= RULINGS.inked * side * side ? 1 : 0;
    }
  }
}

/* A plane, upright or turned: steps to the next cell or pixel along the lines and across them. */
function planeOf(rows, columns, vertical) {
  return vertical ? {length: rows, breadth: columns, along: columns, across: 1}
                  : {length: columns, breadth: rows, along: 1, across: columns};
}

/* The thickest line, in cells. */
function thickest(search) {
  return RULINGS.thickLeast + RULINGS.thickShare * search.size;
}

/* Marks the cells of runs across the lines that are thin. */
function markThin(search, p) {
  const most = Math.floor(thickest(search)), {cell, thin} = search;
  thin.fill(0);
  for (let i = 0; i < p.length; i++) {
    for (let j = 0; j < p.breadth; j++) {
      let end = j;
      while (end < p.breadth && cell[i * p.along + end * p.across]) end++;
      if (end - j <= most) for (let k = j; k < end; k++) thin[i * p.along + k * p.across] = 1;
      if (end > j) j = end;
    }
  }
}

/* The middle of the thin run in column i that is nearest to row j, within reach; -1 if there is no run. */
function nearestRun(search, p, i, j, reach) {
  const {thin} = search, middle = Math.trunc(j + 0.5);
  for (let d = 0; d <= reach; d++) {
    for (const k of [middle - d, middle + d]) {
      if (k < 0 || k >= p.breadth || !thin[i * p.along + k * p.across]) continue;
      let low = k, high = k;
      while (low > 0 && thin[i * p.along + (low - 1) * p.across]) low--;
      while (high + 1 < p.breadth && thin[i * p.along + (high + 1) * p.across]) high++;
      return Math.floor((low + high) / 2);
    }
  }
  return -1;
}

/* True if no row of the track is far from the straight line between its ends. */
function isStraight(t) {
  const length = t.last - t.first, rise = t.at[t.last] - t.at[t.first], most = RULINGS.bendLeast + RULINGS.bendShare * length;
  for (let i = t.first; i <= t.last; i++) {
    const off = t.at[i] - (t.at[t.first] + rise * (i - t.first) / length);
    if (off > most || off < -most) return false;
  }
  return rise < 0.15 * length && rise > -0.15 * length;
}

/* Marks the thin run at column i, row j as visited; returns 1 if it was not. */
function visitRun(search, p, i, j) {
  const {thin} = search, column = i * p.along, fresh = thin[column + j * p.across] === 1 ? 1 : 0;
  for (let k = j; k >= 0 && thin[column + k * p.across]; k--) thin[column + k * p.across] = 2;
  for (let k = j + 1; k < p.breadth && thin[column + k * p.across]; k++) thin[column + k * p.across] = 2;
  return fresh;
}

/* Follows a line from the thin run at column i, row j, and marks its runs as visited. Returns if it is long and straight. */
function followLine(search, p, t, i, j) {
  const gapMost = Math.floor(RULINGS.gapShare * search.size) + 2;
  let gap = 0, hits = 0, fresh = 0, row = j, slope = 0;
  t.first = t.last = i;
  for (; i < p.length && row >= 0 && row <= p.breadth - 1; i++) {
    const reach = i - t.last > 16 ? 2 : 1, found = nearestRun(search, p, i, row, reach), here = Math.trunc(row + 0.5);
    if (found >= 0 && Math.abs(found - here) <= reach) {
      row = found, gap = 0, hits++, t.last = i;
      fresh += visitRun(search, p, i, found);
    } else {
      const inked = here >= 0 && here < p.breadth && search.cell[i * p.along + here * p.across];
      if (!inked && ++gap > gapMost) break;
    }
    t.at[i] = Math.trunc(row + 0.5);
    const back = Math.min(i - t.first, RULINGS.back);
    if (t.last === i && back >= RULINGS.back / 2) slope = (row - t.at[i - back]) / back;
    row += slope;
  }
  const length = t.last - t.first + 1;
  return length >= Math.floor(RULINGS.shortest * search.size) && length > 1 && hits >= RULINGS.covered * length && 2 * fresh >= hits &&
         isStraight(t);
}

function findTracks(search, vertical) {
  const p = planeOf(search.rows, search.columns, vertical);
  markThin(search, p);
  for (let i = 0; i < p.length; i++) {
    for (let j = 0; j < p.breadth && search.tracks.length < RULINGS.tracksMost; j++) {
      if (search.thin[i * p.along + j * p.across] !== 1) continue;
      const t = {first: 0, last: 0, at: new Int16Array(p.length), vertical, kept: true, group: 0};
      if (followLine(search, p, t, i, nearestRun(search, p, i, j, 0))) search.tracks.push(t);
    }
  }
}

/* ---- ends ---- */

/* [row, column] of the track's end. */
function endOf(t, end) {
  const i = end ? t.last : t.first;
  return t.vertical ? [i, t.at[i]] : [t.at[i], i];
}

function isAtBorder(search, t, end, near) {
  const [row, column] = endOf(t, end);
  return row <= near || column <= near || row + near + 1 >= search.rows || column + near + 1 >= search.columns;
}

/* True if b continues a straight from this end, after a stroke that hides the line. */
function goesOn(a, end, b, near) {
  const left = end ? a : b, right = end ? b : a, gap = right.first - left.last;
  return gap >= -near && Math.abs(left.at[left.last] - right.at[right.first]) <= 2 + Math.floor(Math.abs(gap) / 20);
}

/* True if this end of a meets b: at a corner, or because they are one line. */
function meets(a, end, b, near) {
  if (!b.kept || a === b) return false;
  if (a.vertical === b.vertical) return goesOn(a, end, b, near);
  const [row, column] = endOf(a, end);
  return [0, 1].some((other) => {
    const [otherRow, otherColumn] = endOf(b, other);
    return Math.abs(row - otherRow) <= near && Math.abs(column - otherColumn) <= near;
  });
}

/* How near an end must be to another, or to the border. */
function nearness(search) {
  return Math.floor(RULINGS.marginShare * search.size) + 1;
}

/* Drops tracks with a free end, until none has one. Returns how many are left. */
function keepLines(search) {
  const near = nearness(search), {tracks} = search;
  for (let changed = true; changed;) {
    changed = false;
    for (const t of tracks) {
      for (let end = 0; end < 2 && t.kept; end++) {
        if (isAtBorder(search, t, end, near) || tracks.some((b) => meets(t, end, b, near))) continue;
        t.kept = false, changed = true;
      }
    }
  }
  return tracks.filter((t) => t.kept).length;
}

/* ---- boxes ---- */

/* Gives tracks that meet the same group. */
function groupLines(search, near) {
  search.tracks.forEach((t, i) => { t.group = i; });
  for (let changed = true; changed;) {
    changed = false;
    for (const a of search.tracks) {
      for (const b of search.tracks) {
        if (!a.kept || a.group <= b.group || !(meets(a, 0, b, near) || meets(a, 1, b, near))) continue;
        a.group = b.group, changed = true;
      }
    }
  }
}

/* The box around a group, in cells; open: a line of it reaches the picture's border. */
function areaOf(search, group, near) {
  const area = {top: search.rows, left: search.columns, bottom: 0, right: 0, open: false};
  for (const t of search.tracks) {
    if (!t.kept || t.group !== group) continue;
    for (let end = 0; end < 2; end++) {
      const [row, column] = endOf(t, end);
      area.open = area.open || isAtBorder(search, t, end, near);
      area.top = Math.min(area.top, row), area.bottom = Math.max(area.bottom, row);
      area.left = Math.min(area.left, column), area.right = Math.max(area.right, column);
    }
  }
  return area;
}

function hasInkInside(search, area, margin) {
  for (let r = area.top + margin; r <= area.bottom - margin; r++)
    for (let c = area.left + margin; c <= area.right - margin; c++) if (search.cell[r * search.columns + c]) return true;
  return false;
}

/* Drops the sides of boxes with nothing in them: such a one may be a digit. */
function dropEmptyBoxes(search) {
  const near = nearness(search), margin = Math.floor(thickest(search)) + 2;
  groupLines(search, near);
  search.tracks.forEach((t, i) => {
    if (!t.kept || t.group !== i) return;
    const area = areaOf(search, i, near);
    if (area.open || hasInkInside(search, area, margin)) return;
    for (const other of search.tracks) if (other.group === i) other.kept = false;
  });
}

/* ---- in the picture itself ---- */

/* [first, end] of the run of ink across the line in column i near row j; null if there is no run. */
function runAt(ink, gone, p, i, j, reach) {
  const middle = Math.trunc(j), has = (k, least) => ink[i * p.along + k * p.across] >= least && !gone[i * p.along + k * p.across];
  let found = -1;
  for (let d = 0; found < 0 && d <= reach; d++)
    for (const k of [middle - d, middle + d]) if (k >= 0 && k < p.breadth && has(k, RULINGS.inked)) found = k;
  if (found < 0) return null;
  let first = found, end = found + 1;
  while (first > 0 && has(first - 1, RULINGS.edge)) first--;
  while (end < p.breadth && has(end, RULINGS.edge)) end++;
  return [first, end];
}

/* The row of the track at pixel column i. */
function rowAt(search, t, i) {
  const at = Math.min(Math.max((i + 0.5) / search.side - 0.5, t.first), t.last);
  const c = Math.floor(at), next = c < t.last ? c + 1 : c, share = at - c;
  return ((1 - share) * t.at[c] + share * t.at[next] + 0.5) * search.side;
}

/* Marks the runs of the line as removed, except runs much longer than most: there a stroke crosses it. */
function markGone(gone, search, t, ink, p) {
  const {longest} = RULINGS, count = new Int32Array(longest), {side} = search, reach = side + 1;
  let first = t.first * side, end = (t.last + 1) * side, total = 0, most = 0;
  if (first < 2 * side) first = 0;
  if (end + 3 * side > p.length) end = p.length;
  for (let pass = 0; pass < 2; pass++) {
    for (let i = first; i < end; i++) {
      const run = runAt(ink, gone, p, i, rowAt(search, t, i), reach);
      if (run === null) continue;
      const length = run[1] - run[0];
      if (pass === 0) count[Math.min(length, longest - 1)]++, total++;
      if (pass === 0 || length > most) continue;
      for (let j = run[0]; j < run[1]; j++) gone[i * p.along + j * p.across] = 1;
    }
    let usual = 0, below = 0;
    while (usual < longest - 1 && 4 * (below += count[usual]) < total) usual++;
    most = usual + Math.floor(usual / 2) + 2;
    if (4 * total < end - first || most > Math.floor(2 * thickest(search)) * side) break;
  }
}

/* Removes the lines if ink remains: a digit may be drawn as a box. Returns if there were some. */
function removeKept(search, ink, gone, height, width) {
  let lines = 0, after = 0;
  for (const t of search.tracks)
    if (t.kept) markGone(gone, search, t, ink, planeOf(height, width, t.vertical)), lines++;
  for (let i = 0; i < ink.length; i++) after += ink[i] >= RULINGS.inked && !gone[i] ? 1 : 0;
  if (after * 2000 < height * width) return false;
  for (let i = 0; i < ink.length; i++) if (gone[i]) ink[i] = 0;
  return lines > 0;
}

function removeRulings(ink, height, width) {
  const side = Math.ceil(Math.max(height, width) / RULINGS.cellsMost);
  const search = {side, rows: Math.floor(height / side), columns: Math.floor(width / side),
    size: Math.floor(Math.max(height, width) / side), tracks: []};
  if (search.rows < RULINGS.cellsLeast || search.columns < RULINGS.cellsLeast) return;
  search.cell = new Uint8Array(search.rows * search.columns);
  search.thin = new Uint8Array(search.rows * search.columns);
  const gone = new Uint8Array(height * width);
  for (let pass = 0, found = true; pass < RULINGS.passes && found; pass++) {
    search.tracks = [];
    fillCells(search, ink, width);
    findTracks(search, false);
    findTracks(search, true);
    found = keepLines(search) > 0;
    if (found) dropEmptyBoxes(search);
    if (found) found = removeKept(search, ink, gone, height, width);
  }
}
