#!/bin/sh
# cpu_tasks says how far each operation is from the least that it can take: every row has both times, and the sum is theirs.
#
# floor.sh FOLDER CLENET     FOLDER: the folder of the benchmarks
set -eu
out=$("$1/cpu_tasks" baseline)
echo "$out" | awk -F'|' '
    $9 ~ /measured over floor/ { table = 1; next }
    !table || /^\|---/ { next }
    $2 == " all " { measured = $6; floor = $7; next }
    { rows++; sum += $6; floors += $7; if (!($6 > 0) || !($5 > 0) || $9 + 0 <= 0 || $9 ~ /inf|nan/) wrong = $0 }
    function near(a, b) { return a - b < 0.2 && b - a < 0.2 }
    END { exit !(rows >= 15 && wrong == "" && near(sum, measured) && near(floors, floor)) }' ||
    { echo "FAIL: cpu_tasks printed:" && echo "$out" && exit 1; }

# --threads N: the gain of 1, 2, 4, 8, 16 and N threads, between 1 and their number; and N's sections, the largest loss first.
out=$("$1/cpu_tasks" --threads 3 baseline 32)
echo "$out" | awk -F'|' '
    $2 ~ /^ threads / { table = 1; next }
    $2 ~ /^ tasks / { table = 2; next }
    /^\|---/ || NF < 8 { next }
    table == 1 { rows++; gain = $10 + 0; if (!(gain > 0.5 && gain < $2 * 1.5) || !($5 > 0)) wrong = $0; if ($2 + 0 == 1 && gain != 1) wrong = $0 }
    table == 2 { sections++; if ($6 + 0 < $7 + 0 || (sections > 1 && $8 + 0 > loss + 0.01)) wrong = $0; loss = $8 + 0 }
    END { exit !(rows == 6 && sections >= 3 && wrong == "") }' ||
    { echo "FAIL: cpu_tasks --threads printed:" && echo "$out" && exit 1; }
if "$1/cpu_tasks" --threads 0 baseline 2>/dev/null; then echo "FAIL: cpu_tasks --threads 0 is taken" && exit 1; fi
