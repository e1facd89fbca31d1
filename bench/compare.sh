#!/bin/sh
# By hand, on a machine that does nothing else: clenet beside its peers, every row that it is to reach. Installs the peers
# from PyPI into a virtual environment the first time, builds clenet (release), measures in under 25 minutes, and prints a
# table in Markdown, and one of each operation's time over the least that it can take. Says whether the machine was quiet.
#
# compare.sh [--quick] [--only ROWS] [--seed N] [TRAIN.csv TEST.csv]
#
# --quick            a few hundred images and two turns: shows that all runs, and nothing about speed
# --only ROWS        some of the rows, with commas between: train, threads, opencl, predict, csv, floor, gpu, job
# --seed N           of the order of turns, which is drawn; the default is another one each time, and is printed
# TRAIN.csv TEST.csv Kaggle's files; without them, the digits that ship, repeated to as many rows
# CLENET_BUILD_DIR   the folder of builds, the environment and all measurements (build/compare); work/results.json has the figures
# CLENET_PEERS       an existing virtual environment
set -eu
source=$(cd "$(dirname "$0")/.." && pwd -P)
. "$source/tests/setup.sh"

usage() {
    sed -n 's/^# \(compare.sh .*\)/usage: \1/p' "$0" >&2
    exit 2
}

quick='' only='' seed=''
while :; do
    case "${1:-}" in
    --quick) quick=--quick ;;
    --only)
        [ $# -ge 2 ] || usage
        only=$2
        shift
        ;;
    --seed)
        [ $# -ge 2 ] || usage
        seed="--seed $2"
        shift
        ;;
    -*) usage ;;
    *) break ;;
    esac
    shift
done
[ $# -eq 0 ] || [ $# -eq 2 ] || usage

install_missing "$commands_to_build python3:python3 pip3:python3-pip" "$packages_to_build python3-venv"
set_build_folder release
build_clenet Release -DCLENET_BENCH=ON
release=$build
set_build_folder compare

# The peers, as many of them as pip had not installed before; the list of what is there makes a second run short.
peers=${CLENET_PEERS:-$build/peers}
[ -x "$peers/bin/python" ] || quietly "Making a virtual environment in $peers" "$build/venv.log" python3 -m venv "$peers"
if ! cmp -s "$source/bench/peers/requirements.txt" "$peers/requirements.txt"; then
    quietly "Installing the peers from PyPI (9 GB, some minutes)" "$build/pip.log" \
        "$peers/bin/pip" install --requirement "$source/bench/peers/requirements.txt"
    cp "$source/bench/peers/requirements.txt" "$peers/"
fi

# Some machines set these for old builds of OpenBLAS; they slow a current one.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
export PYTHONDONTWRITEBYTECODE=1 # no files next to the sources
# shellcheck disable=SC2086 # one or two words, or none
exec "$peers/bin/python" "$source/bench/compare.py" $quick $seed --only "$only" --build "$release" --work "$build/work" "$@"
