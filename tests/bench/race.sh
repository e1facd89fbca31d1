#!/bin/sh
# bench/race.py is fair: a program that waits is stopped, each round has an order that is drawn, and a machine on which clenet
# differs from itself is said not to be quiet.
#
# race.sh FOLDER CLENET      both unused: no benchmark is needed
set -eu
command -v python3 >/dev/null || exit 77
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || exit 77
cd "$(dirname "$0")"
PYTHONDONTWRITEBYTECODE=1 exec python3 race_test.py
