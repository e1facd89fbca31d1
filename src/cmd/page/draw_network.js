/* draw_network.js - the network of this page: what its layers make of an image.
 *
 * Numbers are in Keras's order, [height][width][channels]. Sums are in double precision, outputs in single. */
'use strict';

const ACTIVATIONS = {
  relu: (x) => x > 0 ? x : 0,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};

/* The function of a layer's activation; null if it has none. */
function activationOf(name, slope) {
  if (name === 'leaky_relu') return (x) => x > 0 ? x : slope * x;
  return ACTIVATIONS[name] || null;
}

function activate(numbers, activation) {
  if (activation !== null) for (let i = 0; i < numbers.length; i++) numbers[i] = activation(numbers[i]);
  return numbers;
}

function softmax(numbers) {
  let sum = 0;
  const most = numbers.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = Float64Array.from(numbers, (x) => Math.exp(x - most));
  for (const power of powers) sum += power;
  return Float32Array.from(powers, (power) => power / sum);
}

/* y[h][w][f] = bias[f] + sum of x[h * stride - top + i][w * stride - left + j][c] * kernel[i][j][c][f]; with groups, the filters of a
 * group see its channels only. Zeros, which most numbers are after a ReLU, are skipped. */
function convolve(layer, weights, x) {
  const {stride, groups, top, left} = layer, [inH, inW, inC] = layer.in, [outH, outW, outC] = layer.out, [tall, wide] = layer.window;
  const {kernel, bias} = weights, y = new Float32Array(outH * outW * outC), sums = new Float64Array(outC);
  const channels = inC / groups, filters = outC / groups; /* of a group */
  for (let oy = 0, at = 0; oy < outH; oy++) {
    for (let ox = 0; ox < outW; ox++, at += outC) {
      sums.set(bias);
      for (let i = 0; i < tall; i++) {
        const iy = oy * stride - top + i;
        if (iy < 0 || iy >= inH) continue;
        for (let j = 0; j < wide; j++) {
          const ix = ox * stride - left + j;
          if (ix < 0 || ix >= inW) continue;
          const from = (iy * inW + ix) * inC, tap = (i * wide + j) * channels * outC;
          for (let c = 0; c < inC; c++) {
            const value = x[from + c];
            if (value === 0) continue;
            const group = groups === 1 ? 0 : Math.floor(c / channels), row = tap + (c - group * channels) * outC;
            for (let f = group * filters; f < (group + 1) * filters; f++) sums[f] += value * kernel[row + f];
          }
        }
      }
      y.set(sums, at);
    }
  }
  return y;
}

function multiply(layer, weights, x) {
  const units = layer.out[2], {kernel, bias} = weights, sums = Float64Array.from(bias);
  for (let i = 0; i < x.length; i++) {
    const value = x[i], row = i * units;
    if (value === 0) continue;
    for (let u = 0; u < units; u++) sums[u] += value * kernel[row + u];
  }
  return Float32Array.from(sums);
}

/* The largest number, or the mean, of each window; positions outside of the image do not count. */
function pool(layer, x, mean) {
  const {stride, top, left} = layer, [inH, inW, channels] = layer.in, [outH, outW] = layer.out, [tall, wide] = layer.window;
  const y = new Float32Array(outH * outW * channels);
  for (let oy = 0, at = 0; oy < outH; oy++) {
    const top0 = Math.max(oy * stride - top, 0), bottom = Math.min(oy * stride - top + tall, inH);
    for (let ox = 0; ox < outW; ox++) {
      const left0 = Math.max(ox * stride - left, 0), right = Math.min(ox * stride - left + wide, inW);
      for (let c = 0; c < channels; c++, at++) {
        let sum = 0, most = -Infinity;
        for (let iy = top0; iy < bottom; iy++) {
          for (let ix = left0; ix < right; ix++) {
            const value = x[(iy * inW + ix) * channels + c];
            sum += value;
            if (value > most) most = value;
          }
        }
        y[at] = mean ? sum / ((bottom - top0) * (right - left0)) : most;
      }
    }
  }
  return y;
}

function padWithZeros(layer, x) {
  const [inH, inW, channels] = layer.in, [outH, outW] = layer.out, y = new Float32Array(outH * outW * channels);
  for (let row = 0; row < inH; row++)
    y.set(x.subarray(row * inW * channels, (row + 1) * inW * channels), ((row + layer.top) * outW + layer.left) * channels);
  return y;
}

function meanOfChannels(layer, x) {
  const channels = layer.in[2], y = new Float64Array(channels);
  for (let i = 0; i < x.length; i++) y[i % channels] += x[i];
  return Float32Array.from(y, (sum) => sum / (x.length / channels));
}

function normalise(layer, weights, x) {
  const {gamma, beta, moving_mean: mean, moving_variance: variance} = weights, channels = gamma.length;
  const scale = Float64Array.from(gamma, (g, c) => g / Math.sqrt(variance[c] + layer.epsilon));
  return x.map((value, i) => (value - mean[i % channels]) * scale[i % channels] + beta[i % channels]);
}

/* What each kind of layer does: (layer, weights, x) to y. A kind that is not here, as dropout, changes nothing. */
const KINDS = {
  conv2d: convolve,
  dense: multiply,
  maxpool2d: (layer, _, x) => pool(layer, x, false),
  avgpool2d: (layer, _, x) => pool(layer, x, true),
  globalavgpool2d: (layer, _, x) => meanOfChannels(layer, x),
  zeropad2d: (layer, _, x) => padWithZeros(layer, x),
  batchnorm: normalise,
  relu: (layer, _, x) => activate(x.slice(), ACTIVATIONS.relu),
  tanh: (layer, _, x) => activate(x.slice(), ACTIVATIONS.tanh),
  sigmoid: (layer, _, x) => activate(x.slice(), ACTIVATIONS.sigmoid),
  leaky_relu: (layer, _, x) => activate(x.slice(), activationOf('leaky_relu', layer.slope)),
  softmax: (layer, _, x) => softmax(x),
};

const LEAKY_SLOPE = 0.2; /* of the activation "leaky_relu" of a convolution or a dense layer */

/* The numbers of base64: little-endian floats. */
function floatsOf(base64) {
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  const view = new DataView(bytes.buffer), numbers = new Float32Array(bytes.length / 4);
  for (let i = 0; i < numbers.length; i++) numbers[i] = view.getFloat32(4 * i, true);
  return numbers;
}

/* Gives each layer of the model its weights: layer.weights[member] = {kernel, bias, ...}. */
function takeWeights(model, base64) {
  const numbers = floatsOf(base64), each = numbers.length / model.members;
  for (const layer of model.layers) {
    layer.weights = [];
    for (let member = 0; member < model.members; member++) {
      const weights = {};
      for (const [name, [from, count]] of Object.entries(layer.tensors || {}))
        weights[name] = numbers.subarray(member * each + from, member * each + from + count);
      layer.weights.push(weights);
    }
  }
}

/* The outputs of all layers of one network for an image of bytes. */
function runMember(model, member, image) {
  let x = Float32Array.from(image, (byte) => byte / 255);
  return model.layers.map((layer) => {
    const kind = KINDS[layer.kind];
    if (kind) x = kind(layer, layer.weights[member], x);
    if (layer.activation === 'softmax') x = softmax(x);
    else if (layer.activation) activate(x, activationOf(layer.activation, LEAKY_SLOPE));
    return x;
  });
}

/* {probabilities, outputs}: the mean of all networks, and what the layers of the first one made. */
function runModel(model, image) {
  const probabilities = new Float64Array(model.classes.length);
  let outputs = null;
  for (let member = 0; member < model.members; member++) {
    const made = runMember(model, member, image);
    outputs = outputs || made;
    made[made.length - 1].forEach((p, i) => { probabilities[i] += p / model.members; });
  }
  return {probabilities, outputs};
}
