#!/bin/sh
# Every bad input ends in one line with the place of the error, exit status 1, and no result file.
. "$(dirname "$0")/lib.sh"
train_rows 20 >good.csv
make_model model.safetensors
header=$(head -n 1 good.csv)
row=$(sed -n 2p good.csv) # label 1, then pixels

# bad NAME PLACE: train and predict refuse the file NAME; the error has the PLACE.
bad() {
    fails_with "$1$2" train "$1" --out run
    not_there run
    fails_with "$1$2" train good.csv --test "$1" --out run
    not_there run
    fails_with "$1$2" predict model.safetensors "$1" -o submission.csv
    not_there submission.csv
    fails_with "$1$2" evaluate model.safetensors "$1"
}
# with COLUMN CELL: the third line gets another cell.
with() {
    awk -F, -v OFS=, -v column="$1" -v cell="$2" 'NR == 3 { $column = cell } { print }' good.csv >bad.csv
}

: >bad.csv
bad bad.csv ''
echo "$header" >bad.csv
bad bad.csv ''
{ sed 5q good.csv && echo "$row,0" && sed -n '7,$p' good.csv; } >bad.csv
bad bad.csv ':6:'
{ sed 5q good.csv && echo "${row%,*}"; } >bad.csv
bad bad.csv ':6:'
for cell in 256 -1 1e3 abc '' 255.5 0x1 99999999999999999999; do
    with 10 "$cell"
    bad bad.csv ':3:10:'
done
with 1 ''
bad bad.csv ':3:1:'
for label in 10 -1 x; do # a class that may be learned, but not one of the model
    with 1 "$label"
    fails_with "bad.csv:3:1:" train good.csv --test bad.csv --out run
    not_there run
    fails_with "bad.csv:3:1:" predict model.safetensors bad.csv -o submission.csv
    not_there submission.csv
    fails_with "bad.csv:3:1:" evaluate model.safetensors bad.csv
done
{ sed 2q good.csv && printf '1,\0,' && echo "$row" | cut -d, -f3-; } >bad.csv
bad bad.csv ':3:2:'
gzip -c good.csv | head -c 1500 >bad.csv
bad bad.csv ''
echo 'this is no table of digits' >bad.csv
bad bad.csv ':1:'
mkdir folder.csv
bad folder.csv ''
bad nowhere.csv ''
if [ "$(id -u)" -ne 0 ]; then
    cp good.csv locked.csv
    chmod 000 locked.csv
    bad locked.csv ''
fi
printf '\000\000\010\003\000\000\000\005\000\000\000\034\000\000\000\034short' >bad.idx
bad bad.idx ''

# A file's odd name does not make two lines.
fails_with 'no?where.csv' train "no
where.csv"

# Labels that are not there, or not those of the images.
test_rows 20 >unlabelled.csv
fails_with "'unlabelled.csv' has no labels" train unlabelled.csv --out run
fails_with "'unlabelled.csv' has no labels" evaluate model.safetensors unlabelled.csv
csv_to_idx images labels <good.csv
fails_with "'images' has no labels" train images --out run
sed 11q good.csv | csv_to_idx images-10 labels-10
fails_with labels-10 train images --labels labels-10 --out run
fails_with nowhere train images --labels nowhere --out run

# Images of another size.
{
    echo label,pixel0,pixel1,pixel2,pixel3
    for i in 1 2 3 4 5 6 7 8 9; do echo "$i,0,1,2,3"; done
} >tiny.csv
fails_with "'tiny.csv' holds images of 2x2, 'good.csv' of 28x28" train good.csv --test tiny.csv --out run
fails_with '' train tiny.csv --out run
fails_with '2x2' predict model.safetensors tiny.csv
not_there run submission.csv
fails_with '' evaluate model.safetensors tiny.csv

# Models that are none.
for size in 0 7 100 5000; do
    head -c "$size" model.safetensors >broken.safetensors
    fails_with broken.safetensors predict broken.safetensors unlabelled.csv
    fails_with broken.safetensors evaluate broken.safetensors good.csv
    fails_with broken.safetensors summary broken.safetensors
done
fails_with good.csv summary good.csv
fails_with nowhere summary nowhere
fails_with folder.csv predict folder.csv unlabelled.csv
not_there submission.csv run
