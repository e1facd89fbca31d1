#!/bin/sh
# From a bare Debian or Ubuntu machine to a trained LeNet: installs what is missing, builds clenet, and trains it on the
# digits beside this file. The results are in runs/1 in the current folder; those of the next run are in runs/2.
#
# CLENET_BUILD_DIR   where to build; default: build/ in the source tree, or in the user's cache if that is read-only
set -eu
source=$(cd "$(dirname "$0")/.." && pwd -P)
. "$source/tests/setup.sh"

if [ $# -ne 0 ]; then
    echo "usage: quickstart.sh   (no arguments; 'clenet train --help' shows what there is to choose)" >&2
    exit 2
fi

install_missing "$commands_to_build" "$packages_to_build $packages_for_gpus"
set_build_folder release
build_clenet Release

if ! mkdir -p runs 2>/dev/null || [ ! -w runs ]; then
    mkdir -p "$(cache_folder)"
    cd "$(cache_folder)"
    echo "The current folder is read-only; the results are in $PWD/runs"
fi

digits=$source/examples/digits
echo "Training on 8,000 digits; 2,000 others are held out to measure the accuracy"
"$build/clenet" train "$digits/train.csv.gz" --test "$digits/test.csv.gz"
results=$PWD/runs/$(cd runs && printf "%s\n" [1-9]* | sort -n | tail -n 1)

cat <<END

  model.safetensors   the trained network
  history.csv         accuracy and loss, epoch by epoch
  submission.csv      its predictions for the 2,000 unlabelled digits
  report.html         the results on one page
  draw.html           a page to draw on: the network reads your digits
  *.svg               pictures: the digits, the network, its curves, its mistakes

Look at the report: $results/report.html

Next: $build/clenet evaluate $results/model.safetensors YOUR.csv
      $build/clenet --help
END
