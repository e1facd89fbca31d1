#!/bin/sh
# Compiles the OpenCL programs of LeNet's steps for GPUs with the vendors' own compilers; no GPU is needed.
#
# vendors.sh PROGRAM     PROGRAM is vendor_programs, which writes the programs and lists the launches
# vendors.sh PROGRAM FOLDER BATCH UNITS
#
# With four arguments (bench/gpu_model.py) it only leaves in FOLDER what the programs of a training step of BATCH images become for
# sm_90, if the GPU has UNITS compute units: `list`, PROGRAM's output, and of each program NAME.ptx, and ptxas's words in NAME.ptxas.
# NVIDIA: clang, libclc, ptxas. AMD: clang, rocm-device-libs. Intel: ocloc. They come from Debian's packages and from PyPI, and are
# unpacked in the user's cache folder, clenet-tests/vendors; nothing is installed. Exit status 77: they cannot be had here.
# Prints a table in Markdown for batch 32, and one for 1,024, which has other launches: registers and occupancy of each launch, and
# Intel's SIMD width (tests/vendors.awk). A compiler's error, a spill, scratch memory or SIMD8 is a failure. `known` lists the kernels
# that fail today; a line that is no longer true fails too. So is a kernel that bench/gpu_model.py cannot run.
set -eu
programs=$1
here=$(cd "$(dirname "$0")" && pwd)
packages='clang-19 libclang-common-19-dev libclang1-19 libclang-cpp19 libllvm19 llvm-19 libclc-19 rocm-device-libs
intel-opencl-icd libigc1 libigdfcl1 libigdgmm12 libopencl-clang14 libllvmspirvlib14'
wheel=nvidia-cuda-nvcc-cu12==12.9.86
known=''

if [ $# = 4 ]; then
    folder=$2
else
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi
skip() {
    echo "skipped: $*"
    exit 77
}

# ---- the compilers ----------------------------------------------------------------------------------------------------

# fetch FOLDER: the packages, unpacked.
fetch() {
    mkdir -p "$1/files" && cd "$1/files"
    # shellcheck disable=SC2086 # a list
    apt-get download $packages || return 1
    for file in *.deb; do dpkg -x "$file" .. || return 1; done
    python3 -m pip download --quiet --no-deps "$wheel" || return 1
    python3 -m zipfile -e ./*.whl .. || return 1
    chmod +x ../nvidia/cuda_nvcc/bin/ptxas
    echo "$packages $wheel" >../packages
    cd .. && rm -r files
}

cache=${XDG_CACHE_HOME:-$HOME/.cache}/clenet-tests/vendors
if [ "$(cat "$cache/packages" 2>/dev/null)" != "$packages $wheel" ]; then
    mkdir -p "${cache%/*}" || skip "no cache folder"
    fresh=$(mktemp -d "$cache.XXXXXX")
    if ! (fetch "$fresh") >"$folder/log" 2>&1; then
        rm -rf "$fresh"
        skip "the compilers cannot be downloaded: $(tail -n 1 "$folder/log")"
    fi
    rm -rf "$cache"
    mv "$fresh" "$cache"
fi
libraries=$cache/usr/lib/x86_64-linux-gnu

# tool NAME ARGUMENT...: one of the unpacked commands.
tool() {
    name=$1
    shift
    LD_LIBRARY_PATH=$libraries:$cache/usr/lib/llvm-19/lib "$cache/$name" "$@"
}
clang=usr/lib/llvm-19/bin/clang link=usr/lib/llvm-19/bin/llvm-link opt=usr/lib/llvm-19/bin/opt llc=usr/lib/llvm-19/bin/llc
ptxas=nvidia/cuda_nvcc/bin/ptxas ocloc=usr/bin/ocloc
for each in $clang $llc $ptxas $ocloc; do
    tool "$each" --help >"$folder/log" 2>&1 || skip "$each does not run: $(head -n 1 "$folder/log")"
done

# ---- one program ------------------------------------------------------------------------------------------------------

# front PROGRAM OUTPUT LIBRARIES OPTION...: the program's launched kernels as bitcode, with the library's functions.
front() {
    program=$1 output=$2 linked=$3
    shift 3
    kernels=$(awk -v p="$program" '$1 == "launch" && $2 == p && !seen[$3]++ { printf "%s%s", n++ ? "," : "", $3 }' "$folder/list")
    tool $clang -x cl -cl-std=CL1.2 -Xclang -finclude-default-header -O3 "$@" -emit-llvm -c "$folder/$program.cl" -o "$output" || return 1
    # shellcheck disable=SC2086 # a list
    tool $link --suppress-warnings "$output" --only-needed $linked -o "$output" &&
        tool $opt --passes='internalize,default<O3>' --internalize-public-api-list="$kernels" "$output" -o "$output"
}

# ptx TARGET OUTPUT: prints what ptxas says of the program that nvidia_front has compiled last.
ptx() {
    tool $llc -O3 -mcpu="$1" -fp-contract=fast "$folder/nvidia.bc" -o "$2" && tool $ptxas -v -arch="$1" "$2" -o "$folder/nvidia.cubin"
}
nvidia_front() {
    program=$1
    shift
    front "$program" "$folder/nvidia.bc" "$cache/usr/lib/clc/nvptx64--nvidiacl.bc" -target nvptx64-nvidia-nvcl "$@"
}

# nvidia PROGRAM OPTION...: prints what ptxas says of each target, after a line "compiler TARGET PROGRAM", as the others do.
nvidia() {
    nvidia_front "$@" || return 1
    for target in sm_75 sm_86 sm_90; do
        echo "compiler $target $1"
        ptx $target "$folder/nvidia.ptx" || return 1
    done
}

# amd PROGRAM OPTION...: the same for AMD. rocm-device-libs 5.2 has no file for gfx1100; nothing that clenet calls differs from gfx1036.
amd() {
    program=$1
    shift
    for target in gfx906:906:on gfx1030:1030:off gfx1100:1036:off; do
        version=${target#*:} target=${target%%:*}
        linked=
        for file in opencl ocml ockl oclc_finite_only_off oclc_unsafe_math_off oclc_daz_opt_off oclc_correctly_rounded_sqrt_off \
            "oclc_wavefrontsize64_${version#*:}" oclc_abi_version_500 "oclc_isa_version_${version%:*}"; do
            linked="$linked $libraries/amdgcn/bitcode/$file.bc"
        done
        echo "compiler $target $program"
        front "$program" "$folder/amd.bc" "$linked" -target amdgcn-amd-amdhsa -mcpu=$target -nogpulib "$@" &&
            tool $llc -O3 -mcpu=$target -fp-contract=fast --pass-remarks-analysis=kernel-resource-usage "$folder/amd.bc" -o "$folder/amd.s" ||
            return 1
    done
}

# intel PROGRAM OPTIONS: the same for Intel, as the YAML that ocloc leaves in its output.
intel() {
    for target in tgllp adl-p acm-g10; do
        echo "compiler $target $1"
        tool $ocloc compile -q -file "$folder/$1.cl" -device $target --format zebin -options "-cl-std=CL1.2 $2" \
            -output intel -output_no_suffix -out_dir "$folder" &&
            tool usr/lib/llvm-19/bin/llvm-objcopy --dump-section=.ze_info="$folder/ze_info" "$folder/intel" /dev/null || return 1
        cat "$folder/ze_info"
    done
}

# ---- all of them ------------------------------------------------------------------------------------------------------

if [ $# = 4 ]; then
    "$programs" "$folder" "$3" "$4" >"$folder/list" || exit
    sed -n '/ of inference$/!s/^launch \([^ ]*\) .*/\1/p' "$folder/list" | sort -u | while read -r program; do
        # shellcheck disable=SC2046 # a list
        nvidia_front "$program" $(sed -n "s/^program $program //p" "$folder/list") &&
            ptx sm_90 "$folder/$program.ptx" >"$folder/$program.ptxas" 2>&1 || exit 1
    done
    exit
fi

# compile_step BATCH UNITS: the programs of a step of BATCH images, and of inference; prints their table.
compile_step() {
    "$programs" "$folder" "$1" "$2" >"$folder/list" || exit
    : >"$folder/all"
    while read -r kind program options; do
        [ "$kind" = program ] || continue
        # shellcheck disable=SC2086 # a list
        { nvidia "$program" $options && amd "$program" $options && intel "$program" "$options"; } >"$folder/said" 2>&1 || {
            echo "FAIL: $program does not compile: $options"
            tail -n 20 "$folder/said"
            status=1
        }
        cat "$folder/said" >>"$folder/all"
    done <"$folder/list"
    printf '\nBatch %s, %s compute units:\n\n' "$1" "$2"
    awk -v known="$known" -f "$here/vendors.awk" "$folder/list" "$folder/all" || status=1
}

status=0
compile_step 32 132  # an H200
compile_step 1024 96 # an Iris Xe, where batch norm is a separate launch
python3 "$here/../bench/gpu_model.py" "$programs" --batch 32 >"$folder/model" || {
    echo "FAIL: bench/gpu_model.py does not understand a kernel"
    status=1
}
exit $status
