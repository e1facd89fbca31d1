#!/bin/sh
# Prints how much of src/ the last test run reached; fails below the least that the project accepts.
#
# coverage.sh SOURCE BUILD GCOVR
set -eu
least=85 # % of branches
if ! command -v "$3" >/dev/null; then
    echo "gcovr was not found; install it (Debian: gcovr), then configure again"
    exit 1
fi
cd "$2"
# vec.h is left out: gcovr 5 cannot add up functions that stand on different lines for different instruction sets.
exec "$3" --root "$1" --object-directory "$2" --filter "$1/src/" \
    --exclude "$1/src/lib/backend/cpu/vec.h" --exclude-unreachable-branches --exclude-throw-branches \
    --sort-percentage --branches --print-summary --fail-under-branch "$least" "$2"
