#!/bin/sh
# Matrix products by CLBlast, and what happens where its library is missing.
. "$(dirname "$0")/lib.sh"
vendors pocl
zcat "$digits/train.csv.gz" | head -n 65 >train.csv

# Masked by a file that is no library.
mkdir masked || exit 1
echo 'no library' >masked/libclblast.so.1
LD_LIBRARY_PATH=$work/masked
export LD_LIBRARY_PATH
run 1 train train.csv --device pocl --epochs 1 --gemm clblast
matches err '^clenet: no libclblast.so.1; install it \(Debian: libclblast1\), or use own kernels'
run 0 train train.csv --device pocl --epochs 1 --out own
lacks err CLBlast
run 0 devices --json
has out '"clblast": false'
unset LD_LIBRARY_PATH

run 0 train train.csv --device cpu --epochs 1 --gemm clblast # of OpenCL devices: nothing to the CPU
run 2 train train.csv --gemm fast
