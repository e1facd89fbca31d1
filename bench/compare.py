#!/usr/bin/env python3
"""Measures clenet beside its peers, and prints a table in Markdown. bench/compare.sh prepares all that this needs.

Each row is a race (race.py): its programs are started, they warm up, and measure by turns, one at a time, all others stopped,
in an order that is drawn for each round. A figure is the median of a program's turns. A race may have several of ours and
several peers; the peer of a row is the fastest of its peers. Whole jobs are processes from their start to their end.
The first and the last race are clenet against itself: they show whether the machine was quiet.
"""

import argparse
import contextlib
import datetime
import gzip
import importlib.metadata
import json
import os
import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time

import race as fair
from race import Failed

HERE = pathlib.Path(__file__).resolve().parent
DIGITS = HERE.parent / "examples" / "digits"
ROWS = ("train", "threads", "opencl", "predict", "csv", "floor", "gpu", "job")
TRAIN_ROWS, TEST_ROWS = 42000, 28000  # Kaggle's
TARGET = 0.99                         # validation accuracy of a whole job
NEAR = 150                            # nanoseconds: a longer round trip between two cores is one between two L3 caches
CHECK_TURNS = 11                      # of clenet against itself: two such medians differ by less than 2 % on a quiet machine
JOB_SECONDS = 20 * 60                 # since the start: no job of Keras's begins that would probably end later
LAST_SECONDS = 23 * 60                # since the start: a job of Keras's that still runs is cut off, and counts as so long


# ---- the table ----

def in_words(seconds):
    return f"{seconds * 1e6:.1f} us" if seconds < 1e-3 else f"{seconds:.3f} s" if seconds < 100 else f"{seconds:.0f} s"


def times_in_words(times):
    return f"{in_words(statistics.median(times))} ({in_words(min(times))} to {in_words(max(times))}; {len(times)})"


class Table:
    """The rows, as text and as figures (results.json)."""

    def __init__(self):
        self.lines, self.versions, self.results, self.below = [], {}, [], ""

    def add(self, what, ours, peer, asked, note="", words=times_in_words, more_is_better=False):
        """ours and peer: the figures of all turns, or None; peer's note names it. The ratio is ours over peer's and is to be at
        most `asked`; or peer's over ours, a gain, and at least `asked`, if more is better."""
        if not ours or not peer:
            self.lines.append(f"| {what} | {words(ours) if ours else '-'} | {words(peer) if peer else '-'} | - | {asked} | "
                              f"not measured | {note} |")
            return
        medians = statistics.median(ours), statistics.median(peer)
        ratio = medians[1] / medians[0] if more_is_better else medians[0] / medians[1]
        met = ratio >= asked if more_is_better else ratio <= asked
        bound = f"at least {asked}" if more_is_better else asked
        self.lines.append(f"| {what} | {words(ours)} | {words(peer)} | {ratio:.3f} | {bound} | {'yes' if met else 'no'} | "
                          f"{note} |")
        self.results.append({"row": what, "ours": medians[0], "peer": medians[1], "ratio": round(ratio, 4), "asked": asked,
                             "met": met, "note": note})

    def add_limit(self, what, ours, limit):
        """Seconds that have no peer."""
        median = statistics.median(ours)
        self.lines.append(f"| {what} | {times_in_words(ours)} | - | - | {limit} s | {'yes' if median <= limit else 'no'} | |")
        self.results.append({"row": what, "ours": median, "asked": limit, "met": median <= limit})

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
        slower = sorted((racer for racer in there if racer is not best), key=lambda racer: statistics.median(racer.times))
        if slower:
            note += "; others: " + ", ".join(f"{describe(racer)} {in_words(statistics.median(racer.times))}" for racer in slower)
        self.add(what, mine and mine.times, best and best.times, asked, note)
        if mine and best:
            self.results[-1]["peers"] = {describe(racer): statistics.median(racer.times) for racer in there}

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
        self.table, self.checks, self.round_trips = Table(), [], []
        self.isas = instruction_sets()
        self.draw = random.Random(options.seed)

    def race(self, **commands):
        return fair.race(self.turns, self.draw, self.note_round_trip, **commands)

    def note_round_trip(self):
        """Between two cores, in nanoseconds."""
        said = subprocess.run([self.build / "bench/round_trip"], capture_output=True, text=True, check=True).stdout
        self.round_trips.append(int(said))

    def epoch(self, batch, *more, environment=None):
        return ([self.build / "bench/train_epoch", "--rows", self.rows, "--batch", batch, "--data", self.training, "--turns",
                 "--cache", self.cache, "--probe", self.build / "clenet", *more], environment)

    def peer_epoch(self, peer, batch, *more):
        return ([sys.executable, HERE / f"peers/{peer}_lenet.py", "--rows", self.rows, "--batch", batch, "--data",
                 self.training, "--turns", *more], None)

    def prediction(self, program, count, repeats):
        return ([*program, "--count", count, "--repeats", repeats, self.model, self.training], None)

    def command(self, *arguments):
        return [str(part) for part in (self.build / "clenet", *arguments)]


def instruction_sets():
    flags = pathlib.Path("/proc/cpuinfo").read_text().split() if os.path.exists("/proc/cpuinfo") else []
    return [name for name, flag in (("avx512", "avx512f"), ("avx2", "avx2")) if flag in flags]


def check_machine(bench):
    """clenet against itself: two instances of the same program."""
    processors = fair.Processors()
    turns = 2 if bench.quick else CHECK_TURNS
    twins = fair.race(turns, bench.draw, bench.note_round_trip, one=bench.epoch(32), other=bench.epoch(32))
    bench.checks.append(([twins[name].times for name in ("one", "other")], processors.others()))
    print("  other processes' processors, share stolen: {:.3f}, {:.3f}".format(*bench.checks[-1][1]), file=sys.stderr)


def distance_in_words(trips):
    """Of round trips in nanoseconds; 0 is unknown."""
    if 0 in trips:
        return ""
    far = sum(trip > NEAR for trip in trips)
    return (f"Between two cores and back: {min(trips)} to {max(trips)} ns, in {far} of {len(trips)} measurements more than "
            f"{NEAR}, as between cores with separate L3 caches.")


ISA_SETS = ("avx512", "avx2")


def rows_train(bench):
    """The CPU path against the best of PyTorch, torch.compile and JAX."""
    for batch, *asked in ((32, 0.055, 0.10), (128, 0.08, 0.13), (512, 0.08, 0.13)):
        peers = {name: bench.peer_epoch(name, batch) for name in ("torch", "jax")}
        racers = bench.race(**{isa: bench.epoch(batch, "--isa", isa) for isa in bench.isas}, **peers)
        for isa, bound in zip(ISA_SETS, asked):
            bench.table.add_race(f"epoch, batch {batch}, {isa}", racers, isa, list(peers), bound)


def rows_threads(bench):
    """What the second thread gains. Two processes with a thread each show what the second core can give."""
    for batch, asked in ((32, 1.85), (512, 1.9)):
        for isa in bench.isas:
            alone = bench.epoch(batch, "--isa", isa, "--threads", 1)
            racers = bench.race(one=alone, two=bench.epoch(batch, "--isa", isa, "--threads", 2), processes=(*alone, 2))
            one, two, processes = (racers[name].times if name in racers else None for name in ("one", "two", "processes"))
            note = "gain; the peer is one thread"
            if one and processes:
                note += f"; two processes gain {2 * statistics.median(one) / statistics.median(processes):.2f}"
            bench.table.add(f"two threads over one, batch {batch}, {isa}", two, one, asked, note, more_is_better=True)


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
    racers = bench.race(**commands)
    for name, asked in (("PoCL", 1.6), ("Intel's runtime", 1.3)):
        bench.table.add_race(f"epoch, batch 32, {name}", racers, name, ["cpu"], asked)
    bench.table.add_race("epoch, batch 32, auto against the best device", racers, "auto", ["cpu", "PoCL", "gpu"], 1.1)


def rows_predict(bench):
    """Many images, and one."""
    python = sys.executable
    for what, count, repeats, names, *asked in (
            (f"prediction of {bench.count:,} images", bench.count, 3, ("onnx", "openvino", "litert", "torch"), 0.25, 0.40),
            ("prediction of one image, bytes to probabilities", 1, 1000, ("litert", "onnx"), 0.30, 0.50)):
        ours = {isa: bench.prediction([bench.build / "bench/predict", "--isa", isa], count, repeats) for isa in bench.isas}
        peers = {name: bench.prediction([python, HERE / f"peers/{name}_predict.py"], count, repeats) for name in names}
        racers = bench.race(**ours, **peers)
        for isa, bound in zip(ISA_SETS, asked):
            bench.table.add_race(f"{what}, {isa}", racers, isa, list(peers), bound)


def rows_csv(bench):
    racers = bench.race(ours=([bench.build / "bench/read_csv", "--threads", 2, "--turns", bench.train], None),
                        **{name: ([sys.executable, HERE / "peers/read_csv.py", "--turns", name, bench.train], None)
                           for name in ("pandas", "polars")})
    for name, asked in (("pandas", 0.08), ("polars", 1.0)):
        bench.table.add_race(f"reading {bench.train.name}, two threads, against {name}", racers, "ours", [name], asked)


def rows_floor(bench):
    """What each operation of the CPU path takes, over the least that it can; a table of its own."""
    for isa in bench.isas or ["baseline"]:
        said = subprocess.run([bench.build / "bench/cpu_tasks", isa], capture_output=True, text=True, check=True).stdout
        bench.table.below += (f"\n\n{isa}: measured time over floor (bench/floor.h), the largest gap first; "
                              + said[said.index("one thread:"):].strip())


def has_gpu():
    return shutil.which("nvidia-smi") is not None and subprocess.run(["nvidia-smi", "-L"], capture_output=True).returncode == 0


def rows_gpu(bench):
    for batch in (32, 1024):
        what = f"epoch, batch {batch}, NVIDIA GPU"
        if not has_gpu():
            bench.table.lines.append(f"| {what} | - | - | - | 0.2 eager; 1.0 CUDA graphs | no GPU | |")
            continue
        torch = {name: bench.peer_epoch("torch", batch, "--device", "cuda", "--variant", name) for name in ("plain", "tuned", "graph")}
        racers = bench.race(ours=bench.epoch(batch, "--device", "gpu"), **torch)
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


RECIPE = ("--recipe", "fast")


def our_job(bench, isa, seed):
    """--recipe fast; also when the submission was there: figures and report come after it."""
    out = bench.work / f"run-{isa}"
    shutil.rmtree(out, ignore_errors=True)
    began = time.time()
    job = Job("clenet", bench.command("train", bench.train, "--test", bench.test, *RECIPE, "--isa", isa, "--seed", seed, "--out",
                                      out), bench.environment)
    job.submitted = (out / "submission.csv").stat().st_mtime - began
    return job


def accuracy_of_recipe(bench):
    """The best validation accuracy of the recipe on a fifth of the rows, which it has not seen; not timed."""
    out = bench.work / "run-validated"
    shutil.rmtree(out, ignore_errors=True)
    Job("clenet", bench.command("train", bench.train, *RECIPE, "--validation", 0.2, "--seed", 1, "--out", out),
        bench.environment)
    lines = (out / "history.csv").read_text().splitlines()
    return float(lines[-1].split(",")[lines[0].split(",").index("val_accuracy")])


def their_job(bench, seed, epochs):
    until = [] if bench.quick else ["--until", str(TARGET)]
    job = Job("Keras", [sys.executable, str(HERE / "peers/keras_notebook.py"), str(bench.train), str(bench.test),
                        str(bench.work / "keras.csv"), "--seed", str(seed), "--epochs", str(epochs), *until],
              limit=max(60, LAST_SECONDS - (time.monotonic() - bench.began)))
    job.about = None if job.cut else json.loads(job.said.splitlines()[-1])
    return job


def mebibytes(sizes):
    return f"{statistics.median(sizes) / 2**20:.0f} MiB"


def rows_job(bench):
    """train.csv to submission.csv, with all that is between, to 99 % on digits that were not trained on; a seed each turn."""
    ours = {isa: [] for isa in bench.isas or ["baseline"]}
    for seed in range(bench.turns + 1):
        for isa in bench.draw.sample(list(ours), len(ours)):
            job = our_job(bench, isa, seed)
            if seed > 0:  # the first warms the system's cache of files
                ours[isa].append(job)
    theirs = []
    for seed in range(1, bench.turns + 1):
        used = time.monotonic() - bench.began
        if theirs and used + 1.2 * max(job.seconds for job in theirs) > JOB_SECONDS:
            print(f"  Keras's job: {len(theirs)} turns, or it would be over 25 minutes", file=sys.stderr)
            break
        theirs.append(their_job(bench, seed, 2 if bench.quick else 50))
        print(f"  seed {seed}: Keras {theirs[-1].seconds:.1f} s, {theirs[-1].about}", file=sys.stderr)
    bench.table.versions["Keras"] = importlib.metadata.version("keras")
    accuracy = accuracy_of_recipe(bench)
    done = [job for job in theirs if not job.cut]
    keras = "Keras cut off: it is slower than that, and the ratio smaller" if len(done) < len(theirs) else \
        f"Keras: {', '.join(str(job.about['epochs']) for job in done)} epochs"
    limits = {"avx512": 1.5, "avx2": 2.5}
    for isa, jobs in ours.items():
        submitted, ended = [job.submitted for job in jobs], [job.seconds for job in jobs]
        print(f"  {isa}: submission after {submitted}, end after {ended}", file=sys.stderr)
        rest = statistics.median(end - there for end, there in zip(ended, submitted))
        note = f"{' '.join(RECIPE)}, {accuracy:.4f} on unseen digits; figures and report {rest:.2f} s more; {keras}"
        bench.table.add(f"whole job, to the submission, {isa}", submitted, [job.seconds for job in theirs], 0.01, note)
        if isa in limits:
            bench.table.add_limit(f"whole job, seconds, {isa}", submitted, limits[isa])
    first = next(iter(ours.values()))
    bench.table.add("peak memory of the whole job", [job.bytes for job in first], [job.bytes for job in theirs], 0.2,
                    words=mebibytes)


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
    subprocess.run(bench.command("train", bench.training, "--epochs", 2, "--device", "cpu", "--quiet", "--overwrite",
                                 "--out", bench.model.parent), check=True)


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
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the order of turns (default: the time)")
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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that programs that are stopped end, too
    print(f"seed {options.seed}: the order of turns", file=sys.stderr)
    prepare_data(bench, options.train, options.test)
    check_machine(bench)
    for name in wanted:
        print(f"{name} ({time.monotonic() - bench.began:.0f} s)", file=sys.stderr)
        try:
            globals()[f"rows_{name}"](bench)
        except (Failed, OSError, subprocess.CalledProcessError) as error:  # the other rows are still worth having
            bench.table.lines.append(f"| {name} | - | - | - | - | not measured | {error} |")

    check_machine(bench)
    quiet, known = fair.verdict(bench.checks)
    version = subprocess.run(bench.command("--version"), capture_output=True, text=True, check=True).stdout.strip()
    print(f"{datetime.date.today()}, {machine()}; {version}; "
          + ", ".join(f"{name} {number}" for name, number in sorted(bench.table.versions.items()) if name != "clenet")
          + f"; Python {sys.version.split()[0]}; seed {options.seed}; {'Kaggle' if options.train else 'shipped digits, repeated'}. Median "
          "(least to most; turns).")
    print(f"\n{known} {distance_in_words(bench.round_trips)}" if not options.quick else
          "Quick: these figures say nothing about speed.")
    results = {"date": str(datetime.date.today()), "machine": machine(), "version": version, "seed": options.seed,
               "quiet": quiet, "round_trips": bench.round_trips, "rows": bench.table.results}
    (options.work / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(f"\n{bench.table.text()}\n\nmeasured in {time.monotonic() - bench.began:.0f} s")


if __name__ == "__main__":
    main()
