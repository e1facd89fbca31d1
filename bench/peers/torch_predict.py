#!/usr/bin/env python3
"""Time PyTorch on clenet's other job, by turns (bench/turns.h): images from bytes to ten probabilities.

The model is clenet's, traced, frozen and rewritten by torch.jit.optimize_for_inference. A short probe finds the best of one
and more threads and of a few batch sizes.
"""

import torch
from torch import nn

from digits import load_digits, load_weights
from lenet import LeNet
from predictions import options_of, predict_by_turns


class FromBytes(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, images):
        return torch.softmax(self.net(images.float() / 255), 1)


def optimized(path, images):
    net = LeNet()
    net.set_weights(load_weights(path))
    with torch.no_grad():
        return torch.jit.optimize_for_inference(torch.jit.trace(FromBytes(net).eval(), images))


def main():
    options = options_of(__doc__)

    images, labels = load_digits(options.data, at_least=options.count)
    images = torch.from_numpy(images)

    def make(threads, batch):
        torch.set_num_threads(threads)
        net = optimized(options.model, images[:batch])

        @torch.inference_mode()
        def predict(images):
            return torch.cat([net(part) for part in images.split(batch)]) if len(images) > batch else net(images)
        return predict

    predict_by_turns("PyTorch, optimize_for_inference", torch.__version__, make, images, labels, options)


if __name__ == "__main__":
    main()
