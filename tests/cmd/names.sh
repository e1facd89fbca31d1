#!/bin/sh
# Classes that are no digits: a model keeps their names, and everything that shows a class shows its name.
. "$(dirname "$0")/lib.sh"

# The digits under other names, two of which a CSV must quote: zero "A, B", one "B ""C""", two D ..., nine K.
rename='function cell(n) { return n == 0 ? "\"A, B\"" : n == 1 ? "\"B \"\"C\"\"\"" : substr("..DEFGHIJK", n + 1, 1) }'
train_rows 600 | awk -F, -v OFS=, "$rename NR > 1 { \$1 = cell(\$1) } 1" >named.csv
train_rows 600 >digits.csv
test_rows 40 >test.csv
run 0 train named.csv --test test.csv --out run --epochs 2 --seed 3 --quiet --device cpu

# The names are in the order of the digits, so both runs come to the same weights, and to the same answers.
run 0 train digits.csv --test test.csv --out digits --epochs 2 --seed 3 --quiet --device cpu
is 'the header' "$(head -n 1 run/submission.csv)" ImageId,Label
awk "$rename"' FNR == 1 { file++; next } file == 1 { split($0, cells, ","); wanted[cells[1]] = cell(cells[2]); next }
    { id = substr($0, 1, index($0, ",") - 1); if (substr($0, length(id) + 2) != wanted[id]) exit 1; rows++ } END { exit rows != 40 }' \
    digits/submission.csv run/submission.csv || fail 'the names are not those of the same digits'

# A run's folder is a model, also with a slash; a folder without one is named.
run 0 predict run test.csv -o - -q
cmp -s out run/submission.csv || fail 'the folder gives another submission'
run 0 predict run/ test.csv -o - -q
cmp -s out run/submission.csv || fail 'the folder with a slash gives another submission'
mkdir empty
for command in 'predict empty test.csv' 'evaluate empty named.csv' 'summary empty'; do
    # shellcheck disable=SC2086
    fails_with "the folder 'empty' has no model.safetensors" $command
done

# Tables, JSON, summary.
run 0 evaluate run named.csv -q
matches out '^class +precision  recall  support$'
lacks out digit
matches out '^ +A, B +[0-9-]'
matches out '^B "C" +[0-9-]'
is 'rows of the two tables' "$(grep -cE '^ *(A, B|B "C"|[D-K])  *[0-9]' out)" 20
run 0 evaluate run named.csv -q --json
has out '"class": 0, "precision"'
has out '"name": "A, B"'
run 0 evaluate digits digits.csv -q
matches out '^digit +precision'
run 0 summary run
has out 'Classes: 10: A, B, B "C", D, E, F, G, H, I, J, K'
run 0 summary digits
lacks out Classes

# Images by the names of their labels.
run 0 show named.csv --only 'A, B' --rows 1 --columns 2
is 'the captions' "$(grep -o ': A, B' out | wc -l | tr -d ' ')" 2
run 0 show named.csv --only E --rows 1 --columns 1
matches out '^row [0-9]+: E$'
fails_with "has no image with the label 'Z'. Labels for --only: A, B, B " show named.csv --only Z
run 0 show digits.csv --only 07 --rows 1 --columns 1
matches out ': 7$'

# The report.
has run/report.html 'B &quot;C&quot;'
has run/report.html 'Class by class'
lacks run/report.html 'Which digits'
has digits/report.html 'Which digits'

# Many classes: letters, and numbers from 1; the same everywhere.
train_rows 600 | awk -F, -v OFS=, 'NR > 1 { $1 = sprintf("%c", 65 + ($1 * 26 / 10 + NR % 3) % 26) } 1' >letters.csv
run 0 train letters.csv --out letters --epochs 1 --quiet --device cpu
run 0 evaluate letters letters.csv -q
is 'rows of letters' "$(grep -cE '^ +[A-Z]  *[0-9-]' out)" 52
run 0 show letters.csv --only Q --rows 1 --columns 1

# Probabilities: a column for each class, which add up to 1; the label is the class of the largest.
run 0 predict digits test.csv --probabilities p.csv
has err 'wrote 40 predictions to submission.csv'
has err 'wrote 40 predictions to p.csv'
cmp -s submission.csv digits/submission.csv || fail 'with --probabilities the submission is another'
is 'the header' "$(head -n 1 p.csv)" ImageId,Label,p0,p1,p2,p3,p4,p5,p6,p7,p8,p9
cut -d, -f1,2 p.csv | cmp -s - digits/submission.csv || fail 'other labels beside the probabilities'
awk -F, 'NR > 1 { sum = 0; best = 3; for (i = 3; i <= 12; i++) { sum += $i; if ($i > $best) best = i }
    if (NF != 12 || best - 3 != $2 || sum < .9999 || sum > 1.0001) exit 1 }' p.csv || fail 'the probabilities are not right'
run 0 predict digits test.csv -q --probabilities - -o s.csv
cmp -s out p.csv || fail 'standard output has other probabilities'
cmp -s s.csv submission.csv || fail 'with both files the submission is another'
run 0 predict run test.csv -q --probabilities p.csv
is 'the header of names' "$(head -n 1 p.csv)" 'ImageId,Label,"pA, B","pB ""C""",pD,pE,pF,pG,pH,pI,pJ,pK'

# The K most probable: columns of the submission, and a list in JSON.
run 0 predict digits test.csv -q --top 2 -o top.csv
is 'the header of two' "$(head -n 1 top.csv)" ImageId,Label,Probability,Label2,Probability2
cut -d, -f1,2 top.csv | cmp -s - digits/submission.csv || fail 'other labels with --top'
awk -F, 'NR > 1 && (NF != 5 || $5 > $3 || $2 == $4) { exit 1 }' top.csv || fail 'the second is not behind the first'
run 0 predict digits test.csv -q --top 99 -o top.csv
is 'columns of all classes' "$(head -n 1 top.csv | tr , '\n' | wc -l | tr -d ' ')" 21
rm submission.csv
run 0 predict digits test.csv --json
not_there submission.csv
has err 'wrote 40 predictions to standard output'
is 'objects' "$(lines out)" 40
matches out '^\{"id": 1, "label": [0-9], "probability": [0-9.e-]+\}$'
sed 's/.*"id": \([0-9]*\), "label": \([0-9]\).*/\1,\2/' out | cmp -s - s.csv && fail 'there is no header in JSON'
sed 's/.*"id": \([0-9]*\), "label": \([0-9]\).*/\1,\2/' out >labels
sed 1d s.csv | cmp -s - labels || fail 'JSON has other labels'
run 0 predict run test.csv --json --top 3 -q -o s.csv
cmp -s s.csv run/submission.csv && fail '--top does not change the submission'
matches out '^\{"id": 1, "label": ".*", "probability": .*, "top": \[\{"label": .*, "probability": .*\}, \{.*\}, \{.*\}\]\}$'
run 0 predict digits test.csv --json --tta 4 -q
sed 's/.*"label": \([0-9]\).*/\1/' out >labels
run 0 predict digits test.csv -o - --tta 4 -q
sed 1d out | cut -d, -f2 | cmp -s - labels || fail 'other labels in JSON with --tta'

# A picture is read as a name, in text and JSON.
sed -n 18p digits.csv | awk -F, '{ print "P2 28 28 255"; for (i = 2; i <= 785; i++) print 255 - $i }' >one.pgm
run 0 predict run one.pgm -q
matches out '^one\.pgm: (unsure: )?(A, B|B "C"|[D-K]) \([0-9.]+ %\), next (A, B|B "C"|[D-K]) '
run 0 predict run one.pgm -q --json --top 10
matches out '"digit": [0-9].*"label": "[A-K].*"top": \[\{"label": "[A-K]'
is 'listed classes' "$(grep -o '"label": "' out | wc -l | tr -d ' ')" "$(($(grep -o '"digit": ' out | wc -l) * 11))"

# A failure leaves earlier files.
echo old >p.csv
echo old >s.csv
fails_with nowhere.csv predict digits nowhere.csv -o s.csv --probabilities p.csv
fails_with 'no/such' predict digits test.csv -q -o s.csv --probabilities no/such/p.csv
is 'earlier files' "$(cat p.csv s.csv)" "$(printf 'old\nold')"
refuses 'only one of' predict digits test.csv --json -o -
refuses 'only one of' predict digits test.csv --probabilities - -o -
refuses 'name one file' predict digits test.csv --probabilities a.csv -o a.csv
refuses '--top' predict digits test.csv --top 0
if [ -e /dev/full ]; then
    "$CLENET" predict digits test.csv -q --json >/dev/full 2>err && fail 'a full disk is no failure'
    has err 'standard output'
    fails_with 'No space left' predict digits test.csv -q --probabilities /dev/full -o kept.csv
    not_there kept.csv
fi

# What LeNet cannot learn: images that are too small, with a network that can; one label alone.
train_rows 300 | awk -F, -v OFS=, 'NR == 1 { line = "label"; for (i = 0; i < 64; i++) line = line ",pixel" i; print line; next }
    { line = $1; for (y = 0; y < 8; y++) for (x = 0; x < 8; x++) { sum = 0
        for (i = 0; i < 9; i++) sum += $(2 + 28 * (2 + 3 * y + int(i / 3)) + 2 + 3 * x + i % 3)
        line = line "," int(sum / 9) } print line }' >small.csv
fails_with "'small.csv' has images of 8x8, and LeNet needs at least 12x12: name a network for them with --arch" train small.csv -q
run 0 train small.csv --arch "$digits/../architectures/lenet-8x8.txt" --out small --epochs 3 --quiet --device cpu
run 0 predict small small.csv -o - -q
is 'small images that are read' "$(lines out)" 301
awk -F, 'NR == 1 || $1 == 7' digits.csv >sevens.csv
fails_with "'sevens.csv' has only one label, '7'" train sevens.csv -q
