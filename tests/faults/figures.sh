#!/bin/sh
# What draws the figures crashes, or is killed: one line of warning. The run ends as any other, and its report says what is missing.
. "$(dirname "$0")/../cmd/lib.sh"
[ -f "${CLENET_FIGURES_SHIM:-}" ] || skip 'no shim was built: there is no librsvg'
train_rows 300 >train.csv
run 0 train train.csv --out whole --epochs 2
is 'lines of warning of a whole run' "$(grep -c '^warning: ' err)" 0

# ended SIGNAL WORDS ARGUMENT...: the drawing of the third figure ends by the signal.
ended() {
    signal=$1 words=$2
    shift 2
    rm -rf run
    CLENET_FIGURES_END=3:$signal LD_PRELOAD=$CLENET_FIGURES_SHIM run 0 train train.csv --figures png --out run --epochs 2 "$@"
    is "lines of warning after signal $signal" "$(grep -c '^warning: ' err)" 1
    has err "warning: no figures: drawing failed: signal $signal ($words); the run is not affected"
    cmp -s run/model.safetensors whole/model.safetensors || fail "signal $signal: another model"
    is "the history after signal $signal" "$(cut -d, -f1-5 run/history.csv)" "$(cut -d, -f1-5 whole/history.csv)"
    is "half files after signal $signal" "$(find run -name '.*' -type f)" ''
    # What was drawn before stays, whole; the report has all figures, which are SVG there and are drawn first.
    is "figures before signal $signal" "$(cd run && echo *.png)" 'digits.png training-digits.png'
    for file in run/*.png; do is "the end of $file" "$(tail -c 8 "$file" | head -c 4)" IEND; done
    is "pictures of the report after signal $signal" "$(grep -o '<svg ' run/report.html | wc -l | tr -d ' ')" 9
    is "the end of the report after signal $signal" "$(tail -n 1 run/report.html)" '</html>'
}
# The curves of several networks likewise, which are the first that the last drawing draws.
CLENET_FIGURES_END=1:11 LD_PRELOAD=$CLENET_FIGURES_SHIM run 0 train train.csv --figures png --out several --epochs 1 --models 2
matches err '^warning: no figures: drawing failed: signal 11 .*; the run is not affected$'
is 'pictures of the report of several networks' "$(grep -o '<svg ' several/report.html | wc -l | tr -d ' ')" 2
is 'half files of several networks' "$(find several -name '.*' -type f)" ''
there several/model.safetensors
is 'lines of warning of several networks' "$(grep -c '^warning: ' err)" 3

ended 11 'Segmentation fault'
has err 'report: run/report.html'
ended 6 Aborted
ended 9 Killed --quiet
is 'lines of a quiet run' "$(lines err)" 1

# The submission does not wait for figures and report: a run that is killed while it draws has written it.
test_rows 100 >test.csv
CLENET_FIGURES_END=1:9:run LD_PRELOAD=$CLENET_FIGURES_SHIM run 137 train train.csv --test test.csv --recipe fast --figures png --out killed
is 'lines of the submission of a run that was killed' "$(lines killed/submission.csv)" 101
there killed/model.safetensors killed/history.csv
not_there killed/digits.png killed/report.html killed/draw.html
