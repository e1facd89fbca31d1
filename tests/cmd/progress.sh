#!/bin/sh
# What is seen while a network learns: lines in a pipe, a moving bar on a terminal, nothing with --quiet.
. "$(dirname "$0")/lib.sh"
train_rows 300 >train.csv
return=$(printf '\r')

# A pipe: a line an epoch, and no bar.
"$CLENET" train train.csv --epochs 2 --out run 2>&1 >/dev/null | cat >err
is 'lines of epochs in a pipe' "$(grep -c '^epoch ' err)" 2
matches err '^epoch 1/2  [0-9.]+ s  accuracy [01]\.[0-9]{4}  loss [0-9]+\.[0-9]{4}  val_accuracy [01]\.[0-9]{4}  val_loss [0-9]+\.[0-9]{4}  \*$'
lacks err "$return"
lacks err '%]'
lacks err '[='
escape=$(printf '\033')
lacks err "$escape"

# --quiet: nothing.
run 0 train train.csv --epochs 1 --out run --overwrite --quiet
empty err
empty out

# A terminal of 90 columns, of 30, of 10, and one that does not say.
command -v script >script.path || skip 'no script (util-linux) to make a terminal with'
on_terminal() { # COLUMNS ARGUMENT...
    columns=$1
    shift
    script -qec "stty cols $columns; '$CLENET' $*" screen </dev/null >out 2>err || fail "clenet $* failed on a terminal"
    grep -v '^Script ' screen | tr '\r' '\n' | sed "s/$escape\[[0-9;]*[mJ]//g; s/ *\$//" >seen
}
on_terminal 90 train train.csv --epochs 2 --out run --overwrite
has screen "$return"
grep -E '\[=*>? *\]' seen >bars || fail 'no bar on a terminal'
matches bars '^epoch 1/2 \[=+>? *\] +[0-9]+%  [0-9 ]+[.:0-9]+( s)? left  accuracy [01]\.[0-9]{4}  .*run .* left$'
has screen "${escape}[1;32m  val_accuracy "
awk 'length > 89 { exit 1 }' bars || fail 'a bar is wider than the terminal'
is 'lines of epochs that stay' "$(grep -c '^epoch ./2  .*val_loss' seen)" 2
matches bars '100%'

on_terminal 30 train train.csv --epochs 1 --out run --overwrite
grep -E '^epoch 1/1 .*[0-9]+%' seen >bars || fail 'no progress on a narrow terminal'
matches bars '^epoch 1/1 \[=+>? *\] +[0-9]+%$'
awk 'length > 29 { exit 1 }' bars || fail 'a bar is wider than a terminal of 30 columns'
on_terminal 10 train train.csv --epochs 1 --out run --overwrite
grep -E '^epoch 1/1$' seen >bars || fail 'no progress on a terminal of 10 columns'
on_terminal 0 train train.csv --epochs 1 --out run --overwrite
awk '/[0-9]%/ && length > 79 { exit 1 }' seen || fail 'a bar is wider than 80 columns where the terminal has no size'

on_terminal 90 train train.csv --epochs 1 --out run --overwrite --quiet
is 'what --quiet shows on a terminal' "$(tr -d '\n' <seen | wc -c | tr -d ' ')" 0

# A terminal that cannot go back to the start of a line is treated as a pipe.
TERM=dumb on_terminal 90 train train.csv --epochs 2 --out run --overwrite
! grep -qE '\[=*>? *\]' seen || fail 'a bar on a dumb terminal'
lacks screen "$escape"
NO_COLOR=1 on_terminal 90 train train.csv --epochs 2 --out run --overwrite
lacks screen "${escape}[1;32m"
grep -qE '\[=*>? *\]' seen || fail 'no bar with NO_COLOR'
# No colour, no other escapes.
on_terminal 90 summary
lacks screen "$(printf '\033')"
