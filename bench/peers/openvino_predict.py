#!/usr/bin/env python3
"""Time OpenVINO on clenet's other job, by turns (bench/turns.h): images from bytes to ten probabilities.

The model is onnx_predict.py's graph, converted, in float32 (on some processors OpenVINO would choose bfloat16). Requests are
asynchronous, with the throughput hint; `threads` is the number of streams, which compute side by side. A short probe finds the
best of one and more streams and of a few batch sizes.
"""

import numpy as np
import openvino

from digits import load_digits
from onnx_predict import lenet
from predictions import options_of, predict_by_turns

JOBS_A_STREAM = 2  # one computes, one waits


def main():
    options = options_of(__doc__)

    images, labels = load_digits(options.data, at_least=options.count)
    core, graph = openvino.Core(), lenet(options.model)

    def make(threads, batch):
        model = core.read_model(graph)
        model.reshape([batch, 1, 28, 28])
        compiled = core.compile_model(model, "CPU", {
            "PERFORMANCE_HINT": "THROUGHPUT" if options.count > 1 else "LATENCY", "NUM_STREAMS": threads,
            "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"})
        if options.count == 1:
            request = compiled.create_infer_request()
            return lambda image: request.infer([image], share_inputs=True, share_outputs=True)[0]

        queue = openvino.AsyncInferQueue(compiled, JOBS_A_STREAM * threads)
        answers = np.empty((len(images), 10), np.float32)
        queue.set_callback(lambda request, first: np.copyto(answers[first:first + batch], request.get_output_tensor().data))

        def predict(images):
            first = 0
            for first in range(0, len(images) - batch + 1, batch):
                queue.start_async([images[first:first + batch]], first, share_inputs=True)
            queue.wait_all()
            rest = len(images) % batch
            if rest:  # once more the last whole batch that there is, with what is left at its end
                queue.start_async([images[len(images) - batch:]], len(images) - batch, share_inputs=True)
                queue.wait_all()
            return answers[:len(images)]
        return predict

    predict_by_turns("OpenVINO", openvino.__version__.split("-")[0], make, images, labels, options)


if __name__ == "__main__":
    main()
