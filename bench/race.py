"""Programs that measure by turns, fairly: one computes, all others are stopped.

A program of a race prints one line of JSON, waits, and measures once for each line of standard input (bench/turns.h). While it
waits it is stopped (SIGSTOP, its whole process group): threads of OpenMP and TBB would spin, and the program that measures next
would pay for it. Each round has a new order, drawn by a seeded generator, because a program may profit or suffer from the one
before it.
"""

import contextlib
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import time

SETTLE_SECONDS = 0.1    # from continuing a program to its measurement: its threads that spin for work have gone to sleep
END_SECONDS = 20        # how long a program may take to end
CHECK_BOUND = 0.03      # how far a program may be from itself
SPREAD_BOUND = 1.15     # of its times, the upper quartile over the lower one
OTHERS_BOUND = 0.05     # processor time of other processes, in processors
STOLEN_BOUND = 0.02     # the share of the processors' time that the hypervisor gave to others


class Failed(Exception):
    """A program of a race did not start or did not answer; its rows say so."""


class Racer:
    """A program that measures by turns. It is stopped except during a turn. If there are several copies, they measure side by
    side, and the time of a turn is that of the slowest."""

    def __init__(self, name, command, environment=None, copies=1):
        self.name, self.times, self.processes = name, [], []
        try:
            for _ in range(copies):
                self.processes.append(subprocess.Popen(
                    [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    text=True, env={**os.environ, **(environment or {})}, process_group=self.group()))
            self.about = [json.loads(self.answer(process)) for process in self.processes][0]
            self.stop()
        except BaseException:
            self.end()
            raise

    def group(self):
        """The process group of all copies; 0, a new group, for the first."""
        return self.processes[0].pid if self.processes else 0

    def answer(self, process):
        line = process.stdout.readline()
        if line:
            return line
        process.stdin.close()
        said = process.stderr.read().strip().splitlines()
        raise Failed(f"{self.name}: {said[-1] if said else 'ended without a word'}")

    def stop(self):
        """Returns when no thread of the program runs any more."""
        os.killpg(self.group(), signal.SIGSTOP)
        for process in self.processes:
            if not os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1]):
                raise Failed(f"{self.name}: ended while it waited for its turn")

    def turn(self):
        os.killpg(self.group(), signal.SIGCONT)
        time.sleep(SETTLE_SECONDS)
        for process in self.processes:
            process.stdin.write("\n")
            process.stdin.flush()
        self.times.append(max(float(self.answer(process)) for process in self.processes))
        self.stop()

    def end(self):
        if self.processes:
            with contextlib.suppress(OSError):
                os.killpg(self.group(), signal.SIGCONT)
        for process in self.processes:
            with contextlib.suppress(OSError):
                process.stdin.close()
            process.stdout.close()
            process.stderr.close()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.group(), signal.SIGKILL)
                process.wait()


def race(turns, draw, after_round=None, **commands):
    """Runs the programs by turns: commands are NAME=(command, environment), or NAME=(command, environment, copies), and `draw`,
    a random.Random, gives each round its order. after_round is called while all of them are stopped. What does not start is left
    out."""
    racers = {}
    try:
        for name, arguments in commands.items():
            try:
                racers[name] = Racer(name, *arguments)
            except Failed as error:
                print(f"  left out: {error}", file=sys.stderr)
        orders = [draw.sample(list(racers), len(racers)) for _ in range(turns)]
        for order in orders:
            for name in order:
                racers[name].turn()
            if after_round:
                after_round()
    finally:
        for racer in racers.values():
            racer.end()
    print("  order: " + "; ".join(" ".join(order) for order in orders), file=sys.stderr)
    for name, racer in racers.items():
        print(f"  {name}: {[round(seconds, 7) for seconds in racer.times]} {racer.about}", file=sys.stderr)
    return racers


# ---- is the machine quiet? ----

class Processors:
    """What the processors did since it was made, by the counters of /proc/stat."""

    def __init__(self):
        self.began, self.counters, self.ours = time.monotonic(), read_counters(), our_seconds()

    def others(self):
        """Seconds of processor time per second of other processes, and the share that was stolen; (0, 0) if unknown."""
        if self.counters is None:
            return 0.0, 0.0
        busy, stolen = (now - before for now, before in zip(read_counters(), self.counters))
        seconds = time.monotonic() - self.began
        return max(0.0, busy - (our_seconds() - self.ours)) / seconds, stolen / seconds / os.cpu_count()


def read_counters():
    """Seconds of all processors together: at work, and stolen by the hypervisor."""
    try:
        with open("/proc/stat") as file:
            user, nice, system, _, _, irq, softirq, stolen = (int(word) for word in file.readline().split()[1:9])
    except (OSError, ValueError):
        return None
    ticks = os.sysconf("SC_CLK_TCK")
    return (user + nice + system + irq + softirq) / ticks, stolen / ticks


def our_seconds():
    """Processor time of this process and of its children that have ended."""
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, (resource.RUSAGE_SELF,
                                                                                     resource.RUSAGE_CHILDREN)))


def verdict(checks):
    """checks: pairs of (the times of two instances of the same program), (others, stolen). Whether the machine was quiet, and
    a sentence about how that is known."""
    ratios = [statistics.median(first) / statistics.median(second) for (first, second), _ in checks]
    others, stolen = (max(figures) for figures in zip(*(counted for _, counted in checks)))
    quartiles = statistics.quantiles([time for pair, _ in checks for times in pair for time in times], n=4)
    spread = quartiles[2] / quartiles[0]
    reasons = []
    if any(abs(ratio - 1) > CHECK_BOUND for ratio in ratios):
        reasons.append("the check row is not 1.00 +- 0.03")
    if spread > SPREAD_BOUND:
        reasons.append("the same program takes longer at some times than at others")
    if others > OTHERS_BOUND:
        reasons.append("other processes use the processors")
    if stolen > STOLEN_BOUND:
        reasons.append("other virtual machines use the processors")
    known = (f"clenet against itself: {', '.join(f'{ratio:.3f}' for ratio in ratios)}; upper over lower quartile of its times: "
             f"{spread:.2f}. Other processes used at most {others:.2f} of a processor, and the hypervisor took "
             f"{100 * stolen:.1f} % of the time, during these checks.")
    if reasons:
        return False, f"THE MACHINE IS NOT QUIET ({', '.join(reasons)}): measure again. {known}"
    return True, f"The machine is quiet. {known}"
