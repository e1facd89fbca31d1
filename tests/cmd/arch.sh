#!/bin/sh
# clenet train --arch: a network as text, a layer a line; and the examples of it that ship.
. "$(dirname "$0")/lib.sh"
examples=$(cd "$digits/../architectures" && pwd)
train_rows 300 >train.csv
test_rows 20 >test.csv

# LeNet's own text gives what is trained where no network is named, to the bit.
run 0 summary
sed 1d out >default.table
run 0 summary "$examples/lenet.txt"
is 'the name' "$(head -n 1 out)" "Model: $examples/lenet.txt"
sed 1d out | cmp -s - default.table || fail 'lenet.txt is not the default network'
run 0 train train.csv --out default --epochs 2 --seed 7 --figures none --quiet
run 0 train train.csv --out lenet --epochs 2 --seed 7 --figures none --quiet --arch "$examples/lenet.txt"
cmp -s default/model.safetensors lenet/model.safetensors || fail 'lenet.txt comes to another model than the default'

# LeNet-5 of 1998 as Keras would show it.
run 0 summary "$examples/lenet5-1998.txt"
has out 'conv2d_1 (Conv2D, tanh)'
has out 'avgpool2d_2 (AveragePooling2D)'
has out 'dense_2 (Dense, tanh)'
has out 'Total params: 61,706 '
printf 'input 9x9\ntanh\nsigmoid\navgpool2d 4x4\nconv2d 2 1x1 sigmoid\nleaky_relu 0.1\nglobalavgpool2d\n' >layers.txt
run 0 summary layers.txt
matches out 'tanh_1 \(Tanh\) +\(None, 9, 9, 1\)'
matches out 'sigmoid_1 \(Sigmoid\) +\(None, 9, 9, 1\)'
has out 'conv2d_1 (Conv2D, sigmoid)'
matches out 'leaky_relu_1 \(LeakyReLU\) '
matches out 'globalavgpool2d_1 \(GlobalAveragePooling2D\) +\(None, 2\)'
matches out 'avgpool2d_1 \(AveragePooling2D\) +\(None, 2, 2, 1\)'

# Each example is learned, drawn, asked, and taken up again from its checkpoint alone, without its file.
for name in lenet lenet5-1998 separable wide; do
    example=$examples/$name.txt
    comment=$(sed -n 's/.* \([0-9,]*\) parameters.*/\1/p' "$example")
    run 0 summary "$example"
    has out "Total params: $comment "
    cp "$example" own.txt
    run 0 train train.csv --arch own.txt --test test.csv --out whole --epochs 2 --batch 50 --seed 3
    there whole/architecture.svg whole/submission.csv
    run 0 summary whole/model.safetensors
    sed 1d out >table
    run 0 summary "$example"
    sed 1d out | cmp -s - table || fail "$name: the model has another table than its text"
    run 0 predict whole/model.safetensors test.csv --out answers.csv
    cmp -s answers.csv whole/submission.csv || fail "$name: predict says other than the submission"
    run 0 train train.csv --arch own.txt --test test.csv --out run --epochs 1 --batch 50 --seed 3 --quiet
    rm own.txt
    run 0 train --resume run --epochs 2 --quiet
    cmp -s run/model.safetensors whole/model.safetensors || fail "$name: taken up, it came to another model"
    run 0 train --resume run --epochs 2 --arch "$example" --quiet
    rm -r run whole
done

# Images and classes are the network's own: 14 x 14 pixels, three digits. The report repeats the command, in any folder.
printf 'input 28x28x1\nflatten # all of it\n\ndense 8 relu\ndense 3 softmax\n' >'own net.txt'
train_rows 600 | awk -F, 'NR == 1 || $1 < 3' >three.csv
run 0 train three.csv --arch 'own net.txt' --out three --epochs 2 --seed 5
has three/report.html "--arch"
has three/report.html '<th scope="row">network</th><td class="text">own net.txt</td>'
again=$(sed -n 's|.*<pre><code>\(.*\)</code></pre>.*|\1|p' three/report.html | sed "s/&#39;/'/g; s/&quot;/\"/g; s/&amp;/\\&/g")
(
    # shellcheck disable=SC2317 # by eval
    clenet() { "$CLENET" "$@"; }
    cd / && eval "$again --quiet"
) >out 2>err || fail "the command of the page fails: $again"
cmp -s three/model.safetensors three-again/model.safetensors || fail 'the command of the page comes to another model'
run 0 evaluate three/model.safetensors three.csv
fails_with 'the data have 10 classes, the network 3' train train.csv --arch 'own net.txt' --out none
cp three/report.html report.before
mv 'own net.txt' moved.txt
run 0 train --resume three --epochs 3 --quiet
has three/report.html "own net.txt"

# Another network than the run's is refused; the same one, in other words, is not.
printf 'input 28x28\nflatten\ndense 9 relu\ndense 3 softmax\n' >other.txt
fails_with 'the layers of the network differ' train --resume three --arch other.txt
printf 'input 28x28\n# the same\nflatten\ndense  8 relu\ndense 3 softmax' >same.txt
run 0 train --resume three --arch same.txt --quiet
fails_with "cannot open 'nowhere.txt'" train --resume three --arch nowhere.txt

# What is wrong is named by line, and nothing is written.
wrong() { # LINE REASON TEXT
    # shellcheck disable=SC2059 # with its escapes
    printf "$3" >wrong.txt
    fails_with "clenet: wrong.txt:$1: " train train.csv --arch wrong.txt --out none
    has err "$2"
    fails_with "clenet: wrong.txt:$1: " summary wrong.txt
    not_there none
}
wrong 2 "'conv2d' needs a number of filters" 'input 28x28x1\nconv2d\n'
wrong 4 "'wibble' is not known" 'input 28x28x1\n\n# a comment\nwibble 3\n'
wrong 3 'needs a flat input' 'input 28x28x1\nconv2d 6 5x5 relu\ndense 10 softmax\n'
wrong 2 'does not fit' 'input 4x4\nconv2d 6 5x5\n'
wrong 4 'nothing may follow the softmax' 'input 4x4\nflatten\ndense 10 softmax\ndense 10 softmax\n'
wrong 1 'comes before the input' 'flatten\n'
wrong 1 'there is no input' ''
wrong 3 'there is a zero byte' 'input 28x28x1\nflatten\ndense 10\0 softmax\n'
wrong 1 'there is a zero byte' '\0'
printf 'input 28x28x1\nflatten\ndense 10\n' >open.txt
fails_with 'clenet: open.txt: the network ends in dense_1; end it with a softmax' train train.csv --arch open.txt
run 0 summary open.txt
printf 'input 28x28x1\nflatten\ndense 1000 softmax\n' >many.txt
fails_with 'clenet: many.txt: ' train train.csv --arch many.txt
printf 'input 14x14x1\nflatten\ndense 10 softmax\n' >small.txt
fails_with 'the images are 28x28x1, but the network takes 14x14x1' train train.csv --arch small.txt --out none
not_there none
mkdir folder.txt
fails_with "cannot read 'folder.txt': Is a directory" train train.csv --arch folder.txt
fails_with "cannot read 'folder.txt': Is a directory" summary folder.txt
fails_with "cannot open 'nowhere.txt': No such file" train train.csv --arch nowhere.txt
fails_with "cannot open 'nowhere.txt': No such file" summary nowhere.txt
fails_with "'/dev/zero' is longer than 262144 bytes" train train.csv --arch /dev/zero
fails_with 'model.safetensors' train train.csv --arch default/model.safetensors
refuses '--arch must be a FILE' train train.csv --arch ''
refuses '--arch needs a value' train train.csv --arch
