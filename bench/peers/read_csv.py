#!/usr/bin/env python3
"""Time how pandas or polars reads the file that read_csv.c reads. By turns (bench/turns.h) with --turns.

read_csv.py [--turns] pandas|polars FILE

pandas reads it as people do, by read_csv(). polars is told that all columns are bytes, which is faster than its own guess.
"""

import argparse
import json
import statistics
import time

from turns import take_turns

RUNS = 5


def pandas_reader(path):
    import pandas
    return pandas.__version__, lambda: pandas.read_csv(path)


def polars_reader(path):
    import polars
    bytes_only = {name: polars.UInt8 for name in polars.read_csv(path, n_rows=1).columns}
    return polars.__version__, lambda: polars.read_csv(path, schema=bytes_only)


def seconds_of(read):
    began = time.perf_counter()
    table = read()
    seconds = time.perf_counter() - began
    del table  # not timed
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", action="store_true")
    parser.add_argument("reader", choices=("pandas", "polars"))
    parser.add_argument("file")
    options = parser.parse_args()

    version, read = {"pandas": pandas_reader, "polars": polars_reader}[options.reader](options.file)
    about = {"peer": options.reader, "version": version, "rows": len(read())}  # from the disk, with the first touch of memory
    if options.turns:
        take_turns(about, lambda: seconds_of(read))
        return
    times = [seconds_of(read) for _ in range(RUNS)]
    print(json.dumps({**about, "runs": RUNS, "minimum_seconds": round(min(times), 4),
                      "median_seconds": round(statistics.median(times), 4)}))


if __name__ == "__main__":
    main()
