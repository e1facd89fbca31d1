"""Measuring by turns with another program; bench/turns.h says how."""

import json
import sys


def take_turns(about, measure):
    """Prints `about` as a line of JSON; then, for each line of standard input, the seconds that measure() returns."""
    print(json.dumps(about), flush=True)
    for _ in sys.stdin:
        print(f"{measure():.9f}", flush=True)
