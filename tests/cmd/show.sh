#!/bin/sh
# clenet show: images of a data file, in a pipe and on terminals of many kinds.
. "$(dirname "$0")/lib.sh"
train_rows 300 >train.csv
test_rows 20 >test.csv
escape=$(printf '\033')

# In a pipe: plain characters, two rows of four, whatever the environment promises.
COLORTERM=truecolor LC_ALL=C.UTF-8 run 0 show train.csv
empty err
lacks out "$escape"
LC_ALL=C grep -q '[^ -~]' out && fail 'other than ASCII in a pipe'
is 'lines of two rows' "$(lines out)" 31
matches out '^row [0-9]+: [0-9] +row [0-9]+: [0-9] +row [0-9]+: [0-9] +row [0-9]+: [0-9]$'
is 'rows of captions' "$(grep -c '^row' out)" 2
awk 'NR % 16 != 1 && NR % 16 != 0 && length != 4 * 28 + 3 * 2 { exit 1 }' out || fail 'the images are not beside each other'

# The draw: the same by the same seed, another by another, no image twice.
cp out first
run 0 show train.csv --seed 1
cmp -s out first || fail 'the same seed shows other images'
run 0 show train.csv --seed 2
! cmp -s out first || fail 'another seed shows the same images'
run 0 show train.csv --rows 20 --columns 20
grep -o 'row [0-9]*' out | sort | uniq -d >twice
empty twice
is 'images, where fewer are there than asked for' "$(grep -o 'row [0-9]*' out | wc -l | tr -d ' ')" 300

# One label; one that is not there; none that are.
run 0 show train.csv --only 7 --rows 1 --columns 3
grep -o 'row [0-9]*: [0-9]' out >captions
is 'images of one label' "$(lines captions)" 3
! grep -v ': 7$' captions || fail 'an image of another label'
awk -F, 'NR == 1 || $1 == 3' train.csv >threes.csv
fails_with "'threes.csv' has no image with the label '7'. Labels for --only: 3" show threes.csv --only 7
fails_with "'test.csv' has no labels" show test.csv --only 7

# By number, in the order given, with the labels of the file; ink as in the file.
run 0 show train.csv --index 17,3
is 'the captions' "$(head -n 1 out)" "row 17: $(sed -n 18p train.csv | cut -d, -f1)                     row 3: $(sed -n 4p train.csv | cut -d, -f1)"
run 0 show train.csv --index 17
sed 1d out >image
sed -n 18p train.csv | awk -F, 'BEGIN { while ((getline line < "image") > 0) drawn[++n] = line }
    { for (y = 0; y < 28; y += 2) for (x = 0; x < 28; x++) {
        ink = $(2 + 28 * y + x) + $(2 + 28 * (y + 1) + x)
        if ((ink == 510) != (substr(drawn[y / 2 + 1], x + 1, 1) == "@") && ink != 509 && ink < 480) exit 1
        if (ink == 0 && substr(drawn[y / 2 + 1], x + 1, 1) != " ") exit 1 } }' || fail 'the image is not that of the row'
run 0 show test.csv --index 20
is 'the caption of an image without a label' "$(head -n 1 out)" 'row 20'
fails_with "'test.csv' has 20 images, so there is no row 21" show test.csv --index 5,21
gzip -c train.csv | "$CLENET" show - --index 17 >piped 2>err || fail 'no images from standard input'
sed 1d piped | cmp -s - image || fail 'standard input shows other images'
csv_to_idx images.idx labels.idx <train.csv
run 0 show images.idx --labels labels.idx --index 17
sed 1d out | cmp -s - image || fail 'IDX shows other images'

# As a figure, in each format. A build without librsvg says in one line what to install for PNG and PDF.
run_figure() { "$CLENET" show train.csv -o "$1" --index 17,3 >out 2>err; }
run_figure digits.svg || fail 'no SVG'
is 'what is said of a figure' "$(cat err)" 'digits.svg: 2 images'
empty out
has digits.svg '</svg>'
has digits.svg '>row 17</text>'
is 'pictures of two images' "$(grep -c '<image ' digits.svg)" 2
if ! run_figure digits.png && grep -q 'built without it' err; then
    is 'lines said without librsvg' "$(lines err)" 1
    has err 'png needs librsvg'
    not_there digits.png
else
    is 'the beginning of a PNG' "$(head -c 4 digits.png | tail -c 3)" PNG
    run_figure digits.pdf || fail 'no PDF'
    is 'the beginning of a PDF' "$(head -c 5 digits.pdf)" '%PDF-'
fi
mkdir folder.svg
fails_with "cannot write 'folder.svg'" show train.csv -o folder.svg
fails_with 'nowhere/digits.svg' show train.csv -o nowhere/digits.svg
refuses "unsupported format 'digits.gif': use .svg, .png or .pdf" show train.csv -o digits.gif

# Held wrong.
refuses '--index must be comma-separated row numbers from 1' show train.csv --index 0
refuses '--index and --only cannot be used together' show train.csv --index 1 --only 2
fails_with "'train.csv' has no image with the label '10'. Labels for --only: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9" show train.csv --only 10
refuses '--columns must be a whole number 1..100' show train.csv --columns 0
refuses 'DATA is missing' show
fails_with "nowhere.csv" show nowhere.csv

# Standard output that is full.
if [ -e /dev/full ]; then
    "$CLENET" show train.csv >/dev/full 2>err && fail 'a full disk is no failure'
    has err 'cannot write to standard output'
fi

# Terminals. on_terminal COLUMNS ARGUMENT...: what is seen, in the file seen.
command -v script >script.path || skip 'no script (util-linux) to make a terminal with'
on_terminal() {
    columns=$1
    shift
    script -qec "stty cols $columns; '$CLENET' $*" screen </dev/null >out 2>err || fail "clenet $* failed on a terminal"
    grep -v '^Script ' screen | sed '$d' | tr -d '\r' >seen # script ends with an empty line and its own
}
half_block=$(printf '\342\226\200')
LC_ALL=C.UTF-8
export LC_ALL
unset NO_COLOR COLORTERM

# 130 columns: two rows of four. 24-bit and 256 colours.
COLORTERM=truecolor on_terminal 130 show train.csv
is 'rows of captions on a wide terminal' "$(grep -c '^row' seen)" 2
has seen "$half_block"
has seen "${escape}[38;2;"
has seen "${escape}[48;2;"
is 'half-blocks of eight images' "$(grep -o "$half_block" seen | wc -l | tr -d ' ')" $((8 * 28 * 14))
TERM=xterm-256color on_terminal 130 show train.csv
has seen "${escape}[38;5;"
lacks seen "${escape}[38;2;"
has seen "$half_block"
# Every line that has a colour ends without one.
grep -F "$half_block" seen | grep -vqE "${escape}\[0m *$" && fail 'a colour runs on'

# Plain if colours are switched off, missing, or impossible.
for plain in 'NO_COLOR=1' 'TERM=dumb' 'TERM=xterm COLORTERM=' 'LC_ALL=C'; do
    (
        COLORTERM=truecolor
        export COLORTERM
        for setting in $plain; do export "${setting?}"; done
        on_terminal 130 show train.csv --seed 1
        lacks seen "$escape"
        lacks seen "$half_block"
        cmp -s seen first || fail "$plain: other than the plain characters of a pipe"
    ) || exit 1
done 2>&1

# Terminals of any width: fewer side by side, then smaller ones; never a line that is too wide.
for width in 80 60 58 57 29 28 27 14 7 1; do
    NO_COLOR=1 on_terminal "$width" show train.csv --rows 1 --columns 2
    awk -v width="$width" 'length > width { exit 1 }' seen || fail "a line is wider than a terminal of $width columns"
    is "images on a terminal of $width columns" "$(grep -c '^$' seen)" "$((width >= 58 ? 0 : 1))"
done
