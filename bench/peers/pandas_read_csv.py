#!/usr/bin/env python3
"""Time pandas.read_csv on the file that read_csv.c reads. Prints one JSON line."""

import json
import statistics
import sys
import time

import pandas

RUNS = 5

times = []
for run in range(RUNS + 1):
    began = time.perf_counter()
    rows = len(pandas.read_csv(sys.argv[1]))
    times.append(time.perf_counter() - began)
print(json.dumps({"peer": "pandas", "version": pandas.__version__, "rows": rows, "runs": RUNS,
                  "minimum_seconds": round(min(times[1:]), 4), "median_seconds": round(statistics.median(times[1:]), 4)}))
