#!/bin/sh
# The commands of README, as a reader types them one after the other, on a small file.
. "$(dirname "$0")/lib.sh"
gzip -dc "$digits/train.csv.gz" | head -n 401 >train.csv
gzip -dc "$digits/test.csv.gz" | head -n 21 >test.csv
# A picture's format is found from its first bytes: this one is read by every build.
awk 'BEGIN { print "P2 30 40 255"; for (y = 0; y < 40; y++) for (x = 0; x < 30; x++) print (x > 12 && x < 17 && y > 5 && y < 34) ? 20 : 240 }' >seven.jpg

# One epoch, so that the preset best takes no minutes; to resume is then to find the run finished.
shorten() {
    case $1 in
    *--resume*) echo "$1 --quiet" ;;
    "clenet train"*) echo "$1 --epochs 1 --device cpu --quiet" ;;
    *) echo "$1" ;;
    esac
}

awk '/^## / { in_section = /useful commands/ } in_section && /^clenet / { sub(/  +#.*/, ""); print }' \
    "$source_folder/README.md" >commands
[ "$(wc -l <commands)" -eq 10 ] || fail "README has $(wc -l <commands) commands, not ten"
while read -r line; do
    # shellcheck disable=SC2046 # the words of a command, none of which has a space
    set -- $(shorten "$line")
    shift
    "$CLENET" "$@" >out 2>err </dev/null
    status=$?
    [ $status -eq 0 ] || fail "$line: exit status $status"
done <commands
for file in runs/1/report.html runs/1/submission.csv runs/2/run.json submission.csv compare.svg; do
    [ -s "$file" ] || fail "the commands of README leave no $file"
done
