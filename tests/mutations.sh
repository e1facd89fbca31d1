#!/bin/sh
# Breaks the code in one place after the other, in a copy of the source tree, and prints which tests find it: those of tests/run.sh, and
# if they miss it, those of tests/run.sh --full. Exit status 1 if nothing finds one of them. Takes about two hours; not in CTest.
#
# mutations.sh FOLDER [CTEST_ARGUMENT...]     FOLDER: for the copy and its builds; arguments for example -R 'base|net' -j 2
set -eu
[ $# -ge 1 ] || { sed -n 's/^# \(mutations.sh .*\)/usage: \1/p' "$0" >&2 && exit 2; }
mkdir -p "$1"
copy=$(cd "$1" && pwd -P)
shift
cd "$(dirname "$0")/.."

# A file and what sed does to it, a line each.
mutations() {
    cat <<'END'
src/lib/base/philox.h                         s/0xCD9E8D57u/0xCD9E8D55u/
src/lib/data/csv.c                            s/PIXEL_AT_MOST = 255/PIXEL_AT_MOST = 256/
src/lib/net/init.c                            s/sqrt(6\.0/sqrt(5.0/
src/lib/backend/device.c                      s/images_per_second <= c->best_speed/images_per_second >= c->best_speed/
src/lib/backend/cpu/maxpool2d.c               s/xi > best/xi < best/
src/lib/backend/cpu/team.c                    s/memory_order_acq_rel) + 1 == working/memory_order_relaxed) + 1 == working/
src/lib/backend/opencl/disk/program_cache.c   s/== head->checksum/!= head->checksum + 1/
src/lib/backend/opencl/disk/program_cache.c   /memory_free(stored);/d
src/lib/train/early_stopping.c                s/value > stopping->best/value >= stopping->best/
src/lib/picture/netpbm.c                      s/(unsigned)c \* 256/(unsigned)c * 255/
src/cmd/figures/svg.c                         s/next >= '5'/next > '5'/
src/cmd/page/html.c                           s/return "&lt;"/return "<"/
cl/maxpool2d.cl                               s/column < OW \* K/column < W/
cl/batchnorm.cl                               s/(1\.0f - MOMENTUM) \* variance/(1.0f - MOMENTUM) * *inverse/
END
}

git ls-files -z --cached --others --exclude-standard | xargs -0 tar -c | tar -x -C "$copy"

# mutate FILE EXPRESSION: writes the changed file into the copy; fails if nothing changed.
mutate() {
    sed "$2" "$1" >"$copy/mutated"
    if cmp -s "$1" "$copy/mutated"; then
        echo "mutations.sh: '$2' changes nothing in $1" >&2
        return 1
    fi
    cp "$copy/mutated" "$copy/$1"
}

# found_by ARGUMENT...: the tests that fail, of tests/run.sh with the arguments, which stops at the first.
found_by() {
    if sh "$copy/tests/run.sh" "$@" --stop-on-failure >"$copy/log" 2>&1 </dev/null; then return 0; fi
    sed -n 's/^[[:space:]]*[0-9]* - \([^ ]*\) (.*/\1/p' "$copy/log" >"$copy/found"
    if [ ! -s "$copy/found" ]; then
        tail -n 20 "$copy/log" >&2
        echo "mutations.sh: no test ran" >&2
        return 1
    fi
    tr '\n' ' ' <"$copy/found"
}

# First all of the table, in seconds: each row applies.
mutations | while read -r file expression; do
    mutate "$file" "$expression"
    cp "$file" "$copy/$file"
done

status=0
mutations >"$copy/mutations"
while read -r file expression; do
    mutate "$file" "$expression"
    by='run.sh' found=$(found_by "$@")
    if [ -z "$found" ]; then by='run.sh --full' found=$(found_by --full "$@"); fi
    if [ -z "$found" ]; then by='nothing' status=1; fi
    printf '%-45s %-70s found by %s: %s\n' "$file" "$expression" "$by" "$found"
    cp "$file" "$copy/$file"
done <"$copy/mutations"
exit $status
