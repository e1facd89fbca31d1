#!/bin/sh
# Memory that is refused, once, at any allocation of the command or of a library under it: train, of several networks too, resume,
# predict, evaluate. No crash, no incomplete file; if a result is missing, one line says so, and the exit status is 1.
#
# CLENET_ALLOCATIONS: about how many of each command's allocations fail, evenly; default 40; 0: all of them
. "$(dirname "$0")/../cmd/lib.sh"
[ -f "${CLENET_MEMORY_SHIM:?is to name the shim}" ] || skip "no shim was built"
train_rows 60 >train.csv
test_rows 10 >test.csv
run 0 train train.csv --epochs 1 --out begun --quiet --figures none
cp begun/model.safetensors model.safetensors

# with_fault N COMMAND...: the command with that allocation refused; its exit status is in $got.
with_fault() {
    fault=$1
    shift
    rm -rf run submission.csv
    cp -r begun run
    timeout 60 env "CLENET_MEMORY_FAILS=$fault" "LD_PRELOAD=$CLENET_MEMORY_SHIM" "$CLENET" "$@" --device cpu --threads 2 >out 2>err \
        </dev/null
    got=$?
}

# check WHAT: what is under a final name is whole. Without a checkpoint there is nothing to go on with.
check() {
    is "half files after $1" "$(find . -name '.*.part')" ''
    [ -e run/checkpoint.safetensors ] || [ -e run/model-1/checkpoint.safetensors ] || return 0
    "$CLENET" train --resume run --quiet 2>resume.err || fail "$1: the checkpoint is broken: $(cat resume.err)"
    "$CLENET" summary run/model.safetensors >/dev/null 2>summary.err || fail "$1: the model is broken"
}

# each COMMAND...: the command with each of its allocations, or some of them, refused.
each() {
    CLENET_MEMORY_COUNT=$work/count
    export CLENET_MEMORY_COUNT
    with_fault 0 "$@"
    is "exit status of clenet $*" "$got" 0
    unset CLENET_MEMORY_COUNT
    all=$(cat count)
    [ "$all" -gt 100 ] || fail "clenet $*: the shim counted $all allocations"
    stride=1
    [ "${CLENET_ALLOCATIONS:-40}" -eq 0 ] || stride=$((all / ${CLENET_ALLOCATIONS:-40} + 1))
    n=1 refused=0
    while [ "$n" -le "$all" ]; do
        with_fault "$n" "$@"
        case $got in
        0) ;; # it could do without
        1)
            [ "$(grep -c '^clenet: ' err)" -eq 1 ] || fail "clenet $*, allocation $n: no line that says why, or several"
            refused=$((refused + 1))
            ;;
        *) fail "clenet $*, allocation $n of $all: exit status $got" ;;
        esac
        check "clenet $*, allocation $n"
        n=$((n + stride))
    done
    echo "clenet $*: of $all allocations every $stride. refused: $refused times exit status 1"
    [ "$refused" -gt 0 ] || fail "clenet $*: no refusal mattered"
}

each train train.csv --test test.csv --epochs 1 --out run --overwrite --figures none
each train --resume run --epochs 2
each train train.csv --test test.csv --epochs 1 --models 2 --out run --overwrite --figures none
each predict model.safetensors test.csv -o submission.csv
each evaluate model.safetensors train.csv
