#!/bin/sh
# Matrix products by CLBlast, and the case that its library is missing.
. "$(dirname "$0")/lib.sh"
vendors pocl
CLENET_KERNEL_DIR=$source_folder/cl # kernels of a folder are not checked, which takes a while
export CLENET_KERNEL_DIR
zcat "$digits/train.csv.gz" | head -n 65 >train.csv

# A library that is there but broken is no library that is missing: what dlopen says of it is said.
mkdir masked || exit 1
echo 'no library' >masked/libclblast.so.1
LD_LIBRARY_PATH=$work/masked
export LD_LIBRARY_PATH
run 1 train train.csv --device pocl --epochs 1 --gemm clblast
matches err '^clenet: no usable libclblast.so.1: .*(too short|invalid ELF header).*; install it \(Debian: libclblast1\), or use own'
run 0 train train.csv --device pocl --epochs 1 --out own
lacks err CLBlast
run 0 devices --json
has out '"clblast": false'
unset LD_LIBRARY_PATH

run 0 train train.csv --device cpu --epochs 1 --gemm clblast # of OpenCL devices: nothing to the CPU
run 2 train train.csv --gemm fast
