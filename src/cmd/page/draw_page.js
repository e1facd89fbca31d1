/* draw_page.js - the page: the board, the answer, and what the keys and buttons do. */
'use strict';

const PAGE = {
  waiting: 'The answer appears here, stroke by stroke.',
  classesMost: 12,  /* more are not all shown: only the likeliest */
  shown: 10,
  settled: 350,     /* milliseconds without a change, after which the answer is said to screen readers */
  exampleTime: 900, /* milliseconds to draw an example */
};
const CHALK = '#ffffff';
const PENS = [['#1c2530', 'black'], ['#c62828', 'red'], ['#2e7d32', 'green'], ['#1d5fbf', 'blue'], ['#f9a825', 'yellow']];

const model = JSON.parse(byId('model').textContent);
takeWeights(model, byId('weights').textContent.trim());
model.word = model.digits ? 'digit' : model.letters ? 'letter' : 'class';

const board = byId('board'), own = model.scales || model.input[2] !== 1; /* own: the picture keeps its own colours */
const page = {strokes: [], picture: null, past: [], dark: false, colour: PENS[0][0], drawing: false, message: '', due: false};

/* ---- the answer to the board ---- */

function isEmpty() {
  return page.strokes.length === 0 && page.picture === null;
}

/* The picture on the board: a file's pixels, or a drawing, dark on light unless it has its own colours. */
function pictureOfBoard() {
  const channels = model.input[2];
  if (page.picture) return pictureOf(page.picture, channels);
  if (own) return pictureOfStrokes(page.strokes, page.dark ? '#000000' : '#ffffff', null, channels);
  return pictureOfStrokes(page.strokes, '#ffffff', '#000000', channels);
}

/* The image of a picture that is only scaled, transposed and inverted as the training data were. */
function scaledImage(picture) {
  const [height, width, channels] = model.input, full = 255;
  if (!model.transpose) return scalePicture(picture, height, width).map((value) => model.invert ? full - value : value);
  const turned = scalePicture(picture, width, height);
  return Uint8Array.from(turned, (_, i) => {
    const pixel = Math.floor(i / channels), y = Math.floor(pixel / width), x = pixel % width;
    const value = turned[(x * height + y) * channels + i % channels];
    return model.invert ? full - value : value;
  });
}

/* The image that the network reads, from a picture; null if that is blank. */
function imageOf(picture) {
  const [height, width] = model.input;
  if (own) return scaledImage(picture);
  const map = findInk(picture.pixels, picture.height, picture.width, page.picture === null);
  if (map === null) return null;
  const image = imageOfInk(map);
  if (height === IMAGE.side && width === IMAGE.side) return image;
  return scalePicture({pixels: image, height: IMAGE.side, width: IMAGE.side, channels: 1}, height, width);
}

/* What the network answers: {image, probabilities, outputs}; image is null if nothing was found. */
function answerOf() {
  const image = isEmpty() ? null : imageOf(pictureOfBoard());
  if (image === null) return {image: null, probabilities: null, outputs: null};
  return {image, ...runModel(model, image)};
}

/* ---- showing it ---- */

function percent(share) {
  const value = 100 * share;
  return (value >= 99.95 ? '> 99.9' : value < 0.05 ? '< 0.1' : value.toFixed(1)) + '\u00a0%'; /* a network is never quite sure */
}

/* "a 7", "an 8"; names that are no digits are quoted. */
function named(index) {
  const name = model.classes[index];
  return model.digits ? (name === '8' ? 'an 8' : `a ${name}`) : `“${name}”`;
}

/* The classes by falling probability. */
function ranked(probabilities) {
  return model.classes.map((_, i) => i).sort((a, b) => probabilities[b] - probabilities[a] || a - b);
}

function sentenceOf(probabilities, order) {
  const [best, next] = order, sure = probabilities[best];
  if (sure >= 0.9) return [`${percent(sure)} sure`, ''];
  if (sure >= 0.5) return [`Probably ${named(best)}`, `${percent(sure)} sure; next: ${named(next)}, ${percent(probabilities[next])}`];
  return ['Hard to say', `perhaps ${named(best)}, ${percent(sure)}, or ${named(next)}, ${percent(probabilities[next])}`];
}

const rows = model.classes.slice(0, model.classes.length > PAGE.classesMost ? PAGE.shown : model.classes.length).map(() => {
  const row = {item: element('li'), name: element('span', 'name'), fill: element('span', 'fill'), percent: element('span', 'percent')};
  const track = element('span', 'track');
  track.append(row.fill);
  row.item.append(row.name, track, row.percent);
  byId('bars').append(row.item);
  return row;
});

function showBars(probabilities, order) {
  const shown = rows.length < model.classes.length ? order.slice(0, rows.length) : rows.map((_, i) => i);
  rows.forEach((row, i) => {
    const index = shown[i];
    row.name.textContent = model.classes[index];
    row.percent.textContent = percent(probabilities[index]);
    row.fill.style.transform = `scaleX(${probabilities[index]})`;
    row.item.classList.toggle('best', index === order[0]);
  });
}

let speaking = 0;

/* Says a text to screen readers once the hand rests. */
function say(text) {
  clearTimeout(speaking);
  speaking = setTimeout(() => { byId('said').textContent = text; }, PAGE.settled);
}

function showAnswer(answer) {
  const {probabilities} = answer, waiting = byId('waiting');
  byId('result').hidden = probabilities === null;
  waiting.hidden = byId('keys').hidden = probabilities !== null;
  if (probabilities === null) {
    waiting.textContent = page.message || (isEmpty() ? PAGE.waiting : 'There is no ink in this picture.');
    say(isEmpty() && !page.message ? 'The board is empty.' : waiting.textContent);
    byId('keys').hidden = !isEmpty();
    return '';
  }
  const order = ranked(probabilities), [title, rest] = sentenceOf(probabilities, order), glyph = model.classes[order[0]];
  byId('glyph').textContent = glyph;
  byId('glyph').classList.toggle('word', glyph.length > 2);
  byId('sure').replaceChildren(element('b', '', title), ' ', rest);
  showBars(probabilities, order);
  say(`It reads ${named(order[0])}, ${percent(probabilities[order[0]])} sure.`);
  return glyph;
}

/* ---- the board ---- */

function paperColour() {
  return own ? (page.dark ? '#000000' : '#ffffff') : getComputedStyle(document.documentElement).getPropertyValue('--card').trim();
}

function penColour() {
  return own ? null : getComputedStyle(document.documentElement).getPropertyValue('--pen').trim();
}

const ghost = EXAMPLES[3].map((points) => ({points}));

function paintBoard() {
  const side = Math.max(1, Math.round(board.clientWidth * Math.min(devicePixelRatio || 1, 3))), context = board.getContext('2d');
  if (board.width !== side) board.width = board.height = side;
  context.fillStyle = paperColour();
  context.fillRect(0, 0, side, side);
  if (page.picture) drawPicture(context, side, page.picture);
  else if (page.strokes.length > 0) paintStrokes(context, side, page.strokes, penColour());
  else if (model.digits && !page.drawing)
    paintStrokes(context, side, ghost, getComputedStyle(document.documentElement).getPropertyValue('--ghost').trim());
  byId('invitation').hidden = !isEmpty();
  byId('undo').disabled = page.past.length === 0;
  byId('clear').disabled = isEmpty();
}

const journey = makeJourney(model);

/* Reads the board and shows everything. */
function update() {
  page.due = false;
  const answer = answerOf();
  paintBoard();
  const glyph = showAnswer(answer);
  page.state = {strokes: page.strokes, picture: page.picture, paper: paperColour(), pen: penColour(), image: answer.image,
    outputs: answer.outputs, glyph};
  page.probabilities = answer.probabilities;
  journey.paint(page.state);
}

/* Updates before the next picture on the screen. */
function refresh() {
  if (page.due) return;
  page.due = true;
  requestAnimationFrame(update);
}

/* ---- what a person does ---- */

let playing = 0;

/* Remembers the board for "Undo", before it changes. */
function remember() {
  cancelAnimationFrame(playing);
  page.past.push({strokes: page.strokes, picture: page.picture});
  page.message = '';
}

function undo() {
  if (page.past.length === 0) return;
  cancelAnimationFrame(playing);
  Object.assign(page, page.past.pop(), {message: ''});
  refresh();
}

function clear() {
  if (isEmpty()) return;
  remember();
  page.strokes = [], page.picture = null;
  refresh();
}

watchHand(board, (point) => {
  remember();
  page.drawing = true;
  page.strokes = [...page.strokes, {points: [point], colour: own && page.dark && page.colour === PENS[0][0] ? CHALK : page.colour}];
  page.picture = null;
  refresh();
}, (points) => {
  const stroke = page.strokes[page.strokes.length - 1].points;
  for (const [x, y] of points) {
    const [lastX, lastY] = stroke[stroke.length - 1];
    if (Math.hypot(x - lastX, y - lastY) >= BOARD.closest) stroke.push([x, y]);
  }
  refresh();
}, () => {
  page.drawing = false;
  update();
  journey.replay(page.state);
});

async function readFile(file) {
  try {
    const picture = await openPicture(file);
    remember();
    page.strokes = [], page.picture = picture;
  } catch (error) {
    page.message = 'This browser cannot open that file as a picture. Try a PNG or a JPEG.';
    page.strokes = [], page.picture = null;
  }
  update();
}

/* Draws an example, as a hand would. */
function playExample(digit) {
  const strokes = EXAMPLES[digit].map((points) => ({points, colour: PENS[0][0]})), begun = performance.now();
  remember();
  page.picture = null;
  const frame = (now) => {
    const share = calm.matches ? 1 : Math.min(Math.max((now - begun) / PAGE.exampleTime, 0.02), 1);
    page.strokes = strokesUntil(strokes, share);
    update();
    if (share < 1) playing = requestAnimationFrame(frame);
  };
  playing = requestAnimationFrame(frame);
}

let exampled = 7; /* the last one shown, so that all come in turn, not in order */

function nextExample() {
  exampled = (exampled + 7) % 10;
  playExample(exampled);
}

/* Colours and paper, for models of pictures that keep their colours. */
function addPens() {
  const pens = byId('pens'), dark = element('button', '', 'Dark paper');
  pens.hidden = false;
  dark.type = 'button';
  dark.setAttribute('aria-pressed', 'false');
  dark.addEventListener('click', () => {
    page.dark = !page.dark;
    dark.setAttribute('aria-pressed', String(page.dark));
    const [from, to] = page.dark ? [PENS[0][0], CHALK] : [CHALK, PENS[0][0]]; /* black ink becomes chalk */
    page.strokes = page.strokes.map((stroke) => ({...stroke, colour: stroke.colour === from ? to : stroke.colour}));
    refresh();
  });
  pens.append(dark);
  if (model.input[2] !== 3) return;
  const buttons = PENS.map(([colour, name]) => {
    const button = element('button', 'swatch');
    button.type = 'button';
    button.style.setProperty('--swatch', colour);
    button.setAttribute('aria-label', `Pen: ${name}`);
    button.setAttribute('aria-pressed', String(colour === page.colour));
    button.addEventListener('click', () => {
      page.colour = colour;
      buttons.forEach((other) => other.setAttribute('aria-pressed', String(other === button)));
    });
    return button;
  });
  pens.append(...buttons);
}

document.addEventListener('keydown', (event) => {
  if (byId('large').open || event.altKey) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z') undo();
  else if (event.ctrlKey || event.metaKey) return;
  else if (['Escape', 'Delete', 'Backspace'].includes(event.key)) clear();
  else if (model.digits && /^[0-9]$/.test(event.key)) playExample(Number(event.key));
  else return;
  event.preventDefault();
});

document.addEventListener('paste', (event) => {
  const file = [...event.clipboardData.files].find((one) => one.type.startsWith('image/'));
  if (file) readFile(file);
});

function watchDrops() {
  const frame = byId('frame'), mark = (event, over) => {
    event.preventDefault();
    frame.classList.toggle('over', over);
  };
  document.addEventListener('dragover', (event) => mark(event, true));
  document.addEventListener('dragleave', (event) => mark(event, false));
  document.addEventListener('drop', (event) => {
    mark(event, false);
    if (event.dataTransfer.files.length > 0) readFile(event.dataTransfer.files[0]);
  });
}

function begin() {
  readColours();
  byId('invitation').textContent = `Draw ${model.digits ? 'a digit' : model.letters ? 'a letter' : 'here'}, or drop a picture`;
  byId('keys').textContent = `Keys: Escape clears the board, Ctrl+Z takes the last stroke back${model.digits ? ', and 0 to 9 draw an example' : ''}.`;
  byId('example').hidden = !model.digits;
  byId('undo').addEventListener('click', undo);
  byId('clear').addEventListener('click', clear);
  byId('example').addEventListener('click', nextExample);
  byId('file').addEventListener('change', (event) => {
    if (event.target.files.length > 0) readFile(event.target.files[0]);
    event.target.value = '';
  });
  byId('large-filter-text').textContent = own ? 'Its filter: orange weights are above 0, blue ones below.'
                                                : 'Its filter: orange squares look for ink, blue ones for paper.';
  const longest = model.classes.reduce((most, name) => Math.max(most, name.length), 1);
  byId('bars').style.setProperty('--names', `${Math.min(longest * 0.62 + 0.4, 9)}rem`);
  if (own) addPens();
  watchDrops();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    readColours();
    update();
  });
  new ResizeObserver(paintBoard).observe(board);
  update();
}

begin();
