#!/bin/sh
# A kernel that a driver gets wrong in its tiled form, and right in its plain one. Drivers here are better than that, so a copy of
# the kernels is broken for tiles.
. "$(dirname "$0")/lib.sh"
vendors pocl

CLENET_KERNEL_DIR=$work/kernels
export CLENET_KERNEL_DIR
cp -r "$source_folder/cl" kernels || exit 1

# broken NAME LINE: that line follows the first #include of cl/NAME.cl, where VW is above 1.
broken() {
    cp "$source_folder/cl/$1.cl" kernels || exit 1
    awk -v line="$2" '{ print } /include "vec.clh"/ { printf "#if VW > 1\n%s\n#endif\n", line }' \
        "$source_folder/cl/$1.cl" \
        >"kernels/$1.cl" || exit 1
}

# check ARGUMENT...: the verdict, the last line.
check() {
    "$CLENET" check-device 0.0 "$@" >out 2>err </dev/null
    tail -1 out >verdict
}

broken activation '#define select(a, b, c) (a)'
check
has verdict '"passed": false'
has verdict '"blame": "activation,zeropad2d,maxpool2d,avgpool2d,dropout"'
has verdict 'relu'
check --plain activation,zeropad2d,maxpool2d,avgpool2d,dropout
has verdict '"passed": true'

# A job that uses the program fails, and passes with its plain kernels; a job that does not use it passes.
job() {
    printf '{"network": "input 9x9x1\\nbatchnorm\\n%sflatten\\ndense 3 softmax", ' "$1"
    printf '"batch": 20, "optimizer": "sgd", "decay": false, "average": false, "smoothing": 0, "augment": "none"}'
}
check --job "$(job 'relu\n')"
has verdict '"passed": false'
has verdict 'differs from the CPU'
check --job "$(job 'relu\n')" --plain activation
has verdict '"passed": true'
check --job "$(job '')"
has verdict '"passed": true'
cp "$source_folder/cl/activation.cl" kernels

sed 's/decay > 0.0f/VW == 1 \&\& decay > 0.0f/' "$source_folder/cl/optimizer.cl" >kernels/optimizer.cl
check
has verdict '"blame": "optimizer"'
has verdict 'sgd: update differs'
cp "$source_folder/cl/optimizer.cl" kernels

broken gather '#undef ELASTIC
#define ELASTIC 0'
check
has verdict '"blame": "gather"'
has verdict 'moved images'
cp "$source_folder/cl/gather.cl" kernels

broken maxpool2d '#error "no vectors here"'
check
has verdict '"blame": "activation,zeropad2d,maxpool2d,avgpool2d,dropout"'
has verdict 'maxpool2d.cl'
check --plain maxpool2d
has verdict '"passed": true'

# The command itself with plain kernels: what they train is as good.
cp "$source_folder/cl/maxpool2d.cl" kernels
run 0 train "$digits/train.csv.gz" --device pocl --tiles plain --epochs 1 --out plain
has err 'plain kernels for all'
run 0 train "$digits/train.csv.gz" --device cpu --epochs 1 --out cpu
awk -F, 'NR == 2 { print $3 }' plain/history.csv cpu/history.csv >losses
awk 'NR == 1 { plain = $1 } NR == 2 { exit !(plain > 0.99 * $1 && plain < 1.01 * $1) }' losses ||
    fail "the losses are not alike: $(tr '\n' ' ' <losses)"
