#!/bin/sh
# clenet tune: what it finds is kept, shown and used.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip 'no python3 to read JSON with'
json() { python3 -c "import json, sys; d = json.load(open('out')); sys.exit(not ($1))" || fail "not so in the JSON: $1"; }

# If there is nothing to tune, one line says so.
fails_with "matches 'opencl'" tune
run 1 tune --device cpu
matches err '^clenet: .*nothing to tune on the cpu'
refuses '--seconds must be' tune --seconds 0
refuses 'unexpected argument' tune pocl
CLENET_CACHE_DIR='' fails_with 'CLENET_CACHE_DIR' tune
CLENET_KERNEL_DIR=$source_folder/cl fails_with 'CLENET_KERNEL_DIR' tune

[ -z "${ASAN_OPTIONS:-}" ] || exit 0 # a sanitizer's build takes minutes over a check
run 0 devices
! grep -q 'built without OpenCL' out || exit 0
vendors pocl

# A person who stops it, once the device is checked: 130, and the next one goes on.
run 0 tune --device pocl --seconds 1
matches err '^ +[0-9,]+ images/s  vector8?$'
kind=$(sed -n 's|.* images/s  \(vector8*\)$|\1|p' err | head -n 1) # the device's own, which is timed first
matches out '^(vector[^ ]*: [0-9,]+ images/s|nothing was tried in the time$)'
has out 'run the command again to continue'
there .cache/clenet/device-*.json
"$CLENET" tune --device pocl >out 2>err </dev/null &
child=$!
sleep 2
kill -TERM $child
wait $child
is 'the exit status of a tuning that was stopped' $? 143
has err 'run the command again to continue'
run 0 tune --device pocl --seconds 1
matches out '^vector[^ ]*: [0-9,]+ images/s'
lacks err 'images/s  vector' # of what was tried before
record=$(echo .cache/clenet/tiles-*.json)
there "$record"
run 0 devices --json
json 'd["devices"][1]["tiles"].startswith("vector") and d["devices"][1]["images_per_second"] > 0'

# What is remembered is used, and shown. (Other groups of a launch need no other program.)
python3 -c "
import json, sys
record = json.load(open(sys.argv[1]))
record['chosen'] = sys.argv[2] + ',groups=8'
json.dump(record, open(sys.argv[1], 'w'))" "$record" "$kind"
run 0 devices
matches out "^      check: passed, tuned: $kind,groups=8"
train_rows 64 >rows.csv
run 0 train rows.csv --epochs 1 --device pocl --out tuned
matches err '^device: opencl 0\.0, .*, tuned$'
run 0 train rows.csv --epochs 1 --device pocl --tiles "$kind" --out by-hand
lacks err tuned

# A record that others may write is as good as none.
chmod go+w "$record"
run 0 devices --json
json 'd["devices"][1]["tiles"] == ""'
