#!/bin/sh
# A folder with a folder of pictures per class is data for train, evaluate, predict and show; the model takes other pictures alike.
. "$(dirname "$0")/lib.sh"

# Pictures of 40 x 40 with a bar that lies or stands, as PGM and, in colour, as PPM.
mkdir -p shapes/lying shapes/upright other/lying other/upright
awk '
function grey(x, y) { return (kind == "lying" ? y : x) >= at && (kind == "lying" ? y : x) < at + 9 ? 30 : 220 }
function write(file, colour) {
    printf "P%d 40 40 255\n", colour ? 3 : 2 >file
    for (y = 0; y < 40; y++)
        for (x = 0; x < 40; x++) {
            g = grey(x, y)
            if (colour) print g, 0, 255 - g >file
            else print g >file
        }
    close(file)
}
BEGIN {
    for (i = 0; i < 60; i++)
        for (k = 0; k < 2; k++) {
            kind = k ? "lying" : "upright"
            at = 3 + i * 7 % 27
            write((i < 48 ? "shapes/" : "other/") kind "/" i ".pgm")
            if (i < 4) write(kind i ".ppm", 1)
        }
}'
run 0 train shapes --epochs 40 --patience -1 --validation 0 --batch 8 --device cpu --out run --test other
has err "shapes: 96 pictures in folders of 2 classes, 'lying' to 'upright', scaled to 28x28, grey"
has err "other: 24 pictures"
run 0 evaluate run/model.safetensors other --device cpu
matches out 'accuracy[^0-9]*(9[0-9]|100)'
run 0 show other --rows 1 --columns 2
cp run/model.safetensors one.safetensors
run 0 train shapes --epochs 40 --patience -1 --validation 0 --batch 8 --device cpu --out run --overwrite --quiet --threads 2
cmp -s run/model.safetensors one.safetensors || fail 'another number of threads gives another model'

# The model reads pictures as they are, one by one or as data.
run 0 predict one.safetensors other/lying/50.pgm other/upright/50.pgm --quiet
matches out '^other/lying/50\.pgm: lying \([0-9.]+ %\), next upright \('
matches out '^other/upright/50\.pgm: upright \('
run 0 predict one.safetensors other/lying --quiet --json
matches out '^\{"schema_version": 1, "pictures": \[\{"picture": "other/lying/48\.pgm", "label": "lying", "probability": '
run 0 predict one.safetensors other/lying/50.pgm --show --quiet
is 'lines of a drawing and an answer' "$(lines out)" 15
run 0 predict one.safetensors other -o labels.csv
is 'rows of a submission' "$(lines labels.csv)" 25
is 'labels of the first class' "$(sed -n '2,13s/.*,//p' labels.csv | sort -u)" lying

# In colour, and of another size.
mkdir -p colours/lying colours/upright
mv lying*.ppm colours/lying && mv upright*.ppm colours/upright
run 0 train colours --color --size 32 --epochs 1 --device cpu --out coloured
has err 'scaled to 32x32, in colour'
run 0 evaluate coloured/model.safetensors colours --device cpu
run 0 predict coloured/model.safetensors colours/lying/lying1.ppm --quiet --show
matches out '^colours/lying/lying1\.ppm: (lying|upright) \('

# What is wrong gets its line.
fails_with 'other/lying: the folder has pictures, but no classes' train other/lying --out none
echo GIF89a >shapes/lying/0.gif
fails_with 'shapes/lying/0.gif: is a GIF, which clenet does not read; convert it: convert shapes/lying/0.gif' train shapes --out none
