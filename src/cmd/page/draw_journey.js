/* draw_journey.js - the way of an image through the network, step by step: what it sees, and what its layers make of it. */
'use strict';

const JOURNEY = {mapsMost: 32, replay: 1400 /* milliseconds */, strength: 0.7};
const calm = matchMedia('(prefers-reduced-motion: reduce)');

function byId(id) {
  return document.getElementById(id);
}

/* A new element with a class and a text, each may be ''. */
function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/* "1 filter", "6 filters". */
function counted(count, word) {
  return `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;
}

/* ---- colours ---- */

/* The colour of a variable of the style sheet, as [red, green, blue]. */
function colourOf(name) {
  const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

const colours = {};

function readColours() {
  for (const name of ['card', 'ink', 'lit', 'cold']) colours[name] = colourOf('--' + name);
}

/* Paints numbers as squares from paper to a colour: `lit` for numbers above 0, `cold` for those below. most: a number of full colour.
 * strength: below 1, small numbers are stronger. */
function paintNumbers(canvas, height, width, numberAt, most, lit, strength = 1) {
  if (canvas.width !== width || canvas.height !== height) canvas.width = width, canvas.height = height;
  const context = canvas.getContext('2d'), image = context.createImageData(width, height), paper = colours.card;
  for (let i = 0; i < height * width; i++) {
    const number = numberAt(i), full = number < 0 ? colours.cold : lit;
    const share = most > 0 ? Math.min(Math.abs(number) / most, 1) ** strength : 0;
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = paper[c] + (full[c] - paper[c]) * share;
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

/* Paints the image that the network reads: ink on paper, or, of a picture that is only scaled, its own colours. */
function paintImage(canvas, model, image) {
  const [height, width, channels] = model.input;
  if (!model.scales && channels === 1) {
    paintNumbers(canvas, height, width, (i) => image[i], 255, colours.ink);
    return;
  }
  canvas.width = width, canvas.height = height;
  const context = canvas.getContext('2d'), data = context.createImageData(width, height);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) data.data[4 * i + c] = image[i * channels + (channels === 3 ? c : 0)];
    data.data[4 * i + 3] = 255;
  }
  context.putImageData(data, 0, 0);
}

function largestOf(numbers) {
  let most = 0;
  for (const number of numbers) most = Math.max(most, Math.abs(number));
  return most;
}

/* ---- which layers are shown ---- */

const AFTER = ['batchnorm', 'dropout', 'relu', 'tanh', 'sigmoid', 'leaky_relu'];

/* The layer whose output is what layer `index` makes after its activation. */
function shownLayer(layers, index) {
  let shown = index;
  while (!layers[shown].activation && shown + 1 < layers.length && AFTER.includes(layers[shown + 1].kind)) {
    shown++;
    if (layers[shown].kind !== 'batchnorm' && layers[shown].kind !== 'dropout') break;
  }
  return shown;
}

/* The words for convolution number `nth` of `all`, from 0. */
function textOfConvolution(filters, nth, all) {
  const maps = counted(filters, 'filter');
  if (nth === 0) return `${maps} slide over it. Each lights up at its own small pattern, such as an edge.`;
  if (nth + 1 < all || all === 2) return `${maps} look at these maps together and find larger parts: corners, loops, ends.`;
  return `${maps} join those parts to larger ones still.`;
}

/* The steps between the image and the answer: {title, text, layer, index, shown, maps}. */
function middleSteps(model) {
  const {layers} = model, convolutions = layers.filter((layer) => layer.kind === 'conv2d'), steps = [];
  let hidden = [];
  layers.forEach((layer, index) => {
    if (layer.kind === 'conv2d') {
      const nth = convolutions.indexOf(layer);
      steps.push({title: convolutions.length === 1 ? 'Patterns' : nth === 0 ? 'Small patterns' : nth === 1 ? 'Larger parts' : `Parts, ${nth + 1}`,
        text: textOfConvolution(layer.out[2], nth, convolutions.length), layer, index, shown: shownLayer(layers, index), maps: true});
    }
    if (layer.kind === 'dense' && index < lastDense(layers)) hidden.push({layer, index, shown: shownLayer(layers, index)});
  });
  if (hidden.length > 0) {
    const counts = hidden.map(({layer}) => layer.out[2]).join(' and ');
    steps.push({title: 'Weighing', text: `${counts} numbers weigh which parts are there together.`, dense: hidden});
  }
  return steps;
}

function lastDense(layers) {
  return layers.map((layer) => layer.kind).lastIndexOf('dense');
}

/* ---- the steps on the page ---- */

/* Adds a step to the list; returns the element for its picture. */
function addStep(title, text) {
  const item = element('li'), show = element('div', 'show'), words = element('div');
  words.append(element('h3', '', title), element('p', '', text));
  item.append(show, words);
  byId('steps').append(item);
  return show;
}

/* As many columns as make the maps nearly a square. */
function columnsFor(count) {
  return Math.ceil(Math.sqrt(count));
}

/* A step of feature maps; a tap shows one in large. Returns a function that paints the outputs. */
function addMaps(model, step, onTap) {
  const filters = step.layer.out[2], count = Math.min(filters, JOURNEY.mapsMost);
  const text = count < filters ? `${step.text} The first ${count} are shown.` : step.text;
  const show = addStep(step.title, text), grid = element('div', 'maps'), across = columnsFor(count);
  grid.style.setProperty('--across', across);
  grid.style.setProperty('--down', Math.ceil(count / across));
  const canvases = Array.from({length: count}, (_, map) => {
    const button = element('button'), canvas = newCanvas(1, 1);
    button.type = 'button';
    button.setAttribute('aria-label', `${step.title}: map ${map + 1} of ${filters}, in large`);
    button.append(canvas);
    button.addEventListener('click', () => onTap(step, map));
    grid.append(button);
    return canvas;
  });
  show.append(grid);
  return (outputs) => {
    const numbers = outputs && outputs[step.shown], most = numbers ? largestOf(numbers) : 0;
    canvases.forEach((canvas, map) => paintMap(canvas, model, step, outputs, map, most));
  };
}

function paintMap(canvas, model, step, outputs, map, most) {
  const [height, width, filters] = step.layer.out, numbers = outputs && outputs[step.shown];
  paintNumbers(canvas, height, width, (i) => numbers ? numbers[i * filters + map] : 0, most, colours.lit,
    JOURNEY.strength);
}

/* A step of the numbers of dense layers, a small square each. */
function addDense(step) {
  const show = addStep(step.title, step.text), canvas = newCanvas(1, 1);
  canvas.setAttribute('aria-hidden', 'true');
  show.append(canvas);
  const counts = step.dense.map(({layer}) => layer.out[2]), all = counts.reduce((a, b) => a + b, 0), side = columnsFor(all);
  return (outputs) => {
    const numbers = new Float32Array(side * side);
    let at = 0;
    if (outputs) {
      for (const {shown} of step.dense) {
        const most = largestOf(outputs[shown]);
        for (const number of outputs[shown]) numbers[at++] = most > 0 ? number / most : 0;
      }
    }
    paintNumbers(canvas, side, side, (i) => numbers[i], 1, colours.lit, JOURNEY.strength);
  };
}

let replayFrame = 0; /* the frame that the replay waits for; 0: it is not running */

function replaying() {
  return replayFrame !== 0;
}

function stopReplay() {
  cancelAnimationFrame(replayFrame);
  replayFrame = 0;
}

/* The first step: the drawing, which draws itself again, or the picture. Returns {paint(state), replay(state)}. */
function addDrawing() {
  const show = addStep('Your drawing', 'Drawn again, small. A picture from a file works as well.'), side = 304, canvas = newCanvas(side, side);
  canvas.className = 'smooth';
  canvas.setAttribute('aria-hidden', 'true');
  show.append(canvas);
  const paint = (state, share) => {
    const context = canvas.getContext('2d');
    context.fillStyle = state.paper;
    context.fillRect(0, 0, side, side);
    if (state.picture) drawPicture(context, side, state.picture);
    else paintStrokes(context, side, share < 1 ? strokesUntil(state.strokes, share) : state.strokes, state.pen);
  };
  return {
    paint: (state) => {
      stopReplay();
      paint(state, 1);
    },
    replay: (state) => {
      stopReplay();
      if (calm.matches || state.picture || state.strokes.length === 0) return;
      const begun = performance.now();
      const frame = (now) => {
        const share = Math.min(Math.max((now - begun) / JOURNEY.replay, 0), 1);
        paint(state, share);
        replayFrame = share < 1 ? requestAnimationFrame(frame) : 0;
      };
      replayFrame = requestAnimationFrame(frame);
    },
  };
}

/* Draws a picture as large as fits, in the middle of a square. */
function drawPicture(context, side, {bitmap}) {
  const scale = side / Math.max(bitmap.width, bitmap.height), width = bitmap.width * scale, height = bitmap.height * scale;
  context.drawImage(bitmap, (side - width) / 2, (side - height) / 2, width, height);
}

/* ---- one map in large ---- */

/* Shows a map of a convolution in a dialog, with the filter that made it if that has one plane. */
function showMap(model, step, outputs, map) {
  const {layer} = step, filters = layer.out[2], numbers = outputs && outputs[step.shown];
  byId('large-heading').textContent = `${step.title}: map ${map + 1} of ${filters}`;
  byId('large-text').textContent = `${layer.out[0]} × ${layer.out[1]} numbers of the layer ${layer.name}. ` +
    'The stronger the colour, the better the filter fits there.';
  paintMap(byId('large-map'), model, step, outputs, map, numbers ? largestOf(numbers) : 0);
  byId('large-filter').hidden = layer.in[2] !== 1;
  if (layer.in[2] === 1) {
    const [height, width] = layer.window, {kernel} = layer.weights[0], at = (i) => kernel[i * filters + map];
    const most = largestOf(Array.from({length: height * width}, (_, i) => at(i)));
    const keep = [colours.lit, colours.cold]; /* as in the report: positive weights are orange */
    [colours.lit, colours.cold] = [keep[1], keep[0]];
    paintNumbers(byId('large-kernel'), height, width, at, most, colours.lit);
    [colours.lit, colours.cold] = keep;
  }
  byId('large').showModal();
}

/* ---- all ---- */

/* Makes the steps. Returns {paint(state), replay(state)}; state: {strokes, picture, paper, pen, image, outputs, glyph}. */
function makeJourney(model) {
  const drawing = addDrawing(), [height, width] = model.input, painters = [];
  let latest = null;
  const centred = !model.scales && model.input[2] === 1;
  const seen = newCanvas(width, height);
  seen.setAttribute('aria-hidden', 'true');
  addStep('What it sees', centred ? `The ink, scaled and moved to the middle of ${height} × ${width} grey squares.`
                                  : `All of it, scaled to ${height} × ${width} squares.`).append(seen);
  for (const step of middleSteps(model))
    painters.push(step.maps ? addMaps(model, step, (of, map) => showMap(model, of, latest, map)) : addDense(step));
  const glyph = element('span', 'glyph small');
  glyph.setAttribute('aria-hidden', 'true');
  addStep('The answer', `${counted(model.classes.length, 'number')}, one for each ${model.word}. Together they are 100 %.`).append(glyph);
  if (model.members > 1) {
    const note = `The maps are those of the first of ${model.members} networks. The answer is the mean of all.`;
    byId('steps').after(element('p', 'quiet', note));
  }
  const paint = (state) => {
    latest = state.outputs;
    if (state.image) paintImage(seen, model, state.image);
    else paintNumbers(seen, height, width, () => 0, 1, colours.ink);
    for (const painter of painters) painter(state.outputs);
    glyph.textContent = state.glyph;
    glyph.classList.toggle('word', state.glyph.length > 2);
  };
  return {
    paint: (state) => {
      drawing.paint(state);
      paint(state);
    },
    replay: drawing.replay,
  };
}
