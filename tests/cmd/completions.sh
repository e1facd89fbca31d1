#!/bin/sh
# Completions for bash, zsh and fish: each has every command, option and choice of the help.
. "$(dirname "$0")/lib.sh"

for shell in bash zsh fish; do
    run 0 completions $shell
    empty err
    cp out $shell
done
refuses "unknown shell 'csh'. Shells: bash, zsh, fish" completions csh
run 0 help
lacks out completions

# Every command, and of each every option of its help and of the topics that it names.
run 0 help
commands=$(sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' out)
[ "$(echo "$commands" | wc -l)" -ge 12 ] || fail "too few commands in the help: $commands"
topics=$(sed -n '/^topics:/,/^$/s/^  \([a-z]*\) .*/\1/p' out)
for command in $commands; do
    [ "$command" != help ] || continue
    run 0 help "$command"
    cp out page
    for topic in $topics; do
        if grep -q "clenet help $topic\$" page; then
            run 0 help "$topic"
            cat out >>page
        fi
    done
    sed -n '/^run /,$d; s/^  \(-., \|    \)--\([a-z0-9-]*\).*/\2/p' page >options
    [ -s options ] || fail "no options in the help of $command"
    sed -n "/^    $command)/,/^        ;;/p" bash >bash.part
    sed -n "/^        $command)/,/^            ;;/p" zsh >zsh.part
    grep "from $command' -l" fish >fish.part
    while read -r option; do
        grep -q -e "[ ']--$option " bash.part || fail "bash: no --$option for $command"
        grep -q -e "--${option}[]'=[}]" zsh.part || fail "zsh: no --$option for $command"
        grep -q -e "-l $option " fish.part || fail "fish: no --$option for $command"
    done <options
done

# What bash completes. completed WORD...: the answers for the last word, one per line.
command -v bash >/dev/null || skip 'no bash'
mkdir -p place/folder
touch place/net.txt place/net.csv 'place/two words.csv'
completed() {
    # shellcheck disable=SC2016 # bash has these variables
    bash -c '. ./bash; cd place; COMP_WORDS=(clenet "$@") COMP_CWORD=$#; _clenet; printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | sort | tr '\n' ' '
}
is 'a command' "$(completed tr)" 'train '
is 'commands that begin alike' "$(completed de)" 'devices '
is 'an option' "$(completed train --sch)" '--schedule '
is 'an option after a file' "$(completed predict model --prob)" '--probabilities '
is 'a choice' "$(completed train --schedule c)" 'constant cosine '
is 'a choice after =' "$(completed train --schedule = o)" 'one-cycle '
is 'all choices after =' "$(completed train --keep =)" 'best last '
is 'a recipe' "$(completed train --recipe '')" 'best fast notebook '
is 'a device' "$(completed evaluate m d --device c)" 'cpu '
is 'files with the suffix, and folders' "$(completed train --arch '')" 'folder net.txt '
is 'any file' "$(completed train net)" 'net.csv net.txt '
is 'a name with a space' "$(completed train two)" 'two words.csv '
is 'a word or a folder' "$(completed runs '')" 'diff folder net.csv net.txt two words.csv '
is 'folders' "$(completed train --out '')" 'folder '
is 'a number' "$(completed train --epochs '')" ' '
is 'a command without operands' "$(completed doctor '')" '--help --version -V -h '
is 'a topic' "$(completed help da)" 'data '
is 'an option that the command does not have' "$(completed summary --ep)" ' '
if command -v shellcheck >/dev/null; then shellcheck -s bash bash || fail 'shellcheck'; fi

# zsh and fish, if they are installed.
if command -v zsh >/dev/null; then
    zsh -n zsh || fail 'zsh: the syntax'
else
    echo 'zsh is not installed: the syntax of its completions was not checked'
fi
if command -v fish >/dev/null; then
    HOME=$work
    export HOME
    fish -n fish || fail 'fish: the syntax'
    asked() { fish -c "source ./fish; complete -C 'clenet $1'" | cut -f 1 | sort | tr '\n' ' '; }
    is 'fish: a command' "$(asked tra)" 'train '
    is 'fish: a choice' "$(asked 'train --schedule c')" 'constant cosine '
    is 'fish: an option' "$(asked 'train --sch')" '--schedule '
fi
