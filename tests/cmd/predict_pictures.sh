#!/bin/sh
# clenet predict on pictures: digits on paper and boards are read, from files, folders and standard input; what is wrong is said.
. "$(dirname "$0")/lib.sh"
pictures=$source_folder/tests/data/pictures

# The last 400 digits are those on the pictures.
train_rows 9600 >rows.csv
# With 8 epochs the network is sure of all digits below (99 % and more), with 4 the rounding of its sums decides one of them.
run 0 train rows.csv --out run --epochs 8 --device cpu --quiet
model=run/model.safetensors
"$CLENET" predict $model "$pictures/00-1-ink.png" >out 2>err </dev/null
if grep -qF 'needs libpng' err; then skip 'built without libpng (Debian: libpng-dev)'; fi

# 95 of 100 are read right. The name has the digit: 03-7-grey16.png.
run 0 predict $model "$pictures" --device cpu
cp out answers
total=$(lines answers)
[ "$total" -ge 30 ] || fail "only $total pictures"
right=$(sed 's|unsure: ||; s|.*/[0-9]*-\([0-9]\)-[a-z0-9]*\.png: \([0-9]\) .*|\1 \2|' answers | awk '$1 == $2' | wc -l)
echo "$right of $total pictures are read right"
[ $((right * 100)) -ge $((total * 95)) ] || fail "$right of $total pictures are read right: $(cat answers)"
matches answers '/00-1-ink\.png: 1 \([0-9.]+ %\), next [0-9] \([0-9.]+ %\)$'
matches err '^device: cpu'

# Each kind of light and paper: tests/accuracy/draw_pictures.py drew them with --side 160, in 16 greys. The name has the digit.
for picture in "$source_folder"/tests/data/light/*.png; do
    run 0 predict $model "$picture" --digits 1 --device cpu --quiet
    wanted=${picture##*-}
    matches out "\\.png: ${wanted%.png} \\("
done

# The same from a list, standard input, a pipe, and with --json.
run 0 predict $model "$pictures"/*.png --quiet
empty err
cmp -s out answers || fail 'files give other answers than their folder'
one=$pictures/06-6-pen.png
"$CLENET" predict $model - <"$one" >out 2>err || fail 'standard input was not read'
is 'standard input' "$(sed 's/.*: //' out)" "$(grep 06-6-pen answers | sed 's/.*: //')"
matches out '^<stdin>: (unsure: )?6 '
# shellcheck disable=SC2002 # a pipe, which cannot go back
cat "$one" | "$CLENET" predict $model - >out 2>err || fail 'a pipe was not read'
matches out '^<stdin>: (unsure: )?6 '
train_rows 3000 >large.csv # more than a pipe holds
run 0 predict $model large.csv -o wanted.csv
# shellcheck disable=SC2002
cat large.csv | "$CLENET" predict $model - -o piped.csv 2>err || fail 'data from a pipe were not read'
cmp -s wanted.csv piped.csv || fail 'data from a pipe give other digits'
run 0 predict $model "$one" "$pictures/00-1-ink.png" --json --quiet
is 'lines of JSON' "$(lines out)" 1
matches out '^\{"schema_version": 1, "pictures": \[\{"picture": ".*06-6-pen.png", "digit": 6, "probability": [0-9.e-]+, "next": [0-9], "next_probability": [0-9.e-]+, "probabilities": \[[^]]*\], "height": [0-9]+, "width": [0-9]+, "text": "6", "sure": (true|false), "digits": \[.*\]\}, \{.*\]\}$'
run 0 predict $model "$one" --show --quiet
is 'lines of a drawing and an answer' "$(lines out)" 15

# Rows and lines of digits: the name has them, 12+908+34-lines.png, with a + between lines.
rows=$source_folder/tests/data/rows
run 0 predict $model "$rows" --device cpu --quiet
sed 's|.*/\([0-9+]*\)-[a-z]*\.png: \([0-9 ]*\) (.*|\1/\2|; s/ /+/g' out >rows.read
is 'rows' "$(lines rows.read)" 6
right=$(awk -F/ '$1 == $2' rows.read | wc -l)
[ "$right" -ge 5 ] || fail "$right of 6 rows are read right: $(cat rows.read)"
matches out '/17-row\.png: 17 \(least certain: [17], [0-9.]+ %; next [0-9], [0-9.]+ %\)$'
run 0 predict $model "$rows/17-row.png" --json --quiet
matches out '"picture": "[^"]*17-row.png", "height": 75, "width": [0-9]+, "text": "17", "sure": true, "digits": \[\{"digit": 1, .*"line": 0, "box": \{"top": [0-9]+, "left": [0-9]+, "height": [0-9]+, "width": [0-9]+\}\}, \{"digit": 7, '
run 0 predict $model "$rows/12+908+34-lines.png" --json --quiet
matches out '"text": "12 908 34".*"line": 2'
run 0 predict $model "$rows/17-row.png" --show --quiet
is 'lines of two drawings beside each other, and an answer' "$(lines out)" 15
is 'columns of the drawings' "$(head -n 1 out | wc -c)" 59
run 0 predict $model "$rows/12+908+34-lines.png" --show --quiet
is 'lines of drawings of three lines, and an answer' "$(lines out)" 43
run 0 predict $model "$rows/17-row.png" --digits 1 --quiet
matches out '17-row\.png: (unsure: )?[0-9] \([0-9.]+ %\), next'
run 0 predict $model "$rows/56-touch.png" --digits 2 --quiet
matches out '56-touch\.png: (unsure: )?56 '
# More of the classes that are likely, or fewer.
run 0 predict $model "$one" --quiet --top 3
matches out ': (unsure: )?6 \([0-9.]+ %\), next [0-9] \([0-9.]+ %\), [0-9] \([0-9.]+ %\)$'
run 0 predict $model "$one" --quiet --top 1
matches out ': (unsure: )?6 \([0-9.]+ %\)$'
run 0 predict $model "$one" --quiet --top 2 --json
matches out '"digit": 6, .*"top": \[\{"label": 6, "probability": [0-9.e-]+\}, \{"label": [0-9], "probability": [0-9.e-]+\}\]'
run 0 predict $model "$rows/17-row.png" --quiet --top 3
matches out ': (unsure: )?17 \(least certain: [17], [0-9.]+ %; next [0-9], [0-9.]+ %; [0-9], [0-9.]+ %\)$'

refuses '--digits is only for pictures' predict $model large.csv --digits 1
refuses "--digits" predict $model "$one" --digits 0

# Pages without a digit: no answer is sure. A letter and a blot are unsure; of noise and blank pages at least one has no digit.
run 1 predict $model "$source_folder/tests/data/no-digits" --device cpu --quiet
[ "$(($(lines out) + $(lines err)))" -eq 8 ] || fail 'not every page without a digit has a line'
is 'sure answers on pages without a digit' "$(grep -vc ': unsure: ' out)" 0
is 'letters with an unsure answer' "$(grep -c -- '-letter-.*: unsure: [0-9] ([0-9.]* %), next [0-9]' out)" 2
[ "$(grep -c -- '-blank-.*: no digit found' err)" -ge 1 ] || fail 'no blank page is without a digit'
run 0 predict $model "$source_folder/tests/data/no-digits/001-blot-disc.png" --json --quiet
matches out '"sure": false, "digits": \[\{.*"sure": false'
unsure=$(grep -c ': unsure: ' answers)
[ "$unsure" -le 2 ] || fail "$unsure of 40 good pictures are unsure"

# PGM, which needs no libpng.
awk 'BEGIN { print "P2 30 40 255"; for (y = 0; y < 40; y++) for (x = 0; x < 30; x++) print (x > 12 && x < 17 && y > 5 && y < 34) ? 20 : 240 }' >one.pgm
run 0 predict $model one.pgm
matches out '^one.pgm: 1 '

# A file of 100 KB that is 20,000 x 20,000 pixels, with a digit and without, within 64 MiB.
if command -v python3 >python.path; then
    python3 - <<'END' || fail 'no large pictures were made'
import struct, zlib
def chunk(name, data): return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
white, stroke = b"\0" + b"\xff" * 2500, b"\0" + b"\xff" * 1150 + b"\0" * 200 + b"\xff" * 1150
for name, rows in ("one", white * 5000 + stroke * 10000 + white * 5000), ("white", white * 20000):
    with open("large-" + name + ".png", "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 20000, 20000, 1, 0, 0, 0, 0)) +
                   chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
END
    python3 -c 'import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=open("memory", "w"))
sys.exit(status)' "$CLENET" predict $model large-one.png --device cpu >out 2>err || fail 'a large picture was not read'
    matches out '^large-one.png: 1 '
    # A sanitizer's build does not start in so little address space, and takes more.
    if sh -c 'ulimit -v 400000 && exec "$1" --version' sh "$CLENET" >version.out 2>&1; then
        [ "$(cat memory)" -le 65536 ] || fail "a large picture takes $(cat memory) KiB"
    fi
    fails_with 'large-white.png: no digit found: the picture is blank' predict $model large-white.png --quiet
fi

# What is wrong gets its line.
head -c 300 "$one" >short.png
fails_with 'short.png: the picture is cut off' predict $model short.png --quiet
echo 'not a picture at all' >text.png
fails_with 'text.png: is not a picture' predict $model text.png --quiet
awk 'BEGIN { print "P2 30 40 255"; for (i = 0; i < 1200; i++) print 255 }' >blank.pgm
fails_with 'blank.pgm: no digit found: the picture is blank' predict $model blank.pgm --quiet
printf '\211PNG\r\n\032\n\0\0\0\rIHDR\0\0\0\0\0\0\0\0\010\0\0\0\0\371\001\154\046' >zero.png
fails_with 'zero.png: the PNG is damaged' predict $model zero.png --quiet
: >empty.png
fails_with 'empty.png: is empty' predict $model empty.png --quiet
fails_with 'nowhere.png: cannot be opened' predict $model nowhere.png --quiet
mkdir none
fails_with "the folder 'none' has no pictures" predict $model none
fails_with "'large.csv' is not a picture" predict $model "$one" large.csv
fails_with "'large.csv' is not a picture" predict $model large.csv "$one"

# The others are read all the same.
run 1 predict $model short.png "$one" --quiet
is 'lines said' "$(lines err)" 1
matches out '06-6-pen.png: (unsure: )?6 '
run 1 predict $model short.png "$one" --quiet --json
matches out '"error": "short.png: the picture is cut off.*"\}, \{.*"digit": 6'

# Other files in a folder are passed over; a CSV with a picture's name is data.
mkdir mixed
cp "$one" mixed/b.PNG
cp one.pgm mixed/a
cp large.csv mixed
run 0 predict $model mixed --quiet
is 'pictures in the folder' "$(sed 's/:.*//' out | tr '\n' ' ')" 'mixed/a mixed/b.PNG '
cp large.csv odd.png
run 0 predict $model odd.png -o odd.csv
cmp -s wanted.csv odd.csv || fail 'a CSV with a name of a picture gives other digits'

refuses '--out is only for data' predict $model "$one" -o a.csv
refuses '--probabilities is only for data' predict $model "$one" --probabilities a.csv
refuses '--show is only for pictures' predict $model large.csv --show
refuses '--json cannot be combined with --show' predict $model "$one" --json --show
refuses "'-' is given twice" predict $model - -

# Copies of a picture are averaged over, too: another probability, the same each time, and of the same digit.
run 0 predict $model "$one" --quiet --json
cp out alone
run 0 predict $model "$one" --quiet --json --tta 8
cp out averaged
run 0 predict $model "$one" --quiet --json --tta 8
cmp -s out averaged || fail 'the same copies of a picture give other probabilities'
if cmp -s alone averaged; then fail 'copies of a picture change nothing'; fi
matches averaged '"digit": 6'
