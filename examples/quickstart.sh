#!/bin/sh
# From a bare Debian or Ubuntu machine to a trained LeNet: installs what is missing, builds clenet, and trains it on the
# digits beside this file. The results are in run/ in the current folder.
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

results=$PWD/run
if ! mkdir -p "$results" 2>/dev/null || [ ! -w "$results" ]; then
    results=$(cache_folder)/run
    echo "The current folder is read-only; the results come to $results"
    mkdir -p "$results"
fi

digits=$source/examples/digits
echo "Training on 8,000 digits, 2,000 held out to see how well it does"
"$build/clenet" train "$digits/train.csv.gz" --test "$digits/test.csv.gz" --out "$results"

cat <<END

  model.safetensors   the trained network
  history.csv         accuracy and loss, epoch by epoch
  submission.csv      what it reads in the 2,000 unlabelled digits
  report.html         all of it on one page, to look at
  *.svg               pictures: the digits, the network, its curves, its mistakes

Look at the report: $results/report.html

Next: $build/clenet evaluate $results/model.safetensors YOUR.csv
      $build/clenet --help
END
