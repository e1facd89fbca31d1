#!/bin/sh
# The options of clenet train in docs/clenet.1 are those of src/lib/base/training_options.def: both have the same text.
#
# man.sh PROGRAM           compares; PROGRAM is test_man_options of the build folder
# man.sh PROGRAM --write   writes that part of the page anew
set -eu
page=$(cd "$(dirname "$0")/../docs" && pwd)/clenet.1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
begin='^\.\\" begin of the options of training_options\.def'
end='^\.\\" end of the options of training_options\.def'
"$1" >"$folder/options"
[ -s "$folder/options" ] || { echo "$1 prints nothing" && exit 1; }
{
    sed "/$begin/q" "$page"
    cat "$folder/options"
    sed -n "/$end/,\$p" "$page"
} >"$folder/page"
if [ "${2:-}" = --write ]; then
    cat "$folder/page" >"$page"
elif ! diff "$page" "$folder/page"; then
    echo "docs/clenet.1 (<) and src/lib/base/training_options.def (>) differ; to write the page anew: sh tests/man.sh $1 --write"
    exit 1
fi
