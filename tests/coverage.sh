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
exec "$3" --root "$1" --object-directory "$2" --filter "$1/src/" --exclude-unreachable-branches \
    --exclude-throw-branches --sort-percentage --branches --print-summary --fail-under-branch "$least" "$2"
