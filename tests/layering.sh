#!/bin/sh
# Two rules on who includes whom in src/:
# 1. src/lib: a file includes headers from its own folder and from folders to its left: base picture data net export import backend train.
#    OpenCL's own headers are included in src/lib/backend/opencl only.
# 2. src/cmd: a file includes the public header, lib/base, and from src/cmd its own folder and folders to its left: base figures page,
#    then the families of subcommands, which do not know each other. Files in src/cmd itself may include any of these.
#
# layering.sh [FOLDER]   checks FOLDER (default: src/ of this tree), after showing on made-up files that it can fail.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

# check FOLDER: prints each line that breaks a rule as FILE:LINE: why; status 1 if there is one.
check() {
    (cd "$1" && find . -name '*.[ch]' | sed 's|^\./||' | LC_ALL=C sort) | awk -v root="$1" '
        function part(path, n,    parts, count) { count = split(path, parts, "/"); return n < count ? parts[n] : "" }
        function broken(why) { printf "%s:%d: %s: %s\n", file, line_number, why, line; failures++ }
        function in_library(own, header) {
            if (part(header, 1) != "lib") broken("the library does not know the command")
            else if (!((part(header, 2)) in library)) broken("a folder that the design does not name")
            else if (own != "" && library[part(header, 2)] > library[own]) broken(own " is to the left of " part(header, 2))
        }
        function in_command(own, header,    other) {
            other = part(header, 2)
            if (part(header, 1) == "lib") {
                if (other != "base") broken("the command knows the library by clenet/clenet.h and lib/base alone")
            } else if (own == "" || own == other) {
                return
            } else if (!(other in command)) {
                broken("families of subcommands do not know each other")
            } else if (own in command && command[other] > command[own]) {
                broken(own " is to the left of " other)
            }
        }
        BEGIN {
            count = split("base picture data net export import backend train", names, " ")
            for (i = 1; i <= count; i++) library[names[i]] = i
            count = split("base figures page", names, " ")
            for (i = 1; i <= count; i++) command[names[i]] = i
        }
        {
            file = $0; line_number = 0; files++
            while ((getline line < (root "/" file)) > 0) {
                line_number++
                if (line !~ /^[ \t]*#[ \t]*include[ \t]*["<]/) continue
                header = line
                sub(/^[ \t]*#[ \t]*include[ \t]*/, "", header)
                quoted = substr(header, 1, 1) == "\""
                header = substr(header, 2)
                sub(/[">].*/, "", header)
                if (header ~ /^CL\//) {
                    if (file !~ /^lib\/backend\/opencl\//) broken("only src/lib/backend/opencl includes OpenCL")
                } else if (quoted && header != "clenet/clenet.h") {
                    if (header !~ /^(lib|cmd)\// || header ~ /\.\.\//) broken("an include is written from src/: lib/... or cmd/...")
                    else if (part(file, 1) == "lib") in_library(part(file, 2), header)
                    else in_command(part(file, 2), header)
                }
            }
            close(root "/" file)
        }
        END {
            if (files == 0) print root ": no source files"
            exit (failures > 0 || files == 0)
        }'
}

# must_fail FILE INCLUDE WHY: a tree of one such file is refused, for that reason.
must_fail() {
    mkdir -p "$made_up/$(dirname "$1")"
    printf '/* made up */\n#include %s\n' "$2" >"$made_up/$1"
    if said=$(check "$made_up"); then
        echo "layering.sh does not see that src/$1 includes $2" && exit 1
    fi
    case $said in
    "$1:2: "*"$3"*) ;;
    *) echo "layering.sh says of src/$1, which includes $2: '$said'" && exit 1 ;;
    esac
    rm "$made_up/$1"
}

# must_pass FILE INCLUDE
must_pass() {
    mkdir -p "$made_up/$(dirname "$1")"
    printf '#include %s\n' "$2" >"$made_up/$1"
    check "$made_up" || { echo "layering.sh refuses src/$1, which includes $2" && exit 1; }
    rm "$made_up/$1"
}

made_up=$(mktemp -d)
trap 'rm -rf "$made_up"' EXIT
must_fail lib/base/a.c '"lib/data/csv.h"' 'base is to the left of data'
must_fail lib/net/a.h '"lib/backend/backend.h"' 'net is to the left of backend'
must_fail lib/export/a.c '"lib/backend/backend.h"' 'export is to the left of backend'
must_fail lib/train/a.c '"cmd/base/say.h"' 'does not know the command'
must_fail lib/export/a.c '"lib/import/import.h"' 'export is to the left of import'
must_fail lib/train/a.c '"lib/report/a.h"' 'does not name'
must_fail lib/backend/cpu/a.c '<CL/cl.h>' 'only src/lib/backend/opencl'
must_fail lib/train/a.c '  "../net/model.h"' 'written from src/'
must_fail lib/data/a.c '"csv.h"' 'written from src/'
must_fail cmd/train/a.c '"lib/net/model.h"' 'lib/base alone'
must_fail cmd/train/a.c '"cmd/show/show.h"' 'do not know each other'
must_fail cmd/figures/a.c '"cmd/page/page.h"' 'figures is to the left of page'
must_fail cmd/base/a.c '"cmd/train/run.h"' 'do not know each other'
must_fail lib/picture/a.c '"lib/data/ink.h"' 'picture is to the left of data'
must_pass lib/train/a.c '"lib/backend/backend.h"'
must_pass lib/backend/opencl/disk/a.c '<CL/cl.h>'
must_pass lib/data/a.c '<csv.h>'
must_pass cmd/train/a.c '"cmd/page/page.h"'
must_pass cmd/show/a.c '"cmd/figures/canvas.h"'
must_pass cmd/train/a.c '"lib/base/json_read.h"'
must_pass cmd/plot.c '"cmd/figures/figures.h"'
must_pass cmd/base/a.c '"clenet/clenet.h"'

check "${1:-$here/../src}"
