#!/usr/bin/env python3
"""Time pandas.read_csv on the file that read_csv.c reads. Prints one JSON line; by turns with --turns (bench/turns.h)."""

import argparse
import json
import statistics
import time

import pandas

from turns import take_turns

RUNS = 5


def read(path):
    """Seconds and rows of one reading."""
    began = time.perf_counter()
    rows = len(pandas.read_csv(path))
    return time.perf_counter() - began, rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", action="store_true")
    parser.add_argument("file")
    options = parser.parse_args()

    rows = read(options.file)[1]  # from the disk, with the first touch of memory
    about = {"peer": "pandas", "version": pandas.__version__, "rows": rows}
    if options.turns:
        take_turns(about, lambda: read(options.file)[0])
        return
    times = [read(options.file)[0] for _ in range(RUNS)]
    print(json.dumps({**about, "runs": RUNS, "minimum_seconds": round(min(times), 4),
                      "median_seconds": round(statistics.median(times), 4)}))


if __name__ == "__main__":
    main()
