# vendors.awk - a table of each launch of LeNet's steps on GPUs, from compilers' output.
#
# The first file has the lines of vendor_programs, the second those of the compilers (vendors.sh). A cell has the registers of a work-item
# and the occupancy: the share of the device's places for work-items that the kernel can fill. For Intel it has the SIMD width; its kernels
# have 128 registers each, and so all of the device's threads.
# Exit status 1: a kernel spills, needs scratch memory or is SIMD8, and is not in `known` (lines of "TARGET: LAUNCH: what"); or a
# line of `known` is not true any more.

BEGIN {
    targets = split("sm_75 sm_86 sm_90 gfx906 gfx1030 gfx1100 tgllp adl-p acm-g10", target, " ")
    # NVIDIA's multiprocessors: warps, groups, bytes of local memory, bytes reserved per group. 64 K registers each.
    split("sm_75 32 16 65536 0 sm_86 48 16 102400 1024 sm_90 64 32 233472 1024", m, " ")
    for (i = 1; i in m; i += 5) {
        warps[m[i]] = m[i + 1]
        groups[m[i]] = m[i + 2]
        memory[m[i]] = m[i + 3]
        reserved[m[i]] = m[i + 4]
    }
    # AMD: waves of a SIMD unit.
    waves["gfx906"] = 10
    waves["gfx1030"] = waves["gfx1100"] = 16
    rows = split(known, row_of, "\n")
    for (i = 1; i <= rows; i++) if (row_of[i] != "") expected[row_of[i]] = 1
}

function least(a, b) { return a < b ? a : b }
function up(n, step) { return int((n + step - 1) / step) * step }

# The occupancy of an NVIDIA kernel, in per cent: registers are given out per warp, 256 at a time.
function nvidia_share(t, at, items,    w, n) {
    w = up(items, 32) / 32
    n = least(groups[t], int(warps[t] / w))
    n = least(n, int(65536 / (up(registers[at] * 32, 256) * w)))
    n = least(n, int(memory[t] / (up(local[at], 256) + reserved[t] + 1)))
    return 100 * n * w / warps[t]
}

FNR == NR && $1 == "launch" {
    launches++
    program[launches] = $2
    kernel[launches] = $3
    items[launches] = $4
    label[launches] = $5
    for (i = 6; i <= NF; i++) label[launches] = label[launches] " " $i
}
FNR == NR { next }

$1 == "compiler" { where = $2 " " $3; next }

# ptxas
/Compiling entry function/ { split($0, quoted, "'"); at = where " " quoted[2]; compiled[at] = 1 }
/bytes stack frame/ { scratch[at] = $1; spills[at] = $5 + $9 }
/: Used [0-9]+ registers/ {
    registers[at] = $5
    if (match($0, /[0-9]+ bytes smem/)) local[at] = substr($0, RSTART, RLENGTH) + 0
}

# llc
/remark: .*Function Name: / { at = where " " $NF; compiled[at] = 1 }
/remark: .* VGPRs: / { registers[at] = $NF }
/remark: .*ScratchSize/ { scratch[at] = $NF }
/remark: .*Occupancy/ { occupancy[at] = $NF }
/remark: .*Spill: / { spills[at] += $NF }
/remark: .*LDS Size/ { local[at] = $NF }

# ocloc: YAML
/^kernels_misc_info:/ { where = "" }
/^  - name: / && where != "" { at = where " " $NF; compiled[at] = 1; buffers = 0 }
/^      simd_size: / { simd[at] = $NF }
/^      grf_count: / { registers[at] = $NF }
/^      slm_size: / { local[at] = $NF }
/^    [a-z_]*:/ { buffers = $1 == "per_thread_memory_buffers:" }
buffers && / size: / { scratch[at] += $NF }

function bad(t, l, what,    line) {
    line = t ": " label[l] ": " what
    if (line in expected) {
        met[line] = 1
    } else if (!said[line]++) {
        complaints = complaints "FAIL: " line "\n"
    }
}

function cell(t, l,    at) {
    at = t " " program[l] " " kernel[l]
    if (!(at in compiled)) {
        bad(t, l, "not compiled")
        return "-"
    }
    if (spills[at] > 0) bad(t, l, "spills")
    if (scratch[at] > 0) bad(t, l, "scratch")
    if (at in simd && simd[at] < 16) bad(t, l, "SIMD" simd[at])
    if (at in simd) return "SIMD" simd[at] (registers[at] > 128 ? ", " registers[at] : "") (scratch[at] > 0 ? ", scratch " scratch[at] : "")
    return registers[at] ", " sprintf("%.0f", t in waves ? 100 * occupancy[at] / waves[t] : nvidia_share(t, at, items[l])) " %" \
        (scratch[at] > 0 ? ", scratch " scratch[at] : "")
}

END {
    row = "| launch | group | local bytes |"
    rule = "|---|---|---|"
    for (i = 1; i <= targets; i++) {
        row = row " " target[i] " |"
        rule = rule "---|"
    }
    print row
    print rule
    for (l = 1; l <= launches; l++) {
        row = "| " label[l] " | " items[l] " | " local["sm_90 " program[l] " " kernel[l]] + 0 " |"
        for (i = 1; i <= targets; i++) row = row " " cell(target[i], l) " |"
        print row
    }
    for (line in expected) if (!(line in met)) complaints = complaints "FAIL: no longer true, remove it from vendors.sh: " line "\n"
    printf "%s", complaints
    exit complaints != ""
}
