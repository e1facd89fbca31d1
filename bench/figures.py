#!/usr/bin/env python3
"""By hand: what its pictures cost a run of clenet train. With figures and without by turns, A B A B, and the ratios.

figures.py CLENET TRAIN.csv [--pairs 5] [OPTION OF TRAIN...]      as a rule --epochs 30 --patience -1 --threads 1

Of each run: the processor's seconds (user and system) of all its processes, and those of the process that draws, by which the
first ratio is known where the machine is too noisy for it; the seconds of its epochs by history.csv, which is what drawing
could slow; and the seconds of the whole command, with the figures that are drawn at its end. One thread: several wait for each
other by spinning, and their processor's time says how busy the machine was with other things."""
import csv, os, statistics, subprocess, sys, tempfile, time


def run(clenet, data, options, figures):
    """(all processor's seconds, the drawing's, seconds of the epochs, seconds of the command)"""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        command = [clenet, "train", data, "--device", "cpu", "--quiet", "--figures", figures, "--out", folder]
        process = subprocess.Popen(command + options)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # over, and its figures still to be read
        took = time.monotonic() - begun
        with open(f"/proc/{process.pid}/stat") as file:
            user, system, child_user, child_system = map(int, file.read().rsplit(")", 1)[1].split()[11:15])
        if process.wait() != 0:
            sys.exit("figures.py: the run failed")
        with open(folder + "/history.csv") as file:
            epochs = sum(float(row["seconds"]) for row in csv.DictReader(file))
    tick = os.sysconf("SC_CLK_TCK")
    return (user + system + child_user + child_system) / tick, (child_user + child_system) / tick, epochs, took


def ratio(what, above, below):
    ratios = sorted(a / b for a, b in zip(above, below))
    pairs = ", ".join(f"{a:.2f}/{b:.2f}" for a, b in zip(above, below))
    print(f"{what}: {statistics.median(ratios):.4f} ({ratios[0]:.4f} to {ratios[-1]:.4f}); {pairs}")


def main():
    words, pairs = sys.argv[1:], 5
    if len(words) < 2:
        sys.exit(__doc__)
    if words[2:3] == ["--pairs"]:
        pairs = int(words[3])
        del words[2:4]
    options = words[2:] or ["--epochs", "30", "--patience", "-1", "--threads", "1"]
    drawn, bare = [], []
    for _ in range(pairs):
        drawn.append(run(words[0], words[1], options, "svg"))
        bare.append(run(words[0], words[1], options, "none"))
    print(f"{pairs} pairs of clenet train --device cpu {' '.join(options)}; load {os.getloadavg()[0]:.1f}")
    with_figures, without = list(zip(*drawn)), list(zip(*bare))
    ratio("processor's seconds of the drawing / of all else", with_figures[1], [a - b for a, b in zip(*with_figures[:2])])
    ratio("processor's seconds with figures / without", with_figures[0], without[0])
    ratio("seconds of the epochs with figures / without", with_figures[2], without[2])
    ratio("seconds of the command with figures / without", with_figures[3], without[3])


if __name__ == "__main__":
    main()
