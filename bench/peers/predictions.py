"""What the peers that predict do alike."""

import argparse
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from turns import take_turns

BATCHES = (50, 100, 250, 1000, 4000)  # images a call of the network, if many are predicted at once
PROBES = 2
CLASSES = 10


def options_of(words):
    """The command line of a program of prediction, whose docstring is `words`."""
    parser = argparse.ArgumentParser(description=words.splitlines()[0])
    parser.add_argument("--count", type=int, default=28000, help="images a call")
    parser.add_argument("--repeats", type=int, default=1, help="calls a measurement, of which it is the median")
    parser.add_argument("model")
    parser.add_argument("data", help="train.csv, which has labels")
    return parser.parse_args()


def settings(count):
    """Pairs of threads and images a call of the network."""
    threads = sorted({1, len(os.sched_getaffinity(0))})
    return [(t, b) for t in threads for b in (BATCHES if count > 1 else (1,)) if b <= count]


def side_by_side(sessions, batch):
    """predict(images), which gives probabilities: each session, of one thread, computes whole batches that are left. This took
    0.8 of the time of one session with two threads in onnxruntime, and 0.98 in LiteRT."""
    pool = ThreadPoolExecutor(len(sessions))

    def predict(images):
        answers = np.empty((len(images), CLASSES), np.float32)
        firsts = iter(range(0, len(images), batch))

        def work(session):
            for first in firsts:
                first = min(first, len(images) - batch)  # the last one is the last whole batch
                answers[first:first + batch] = session(images[first:first + batch])
        list(pool.map(work, sessions))
        return answers
    return predict


def median_call(predict, images, count, repeats):
    """The median seconds of `repeats` calls; each begins one image further where there are more than it takes."""
    seconds = []
    for i in range(repeats):
        first = i % (len(images) - count + 1)
        part = images[first:first + count]
        began = time.perf_counter()
        predict(part)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def best_setting(make, images, count):
    """Of all settings the one whose make(threads, batch) predicts fastest."""
    calls = PROBES if count > 1 else 500

    def probe(setting):
        predict = make(*setting)
        median_call(predict, images, count, 1 if count > 1 else 100)
        return median_call(predict, images, count, calls)
    return min(settings(count), key=probe)


def accuracy_of(predict, images, labels, count):
    """The share of the images that it reads right, one by one if that is measured: the peer computes what clenet computes."""
    digits = [np.asarray(predict(images[i:i + 1])).argmax() for i in range(len(images))] if count == 1 \
        else np.asarray(predict(images)).argmax(1)
    return round(float((digits == np.asarray(labels)).mean()), 4)


def predict_by_turns(peer, version, make, images, labels, options):
    """Finds the peer's best setting, warms it up, and measures it by turns: options.repeats calls of options.count images."""
    threads, batch = best_setting(make, images, options.count)
    predict = make(threads, batch)
    median_call(predict, images, options.count, options.repeats)
    about = {"peer": peer, "version": version, "threads": threads, "batch": batch, "count": options.count,
             "accuracy": accuracy_of(predict, images, labels, options.count)}
    take_turns(about, lambda: median_call(predict, images, options.count, options.repeats))
