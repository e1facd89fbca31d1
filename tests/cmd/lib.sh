# lib.sh - what the command's tests share. Each test begins with:  . "$(dirname "$0")/lib.sh"
#
# CLENET is the command to test, CLENET_SOURCE_DIR the source tree (default: the one this file lies in). A test runs
# in a temporary folder, which is removed at the end; it exits with 1 at the first failure,
# and says what. 77 says that this machine cannot run the test.
set -u
LC_ALL=C
TERM=xterm
export LC_ALL TERM
unset CLENET_DEVICE CLENET_CACHE_DIR CLENET_KERNEL_DIR RUSTICL_ENABLE POSIXLY_CORRECT

test_folder=$(cd "$(dirname "$0")" && pwd) || exit 1
source_folder=${CLENET_SOURCE_DIR:-$test_folder/../..}
digits=$(cd "$source_folder" && pwd)/examples/digits || exit 1
case ${CLENET:?is to name the command to test} in
/*) ;;
*/*) CLENET=$(pwd)/$CLENET ;;
esac
work=$(mktemp -d) || exit 1
trap 'cd / && chmod -R u+w "$work" && rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1

# No OpenCL driver, unless a test names one with vendors; and nothing of a run goes into the user's own cache.
mkdir .vendors || exit 1
# What PoCL takes a minute over, another test may have had it compile.
OCL_ICD_VENDORS=$work/.vendors XDG_CACHE_HOME=$work/.cache POCL_CACHE_DIR=${CLENET_TEST_POCL_CACHE:-$work/.cache/pocl}
export OCL_ICD_VENDORS XDG_CACHE_HOME POCL_CACHE_DIR

# fail WHAT: ends the test, and shows what the command said last.
fail() {
    echo "FAIL: $*"
    for said in out err; do
        if [ -s "$work/$said" ]; then
            echo "--- std$said of the last command:"
            head -c 2000 "$work/$said" | tr '\r' '~'
        fi
    done
    exit 1
}

skip() {
    echo "skipped: $*"
    exit 77
}

# keras_backend PYTHON: what Keras can compute with in this Python; nothing without Keras.
keras_backend() {
    for backend in jax tensorflow torch; do
        KERAS_BACKEND=$backend TF_CPP_MIN_LOG_LEVEL=3 "$1" -c 'import keras' >"$work/keras" 2>&1 && echo $backend && break
    done
}

# run STATUS ARGUMENT...: runs the command, its output in the files out and err, and checks its exit status.
run() {
    wanted=$1
    shift
    "$CLENET" "$@" >"$work/out" 2>"$work/err" </dev/null
    got=$?
    [ "$got" -eq "$wanted" ] || fail "clenet $*: exit status $got in place of $wanted"
}

# has FILE TEXT: the file has the text somewhere.
has() { grep -qF -e "$2" "$1" || fail "'$2' is not in $1"; }

# matches FILE REGEX: a line of the file matches.
matches() { grep -qE -e "$2" "$1" || fail "no line of $1 matches '$2'"; }

lacks() { ! grep -qF -e "$2" "$1" || fail "'$2' is in $1"; }

# vendors NAME...: makes only these installed OpenCL drivers visible; skips the test if there is none.
vendors() {
    rm -f "$OCL_ICD_VENDORS"/*
    for icd in "$@"; do
        [ -f "/etc/OpenCL/vendors/$icd.icd" ] || skip "no $icd.icd (Debian: pocl-opencl-icd, mesa-opencl-icd)"
        cp "/etc/OpenCL/vendors/$icd.icd" "$OCL_ICD_VENDORS" || exit 1
    done
}

# use_opencl_shim: from now on the command loads the OpenCL loader of CLENET_SHIM (tests/faults/opencl_shim.c) first.
use_opencl_shim() {
    [ -f "${CLENET_SHIM:?must name the folder of the shim}/libOpenCL.so.1" ] || skip "no shim was built"
    for real in /usr/lib/*/libOpenCL.so.1 /usr/lib/libOpenCL.so.1 /usr/lib64/libOpenCL.so.1; do
        [ -f "$real" ] && break
    done
    [ -f "$real" ] || skip "no libOpenCL.so.1"
    LD_LIBRARY_PATH=$CLENET_SHIM${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} CLENET_SHIM_REAL=$real
    export LD_LIBRARY_PATH CLENET_SHIM_REAL
}

# pocl_as_gpu: from now on PoCL is the only platform, and poses as a GPU.
pocl_as_gpu() {
    vendors pocl
    use_opencl_shim
    CLENET_SHIM_GPU=1
    export CLENET_SHIM_GPU
}

# join FILE: makes one line of it, so that a text is found wherever its lines break.
join() { tr -s '\n ' '  ' <"$1" >"$1.joined" && mv "$1.joined" "$1"; }

lines() { wc -l <"$1" | tr -d ' '; }

# is WHAT GOT WANTED
is() { [ "$2" = "$3" ] || fail "$1: '$2' in place of '$3'"; }

there() { for file in "$@"; do [ -s "$file" ] || fail "'$file' is not there, or empty"; done; }

not_there() { for file in "$@"; do [ ! -e "$file" ] || fail "'$file' is there"; done; }

empty() { [ ! -s "$1" ] || fail "$1 is not empty"; }

# fails_with TEXT ARGUMENT...: exit status 1, and one line on standard error, which has the text; nothing else.
fails_with() {
    text=$1
    shift
    run 1 "$@"
    is "lines said by clenet $*" "$(lines err)" 1
    matches err '^clenet: .'
    has err "$text"
    empty out
}

# refuses TEXT ARGUMENT...: exit status 2; a line that has the text, and one that names the help.
refuses() {
    text=$1
    shift
    run 2 "$@"
    is "lines said by clenet $*" "$(lines err)" 2
    has err "$text"
    matches err "^try 'clenet .*--help'$"
    empty out
}

# train_rows N and test_rows N: CSV of the first N digits that ship, on standard output.
train_rows() { gzip -dc "$digits/train.csv.gz" 2>/dev/null | head -n $(($1 + 1)); }
test_rows() { gzip -dc "$digits/test.csv.gz" 2>/dev/null | head -n $(($1 + 1)); }

# make_model FILE: a model that has learned a little from 200 digits.
make_model() {
    train_rows 200 >model-rows.csv
    run 0 train model-rows.csv --out model-run --epochs 2 --quiet
    mv model-run/model.safetensors "$1" || fail "no model to test with"
    rm -r model-run model-rows.csv
}

# csv_to_idx IMAGES LABELS: CSV with the label first, from standard input, as MNIST's two IDX files.
csv_to_idx() {
    cat >idx.csv
    idx_rows=$(($(lines idx.csv) - 1))
    high=$((idx_rows / 256)) low=$((idx_rows % 256))
    awk -F, -v h="$high" -v l="$low" 'BEGIN { printf "%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c", 0,0,8,3, 0,0,h,l, 0,0,0,28, 0,0,0,28 }
        NR > 1 { for (i = 2; i <= 785; i++) printf "%c", $i + 0 }' idx.csv >"$1"
    awk -F, -v h="$high" -v l="$low" 'BEGIN { printf "%c%c%c%c%c%c%c%c", 0,0,8,1, 0,0,h,l }
        NR > 1 { printf "%c", $1 + 0 }' idx.csv >"$2"
    rm idx.csv
    [ "$(wc -c <"$1")" -eq $((16 + 784 * idx_rows)) ] || skip "this awk cannot write a zero byte"
}
