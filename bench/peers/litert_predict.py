#!/usr/bin/env python3
"""Time LiteRT, with XNNPACK, on clenet's other job, by turns (bench/turns.h): images from bytes to ten probabilities.

The model is clenet's, converted by TensorFlow (litert_model.py). Bytes become float32 in the model's own input. A short probe
finds the best of one and more interpreters side by side and of a few batch sizes; for one image, of one and more threads.
"""

import os
import subprocess
import sys
import tempfile
from importlib.metadata import version

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from digits import load_digits
from predictions import options_of, predict_by_turns, side_by_side


def converted(path):
    """The bytes of the LiteRT model."""
    with tempfile.TemporaryDirectory() as folder:
        result = os.path.join(folder, "lenet.tflite")
        subprocess.run([sys.executable, os.path.join(os.path.dirname(__file__), "litert_model.py"), path, result],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(result, "rb") as file:
            return file.read()


def main():
    options = options_of(__doc__)

    images, labels = load_digits(options.data, at_least=options.count)
    images = images.reshape(-1, 28, 28, 1)
    model = converted(options.model)

    def session(threads, batch):
        interpreter = Interpreter(model_content=model, num_threads=threads)
        source, result = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
        interpreter.resize_tensor_input(source, [batch, 28, 28, 1])
        interpreter.allocate_tensors()
        pixels, probabilities = interpreter.tensor(source), interpreter.tensor(result)

        def run(images):
            pixels()[...] = images
            interpreter.invoke()
            return probabilities()
        return run

    def make(threads, batch):
        if options.count == 1:
            return session(threads, 1)
        return side_by_side([session(1, batch) for _ in range(threads)], batch)

    predict_by_turns("LiteRT", version("ai-edge-litert"), make, images, labels, options)


if __name__ == "__main__":
    main()
