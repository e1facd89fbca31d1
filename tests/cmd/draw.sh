#!/bin/sh
# draw.html: a page on which the network reads what a person draws, in the browser, with the answers of clenet predict.
. "$(dirname "$0")/lib.sh"

# The last 400 digits are those on the pictures.
train_rows 9600 >rows.csv
run 0 train rows.csv --out run --epochs 4 --device cpu --quiet --figures none

# The page is one file without a request to anywhere.
run 0 export run --out draw.html
empty err
has out 'draw.html'
[ "$(wc -c <draw.html)" -le 500000 ] || fail 'the page is larger than 500 KB'
has draw.html '<title>Draw a digit</title>'
lacks draw.html 'http:'
lacks draw.html 'https:'
lacks draw.html ' style='
is 'the end of the page' "$(tail -n 1 draw.html)" '</html>'

# Names of classes are text, whatever they are.
mkdir -p 'odd/<script>alert(1)' 'odd/<!--'
for folder in odd/*; do
    for i in 1 2 3 4; do echo "P2 4 4 255 $i 20 30 200 40 5 60 70 $i $i 90 100 1 2 3 4" >"$folder/$i.pgm"; done
done
run 0 train odd --out odd-run --epochs 1 --validation 0 --quiet --figures none
run 0 export odd-run --format html --out odd.html
lacks odd.html '<script>alert'
lacks odd.html '<!--'
has odd.html '"\u003cscript>alert(1)"'

# What cannot be written leaves nothing.
fails_with 'nowhere' export run --out nowhere/draw.html
refuses '--logits is for --format c' export run --out draw.html --logits

chromium=$(command -v chromium || command -v chromium-browser) || { echo 'not used: no chromium'; exit 0; }
command -v python3 >/dev/null || { echo 'not used: no python3'; exit 0; }
if "$CLENET" predict run "$source_folder/tests/data/pictures/00-1-ink.png" 2>&1 | grep -qF 'needs libpng'; then
    echo 'not used: built without libpng'
    exit 0
fi
page() {
    mode=$1
    shift
    python3 "$test_folder/look_at_draw.py" "$mode" "$chromium" "$@" || fail "the page $1 is wrong"
}

# As a person uses it; a folder in CLENET_SCREENSHOTS gets pictures of it.
page use draw.html "$CLENET" run ${CLENET_SCREENSHOTS:+"$CLENET_SCREENSHOTS"}

# The same numbers as clenet predict, for ink on paper, chalk, colours, palettes, shadows, boxes and rulings. A browser rounds colours
# that are partly transparent, so pictures with them may differ by a grey level.
set --
for picture in "$source_folder"/tests/data/pictures/[0-2]*.png "$source_folder"/tests/data/light/*.png; do
    case $picture in
    *-clearcolour.png | *-interlacedclear.png) ;;
    *) set -- "$@" "$picture" ;;
    esac
done
page same draw.html "$CLENET" run "$@"
