#!/bin/sh
# A terminal that becomes narrower during an epoch keeps no remains of the bar: it has rows of finished epochs and one bar.
. "$(dirname "$0")/lib.sh"
command -v tmux >tmux.path || skip 'no tmux (Debian: tmux) to make a terminal that changes its width'
train_rows 9000 >many.csv
screen_of() { tmux -L "clenet-$$" capture-pane -p >seen; }
trap 'tmux -L "clenet-$$" kill-server 2>/dev/null; sleep 0.5; cd / && chmod -R u+w "$work" && rm -rf "$work"' EXIT
tmux -L "clenet-$$" -f /dev/null new-session -d -x 100 -y 30 \
    "'$CLENET' train many.csv --epochs 500 --batch 1 --figures none --device cpu --out narrow; sleep 60" || skip 'tmux makes no terminal'
wait_for() { # REGEX: until a row of the terminal matches
    for _ in $(seq 100); do
        screen_of
        grep -qE "$1" seen && return
        sleep 0.2
    done
    fail "no row matches '$1': $(cat seen)"
}
for width in 60 34 90 41; do
    wait_for '^epoch +[0-9]+/500 .*%'
    tmux -L "clenet-$$" resize-window -x "$width" -y 30
    sleep 1
    screen_of
    is "bars after a change to $width columns" "$(grep -c '%' seen)" 1
    ! awk '/%/ { bar = 1; next } bar && NF' seen | grep -q . || fail "rubbish below the bar of $width columns: $(cat seen)"
    ! grep -E '^epoch' seen | grep -vE '^epoch +[0-9]+/500( .*%|  )' | grep -q . || fail "rubbish: $(cat seen)"
done
tmux -L "clenet-$$" send-keys C-c
wait_for 'stopping after this batch'
is 'bars after Ctrl-C' "$(grep -c '%.*left' seen)" 0
