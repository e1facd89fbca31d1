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
