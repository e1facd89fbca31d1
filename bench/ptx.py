"""ptx.py - runs a kernel's PTX for one work-item, and counts what it executes and how long its chain of latencies is.

Only whole numbers are computed, and of them those that branches and addresses depend on. So the trip count of every loop comes from the
launch's own arguments and sizes. Whole numbers in local memory are 0. Floats are unknown. If a branch depends on one, the code behind the
branch runs, unless the branch goes back: then the trip count of a loop is unknown, and that is an error.
"""
import re

WIDTHS = {"8": 8, "16": 16, "32": 32, "64": 64}
FREE = ("mov", "cvt", "ld.param", "bra", "ret")  # the GPU's own code has hardly any of them
WARP, SECTOR = 32, 32  # work-items that load together, and the least bytes of a load from level 2
SLOW = ("div", "rem", "sqrt", "rcp", "ex2", "lg2", "sin", "cos", "rsqrt")
STEPS_MOST = 20_000_000  # instructions of a work-item: more is a loop that does not end


class Unknown(Exception):
    pass


class Instruction:
    """One line of PTX: op with its types ("ld.global.nc.f32"), results and operands as text."""

    def __init__(self, text):
        self.text = text
        guard = re.match(r"@(!?)(%\w+)\s+", text)
        self.guard, self.negated = (guard[2], guard[1] == "!") if guard else (None, False)
        op, _, rest = text[guard.end() if guard else 0:].partition(" ")
        self.op, self.parts = op, op.split(".")
        operands = [o.strip() for o in re.findall(r"\{[^}]*\}|\[[^\]]*\]|[^,\s]+", rest)]
        self.target = operands[-1] if self.parts[0] == "bra" else None
        has_result = self.parts[0] not in ("bra", "ret", "st", "bar", "membar", "exit", "fence")
        self.results = re.findall(r"[%\w$]+", operands[0]) if has_result else []
        self.operands = [] if self.target else operands[1 if has_result else 0:]
        self.sources = [r for o in self.operands for r in re.findall(r"%\w+(?:\.[xyz])?", o)]
        if self.guard:
            self.sources.append(self.guard)
        self.space = self.parts[1] if self.parts[0] in ("ld", "st") else None
        self.is_float = self.parts[-1].startswith("f")
        self.size = 0
        if self.space:
            count = {"v2": 2, "v4": 4}.get(self.parts[-2], 1)
            self.size = count * WIDTHS[self.parts[-1][1:]] // 8


class Kernel:
    """A kernel of a PTX file: basic blocks of instructions."""

    def __init__(self, name, body):
        self.name, self.blocks, self.labels = name, [[]], {}
        self.symbols = {}
        for line in body.splitlines():
            line = line.split("//")[0].strip().rstrip(";")
            if re.match(r"\$\w+:", line):
                self.labels[line[:-1]] = len(self.blocks)
                self.blocks.append([])
            elif line and line[0] not in ".{}()":
                self.blocks[-1].append(Instruction(line))
                if self.blocks[-1][-1].parts[0] in ("bra", "ret"):
                    self.blocks.append([])
        self.number_registers()
        self.find_unknown()
        self.find_needed()
        self.find_dominators()
        self.find_memory_loops()
        self.code = [self.compile_block(i) for i in range(len(self.blocks))]

    def all(self):
        return (i for block in self.blocks for i in block)

    def number_registers(self):
        names = {r for i in self.all() for r in i.results + i.sources}
        self.register = {name: n for n, name in enumerate(sorted(names))}

    def tainted(self, from_):
        """The registers that depend on those."""
        found, size = set(from_), -1
        while len(found) != size:
            size = len(found)
            for i in self.all():
                if not found.isdisjoint(i.sources) and i.space != "global":
                    found.update(i.results)
        return found

    def find_unknown(self):
        start = {r for i in self.all() if i.is_float or i.parts[0] == "setp" and i.parts[-1][0] == "f"
                 or i.parts[0] == "cvt" and i.parts[-1][0] == "f" for r in i.results}
        self.unknown = self.tainted(start | {r for r in self.register if re.match(r"%f\d", r)})

    def find_needed(self):
        """The registers that branches and addresses of global memory depend on, as far as they are known."""
        needed = {i.guard for i in self.all() if i.target and i.guard}
        needed |= {r for i in self.all() if i.space == "global" for o in i.operands if o[0] == "["
                   for r in re.findall(r"%\w+", o)}
        size = -1
        while len(needed) != size:
            size = len(needed)
            for i in self.all():
                if not needed.isdisjoint(i.results):
                    needed.update(i.sources)
        self.needed = needed - self.unknown

    def find_dominators(self):
        """Of each block the blocks that every path to it goes through: a branch to one of them goes back."""
        every = set(range(len(self.blocks)))
        before = [set() for _ in self.blocks]
        for n, block in enumerate(self.blocks):
            last = block[-1] if block else None
            if last and last.target:
                before[self.labels[last.target]].add(n)
            if n + 1 < len(self.blocks) and not (last and last.guard is None and last.parts[0] in ("bra", "ret")):
                before[n + 1].add(n)
        self.dominators = [{0}] + [every] * (len(self.blocks) - 1)
        changed = True
        while changed:
            changed = False
            for n in range(1, len(self.blocks)):
                found = set.intersection(*(self.dominators[b] for b in before[n])) | {n} if before[n] else {n}
                changed = changed or found != self.dominators[n]
                self.dominators[n] = found

    def find_memory_loops(self):
        """The branches back that depend on a whole number in memory."""
        from_memory = self.tainted({r for i in self.all() if i.parts[0] == "ld" and i.space != "param" for r in i.results})
        self.memory_loops = [i.text for n, block in enumerate(self.blocks) for i in block
                             if i.target and i.guard in from_memory and self.labels[i.target] in self.dominators[n]]

    # ---- to Python ------------------------------------------------------------------------------------------------------

    def value(self, text):
        if text[0] == "%":
            return f"R[{self.register[text]}]"
        if re.match(r"-?(0x)?[0-9a-fA-F]+$", text):
            return str(int(text, 0))
        return str(self.symbols.setdefault(text, (1 << 56) + (len(self.symbols) << 32)))

    def address(self, text):
        base, _, offset = text.strip("[]").partition("+")
        return f"({self.value(base)} + {int(offset or 0)})"

    def compile_block(self, n):
        """The block as a function of registers R, launch values P and memory, which returns the next block's number; -1: the end."""
        lines = []
        for i in self.blocks[n]:
            if i.target and i.guard is None:
                lines.append(f"return {self.labels[i.target]}")
            elif i.target and i.guard in self.unknown:
                if self.labels[i.target] in self.dominators[n]:
                    raise Unknown(f"{self.name}: the trip count of a loop depends on memory: {i.text}")
            elif i.target:
                lines.append(f"if {'not ' * i.negated}{self.value(i.guard)}: return {self.labels[i.target]}")
            elif i.parts[0] == "ret":
                lines.append("return -1")
            else:
                if i.space == "global":
                    place = re.search(r"\[.*\]", i.text)[0]
                    known = self.unknown.isdisjoint(re.findall(r"%\w+", place))
                    lines.append(f"addresses.append({self.address(place) if known else 'None'})")
                if not self.needed.isdisjoint(i.results):
                    lines.append(f"R[{self.register[i.results[0]]}] = {self.expression(i)}")
        lines.append(f"return {n + 1 if n + 1 < len(self.blocks) else -1}")
        scope = {"signed": signed, "quotient": quotient}
        exec("def block(R, P, memory, addresses):\n " + "\n ".join(lines), scope)
        return scope["block"]

    def expression(self, i):
        op, kind = i.parts[0], i.parts[-1]
        if op == "ld":
            if i.space == "param":
                return f"P['{i.operands[0].strip('[]').rpartition('_')[2]}']"
            if i.space != "global":
                return "0"
            return f"memory({self.address(i.operands[0])}, {i.size})"
        width = WIDTHS.get(kind[1:], 1)
        mask = (1 << width) - 1
        if op == "cvt":
            a, source = self.value(i.operands[0]), i.parts[-1]
            a = f"signed({a}, {WIDTHS[source[1:]]})" if source[0] == "s" else f"({a} & {(1 << WIDTHS[source[1:]]) - 1})"
            return f"{a} & {(1 << WIDTHS[i.parts[-2][1:]]) - 1}"
        is_signed = kind[0] == "s"
        raw = [self.value(o) for o in i.operands]
        v = [f"signed({a}, {width})" if is_signed else f"({a} & {mask})" for a in raw]
        if op in ("mul", "mad") and "wide" in i.parts:
            mask = (1 << 2 * width) - 1
        simple = {"mov": "{0}", "add": "{0} + {1}", "sub": "{0} - {1}", "mul": "{0} * {1}", "mad": "{0} * {1} + {2}",
                  "and": "{0} & {1}", "or": "{0} | {1}", "xor": "{0} ^ {1}", "not": "~{0}", "neg": "-{0}", "abs": "abs({0})",
                  "min": "min({0}, {1})", "max": "max({0}, {1})", "div": "quotient({0}, {1})",
                  "rem": "{0} - {1} * quotient({0}, {1})", "shr": "{0} >> min({1}, 64)"}
        if op == "bfe":
            field = f"({raw[0]} >> {raw[1]} & (1 << {raw[2]}) - 1)"
            return f"signed({field}, {raw[2]}) & {mask}" if is_signed else field
        if op == "shl":
            return f"({v[0]} << min({raw[1]}, 64)) & {mask}"
        if op == "selp":
            return f"({raw[0]} if {raw[2]} else {raw[1]}) & {mask}"
        if op == "setp":
            compare = {"eq": "==", "ne": "!=", "lt": "<", "lo": "<", "le": "<=", "ls": "<=", "gt": ">", "hi": ">", "ge": ">=",
                       "hs": ">="}[i.parts[1]]
            return f"{v[0]} {compare} {v[1]}"
        if op not in simple:
            raise Unknown(f"{self.name}: ptx.py does not know {i.text}")
        if op == "mul" and "hi" in i.parts:
            return f"({v[0]} * {v[1]} >> {width}) & {mask}"
        if op == "mad" and "wide" in i.parts:
            v[2] = raw[2]
        if op == "shr":
            v[1] = raw[1]
        return f"({simple[op].format(*v)}) & {mask}"

    # ---- running --------------------------------------------------------------------------------------------------------

    def run(self, values, special, memory):
        """The blocks that a work-item executes, and the address of each access to global memory; None: not known."""
        registers = [0] * len(self.register)
        for name, value in special.items():
            if name in self.register:
                registers[self.register[name]] = value
        blocks, addresses, next_, steps = [], [], 0, 0
        while next_ >= 0:
            blocks.append(next_)
            steps += len(self.blocks[next_])
            if steps > STEPS_MOST:
                raise Unknown(f"{self.name}: a loop does not end")
            next_ = self.code[next_](registers, values, memory, addresses)
        return blocks, addresses

    def counts(self, run, neighbour, m):
        """What a work-item executes: instructions; bytes that it moves from and to local memory and level 1; and level 2, if level 1
        keeps the lines of m.line bytes that it has loaded. The neighbour, the next work-item of the warp, shows which loads of a warp are
        next to each other. A load of the same number takes a SECTOR for all of a warp, one far from its neighbour a SECTOR for each,
        and its own turn, of m.turn bytes, in level 1."""
        total = {"instructions": 0, "near": 0, "far": 0}
        seen, blocks, at = set(), run[0], zip(run[1], neighbour[1] if neighbour[0] == run[0] else run[1])
        for b in blocks:
            for i in self.blocks[b]:
                total["instructions"] += not i.op.startswith(FREE)
                if i.space in ("shared", "local"):
                    total["near"] += i.size
                if i.space != "global":
                    continue
                address, next_ = next(at)
                stride = i.size if address is None or neighbour[0] != blocks else abs(next_ - address)
                total["near"] += max(i.size, min(stride, m.turn))
                if address is None or address // m.line not in seen:
                    total["far"] += SECTOR / WARP if stride == 0 else max(i.size, min(stride, SECTOR))
                if address is not None and i.parts[0] == "ld":
                    seen.add(address // m.line)
        return total

    def timed(self):
        """Per block: of each instruction its kind, results and sources as numbers, and the number of instructions to issue."""
        if not hasattr(self, "timing"):
            self.timing = []
            for block in self.blocks:
                each = [(kind_of(i), [self.register[r] for r in i.results], [self.register[r] for r in i.sources])
                        for i in block]
                self.timing.append((each, sum(not i.op.startswith(FREE) for i in block)))
        return self.timing

    def chain(self, run, m):
        """Nanoseconds that a work-item takes if nothing else runs. Within a basic block an instruction waits for its operands alone, as
        if the compiler had moved the loads up; blocks follow each other in order, and a load may be on its way from one to the next.
        A load of a line of m.line bytes that the work-item has loaded before takes m.level1."""
        timing, ready, clock, at, line_ready = self.timed(), [0.0] * len(self.register), 0.0, iter(run[1]), {}
        stored = shared = 0.0
        for b in run[0]:
            each, issued = timing[b]
            floor = last = clock
            for kind, results, sources in each:
                t = floor
                for s in sources:
                    if ready[s] > t:
                        t = ready[s]
                if kind == "alu":
                    end = t + m.alu
                elif kind == "free":
                    end = t
                elif kind in ("global", "constant"):
                    if kind == "global" and stored > t:
                        t = stored
                    address = next(at)
                    line = None if address is None else address // m.line
                    end = max(t + m.level1, line_ready[line]) if line in line_ready else t + m.level2
                    if line is not None and m.level1 < m.level2:
                        line_ready.setdefault(line, end)
                elif kind == "shared":
                    t = max(t, shared)
                    end = t + m.local
                elif kind == "store global":
                    next(at)
                    stored = max(stored, t)
                elif kind == "store shared":
                    shared = max(shared, t)
                elif kind == "bar":
                    floor = last = max(last, t) + m.barrier
                else:
                    end = t + m.slow
                if t > last:
                    last = t
                for r in results:
                    ready[r] = end
            clock = max(last, clock + issued * m.issue)
        return clock


def kind_of(i):
    if i.parts[0] == "ld" and i.space == "global":
        return "constant" if "nc" in i.parts else "global"
    if i.parts[0] == "ld" and i.space in ("shared", "local", "const"):
        return "shared"
    if i.parts[0] == "st":
        return "store global" if i.space == "global" else "store shared"
    if i.parts[0] == "bar":
        return "bar"
    if i.op.startswith(FREE):
        return "free"
    return "slow" if i.parts[0] in SLOW else "alu"


def signed(a, width):
    half = 1 << (width - 1)
    return ((a & (2 * half - 1)) ^ half) - half


def quotient(a, b):
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def read(text):
    """The kernels of a PTX file, by name."""
    parts = re.split(r"\.entry (\w+)\(", text)
    return {name: Kernel(name, body[body.index("{"):]) for name, body in zip(parts[1::2], parts[2::2])}
