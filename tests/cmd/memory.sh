#!/bin/sh
# Memory that cannot be had: one line, exit status 1, no results.
. "$(dirname "$0")/lib.sh"

# within KIB ARGUMENT...: runs the command in so much address space. ulimit -v is more than POSIX asks for, and every
# sh of Linux has it. The inner shell keeps its words on a process that dies in err.
within() {
    sh -c 'ulimit -v "$1" || exit 99; shift; "$@"; exit $?' sh "$1" "$CLENET" "$2" ${3:+"$3"} ${4:+"$4"} ${5:+"$5"} \
        >out 2>err
}

# The least address space that the command starts in. A sanitizer's build needs terabytes.
within 400000 --version || skip 'the command does not start in 400 MB of address space'
least=4000
until within "$least" --version; do least=$((least + 1000)); done

# 10,000 images are 7.8 MB: more than what is left.
within $((least + 3000)) train "$digits/train.csv.gz" --out run
is 'exit status without memory' "$?" 1
is 'lines said without memory' "$(lines err)" 1
matches err '^clenet: '
has err 'out of memory'
not_there run
