#!/bin/sh
# Help, version, and what is said to a person who holds the command wrong.
. "$(dirname "$0")/lib.sh"

# Help and version, everywhere, on standard output.
for help in --help -h help; do
    run 0 "$help"
    empty err
    for command in train predict evaluate summary show devices doctor certify; do matches out "^  $command +[a-z]"; done
    for hidden in check-device certify-part; do lacks out $hidden; done
done
for version in --version -V; do
    run 0 "$version"
    matches out '^clenet [0-9]+\.[0-9]+\.[0-9]+$'
    empty err
done
for command in train predict evaluate summary show devices doctor; do
    run 0 help "$command"
    matches out "^usage: clenet $command( |$)"
    cp out help.txt
    for help in --help -h; do
        run 0 "$command" "$help"
        cmp -s out help.txt || fail "clenet $command $help is not clenet help $command"
        empty err
    done
    case $command in devices | doctor) ;; *)
        run 0 "$command" operand --help
        cmp -s out help.txt || fail "clenet $command operand --help is not the help"
        ;;
    esac
    run 0 "$command" --version
    matches out '^clenet [0-9]+\.[0-9]+\.[0-9]+$'
done
# No help is wider than a terminal, and none is empty.
for page in help data device train predict evaluate summary show plot runs export import devices doctor bench tune certify check-device certify-part; do
    run 0 help $page
    awk 'length > 80 { print; exit 1 }' out || fail "a line of the help of $page has more than 80 columns"
    [ "$(lines out)" -gt 5 ] || fail "the help of $page is empty"
done
run 0 help help
cp out help.txt
run 0 help --help
cmp -s out help.txt || fail 'clenet help --help is not clenet --help'
has out 'clenet trains small image classifiers'

# Options are in groups. Those of data and device that several commands share are described once.
run 0 help train
for group in data network training run device help; do matches out "^$group:$"; done
for option in test out arch recipe dropout models folds epochs batch learning-rate optimizer weight-decay schedule warmup label-smoothing weight-average augment augment-strength validation monitor patience keep seed device quiet; do
    matches out "^  (-[a-z], |    )--$option( |$)"
done
! grep -q '^options:' out || fail 'an option of train is in no group'
for alias in lr batch-size validation-split output verbose; do lacks out "--$alias "; done
has out 'sets these options'
run 0 help data
for option in labels label skip scale invert transpose member size color no-warnings; do matches out "^      --$option( |$)"; done
run 0 help device
for option in device threads isa tiles gemm profile no-cache; do matches out "^      --$option( |$)"; done
for command in train predict evaluate bench; do
    run 0 help $command
    has out 'clenet help device'
    for option in threads isa tiles gemm profile no-cache; do lacks out "--$option"; done
done

# The manual page has every option of every help.
for page in data device train predict evaluate summary show plot devices doctor bench tune certify; do
    run 0 help $page
    for option in $(sed -n 's/^  \(-., \|    \)--\([a-z0-9-]*\).*/\2/p' out); do
        grep -qE "Fl -$option( |\$)" "$source_folder/docs/clenet.1" || fail "docs/clenet.1 has no --$option of $page"
    done
done
for option in output lr batch-size validation-split verbose; do
    grep -qE -e "(Fl -|--)$option( |\$)" "$source_folder/docs/clenet.1" || fail "docs/clenet.1 has no --$option"
done

# Names that other programs have are understood.
run 0 help eval
matches out '^usage: clenet evaluate '
fails_with nowhere test nowhere nowhere.csv
fails_with nowhere.csv train nowhere.csv --lr 0.01 --batch-size 64 --validation-split 0.1 --output run --verbose
refuses '--learning-rate must be a number' train a --lr x
refuses "unknown option '--outptu': did you mean '--out'?" train a --outptu x

# No command: a short usage on standard error.
run 2
matches err '^usage: clenet COMMAND'
empty out

# Commands.
refuses "unknown command 'tran': did you mean 'train'?" tran
refuses "unknown command 'pred': did you mean 'predict'?" pred
refuses "unknown command 's': did you mean 'summary' or 'show'?" s
refuses "unknown command 'sumary': did you mean 'summary'?" sumary
refuses "unknown command 'rtain': did you mean 'train'?" rtain
refuses "unknown command 'xyzzy'. Commands: train, predict, evaluate, summary, show, plot, runs, export, import, devices" xyzzy
refuses "unknown command ''" ''
refuses "unknown command 'evalute': did you mean 'evaluate'?" help evalute
refuses "unexpected argument 'again'" help train again
refuses "unknown option '--versoin': did you mean '--version'?" --versoin
refuses "unknown option '--quiet': a command comes first" --quiet train
has err "try 'clenet --help'"
refuses "unknown command 'a?b'" "a
b"

# Operands.
refuses 'TRAIN is missing' train
has err "try 'clenet train --help'"
refuses 'MODEL is missing' predict
refuses 'DATA is missing' predict model
refuses 'LABELLED is missing' evaluate model
refuses "unexpected argument 'c'" predict a b c
refuses "unexpected argument 'b'" train a b
refuses "unexpected argument 'b'" summary a b
refuses "unexpected argument 'a'" devices a
refuses "unexpected argument 'a'" doctor a
refuses 'ID is missing' check-device
refuses "unexpected argument '--quiet'" train a -- --quiet
refuses 'TRAIN is empty' train ''

# Options.
refuses "unknown option '--epoks': did you mean '--epochs'?" train a --epoks 3
refuses "unknown option '--wibble'" train a --wibble=3
refuses "unknown option '-x'" train a -x
refuses "unknown option '-x'" train a -qx
refuses "option '--l' is ambiguous: --learning-rate, --label-smoothing, --labels, --label" train a --l 3
refuses '--epochs needs a value' train a --epochs
refuses '--out needs a value' train a -o
refuses '--quiet takes no value' train a --quiet=yes
refuses "unknown option '--epochs'" predict a b --epochs 3

# Values.
for bad in 0 -1 1000001 99999999999999999999 1e3 0x10 3.5 abc ' 3' '3 ' '' +3; do
    refuses "--epochs must be a whole number 1..1000000, not '$bad'" train a --epochs "$bad"
done
refuses '--batch must be a whole number 1..65536' train a --batch 65537
refuses '--threads must be a whole number 1..1024' train a --threads 0
refuses '--threads must be a whole number 1..1024' predict a b --threads 2000
refuses '--patience must be a whole number -1..' train a --patience -2
for bad in -1 18446744073709551616 1.0 x ''; do
    refuses "--seed must be a whole number 0..18446744073709551615, not '$bad'" train a --seed "$bad"
done
for bad in 1 -0.1 nan inf 0x0 0.2x '' .; do
    refuses "--validation must be a number at least 0 and below 1, not '$bad'" train a --validation "$bad"
done
for bad in 0 -0.001 1001 1e-400 infinity; do
    refuses "--learning-rate must be a number above 0, at most 1000, not '$bad'" train a --learning-rate "$bad"
done
refuses "--monitor must be one of accuracy, loss, val_accuracy, val_loss, not 'acc'" train a --monitor acc
refuses "--tiles must be one of auto, vector, vector8, group, plain, not 'tiny'" predict a b --tiles tiny
refuses "--keep must be one of best, last, not 'first'" train a --keep first
refuses "--optimizer must be one of rmsprop, sgd, adam, adamw, not 'lion'" train a --optimizer lion
for bad in -0.1 1.1 nan x; do
    refuses "--weight-decay must be a number 0..1, not '$bad'" train a --weight-decay "$bad"
done
refuses "--schedule must be one of constant, cosine, one-cycle, not 'linear'" train a --schedule linear
refuses '--warmup must be a number 0..100000' train a --warmup -1
refuses '--warmup 4 is longer than the run: use at most 3, the number of --epochs' train a --epochs 3 --warmup 4
refuses '--schedule one-cycle already warms up: remove --warmup' train a --schedule one-cycle --warmup 1
for bad in 1 -0.1 nan; do
    refuses "--label-smoothing must be a number at least 0 and below 1, not '$bad'" train a --label-smoothing "$bad"
done
for bad in 1 -0.1 nan; do
    refuses "--weight-average must be a number at least 0 and below 1, not '$bad'" train a --weight-average "$bad"
done
refuses "--augment must be one of none, shift, affine, elastic, not 'mirror'" train a --augment mirror
for bad in 0 -1 3.1 nan; do
    refuses "--augment-strength must be a number above 0, at most 3, not '$bad'" train a --augment-strength "$bad"
done
refuses '--out must be a FOLDER' train a --out ''
refuses '--monitor val_loss needs validation images' train a --monitor val_loss --validation 0
refuses '--monitor val_accuracy needs validation images' train a --validation 0.0 --monitor val_accuracy
refuses 'standard input can be read only once' train - --test -
refuses 'standard input can be read only once' train - --labels -

# Correct options are accepted in any order, even if POSIXLY_CORRECT is set, with which operands end the options: the
# file that does not exist is what is found wrong.
fails_with nowhere.csv train nowhere.csv --epochs 1000000 --seed 18446744073709551615 --validation 0 --patience -1
POSIXLY_CORRECT=1
export POSIXLY_CORRECT
fails_with nowhere.csv train --epochs=3 nowhere.csv -q --learning-rate 1e-3 -orun --keep last
refuses "unknown option '--wibble'" train nowhere.csv --wibble
fails_with nowhere.csv train -- nowhere.csv
not_there run
