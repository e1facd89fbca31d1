#!/usr/bin/env python3
"""Measures clenet beside its peers, and prints a table in Markdown. bench/compare.sh prepares all that this needs.

Each row is a race: its programs are started, they warm up and wait, and measure by turns, A B A B (turns.h), one at a
time. A figure is the median of a program's turns. A race may have several of ours and several peers; the peer of a row is
the fastest of its peers. Whole jobs are processes from their start to their end, by turns too.
"""

import argparse
import contextlib
import datetime
import gzip
import importlib.metadata
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
DIGITS = HERE.parent / "examples" / "digits"
ROWS = ("train", "opencl", "predict", "csv", "floor", "gpu", "job")
TRAIN_ROWS, TEST_ROWS = 42000, 28000  # Kaggle's
TARGET = 0.99                         # validation accuracy of a whole job
JOB_SECONDS = 17 * 60                 # since the start: no turn of whole jobs begins that would probably end later
LAST_SECONDS = 19 * 60                # since the start: a job of Keras's that still runs is cut off, and counts as so long
SETTLE_SECONDS = 0.1                  # between turns: threads that spin for work have gone to sleep


class Failed(Exception):
    """A program of a race did not start or did not answer; the rows it stands in say so."""


# ---- programs and races ----

class Racer:
    """A program that measures by turns."""

    def __init__(self, name, command, environment=None):
        self.name, self.times = name, []
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})})
        self.about = json.loads(self.answer())

    def answer(self):
        line = self.process.stdout.readline()
        if line:
            return line
        self.process.stdin.close()
        said = self.process.stderr.read().strip().splitlines()
        raise Failed(f"{self.name}: {said[-1] if said else 'ended without a word'}")

    def turn(self):
        time.sleep(SETTLE_SECONDS)
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.times.append(float(self.answer()))

    def stop(self):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.stderr.close()
        self.process.wait()


def race(turns, **commands):
    """Runs the programs by turns: commands are NAME=(command, environment). What does not start is left out."""
    racers = {}
    for name, (command, environment) in commands.items():
        try:
            racers[name] = Racer(name, command, environment)
        except Failed as error:
            print(f"  left out: {error}", file=sys.stderr)
    try:
        for _ in range(turns):
            for racer in racers.values():
                racer.turn()
    finally:
        for racer in racers.values():
            racer.stop()
    for name, racer in racers.items():
        print(f"  {name}: {[round(seconds, 7) for seconds in racer.times]} {racer.about}", file=sys.stderr)
    return racers


# ---- the table ----

def in_words(seconds):
    return f"{seconds * 1e6:.1f} us" if seconds < 1e-3 else f"{seconds:.3f} s" if seconds < 100 else f"{seconds:.0f} s"


def times_in_words(times):
    return f"{in_words(statistics.median(times))} ({in_words(min(times))} to {in_words(max(times))}; {len(times)})"


class Table:
    def __init__(self):
        self.lines, self.versions, self.below = [], {}, ""

    def add(self, what, ours, peer, asked, note="", words=times_in_words):
        """ours and peer: the figures of all turns, or None; peer's note names it. Lower is better."""
        if not ours or not peer:
            self.lines.append(f"| {what} | {words(ours) if ours else '-'} | {words(peer) if peer else '-'} | - | {asked} | "
                              f"not measured | {note} |")
            return
        ratio = statistics.median(ours) / statistics.median(peer)
        met = "yes" if ratio <= asked else "no"
        self.lines.append(f"| {what} | {words(ours)} | {words(peer)} | {ratio:.3f} | {asked} | {met} | {note} |")

    def add_race(self, what, racers, ours, peers, asked):
        """One of ours against the fastest of the peers that ran."""
        there = [racers[name] for name in peers if name in racers]
        for racer in there:
            self.versions[racer.about["peer"].split(",")[0]] = racer.about["version"]
        best = min(there, key=lambda racer: statistics.median(racer.times), default=None)
        mine = racers.get(ours)
        note = "; against ".join(filter(None, (describe(mine), describe(best))))
        if mine and best and not same_answers(mine.about, best.about):
            note += f"; they read other digits right: {mine.about['accuracy']}, {best.about['accuracy']}"
        self.add(what, mine and mine.times, best and best.times, asked, note)

    def text(self):
        head = "| what | ours | peer | ratio | asked for | met | |\n|---|---|---|---|---|---|---|\n"
        return head + "\n".join(self.lines) + self.below


def same_answers(ours, peer):
    """Where both say how many of the same digits they read right: rounding may turn one in some thousands."""
    return "accuracy" not in ours or "accuracy" not in peer or abs(ours["accuracy"] - peer["accuracy"]) <= 0.001


def describe(racer):
    if racer is None:
        return ""
    about = racer.about
    if about["peer"] == "clenet":
        return about.get("device", "")
    more = [about.get(key) for key in ("variant", "memory_format")]
    more += [f"{about['threads']} thread" + "s" * (about["threads"] > 1)] if "threads" in about else []
    more += [f"{about['batch']} a call"] if "count" in about else []
    return " ".join([about["peer"]] + [str(part) for part in more if part])


# ---- the rows ----

class Bench:
    """Paths, sizes and commands that the rows share."""

    def __init__(self, options):
        self.quick, self.work, self.build = options.quick, options.work, options.build.resolve()
        self.turns = 2 if options.quick else 5
        self.rows = 640 if options.quick else TRAIN_ROWS * 4 // 5
        self.count = 500 if options.quick else TEST_ROWS
        self.began = time.monotonic()
        self.cache = self.work / "cache"
        self.environment = {"CLENET_CACHE_DIR": str(self.cache)}
        self.table = Table()
        self.isas = instruction_sets()

    def epoch(self, batch, *more, environment=None):
        return ([self.build / "bench/train_epoch", "--rows", self.rows, "--batch", batch, "--data", self.training, "--turns",
                 "--cache", self.cache, "--probe", self.build / "clenet", *more], environment)

    def torch_epoch(self, batch, *more):
        return ([sys.executable, HERE / "peers/torch_lenet.py", "--rows", self.rows, "--batch", batch, "--data",
                 self.training, "--turns", *more], None)

    def prediction(self, program, count, repeats):
        return ([*program, "--count", count, "--repeats", repeats, self.model, self.training], None)

    def command(self, *arguments):
        return [str(part) for part in (self.build / "clenet", *arguments)]


def instruction_sets():
    flags = pathlib.Path("/proc/cpuinfo").read_text().split() if os.path.exists("/proc/cpuinfo") else []
    return [name for name, flag in (("avx512", "avx512f"), ("avx2", "avx2")) if flag in flags]


def rows_train(bench):
    """The CPU path against PyTorch's best."""
    sets = {name: bench.epoch(32, "--isa", name) for name in bench.isas}
    racers = race(bench.turns, **sets, torch=bench.torch_epoch(32))
    for name, asked in (("avx512", 0.08), ("avx2", 0.17)):
        bench.table.add_race(f"epoch, batch 32, {name}", racers, name, ["torch"], asked)
    for batch in (128, 512):
        racers = race(bench.turns, ours=bench.epoch(batch), torch=bench.torch_epoch(batch))
        bench.table.add_race(f"epoch, batch {batch}", racers, "ours", ["torch"], 0.11)


def intel_runtime(bench):
    """The environment in which Intel's CPU runtime of the virtual environment is there, or None."""
    library = pathlib.Path(sys.prefix) / "lib/libintelocl.so"
    if not library.exists():
        return None
    vendors = bench.work / "intel"
    vendors.mkdir(exist_ok=True)
    (vendors / "intel.icd").write_text(f"{library}\n")
    path = os.environ.get("LD_LIBRARY_PATH")
    return {"OCL_ICD_VENDORS": str(vendors), "LD_LIBRARY_PATH": str(library.parent) + (":" + path if path else "")}


def rows_opencl(bench):
    """OpenCL on the processor against the CPU path; and auto against the best of all."""
    commands = {"cpu": bench.epoch(32), "PoCL": bench.epoch(32, "--device", "pocl"),
                "auto": bench.epoch(32, "--device", "auto")}
    intel = intel_runtime(bench)
    if intel:
        commands["Intel's runtime"] = bench.epoch(32, "--device", "intel", environment=intel)
    if has_gpu():
        commands["gpu"] = bench.epoch(32, "--device", "gpu")
    racers = race(bench.turns, **commands)
    for name in ("PoCL", "Intel's runtime"):
        bench.table.add_race(f"epoch, batch 32, {name}", racers, name, ["cpu"], 2.5)
    bench.table.add_race("epoch, batch 32, auto against the best device", racers, "auto", ["cpu", "PoCL", "gpu"], 1.1)


def rows_predict(bench):
    """Many images, and one."""
    ours, python = [bench.build / "bench/predict"], sys.executable
    peers = {name: [python, HERE / f"peers/{name}_predict.py"] for name in ("onnx", "torch")}
    racers = race(bench.turns, ours=bench.prediction(ours, bench.count, 1),
                  **{name: bench.prediction(peer, bench.count, 1) for name, peer in peers.items()})
    bench.table.add_race(f"prediction of {bench.count:,} images", racers, "ours", list(peers), 0.25)
    racers = race(bench.turns, ours=bench.prediction(ours, 1, 1000), onnx=bench.prediction(peers["onnx"], 1, 1000))
    bench.table.add_race("prediction of one image, bytes to probabilities", racers, "ours", ["onnx"], 0.25)


def rows_csv(bench):
    racers = race(bench.turns, ours=([bench.build / "bench/read_csv", "--threads", 2, "--turns", bench.train], None),
                  pandas=([sys.executable, HERE / "peers/pandas_read_csv.py", "--turns", bench.train], None))
    bench.table.add_race(f"reading {bench.train.name}, two threads", racers, "ours", ["pandas"], 0.10)


def rows_floor(bench):
    """What each operation of the CPU path takes, over the least that it can; a table of its own."""
    said = subprocess.run([bench.build / "bench/cpu_tasks", (bench.isas or ["baseline"])[0]], capture_output=True, text=True,
                          check=True).stdout
    bench.table.below = ("\n\nMeasured time over floor (bench/floor.h), the largest gap first; "
                         + said[said.index("one thread:"):].strip())


def has_gpu():
    return shutil.which("nvidia-smi") is not None and subprocess.run(["nvidia-smi", "-L"], capture_output=True).returncode == 0


def rows_gpu(bench):
    for batch in (32, 1024):
        what = f"epoch, batch {batch}, NVIDIA GPU"
        if not has_gpu():
            bench.table.lines.append(f"| {what} | - | - | - | 0.2 eager; 1.0 CUDA graphs | no GPU | |")
            continue
        torch = {name: bench.torch_epoch(batch, "--device", "cuda", "--variant", name) for name in ("plain", "tuned", "graph")}
        racers = race(bench.turns, ours=bench.epoch(batch, "--device", "gpu"), **torch)
        bench.table.add_race(f"{what}, against eager", racers, "ours", ["plain", "tuned"], 0.2)
        bench.table.add_race(f"{what}, against CUDA graphs", racers, "ours", ["graph"], 1.0)


# ---- whole jobs ----

class Job:
    """A process from its start to its end, or to its limit: seconds and the most memory that it held at once."""

    def __init__(self, name, command, environment=None, limit=None):
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                   env={**os.environ, **(environment or {})})
        timer = threading.Timer(limit or 0, process.kill)
        if limit:
            timer.start()
        self.said = process.stdout.read()
        timer.cancel()
        status, usage = os.wait4(process.pid, 0)[1:]
        process.returncode = os.waitstatus_to_exitcode(status)
        self.seconds, self.bytes = time.monotonic() - began, usage.ru_maxrss * 1024  # Linux counts KiB
        self.cut = limit is not None and process.returncode == -signal.SIGKILL
        if process.returncode != 0 and not self.cut:
            raise Failed(f"{name} ended with status {process.returncode}")


def validation(folder):
    """The validation accuracy of each epoch of a run."""
    lines = (folder / "history.csv").read_text().splitlines()
    column = lines[0].split(",").index("val_accuracy")
    return [float(line.split(",")[column]) for line in lines[1:]]


def our_job(bench, seed, epochs):
    out = bench.work / f"run-{seed}"
    job = Job("clenet", bench.command("train", bench.train, "--test", bench.test, "--seed", seed, "--epochs", epochs, "--out",
                                      out), bench.environment)
    job.validation = validation(out)
    return job


def their_job(bench, seed, epochs):
    until = [] if bench.quick else ["--until", str(TARGET)]
    job = Job("Keras", [sys.executable, str(HERE / "peers/keras_notebook.py"), str(bench.train), str(bench.test),
                        str(bench.work / "keras.csv"), "--seed", str(seed), "--epochs", str(epochs), *until],
              limit=max(60, LAST_SECONDS - (time.monotonic() - bench.began)))
    job.about = None if job.cut else json.loads(job.said.splitlines()[-1])
    return job


def epochs_to_target(bench, seed, most):
    """How many epochs clenet needs with this seed: a run that stops there is the same up to there, bit by bit."""
    accuracies = our_job(bench, seed, most).validation
    return next((i + 1 for i, accuracy in enumerate(accuracies) if accuracy >= TARGET), len(accuracies))


def mebibytes(sizes):
    return f"{statistics.median(sizes) / 2**20:.0f} MiB"


def rows_job(bench):
    """train.csv to submission.csv, with all that is between, to the first epoch of 99 % on validation; a seed each turn."""
    most = 2 if bench.quick else 50
    ours, theirs = [], []
    full = our_job(bench, 1, most)  # and the program cache is warm
    for seed in range(1, bench.turns + 1):
        used = time.monotonic() - bench.began
        if theirs and used + 1.2 * max(job.seconds for job in theirs) > JOB_SECONDS:
            print(f"  whole jobs: {len(theirs)} turns, or it would be over 20 minutes", file=sys.stderr)
            break
        epochs = most if bench.quick else epochs_to_target(bench, seed, 25)
        ours.append(our_job(bench, seed, epochs))
        theirs.append(their_job(bench, seed, most))
        print(f"  seed {seed}: ours {ours[-1].seconds:.2f} s, {epochs} epochs, validation {max(ours[-1].validation):.4f}; "
              f"Keras {theirs[-1].seconds:.1f} s, {theirs[-1].about}", file=sys.stderr)
    done = [job for job in theirs if not job.cut]
    bench.table.versions["Keras"] = importlib.metadata.version("keras")
    reached = all(max(job.validation) >= TARGET for job in ours) and all(
        job.about["best_val_accuracy"] >= TARGET for job in done)
    epochs = [", ".join(str(n) for n in counts) for counts in
              ([len(job.validation) for job in ours], [job.about["epochs"] for job in done])]
    note = f"epochs: ours {epochs[0]}, Keras {epochs[1] or 'unknown'}" + ("" if reached else "; not all reached 99 %")
    if len(done) < len(theirs):
        note += "; Keras was cut off and is slower than that, and the ratio smaller"
    bench.table.add("whole job, to 99 % on validation", [job.seconds for job in ours], [job.seconds for job in theirs], 0.05,
                    note)
    if done:
        estimate = statistics.median(fifty_epochs(job.about, job.seconds, len(full.validation)) for job in done)
        bench.table.add(f"whole job, all {len(full.validation)} epochs", [full.seconds], [estimate], 0.05,
                        "ours once; Keras an estimate: its time outside the epochs, and its median epoch as often as ours ran")
    bench.table.add("peak memory of the whole job", [job.bytes for job in ours], [job.bytes for job in theirs], 0.2,
                    words=mebibytes)


def fifty_epochs(about, seconds, epochs):
    """What Keras's job would have taken: the first epoch is longer, since it compiles."""
    first, rest = about["epoch_seconds"][0], about["epoch_seconds"][1:]
    return seconds - sum(rest) + statistics.median(rest or [first]) * (epochs - 1)


# ---- data, and the whole ----

def write_rows(path, header, rows, count):
    with open(path, "w") as file:
        file.write(header)
        file.writelines(rows[i % len(rows)] for i in range(count))


def prepare_data(bench, train, test):
    """Kaggle's files, or the shipped digits repeated; and the rows that an epoch is about, in a file of their own."""
    bench.train, bench.test = train and train.resolve(), test and test.resolve()
    sizes = (800, 500) if bench.quick else (TRAIN_ROWS, TEST_ROWS)
    for name, size in zip(("train", "test"), sizes):
        path = getattr(bench, name)
        if path is None or bench.quick:
            with gzip.open(DIGITS / f"{name}.csv.gz", "rt") if path is None else open(path) as file:
                header, *rows = file
            setattr(bench, name, bench.work / f"{name}.csv")
            write_rows(getattr(bench, name), header, rows, size)
    with open(bench.train) as file:
        header, *rows = file
    bench.training = bench.work / "training.csv"
    write_rows(bench.training, header, rows, bench.rows)
    bench.model = bench.work / "model/model.safetensors"
    subprocess.run(bench.command("train", bench.training, "--epochs", 2, "--device", "cpu", "--quiet", "--out",
                                 bench.model.parent), check=True)


def machine():
    model = "unknown processor"
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), model)
    system = "unknown system"
    with contextlib.suppress(OSError), open("/etc/os-release") as file:
        system = next((line.split("=")[1].strip().strip('"') for line in file if line.startswith("PRETTY_NAME")), system)
    return f"{len(os.sched_getaffinity(0))} cores of {model} ({', '.join(instruction_sets()) or 'no AVX2'}), {system}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="", help=f"of {', '.join(ROWS)}, with commas between")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="where clenet was built")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="where files are made")
    parser.add_argument("train", nargs="?", type=pathlib.Path)
    parser.add_argument("test", nargs="?", type=pathlib.Path)
    options = parser.parse_args()
    wanted = options.only.split(",") if options.only else ROWS
    unknown = set(wanted) - set(ROWS)
    if unknown:
        parser.error(f"--only: no rows are named {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")

    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    bench = Bench(options)
    print(f"load at the start: {os.getloadavg()[0]:.2f}; more than 0.3 is other work, which makes the figures wrong",
          file=sys.stderr)
    prepare_data(bench, options.train, options.test)
    for name in wanted:
        print(f"{name} ({time.monotonic() - bench.began:.0f} s)", file=sys.stderr)
        try:
            globals()[f"rows_{name}"](bench)
        except (Failed, OSError, subprocess.CalledProcessError) as error:  # the other rows are still worth having
            bench.table.lines.append(f"| {name} | - | - | - | - | not measured | {error} |")

    version = subprocess.run(bench.command("--version"), capture_output=True, text=True, check=True).stdout.strip()
    print(f"{datetime.date.today()}, {machine()}; {version}; "
          + ", ".join(f"{name} {number}" for name, number in sorted(bench.table.versions.items()) if name != "clenet")
          + f"; Python {sys.version.split()[0]}; {'Kaggle' if options.train else 'shipped digits, repeated'}. Median "
          "(least to most; turns).")
    if options.quick:
        print("Quick: these figures say nothing about speed.")
    print(f"\n{bench.table.text()}\n\nmeasured in {time.monotonic() - bench.began:.0f} s")


if __name__ == "__main__":
    main()
