"""race.sh runs this."""

import os
import pathlib
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
import race

# Has a thread that never waits, as OpenMP's and TBB's. A turn notes its name, and the states of all others at its start and end.
BUSY = """
import os, pathlib, sys, threading, time
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
def spin():
    while True: time.sleep(0)
threading.Thread(target=spin, daemon=True).start()
(folder / name).write_text(str(os.getpid()))
def state(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
print('{"peer": "%s"}' % name, flush=True)
for _ in sys.stdin:
    others = [p for p in folder.iterdir() if len(p.name) == 1 and p.name != name]
    with open(folder / "turns", "a") as file:
        states = [state(p.read_text()) for p in others]
        time.sleep(0.05)
        print(name, *states, *[state(p.read_text()) for p in others], file=file)
    print(0.1, flush=True)
"""


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Race(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def commands(self, names):
        return {name: ([sys.executable, "-c", BUSY, name, self.folder], None) for name in names}

    def turns(self):
        return [line.split() for line in (self.folder / "turns").read_text().splitlines()]

    def test_while_one_program_measures_all_others_are_stopped(self):
        race.race(3, random.Random(1), **self.commands("ab"))
        turns = self.turns()
        self.assertEqual(len(turns), 6)
        self.assertEqual({state for turn in turns for state in turn[1:]}, {"T"})

    def test_a_program_that_waits_takes_no_processor_time(self):
        racer = race.Racer("a", *self.commands("a")["a"])
        try:
            before = processor_seconds(racer.processes[0].pid)
            time.sleep(0.3)
            self.assertLessEqual(processor_seconds(racer.processes[0].pid) - before, 0.02)
            racer.turn()
            self.assertEqual(racer.times, [0.1])
        finally:
            racer.end()

    def test_copies_measure_side_by_side_and_the_slowest_counts(self):
        says_its_number = "import os, sys; print('{}', flush=True)\nfor _ in sys.stdin: print(os.getpid(), flush=True)"
        racer = race.Racer("a", [sys.executable, "-c", says_its_number], copies=3)
        numbers = [process.pid for process in racer.processes]
        try:
            racer.turn()
            self.assertEqual((len(set(numbers)), racer.times), (3, [max(numbers)]))
            self.assertEqual({os.getpgid(number) for number in numbers}, {racer.group()})
        finally:
            racer.end()
        for number in numbers:
            with self.assertRaises(ProcessLookupError):
                os.kill(number, 0)

    def test_after_the_race_no_program_is_left(self):
        race.race(1, random.Random(1), **self.commands("ab"))
        for name in "ab":
            with self.assertRaises(ProcessLookupError):
                os.kill(int((self.folder / name).read_text()), 0)

    def test_stopped_programs_end_with_the_race_that_is_ended(self):
        commands = {name: ([str(word) for word in words], None) for name, (words, _) in self.commands("ab").items()}
        program = (f"import random, sys; sys.path.insert(0, {str(pathlib.Path(race.__file__).parent)!r}); import race; "
                   f"race.race(1000, random.Random(1), **{commands!r})")
        process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not (self.folder / "turns").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.wait()
        for name in "ab":
            with self.assertRaises(ProcessLookupError):
                os.kill(int((self.folder / name).read_text()), 0)

    def test_each_round_has_an_order_that_the_seed_draws(self):
        def orders(seed):
            (self.folder / "turns").unlink(missing_ok=True)
            race.race(6, random.Random(seed), **self.commands("abc"))
            names = "".join(turn[0] for turn in self.turns())
            return [names[i:i + 3] for i in range(0, len(names), 3)]
        first = orders(1)
        self.assertEqual(first, orders(1))
        self.assertNotEqual(first, orders(2))
        self.assertGreater(len(set(first)), 1)
        self.assertEqual({"".join(sorted(order)) for order in first}, {"abc"})

    def test_a_program_that_does_not_start_is_left_out(self):
        wrong = [sys.executable, "-c", "raise SystemExit('no')"]
        racers = race.race(1, random.Random(1), **self.commands("a"), wrong=(wrong, None))
        self.assertEqual(list(racers), ["a"])


class Verdict(unittest.TestCase):
    QUIET = (0.01, 0.0)

    def test_a_program_as_fast_as_itself_shows_a_quiet_machine(self):
        quiet, said = race.verdict([(([1.0, 1.02, 0.99], [1.0, 1.01, 1.03]), self.QUIET)])
        self.assertTrue(quiet)
        self.assertIn("0.990", said)

    def test_a_program_slower_than_itself_shows_that_it_is_not(self):
        for times in ([1.04] * 3, [0.96] * 3):
            quiet, said = race.verdict([(([1.0] * 3, [1.0] * 3), self.QUIET), ((times, [1.0] * 3), self.QUIET)])
            self.assertFalse(quiet)
            self.assertIn("NOT QUIET", said)
            self.assertIn(f"{statistics.median(times):.3f}", said)

    def test_so_do_other_processes_and_stolen_time(self):
        for counted, reason in (((0.2, 0.0), "other processes"), ((0.0, 0.1), "virtual machines")):
            quiet, said = race.verdict([(([1.0] * 3, [1.0] * 3), counted)])
            self.assertFalse(quiet)
            self.assertIn(reason, said)

    def test_so_does_a_program_that_takes_longer_at_some_times(self):
        slower = [1.0, 1.0, 1.5]
        quiet, said = race.verdict([((slower, slower), self.QUIET)])
        self.assertFalse(quiet)
        self.assertIn("longer at some times", said)

    def test_another_process_at_work_is_counted(self):
        processors = race.Processors()
        if processors.counters is None:
            self.skipTest("no /proc/stat")
        racer = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        try:
            time.sleep(0.5)
            others = processors.others()[0]
        finally:
            racer.kill()
            racer.wait()
        self.assertGreater(others, 0.3)  # it has not ended: its time is not ours yet


if __name__ == "__main__":
    unittest.main()
