"""One image at a time: exported C code beside onnxruntime and LiteRT, with the same weights. Run by hand.

export_peers.py RUN TRAIN.csv [ROWS]

RUN is a run of clenet train with one network; TRAIN.csv is labelled, the label first. CLENET is the command (default clenet).
The packages are numpy, onnxruntime, ai-edge-litert, keras and tensorflow (for its converter). The first ROWS rows that the
model was not trained on are not known here: give rows of other data, or read accuracy as that of both kinds of rows.
Each peer runs alone, one thread, after the other: the median of the time of an image, and the accuracy.
"""
import ctypes
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

CLENET = os.environ.get("CLENET", "clenet")
TIMED = 2000  # images


def export(run, path, *options):
    subprocess.run([CLENET, "export", run, "--out", path, *options], check=True, stdout=subprocess.DEVNULL)


def report(name, images, labels, answer):
    """answer(image) gives the class."""
    for image in images[:100]:
        answer(image)
    times = []
    right = 0
    for i, image in enumerate(images):
        begin = time.perf_counter_ns()
        found = answer(image)
        if i < TIMED:
            times.append(time.perf_counter_ns() - begin)
        right += int(found) == int(labels[i])
    print("%-28s %8.1f us an image  accuracy %.2f %%" % (name, statistics.median(times) / 1e3, 100 * right / len(images)), flush=True)


def compiled(folder, name, compiler="gcc"):
    library = os.path.join(folder, name + ".so")
    subprocess.run([compiler, "-std=c99", "-O3", "-march=native", "-shared", "-fPIC", os.path.join(folder, name + ".c"), "-o", library, "-lm"],
                   check=True)
    return getattr(ctypes.CDLL(library), name + "_predict")


def c_code(folder, name, title, images, labels, answer_type):
    predict = compiled(folder, name)
    answers = (answer_type * 256)()
    report(title, images, labels, lambda image: predict(image.ctypes.data_as(ctypes.c_void_p), answers))


def onnx(path, images, labels):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    report("onnxruntime", images, labels, lambda image: session.run(None, {name: image[None]})[0].argmax())


def litert(path, folder, images, labels, examples):
    """The float model and its int8 form, by TensorFlow's converter. The model divides pixels by 255 itself."""
    import keras
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter
    model = keras.models.load_model(path)
    for int8 in (False, True):
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        if int8:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: ([e[None].astype(np.float32)] for e in examples)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.int8
        interpreter = Interpreter(model_content=converter.convert(), num_threads=1)
        interpreter.allocate_tensors()
        source, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

        def answer(image):
            x = (image.astype(np.int16) - 128).astype(np.int8) if int8 else image.astype(np.float32)
            interpreter.set_tensor(source["index"], x[None])
            interpreter.invoke()
            return interpreter.get_tensor(result["index"]).argmax()

        report("LiteRT int8" if int8 else "LiteRT", images, labels, answer)


def main():
    run, csv = sys.argv[1:3]
    rows = int(sys.argv[3]) if len(sys.argv) > 3 else 10000
    data = np.loadtxt(csv, delimiter=",", skiprows=1, dtype=np.uint8, max_rows=rows)
    labels, images = data[:, 0], data[:, 1:].reshape(-1, 28, 28, 1).copy()
    with tempfile.TemporaryDirectory() as folder:
        export(run, os.path.join(folder, "digits.c"))
        export(run, os.path.join(folder, "digits8.c"), "--int8", "--calibrate", csv, "--accept-loss")
        c_code(folder, "digits", "C, float, gcc -O3", images, labels, ctypes.c_float)
        c_code(folder, "digits8", "C, int8, gcc -O3", images, labels, ctypes.c_uint8)
        for ending, peer in ((".onnx", onnx), (".keras", lambda p, i, l: litert(p, folder, i, l, images[:1000]))):
            path = os.path.join(folder, "digits" + ending)
            try:
                export(run, path)
                peer(path, images, labels)
            except (ImportError, subprocess.CalledProcessError) as error:
                print("%s: left out: %s" % (ending, error))


main()
