# setup.sh - from a bare machine to a build. For sourcing by examples/quickstart.sh and tests/run.sh, which set
# $source to the source tree's folder before.
#
# Nothing here changes the source tree but its build/ folder, and that only if it can be written.
# shellcheck disable=SC2034,SC2154 # variables of the two scripts

# What is needed to build: COMMAND:PACKAGE, where the command is what matters (alternatives: ninja|make), and packages
# of libraries. Names are Debian's and Ubuntu's.
commands_to_build='cmake:cmake ninja|make:ninja-build cc:gcc'
packages_to_build='libc6-dev libcsv-dev zlib1g-dev libarchive-dev libjansson-dev libpng-dev libjpeg-dev libwebp-dev libheif-dev opencl-headers librsvg2-dev libhdf5-dev libprotobuf-c-dev protobuf-c-compiler fonts-dejavu-core'
# Without these, a GPU's driver that is installed is not found, and dense layers are slower on it.
packages_for_gpus='ocl-icd-libopencl1 libclblast1'

# missing_packages COMMANDS PACKAGES: prints the packages that are missing.
missing_packages() {
    for pair in $1; do
        found=
        for command in $(echo "${pair%%:*}" | tr '|' ' '); do
            if command -v "$command" >/dev/null; then found=yes; fi
        done
        [ -n "$found" ] || echo "${pair##*:}"
    done
    for package in $2; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

# apt_get_install PACKAGE...: as root, or by sudo; three tries, since a mirror may be busy.
apt_get_install() {
    sudo=
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Installing needs root, and there is no sudo. As root: apt-get install $*" >&2
            exit 1
        fi
        sudo=sudo
    fi
    log=$(mktemp)
    for try in 1 2 3; do
        # shellcheck disable=SC2086 # empty, or one word
        if $sudo apt-get update >"$log" 2>&1 &&
            $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1; then
            rm "$log"
            return 0
        fi
        echo "apt-get failed (try $try of 3)"
        if [ "$try" -lt 3 ]; then sleep $((try * 5)); fi
    done
    tail -n 20 "$log" >&2
    echo "Could not install: $*. All that apt-get said: $log" >&2
    exit 1
}

# install_missing COMMANDS PACKAGES: installs what is missing, or says what a system without apt needs.
install_missing() {
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        echo "No apt-get here: please see to it that these (Debian's names) are installed:"
        echo "  $(for pair in $1; do echo "${pair##*:}"; done | tr '\n' ' ')$2"
        return 0
    fi
    missing=$(missing_packages "$1" "$2" | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    echo "Installing with apt-get: $missing"
    # shellcheck disable=SC2086 # a list
    apt_get_install $missing
}

# quietly WHAT LOG COMMAND...: runs the command with its output in the log, which is shown if it fails.
quietly() {
    what=$1 log=$2
    shift 2
    echo "$what"
    if ! "$@" >"$log" 2>&1 </dev/null; then
        tail -n 40 "$log" >&2
        echo "$what: failed. The whole log: $log" >&2
        exit 1
    fi
}

cores() { nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1; }

cache_folder() { echo "${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/clenet"; }

# set_build_folder NAME: sets $build: below $CLENET_BUILD_DIR, or in the source tree, or in the user's cache where the
# tree is read-only.
set_build_folder() {
    if [ -n "${CLENET_BUILD_DIR:-}" ]; then
        build=$CLENET_BUILD_DIR/$1
    elif mkdir -p "$source/build/$1" 2>/dev/null && [ -w "$source/build/$1" ]; then
        build=$source/build/$1
    else
        build=$(cache_folder)/build-$(printf '%s' "$source" | cksum | cut -d ' ' -f 1)/$1
        echo "The source tree is read-only; building in $build"
    fi
    mkdir -p "$build"
    build=$(cd "$build" && pwd)
}

# build_clenet BUILD_TYPE [CMAKE_OPTION...]: configures and builds in $build.
build_clenet() {
    type=$1
    shift
    if [ -f "$build/CMakeCache.txt" ]; then
        # A tree that was copied or moved with its build folder: CMake would refuse what it finds there.
        if ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$source" "$build/CMakeCache.txt" ||
            ! grep -qxF "CMAKE_CACHEFILE_DIR:INTERNAL=$build" "$build/CMakeCache.txt"; then
            rm -rf "$build/CMakeCache.txt" "$build/CMakeFiles"
        fi
    fi
    if [ ! -f "$build/CMakeCache.txt" ] && command -v ninja >/dev/null; then
        set -- -G Ninja "$@"
    fi
    quietly "Configuring ($type)" "$build/configure.log" \
        cmake -S "$source" -B "$build" "-DCMAKE_BUILD_TYPE=$type" "$@"
    quietly "Building ($type) in $build" "$build/build.log" cmake --build "$build" --parallel "$(cores)"
}
