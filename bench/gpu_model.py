"""gpu_model.py - estimates the microseconds of LeNet's training step on GPUs, from the compiled kernels.

    python3 bench/gpu_model.py build/dev/tests/vendor_programs [--batch 32,256,1024] [--units 132] [--gap US] [--detail]

tests/vendors.sh compiles the programs of a step for sm_90 (clang, libclc, llc). The launches have the sizes and arguments that lowering
gives them, with tiles of kind `group` and clenet's own products. ptx.py runs the PTX of some work-items of each launch. So the trip counts
of loops are those of this launch, and there is no table of loops that could be stale. If a trip count is not known, that is an error.

    time of a launch = gap + max(chain, arithmetic, level 1, level 2, memory)

chain       The latencies of a work-item, if nothing else runs: those of the slowest group that was run, or the mean of groups times the
            waves. Waves are all groups, divided by those that the GPU runs at once, which work-items, local memory and (on NVIDIA)
            registers limit. Within a basic block a load waits for its operands alone; blocks run in order (ptx.py). So loads are issued
            together if they are in one block and their addresses do not depend on each other. A load takes level 2's latency if the
            work-item has not loaded the line before (on NVIDIA: the sector), and level 1's if it has. What other work-items have loaded
            is not known: if they share numbers, the chain is too long.
arithmetic  The instructions of the groups of one compute unit, divided by its lanes. Lanes of a warp that branch apart are not added up.
level 1     The bytes that these groups load and store in global and local memory. A load from an address far from its neighbour's takes
            a turn of its own. Bank conflicts in local memory are not counted.
level 2     The bytes of the lines that each work-item has not loaded before, and of its stores.
memory      The bytes that the operation must move (those of --profile), if they are more than the GPU's last cache holds.

A step is the sum of its launches. The model assumes that the longest of these times hides the others, that the host is never late, that
level 2 holds what the launch before has written, and that PTX is like the code of each GPU.

The latencies of level 2 and the gaps between dependent launches (* in the table) are those that the project has used since before it ran
on a GPU. Units, lanes, clock, caches and memory are from data sheets: H200 SXM, Radeon RX 7900 XTX, GeForce GTX 1050, Radeon 680M with
LPDDR5-6400, Iris Xe of 96 execution units with LPDDR4x-4267, whose groups stay in a dual subslice of 16 with a data port of 128 bytes a
cycle (Intel's oneAPI GPU Optimization Guide). Level 2's bandwidth of the H200 is what chipsandcheese.com measured on an H100 ("Nvidia's
H100: Funny L2, and Tons of Bandwidth"); of the others it is bytes per clock. The latencies of level 1, local memory and instructions are
assumed: rounded cycles of each architecture, perhaps 30 % off. Lowering divides the work for the H200's compute units, in all columns;
--units 96 is for an Iris Xe.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from types import SimpleNamespace

import ptx


def gpu(name, units, lanes, ghz, level2_ns, gap_us, level1_ns, local_ns, alu, slow, issue, near, line, far, memory, cache, items,
        groups, local, registers):
    """Latencies in ns; alu, slow, issue in cycles; near: bytes a cycle and unit of level 1 and local memory; line: bytes of a
    line of level 1; far, memory: GB/s; cache: MB
    of the last one; of a unit: the most work-items, groups, KB of local memory and registers (0: not a limit)."""
    return SimpleNamespace(name=name, units=units, lanes=lanes, ghz=ghz, level2=level2_ns, gap=gap_us, level1=level1_ns, local=local_ns,
                           barrier=local_ns, alu=alu / ghz, slow=slow / ghz, issue=issue / ghz, near=near, turn=near, line=line, far=far,
                           memory=memory, cache=cache * 1e6, items=items, groups=groups, local_bytes=local * 1024, registers=registers)


#       name           units lanes ghz  L2*  gap* L1   local alu slow issue near line far  memory cache items groups local registers
GPUS = [
    gpu("H200",        132, 128, 1.98, 145, 2,   20,  15,   4,  40,  1,   128, 32,  5500, 4800,  50,  2048, 32,   227, 65536),
    gpu("RX 7900",      96,  64, 2.5,  125, 4,   50,  25,   5,  40,  1,    64, 128, 3700,  960,  96,  1024, 32,    64, 0),
    gpu("GTX 1050",      5, 128, 1.455, 155, 4,  56,  17,   6,  40,  1,   128, 32,   460,  112,   1,  2048, 32,    96, 65536),
    gpu("Radeon 680M",  12,  64, 2.4,  150, 6,   50,  25,   5,  40,  1,    64, 128,  920,  102,   2,  1024, 32,    64, 0),
    gpu("Iris Xe",       6, 128, 1.35, 200, 10, 200,  70,   8,  40,  2,   128, 64,   520,   68, 3.8,  1792, 16,   128, 0),
]
# With it, a chain is the number of loads from level 2 that wait for each other.
LOADS = SimpleNamespace(level2=1, level1=0, local=0, barrier=0, alu=0, slow=0, issue=0, line=32)


# ---- the launches ---------------------------------------------------------------------------------------------------------

def read_launches(folder):
    """The launches of a training step: lines of vendor_programs."""
    launches, kernels = [], {}
    with open(os.path.join(folder, "list")) as file:
        lines = [line.rstrip("\n").split(" ") for line in file]
    for i, line in enumerate(lines):
        if line[0] != "launch" or line[-1] == "inference":
            continue
        program, shape = line[1], lines[i + 1]
        if program not in kernels:
            with open(os.path.join(folder, program + ".ptx")) as file:
                kernels[program] = ptx.read(file.read())
        sizes = [int(n) for n in shape[2:8]]
        launches.append(SimpleNamespace(label=" ".join(line[4:]), kernel=kernels[program][line[2]], bytes=float(shape[1]),
                                        size=sizes[:3], local=sizes[3:], arguments=shape[8:], folder=folder,
                                        **resources(os.path.join(folder, program + ".ptxas"), line[2])))
    return launches


def resources(path, kernel):
    """What ptxas says of a kernel's registers and local memory."""
    with open(path) as file:
        text = file.read().split(f"'{kernel}'", 1)[1].split("Compiling entry", 1)[0]
    shared = re.search(r"(\d+) bytes smem", text)
    return {"registers": int(re.search(r"Used (\d+) registers", text)[1]), "shared": int(shared[1]) if shared else 0}


def memory_of(launch):
    """A function that reads whole numbers: of buffers that lowering has written what it wrote, 0 elsewhere (rows, labels, masks)."""
    contents = {}
    for n, argument in enumerate(launch.arguments):
        if argument.endswith(".buffer"):
            with open(os.path.join(launch.folder, argument), "rb") as file:
                contents[n + 1] = file.read()

    def read(address, size):
        at, content = address & (1 << 40) - 1, contents.get(address >> 40)
        return int.from_bytes(content[at:at + size], "little") if content else 0
    return read


def run_some(launch):
    """Of some groups, from the first to the last, pairs of neighbours' runs: the first work-items and those in the middle."""
    values = {str(n): int(a) if a.isdigit() else (n + 1) << 40 for n, a in enumerate(launch.arguments)}
    if launch.kernel.memory_loops and not any(a.endswith(".buffer") for a in launch.arguments):
        raise ptx.Unknown(f"{launch.label}: the trip count of a loop depends on memory: {launch.kernel.memory_loops[0]}")
    groups = [size // local for size, local in zip(launch.size, launch.local)]
    memory = memory_of(launch)
    runs = []
    for where in sorted({tuple(int((g - 1) * part) for g in groups) for part in (0, 0.25, 0.5, 0.75, 1)}):
        runs.append([])
        for part in (0, 0.5):
            pair = []
            for more in (0, 1):
                special = {}
                for d, axis in enumerate("xyz"):
                    special.update({f"%tid.{axis}": int(launch.local[d] * part) + (more if d == 0 else 0),
                                    f"%ntid.{axis}": launch.local[d], f"%ctaid.{axis}": where[d], f"%nctaid.{axis}": groups[d]})
                pair.append(launch.kernel.run(values, special, memory))
            runs[-1].append(pair)
    return runs


# ---- the time of a launch ---------------------------------------------------------------------------------------------------

def chains_of(launch, runs, g):
    """The longest chain of each group that was run."""
    return [max(launch.kernel.chain(run, g) for run, _ in group) for group in runs]


def estimate(launch, runs, g):
    """The parts of a launch's microseconds on GPU g."""
    items = launch.local[0] * launch.local[1] * launch.local[2]
    groups = launch.size[0] * launch.size[1] * launch.size[2] // items
    counts = [launch.kernel.counts(*pair, g) for group in runs for pair in group]
    chains = chains_of(launch, runs, g)
    mean = {key: sum(c[key] for c in counts) / len(counts) for key in counts[0]}
    fit = min(g.groups, g.items // items)
    if launch.shared:
        fit = min(fit, g.local_bytes // launch.shared)
    if g.registers:
        fit = min(fit, g.registers // (-(-launch.registers // 8) * 8 * items))
    waves = -(-groups // (max(fit, 1) * g.units))
    a_unit = -(-groups // g.units) * items  # work-items of the unit that has most
    return {"chain": max(max(chains), waves * sum(chains) / len(chains)) * 1e-3,
            "arithmetic": a_unit * mean["instructions"] / (g.lanes * g.ghz) * 1e-3,
            "level 1": a_unit * mean["near"] / (g.near * g.ghz) * 1e-3,
            "level 2": groups * items * mean["far"] / g.far * 1e-3,
            "memory": launch.bytes / g.memory * 1e-3 if launch.bytes > g.cache else 0.0}


def table(launches, gpus, detail):
    """Prints the launches and their microseconds, with the name of the longest time unless it is the chain."""
    print("| launch | work-items | groups | loads in a row | " + " | ".join(g.name for g in gpus) + " |")
    print("|---|---|---|---|" + "---|" * len(gpus))
    sums = [0.0] * len(gpus)
    for launch in launches:
        runs = run_some(launch)
        items = launch.size[0] * launch.size[1] * launch.size[2]
        loads = max(chains_of(launch, runs, LOADS))
        cells = []
        for n, g in enumerate(gpus):
            parts = estimate(launch, runs, g)
            which = max(parts, key=parts.get)
            sums[n] += g.gap + parts[which]
            cells.append(f"{g.gap + parts[which]:.1f}" + ("" if which == "chain" else f" {which}"))
            if detail and n == 0:
                print("    " + ", ".join(f"{key} {value:.1f}" for key, value in parts.items()), file=sys.stderr)
        groups = items // (launch.local[0] * launch.local[1] * launch.local[2])
        print(f"| {launch.label} | {items:,} | {groups:,} | {loads:.0f} | " + " | ".join(cells) + " |")
    print(f"| sum of {len(launches)} | | | | " + " | ".join(f"{s:.0f}" for s in sums) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", help="the command vendor_programs, of a build with tests")
    parser.add_argument("--batch", default="32,256,1024", help="images of a step, with commas between")
    parser.add_argument("--units", type=int, default=GPUS[0].units, help="compute units that lowering divides the work for")
    parser.add_argument("--gap", type=float, help="microseconds between launches on the first GPU, in place of the table's")
    parser.add_argument("--detail", action="store_true", help="the parts of each launch's time on the first GPU")
    options = parser.parse_args()
    if options.gap is not None:
        GPUS[0].gap = options.gap
    vendors = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "vendors.sh")
    for batch in options.batch.split(","):
        with tempfile.TemporaryDirectory() as folder:
            status = subprocess.call(["sh", vendors, os.path.abspath(options.programs), folder, batch, str(options.units)])
            if status != 0:
                return status
            print(f"\nBatch {batch}, microseconds:\n")
            try:
                table(read_launches(folder), GPUS, options.detail)
            except ptx.Unknown as unknown:
                print(f"gpu_model: {unknown}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
