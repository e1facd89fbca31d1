#!/bin/sh
# examples/quickstart.sh ends with the path of an existing report. Installing and building are left out: what is to be built is
# there, with one epoch in place of fifty.
. "$(dirname "$0")/lib.sh"
mkdir -p stand-in build/release
for tool in cmake apt-get; do printf '#!/bin/sh\n' >stand-in/$tool; done
printf '#!/bin/sh\necho installed\n' >stand-in/dpkg-query
printf '#!/bin/sh\nexec "%s" "$@" --epochs 1 --device cpu\n' "$CLENET" >build/release/clenet
chmod +x stand-in/* build/release/clenet

mkdir 'a person'"'"'s folder'
cd 'a person'"'"'s folder' || exit 1
PATH=$work/stand-in:$PATH CLENET_BUILD_DIR=$work/build sh "$digits/../quickstart.sh" >../out 2>../err </dev/null ||
    fail 'the quickstart failed'
is 'lines that name the report' "$(grep -c '^Look at the report: ' ../out)" 1
report=$(sed -n 's/^Look at the report: //p' ../out)
is 'the report' "$report" "$(pwd)/runs/1/report.html"
is 'the end of the report' "$(tail -n 1 "$report")" '</html>'
sed -n 's/^  \([a-z]*\.[a-z]*\)  *.*/\1/p' ../out >../named
is 'files that are named' "$(lines ../named)" 5
while read -r name; do there "runs/1/$name"; done <../named
is 'digits of the submission' "$(lines runs/1/submission.csv)" 2001

cd "$work" || exit 1
PATH=$work/stand-in:$PATH CLENET_BUILD_DIR=$work/build sh "$digits/../quickstart.sh" more >out 2>err
is 'exit status with an argument' "$?" 2
matches err '^usage: quickstart.sh'
