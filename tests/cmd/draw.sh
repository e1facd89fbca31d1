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
refuses '--format html does not use --logits' export run --out draw.html --logits

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

# Every layer, and the mean of two networks.
few="$source_folder/tests/data/pictures/00-1-ink.png $source_folder/tests/data/pictures/16-2-ink.png $source_folder/tests/data/light/ruled-8.png"
cat >layers.txt <<'NETWORK'
input 28x28x1
zeropad2d 0,1,2,1
conv2d 8 3x5 same stride=2 leaky_relu
batchnorm epsilon=0.01
conv2d 16 3x3 same groups=8
relu
avgpool2d 3x3 stride=2 same
conv2d 6 3x3 padding=0,1,2,0 tanh
maxpool2d 3x3 stride=2 padding=1
dropout 0.1
conv2d 5 2x2 sigmoid
leaky_relu 0.1
globalavgpool2d
dense 12
tanh
sigmoid
dense 10
softmax
NETWORK
head -n 401 rows.csv >few.csv
run 0 train few.csv --arch layers.txt --out layers --models 2 --epochs 3 --device cpu --quiet --figures none --validation 0
# shellcheck disable=SC2086 # a list
page same layers/draw.html "$CLENET" layers $few
for folder in layers layers/model-2; do
    there $folder/draw.html
    has $folder/report.html '<a href="draw.html">Draw a digit, and watch it being read</a>'
done

# Pictures of a folder, grey and in colour, inverted and transposed, at another size; their names, and labels of any kind.
for picture in "$source_folder"/tests/data/pictures/*-palette.png "$source_folder"/tests/data/pictures/*-red.png; do
    name=${picture##*/}
    mkdir -p "pictures/${name#*-*-}"
    cp "$picture" "pictures/${name#*-*-}"
done
for options in '' '--color --size 20' '--invert --transpose --size 32'; do
    # shellcheck disable=SC2086 # options
    run 0 train pictures $options --out folder --overwrite --epochs 2 --device cpu --quiet --figures none --validation 0
    page same folder/draw.html "$CLENET" folder pictures/*/*.png
done
has folder/draw.html '<title>Draw, or drop a picture</title>'
has folder/report.html '>Draw or drop a picture, and watch it being read</a>'
awk -F, 'BEGIN { OFS = "," } NR > 1 { $1 = sprintf("%c", 65 + NR % 26) } { print }' few.csv >letters.csv
run 0 train letters.csv --out letters --epochs 1 --device cpu --quiet --figures none --validation 0
has letters/draw.html '<title>Draw a letter</title>'
# shellcheck disable=SC2086 # a list
page same letters/draw.html "$CLENET" letters $few

# A smaller image than 28x28 is made from the digit as well.
printf 'label' >small.csv
for i in $(seq 64); do printf ',pixel%s' "$i" >>small.csv; done
awk 'BEGIN { for (i = 0; i < 80; i++) { printf "\n%d", i % 10; for (j = 0; j < 64; j++) printf ",%d", (i * 37 + j * 11) % 256 } print "" }' >>small.csv
run 0 train small.csv --arch "$source_folder/examples/architectures/lenet-8x8.txt" --out small --epochs 1 --device cpu --quiet \
    --figures none --validation 0
page try small/draw.html "$CLENET" small
