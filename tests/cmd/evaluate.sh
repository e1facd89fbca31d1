#!/bin/sh
# clenet evaluate: tables for people, JSON for programs, and figures that agree with clenet predict.
. "$(dirname "$0")/lib.sh"
make_model model.safetensors
{ train_rows 0 && train_rows 500 | tail -n 300; } >labelled.csv # not those of make_model

run 0 evaluate model.safetensors labelled.csv
cp out tables
matches err '^device: cpu'
matches out '^images    300$'
matches out '^loss      [0-9]+\.[0-9]{4}$'
matches out '^accuracy  [0-9]+\.[0-9][0-9] %$'
matches out '^digit  precision  recall  support$'
has out 'confusion'

# The confusion matrix is counted from labels and predictions.
run 0 predict model.safetensors labelled.csv -o - -q
{ cut -d, -f1 labelled.csv | paste -d, - out; } | awk -F, 'NR > 1 { count[$1 "," $3]++ } END {
    for (i = 0; i < 10; i++) { line = i; for (j = 0; j < 10; j++) line = line " " count[i "," j] + 0; print line } }' >wanted
sed -n '/^confusion/,$p' tables | tail -n 10 | sed 's/^ *//; s/  */ /g' >got
cmp -s got wanted || fail "the confusion matrix differs from the one counted by hand: $(diff got wanted)"

# Precision, recall, support and accuracy follow from it.
awk '{ for (j = 0; j < 10; j++) { n[NR - 1, j] = $(j + 2); row[NR - 1] += $(j + 2); column[j] += $(j + 2) } } END {
    for (i = 0; i < 10; i++) { p = column[i] ? sprintf("%.4f", n[i, i] / column[i]) : "-"
        r = row[i] ? sprintf("%.4f", n[i, i] / row[i]) : "-"; print i, p, r, row[i] } }' wanted >figures.wanted
sed -n '/^digit/,/^$/p' tables | sed -n 2,11p | sed 's/^ *//; s/  */ /g' >figures.got
cmp -s figures.got figures.wanted || fail "precision and recall are not right: $(diff figures.got figures.wanted)"
accuracy=$(awk '{ right += $(NR + 1); for (j = 2; j <= 11; j++) all += $j } END { printf "%.2f %%", 100 * right / all }' wanted)
has tables "accuracy  $accuracy"

# JSON: one object on standard output.
run 0 evaluate model.safetensors labelled.csv --json --quiet
empty err
is 'lines of JSON' "$(lines out)" 1
matches out '^\{"schema_version": 1, "rows": 300, "loss": [0-9.e-]+, "accuracy": [0-9.e-]+, "classes": \[\{"class": 0, "precision": '
if command -v python3 >python.path && python3 -c ''; then
    python3 - out <<'PYTHON' || fail 'the JSON is not right'
import json, sys
report = json.load(open(sys.argv[1]))
names = ["rows", "loss", "accuracy", "classes", "confusion"]
assert list(report) == ["schema_version"] + names + ["trained_rows", "held_out"], list(report)
assert report["trained_rows"] == 0 and report["held_out"] == {name: report[name] for name in names}
confusion, classes = report["confusion"], report["classes"]
assert len(confusion) == 10 and all(len(row) == 10 for row in confusion)
assert sum(map(sum, confusion)) == report["rows"] == 300
assert abs(sum(confusion[i][i] for i in range(10)) / 300 - report["accuracy"]) < 1e-8
for i, figures in enumerate(classes):
    predicted, support = sum(row[i] for row in confusion), sum(confusion[i])
    assert figures["class"] == i and figures["support"] == support
    for name, count in ("precision", predicted), ("recall", support):
        if count == 0:
            assert figures[name] is None, (name, i)
        else:
            assert abs(figures[name] - confusion[i][i] / count) < 1e-8, (name, i)
PYTHON
fi

# Digits that are never predicted, or have no images, have no precision or recall: null, and "-" in the table.
{ head -n 1 labelled.csv && grep '^1,' labelled.csv | head -n 3; } >ones.csv
run 0 evaluate model.safetensors ones.csv --json -q
has out '"precision": null'
has out '"recall": null'
run 0 evaluate model.safetensors ones.csv -q
empty err
matches out '^ +0 +- +- +0$'

# The same from IDX, and from standard input.
csv_to_idx images labels <labelled.csv
run 0 evaluate --labels labels model.safetensors images
cmp -s out tables || fail 'IDX gives other figures'
"$CLENET" evaluate model.safetensors - <labelled.csv >out 2>err || fail 'standard input was not read'
cmp -s out tables || fail 'standard input gives other figures'

# A model of several networks needs no option.
printf 'label,pixel0,pixel1,pixel2,pixel3\n0,0,0,0,0\n1,255,0,0,0\n1,0,255,255,9\n' >four.csv
several=$test_folder/../fuzz/seeds/model/members
run 0 evaluate "$several" four.csv
matches out '^images    3$'
run 0 predict "$several" four.csv -o - -q
is 'lines of several networks' "$(lines out)" 4

# ---- rows that the model was trained on ----

train_rows 300 >digits.csv
run 0 train digits.csv --epochs 2 --keep last --seed 5 --out run -q
accuracy_of_run=$(awk -F, 'END { printf "%.2f %%", 100 * $4 }' run/history.csv)

# The figures of the rows that training held out are those of the run, come first, and the tables are about them.
run 0 evaluate run digits.csv -q
cp out mixed
is 'first line' "$(head -n 1 out)" '240 of these 300 rows were trained on. Only the other 60 tell how good the model is on new digits.'
matches out '^images +60 +300$'
matches out "^accuracy +$accuracy_of_run +[0-9.]+ %\$"
has out 'The tables below are about the 60 rows that were not trained on.'
is 'rows of the tables' "$(awk '/^digit/ { on = 1; next } /^$/ { on = 0 } on { sum += $4 } END { print sum }' out)" 60

# --held-out takes only these.
run 0 evaluate run digits.csv --held-out -q
is 'first line' "$(head -n 1 out)" '240 of these 300 rows were trained on, and are left out.'
matches out '^images    60$'
has out "accuracy  $accuracy_of_run"
sed -n '/^digit/,$p' mixed >tables.wanted
sed -n '/^digit/,$p' out | cmp -s - tables.wanted || fail '--held-out gives other tables'
run 0 evaluate run digits.csv --held-out --json -q
matches out '"rows": 60, .*"trained_rows": 240, "held_out": \{"rows": 60, '

# In another order, with every row twice, and without some: a row is known by its pixels.
{ head -n 1 digits.csv && tail -n 300 digits.csv | sort -t, -k 300 && tail -n 300 digits.csv; } >twice.csv
run 0 evaluate run twice.csv --held-out -q
has out '480 of these 600 rows were trained on'
has out "accuracy  $accuracy_of_run"
run 0 evaluate run twice.csv --json -q
matches out '^\{"schema_version": 1, "rows": 600, .*"trained_rows": 480, "held_out": \{"rows": 120, '
csv_to_idx images labels <digits.csv
run 0 evaluate run images --labels labels --held-out -q
has out '240 of these 300 rows were trained on'

# A file of rows that were all trained on.
run 0 train digits.csv --epochs 1 --validation 0 --out whole -q
run 0 evaluate whole digits.csv -q
has out 'All of these 300 rows were trained on: these figures do not tell how good the model is on new digits.'
matches out '^images    300$'
run 0 evaluate whole digits.csv --json -q
matches out '"trained_rows": 300, "held_out": null\}$'
fails_with "the model was trained on all 300 rows of 'digits.csv': no row is left" evaluate whole digits.csv --held-out

# With cross-validation, each row was trained on by some networks.
run 0 train digits.csv --epochs 1 --folds 3 --out folds -q
fails_with "was trained on by at least one of the model's 3 networks" evaluate folds digits.csv --held-out
has err 'clenet train --folds reports'

# A model of an earlier version: the output is that of before, and a line tells it.
fails_with 'the model does not know which rows it was trained on' evaluate "$several" four.csv --held-out
run 0 evaluate "$several" four.csv
has err 'note: the model does not know which rows it was trained on'
run 0 evaluate "$several" four.csv --json -q
empty err
matches out '"trained_rows": null, "held_out": null\}$'
