#!/bin/sh
# The way of the data goes from left to right: base data net backend train report cli. A file of src/ includes headers
# from its own folder and from folders to its left; the command's (report, cli) know the library by its public header
# alone, and share json, headers with nothing of clenet's in them; and OpenCL's are included in src/backend/opencl only.
#
# layering.sh [FOLDER]   checks FOLDER (default: src/ of this tree), after it has shown on made-up files that it can fail.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

# check FOLDER: prints each line that breaks a rule as FILE:LINE: why; status 1 where there is one.
check() {
    (
        cd "$1"
        find . -name '*.[ch]' -o -name '*.cl' | sed 's|^\./||' | LC_ALL=C sort | while IFS= read -r file; do
            printf '%s\n' "$file"
        done
    ) | awk -v root="$1" '
        function folder(path) { return index(path, "/") ? substr(path, 1, index(path, "/") - 1) : "" }
        function broken(why) { printf "%s:%d: %s: %s\n", file, line_number, why, line; failures++ }
        function rule(file, header,    own, other) {
            own = folder(file); other = folder(header)
            if (header ~ /^CL\//) {
                if (file !~ /^backend\/opencl\//) broken("only src/backend/opencl includes OpenCL")
            } else if (header == "clenet/clenet.h" || quoted == 0) {
                return
            } else if (header ~ /\.\.\//) {
                broken("an include is written from src/, without ..")
            } else if (!(other in place)) {
                broken("an include names its folder: json base data net backend train report cli")
            } else if (!(own in place)) {
                broken("a folder that the design does not name")
            } else if (place[other] > place[own]) {
                broken(own " is to the left of " other)
            } else if (place[own] >= place["report"] && place[other] < place["report"] && other != "json") {
                broken("the command knows the library by clenet/clenet.h alone")
            }
        }
        BEGIN {
            count = split("json base data net backend train report cli", names, " ")
            for (i = 1; i <= count; i++) place[names[i]] = i
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
                rule(file, header)
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
must_fail base/a.c '"data/csv.h"' 'base is to the left of data'
must_fail net/a.h '"backend/backend.h"' 'net is to the left of backend'
must_fail train/a.c '"cli/say.h"' 'train is to the left of cli'
must_fail report/a.c '"cli/say.h"' 'report is to the left of cli'
must_fail json/a.h '"base/memory.h"' 'json is to the left of base'
must_fail cli/a.c '"base/memory.h"' 'clenet/clenet.h alone'
must_fail report/a.c '"net/model.h"' 'clenet/clenet.h alone'
must_fail backend/cpu/a.c '<CL/cl.h>' 'only src/backend/opencl'
must_fail train/a.c '  "../net/model.h"' 'without ..'
must_fail data/a.c '"csv.h"' 'names its folder'
must_pass train/a.c '"backend/backend.h"'
must_pass backend/opencl/a.c '<CL/cl.h>'
must_pass cli/a.c '"report/page.h"'
must_pass cli/a.c '"json/json_read.h"'
must_pass net/a.c '"json/json_read.h"'
must_pass cli/a.c '"clenet/clenet.h"'
must_pass data/a.c '<csv.h>'

check "${1:-$here/../src}"
