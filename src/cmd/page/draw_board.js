/* draw_board.js - the board: strokes of a mouse, finger or pen, or a picture, and the pixels that both become.
 *
 * Places on the board are 0 to 1 in both directions. */
'use strict';

const BOARD = {
  side: 224,     /* pixels of the picture that a drawing becomes */
  pen: 0.075,    /* width of a stroke: MNIST's are as thick */
  closest: 0.004 /* a point nearer than this to the one before is left out */
};

/* How digits are drawn, for "Show me": strokes of a person, as points on the board. */
const EXAMPLES = [
  [[[.56, .2], [.42, .24], [.33, .38], [.31, .56], [.37, .73], [.5, .8], [.63, .74], [.7, .58], [.69, .4], [.63, .26], [.54, .2]]],
  [[[.4, .33], [.5, .22], [.53, .2], [.52, .4], [.51, .6], [.5, .8]]],
  [[[.32, .34], [.4, .22], [.54, .19], [.64, .28], [.62, .42], [.5, .58], [.36, .73], [.3, .79], [.45, .77], [.6, .78], [.71, .79]]],
  [[[.34, .25], [.47, .19], [.6, .22], [.64, .34], [.56, .44], [.46, .48], [.58, .5], [.67, .6], [.64, .73], [.52, .81], [.38, .79],
    [.31, .72]]],
  [[[.43, .2], [.38, .35], [.31, .52], [.45, .53], [.6, .52], [.72, .51]], [[.61, .32], [.6, .5], [.59, .66], [.58, .83]]],
  [[[.65, .21], [.5, .21], [.39, .22], [.38, .35], [.36, .46], [.49, .43], [.61, .48], [.66, .61], [.6, .74], [.48, .8], [.33, .76]]],
  [[[.6, .19], [.47, .3], [.37, .47], [.34, .63], [.4, .77], [.52, .81], [.63, .74], [.64, .61], [.54, .54], [.42, .58], [.36, .67]]],
  [[[.3, .24], [.45, .23], [.58, .23], [.68, .22], [.61, .37], [.53, .53], [.47, .68], [.43, .82]]],
  [[[.62, .27], [.5, .19], [.39, .25], [.4, .37], [.52, .47], [.63, .58], [.63, .73], [.51, .81], [.38, .75], [.37, .61], [.48, .5],
    [.59, .4], [.62, .28]]],
  [[[.64, .33], [.55, .21], [.42, .23], [.36, .36], [.42, .47], [.55, .46], [.63, .35], [.64, .3], [.62, .5], [.59, .68], [.56, .82]]],
];

/* Draws strokes [{points, colour}] on a context of side x side pixels. colour: of all strokes; null: each has its own. */
function paintStrokes(context, side, strokes, colour) {
  context.lineCap = context.lineJoin = 'round';
  context.lineWidth = BOARD.pen * side;
  for (const stroke of strokes) {
    const points = stroke.points.map(([x, y]) => [x * side, y * side]), [first] = points, last = points[points.length - 1];
    context.strokeStyle = context.fillStyle = colour || stroke.colour;
    context.beginPath();
    if (points.length === 1) {
      context.arc(first[0], first[1], context.lineWidth / 2, 0, 2 * Math.PI);
      context.fill();
      continue;
    }
    context.moveTo(first[0], first[1]);
    for (let i = 1; i + 1 < points.length; i++) { /* curves through the middles between points are smooth */
      const [x, y] = points[i], [nextX, nextY] = points[i + 1];
      context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
    }
    context.lineTo(last[0], last[1]);
    context.stroke();
  }
}

/* The length of a stroke, and at least a dot's. */
function lengthOf(stroke) {
  let length = BOARD.pen;
  for (let i = 1; i < stroke.points.length; i++)
    length += Math.hypot(stroke.points[i][0] - stroke.points[i - 1][0], stroke.points[i][1] - stroke.points[i - 1][1]);
  return length;
}

/* The first share (0 to 1) of some strokes, as a hand has drawn them by then. */
function strokesUntil(strokes, share) {
  let left = share * strokes.reduce((sum, stroke) => sum + lengthOf(stroke), 0);
  const drawn = [];
  for (const stroke of strokes) {
    if (left <= 0) break;
    const points = [stroke.points[0]];
    left -= BOARD.pen;
    for (let i = 1; i < stroke.points.length && left > 0; i++) {
      const [x, y] = stroke.points[i - 1], [toX, toY] = stroke.points[i], length = Math.hypot(toX - x, toY - y);
      const part = length > 0 ? Math.min(left / length, 1) : 1;
      points.push([x + (toX - x) * part, y + (toY - y) * part]);
      left -= length;
    }
    drawn.push({points, colour: stroke.colour});
  }
  return drawn;
}

function newCanvas(width, height) {
  const canvas = document.createElement('canvas');
  canvas.width = width, canvas.height = height;
  return canvas;
}

const drawingContext = newCanvas(BOARD.side, BOARD.side).getContext('2d', {willReadFrequently: true});

/* The picture {pixels, height, width, channels} of some strokes on paper of one colour. pen: of all strokes; null: each has its own. */
function pictureOfStrokes(strokes, paper, pen, channels) {
  const {side} = BOARD;
  drawingContext.fillStyle = paper;
  drawingContext.fillRect(0, 0, side, side);
  paintStrokes(drawingContext, side, strokes, pen);
  return pictureOf({rgba: drawingContext.getImageData(0, 0, side, side).data, height: side, width: side, format: 'image/png'}, channels);
}

/* Resolves to {bitmap, rgba, height, width, format} of a picture file, upright, with the numbers that are in the file. */
async function openPicture(file) {
  const bitmap = await createImageBitmap(file, {colorSpaceConversion: 'none', premultiplyAlpha: 'none', imageOrientation: 'from-image'});
  const {width, height} = bitmap, context = newCanvas(width, height).getContext('2d', {willReadFrequently: true});
  context.drawImage(bitmap, 0, 0);
  return {bitmap, rgba: context.getImageData(0, 0, width, height).data, height, width, format: file.type};
}

/* Calls change(points) whenever the hand draws on the canvas, and end() when it lifts. begin(point) starts a stroke. */
function watchHand(canvas, begin, change, end) {
  let pointer = null;
  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (pointer !== null || event.button !== 0) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    event.preventDefault();
    begin(placeOf(event));
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerId !== pointer) return;
    const events = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    change((events.length > 0 ? events : [event]).map(placeOf));
  });
  for (const name of ['pointerup', 'pointercancel']) {
    canvas.addEventListener(name, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      end();
    });
  }
}
