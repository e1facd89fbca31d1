#!/bin/sh
# Libraries that few runs need are loaded at their first use, not at the start. If one cannot be loaded, one line says which one, why,
# and what to install; commands that do not need it work.
#
# CLENET_ON_DEMAND: the files that are loaded on demand, "librsvg-2.so.2 libheif.so.1"
. "$(dirname "$0")/lib.sh"
case $(uname -s) in Linux) ;; *) skip 'not Linux' ;; esac
data=$(cd "$source_folder" && pwd)/tests

mkdir broken
for file in ${CLENET_ON_DEMAND:-}; do
    name=${file##*/}
    ! ldd "$CLENET" | grep -F "$name" || fail "$name is loaded at the start"
    case $file in
    /*) ;; # in a folder of its own: LD_LIBRARY_PATH does not hide it
    *) echo 'this is no library, though it is longer than the head of one would have to be.' >"broken/$name" ;;
    esac
done
LD_LIBRARY_PATH=$work/broken
export LD_LIBRARY_PATH
train_rows 300 >train.csv
make_model model.safetensors

# refused NAME WORDS ARGUMENT...: a command that needs the library ends in one line about it.
refused() {
    library=$(cd broken && echo "$1"*) words=$2
    [ -e "broken/$library" ] || return 0
    shift 2
    "$CLENET" "$@" >out 2>err </dev/null && fail "clenet $* works without $library"
    is "lines about $library" "$(grep -c '^clenet: ' err)" 1
    has err "$words"
    matches err "$library cannot be loaded: .*(invalid ELF header|file too short); install it \(Debian: lib[a-z0-9]+-dev\)"
}
refused librsvg 'no figures: png needs librsvg, and ' show train.csv --index 1 -o digit.png
run 0 show train.csv --index 1 -o digit.svg
refused libheif 'plain.heic: needs libheif, and ' predict model.safetensors "$data/data/formats/plain.heic"
refused libarchive "or unpack it with: unzip '" show "$data/data/containers/digit-recognizer.zip" --index 1
refused libhdf5 'keras_lenet.h5: is a file of Keras, which needs libhdf5, and ' \
    import "$data/golden/import/keras_lenet.h5" --out x.safetensors
refused libhdf5 'cannot write files of Keras: they need libhdf5, and ' export model.safetensors --out x.keras

# Figures that cannot be drawn cost a run one line.
if [ -e "$(echo broken/librsvg*)" ]; then
    run 0 train train.csv --out run --epochs 1 --figures png
    is 'lines of a run without figures' "$(grep -c '^warning: ' err)" 1
    matches err '^warning: no figures: png needs librsvg, and librsvg.* cannot be loaded: .*; the run is not affected$'
    there run/model.safetensors run/report.html
fi
