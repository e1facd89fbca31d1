#!/bin/sh
# Plain English: refuses the words of tests/words.txt in comments, printed texts, docs and names of tests; and files there that do not
# exist.
#
# words.sh [FOLDER]   checks FOLDER (default: this tree), after showing on made-up files that it can fail.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

# text FOLDER: what is checked, as FILE:LINE:TEXT. Of code the comments and strings, of pages their text, of Markdown all but code, of tests their names.
text() {
    cd "$1"
    find src include cl -name '*.[ch]' -o -name '*.def' -o -name '*.cl' -o -name '*.cl[ht]' | LC_ALL=C sort | xargs awk '
        FNR == 1 { inside = 0 }
        {
            line = $0; comment = ""; printed = ""
            gsub(/\\n/, " ", line); gsub(/\\./, "", line)
            while (line != "") {
                if (inside) {
                    end = index(line, "*/")
                    comment = comment " " (end ? substr(line, 1, end - 1) : line)
                    line = end ? substr(line, end + 2) : ""
                    inside = !end
                } else if (match(line, /"[^"]*"|\047[^\047]*\047|\/\*|\/\//)) {
                    found = substr(line, RSTART, RLENGTH)
                    rest = substr(line, RSTART + RLENGTH)
                    if (found == "//") { comment = comment " " rest; rest = "" }
                    inside = found == "/*"
                    if (found ~ /^"/) printed = printed " " substr(found, 2, length(found) - 2)
                    line = rest
                } else line = ""
            }
            if (comment != "") print FILENAME ":" FNR ":" comment
            gsub(/\./, " ", printed) # names of files in it are not of this tree
            if (printed ~ /[a-z] [a-z]/) print FILENAME ":" FNR ":" printed
        }'
    find src -name '*.html' | LC_ALL=C sort | xargs -r awk '{ gsub(/<[^>]*>/, " "); print FILENAME ":" FNR ":" $0 }'
    find . -name '*.md' ! -path './.*' ! -path './build/*' | sed 's|^\./||' | LC_ALL=C sort | xargs awk '
        FNR == 1 { code = 0 }
        /^```/ { code = !code }
        code || /^    / { next }
        {
            names = ""
            while (match($0, /`[^`]*`/)) {
                span = substr($0, RSTART + 1, RLENGTH - 2)
                if (span ~ /^[A-Za-z0-9_\/]+\.[a-z]+$/) names = names " " span
                $0 = substr($0, 1, RSTART - 1) "_" substr($0, RSTART + RLENGTH)
            }
            print FILENAME ":" FNR ":" $0 names
        }'
    find tests -name '*.c' | LC_ALL=C sort | xargs awk '
        /^Test\(/ {
            sub(/^Test\([a-z0-9_]*, */, ""); sub(/[,)].*/, ""); gsub(/_/, " ")
            print FILENAME ":" FNR ":" $0
        }'
}

# check FOLDER: prints FILE:LINE: the word: what to write; status 1 if there is one.
check() {
    # shellcheck disable=SC2016 # awk's $
    { (cd "$1" && find . -type f ! -path './.git/*' ! -path './build/*' | sed 's|^\./||'); echo; text "$1"; } | awk -v words="$here/words.txt" '
        function report(what, advice) {
            printf "%s:%d: \"%s\": %s\n", place, number, what, advice
            failures++
        }
        BEGIN {
            while ((getline line < words) > 0) {
                if (line ~ /^#/ || line == "") continue
                colon = index(line, ": ")
                left = substr(line, 1, colon - 1); right = substr(line, colon + 2)
                if (left == "allowed") allowed[++allowances] = "(^|[^a-z])(" right ")([^a-z]|$)"
                else if (left == "other file") files[right] = 1
                else { pattern[++patterns] = "(^|[^a-z])(" left ")([^a-z]|$)"; advice[patterns] = right }
            }
            if (patterns == 0) { print words ": no patterns"; failures++ }
        }
        !listed { # a file is known by its path, and by every end of it: a/b.c, b.c
            listed = $0 == ""
            for (path = $0; path != ""; path = substr(path, index(path, "/") + 1)) {
                files[path] = 1
                if (path !~ /\//) break
            }
            next
        }
        {
            lines++
            place = $0; sub(/:[0-9]+:.*/, "", place)
            rest = substr($0, length(place) + 2)
            number = rest + 0
            text = substr(rest, index(rest, ":") + 1)
            said = tolower(text)
            gsub(/"[^"]*"/, "_", said) # what is printed is another matter
            for (i = 1; i <= allowances; i++) gsub(allowed[i], " ", said)
            for (i = 1; i <= patterns; i++)
                if (match(said, pattern[i])) {
                    word = substr(said, RSTART, RLENGTH)
                    gsub(/^[^a-z0-9]+|[^a-z0-9]+$/, "", word)
                    report(word, advice[i])
                }
            while (match(text, /[A-Za-z0-9_\/]+\.(clt|clh|cl|c|h|sh|md|py)/)) {
                name = substr(text, RSTART, RLENGTH)
                text = substr(text, RSTART + RLENGTH)
                sub(/^\/+/, "", name) # of ../NAME
                if (text !~ /^[A-Za-z0-9_]/ && !(name in files)) report(name, "no such file")
            }
        }
        END { if (lines == 0) print "no text to check"; exit (failures > 0 || lines == 0) }'
}

# must_say FILE TEXT WORD: a tree with this file is refused, for this word alone.
must_say() {
    printf '%s\n' "$2" >"$made_up/$1"
    if said=$(check "$made_up"); then
        echo "words.sh does not see '$3' in $1" && exit 1
    fi
    case $said in
    "$1:"*": \"$3\": "*) ;;
    *) echo "words.sh says of '$2': '$said'" && exit 1 ;;
    esac
    rm "$made_up/$1"
}

# must_pass FILE TEXT
must_pass() {
    printf '%s\n' "$2" >"$made_up/$1"
    check "$made_up" || { echo "words.sh refuses '$2'" && exit 1; }
    rm "$made_up/$1"
}

made_up=$(mktemp -d)
trap 'rm -rf "$made_up"' EXIT
mkdir "$made_up/src" "$made_up/include" "$made_up/cl" "$made_up/docs" "$made_up/tests"
echo '/* A good line. */' >"$made_up/src/good.c"
echo 'A good line.' >"$made_up/README.md"
echo 'Test(good, a_line) {' >"$made_up/tests/good.c"
must_say src/a.c 'int a; /* NULL where it failed */' where
must_say src/a.c '/* A first line,
 * and whoever comes next */' whoever
must_say cl/a.cl '    // as nobody waits' nobody
must_say include/a.h 'char *x = "/*"; /* the run is taken up */' 'taken up'
must_say docs/a.md 'One row a step: `ok` comes to this.' 'comes to'
must_say src/a.c '/* see other.h */' other.h
must_say tests/a.c 'Test(run, goes_on_with_the_rest) {' 'goes on with'
must_say src/a.c '    say("%s: free memory\n");' 'free memory'
must_pass src/a.c 'const char *a = "where"; /* the place where it ends */'
must_pass src/a.c '/* good.c, a.name, "nobody" */'
must_pass docs/a.md '    clenet train where'

check "${1:-$here/..}"
