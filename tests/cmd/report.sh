#!/bin/sh
# report.html: the result of a run on one page, and the command that repeats the run.
. "$(dirname "$0")/lib.sh"
odd="it's <b>&amp; \"odd\""
mkdir "$odd"
train_rows 300 >"$odd/train.csv"

run 0 train "$odd/train.csv" --out "$odd/run" --epochs 3 --batch 20 --learning-rate 0.0007 --seed 5
page=$odd/run/report.html
there "$page"
has err "report: "
matches "$page" '[0-9]+\.[0-9]{2}<small>&nbsp;%</small></h2>'
has "$page" '95&nbsp;% interval'
has "$page" 'it&#39;s &lt;b&gt;&amp;amp; &quot;odd&quot;/train.csv: 300 images of 28'
lacks "$page" 'it'"'"'s <b>'
lacks "$page" '<script'
lacks "$page" 'http:'
lacks "$page" 'https:'
for id in result curves confusion mistakes data network settings again; do has "$page" "id=\"$id\""; done

# What the run was: with its units, and as it was told.
for fact in Epochs Time 'Images per second' Device; do matches "$page" "<dt>$fact</dt><dd>[^<]+<span>"; done
matches "$page" '<dt>Time</dt><dd>[0-9.]+ (s|min)'
for line in 'network LeNet' 'epochs 3' 'batch 20' 'learning rate 0.0007' 'validation 0.2' 'seed 5'; do
    matches "$page" "<th scope=\"row\">${line% *}</th><td class=\"text\">${line##* }</td>"
done
has "$page" ">$("$CLENET" --version | cut -d ' ' -f 2)</td>"
matches "$page" '>compiler</th><td class="text">(gcc|[A-Za-z ]*[Cc]lang) ?[0-9]'
matches "$page" ': 300 images of 28.*The network trained on 240 of them'
has "$page" 'The other 60 were held out'

# The figures agree with each other: the share and its interval (Wilson, worked out here again), and each digit's recall; the images
# held out are as many as the table shows.
tr -d '\n' <"$page" | sed 's/&nbsp;/ /g; s/\xc2\xa0/ /g; s/<tr>/\n<tr>/g; s/<section/\n<section/g' >flat
sed -n 's|.*id="result"[^#]*">\([0-9.]*\)<small>.*right: \([0-9]*\) of \([0-9]*\)\..*<b>\([0-9.]*\) % to \([0-9.]*\) %</b>.*|\1 \2 \3 \4 \5|p' flat >result
awk 'function near(a, b) { return a - b < 0.006 && b - a < 0.006 }
    { z = 1.959964; n = $3; p = $2 / n; middle = (p + z * z / (2 * n)) / (1 + z * z / n)
      reach = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
      good = near($1, 100 * p) && near($4, 100 * (middle - reach)) && near($5, 100 * (middle + reach)) && n == 60 }
    END { exit !good }' result || fail "the result of the page: $(cat result)"
sed -n 's|^<tr><th scope="row">\([0-9]\)</th><td[^>]*>\([0-9]*\)</td><td[^>]*>\([0-9]*\)</td><td[^>]*>\([0-9.]*\) %</td><td.*|\1 \2 \3 \4|p' flat |
    head -n 10 >classes
awk -v all="$(cut -d ' ' -f 2,3 result)" '{ images += $2; right += $3; off = 100 * $3 / $2 - $4; if (off > 0.006 || off < -0.006) wrong = $0 }
    END { exit !(NR == 10 && wrong == "" && all == right " " images) }' classes || fail "the digits of the page: $(cat classes result)"

# The command of the page, read back as a browser shows it, gives the same weights and the same epochs.
again=$(sed -n 's|.*<pre><code>\(.*\)</code></pre>.*|\1|p' "$page" | sed "s/&#39;/'/g; s/&lt;/</g; s/&gt;/>/g; s/&quot;/\"/g; s/&amp;/\\&/g")
case $again in
'clenet train '*) ;;
*) fail "the command of the page: $again" ;;
esac
(
    # shellcheck disable=SC2317 # by eval
    clenet() { "$CLENET" "$@"; }
    cd / && eval "$again --quiet"
) >out 2>err || fail "the command of the page fails: $again"
cmp "$odd/run/model.safetensors" "$odd/run-again/model.safetensors" || fail 'the command of the page comes to another model'
cut -d, -f1-5 "$odd/run/history.csv" >first
cut -d, -f1-5 "$odd/run-again/history.csv" | cmp - first || fail 'the command of the page has another history'

# A row that the page names as a mistake is the one that clenet show has under that number: the same label, and read as the page says.
sed -n '/id="rows-caption"/,/<\/table>/s|^<tr><th[^>]*>\([0-9]*\)</th><td[^>]*>\([0-9]\)</td><td[^>]*>\([0-9]\)</td>.*|\1 \2 \3|p' "$page" |
    head -n 5 >mistakes
[ -s mistakes ] || fail 'no mistakes on the page'
run 0 predict "$odd/run/model.safetensors" "$odd/train.csv" -o answers.csv
while read -r row truth taken; do
    run 0 show "$odd/train.csv" --index "$row"
    is "the label of row $row" "$(head -n 1 out)" "row $row: $truth"
    is "what row $row is read as" "$(sed -n "$((row + 1))p" answers.csv | cut -d, -f2)" "$taken"
done <mistakes

# The result says how much it can be trusted. The best epoch is chosen by the images held out: the page says so, and what the last
# epoch reached. With the last epoch, a labelled test set, or folds, the figure is not chosen.
percent() { awk -v share="$1" 'BEGIN { printf "%.2f", 100 * share }'; }
run 0 train "$odd/train.csv" --out best --epochs 12 --patience -1 --figures none
kept=$(sed -n 's/.*(epoch \([0-9]*\) of 12.*/\1/p' err)
[ "$kept" -lt 12 ] || fail 'the best epoch is the last one: choose another seed'
has best/report.html "This epoch was chosen because it did best on these very digits, so expect slightly less on new ones; the last epoch reached $(percent "$(tail -n 1 best/history.csv | cut -d, -f4)")"
run 0 train "$odd/train.csv" --out last --epochs 12 --patience -1 --figures none --keep last
has last/report.html 'The last epoch was kept, not the one that did best on these digits, so expect about the same on new ones.'
lacks last/report.html 'slightly less'
run 0 train "$odd/train.csv" --out one --epochs 1 --figures none
has one/report.html 'There was no other epoch to choose from, so expect about the same on new digits.'
lacks one/report.html 'slightly less'
train_rows 400 | sed 2,301d >labelled.csv
run 0 train "$odd/train.csv" --out tested --overwrite --epochs 3 --figures none --test labelled.csv
run 0 evaluate tested/model.safetensors labelled.csv --quiet
accuracy=$(sed -n 's/^accuracy  *\([0-9.]*\) %$/\1/p' out)
run 0 train "$odd/train.csv" --out tested --overwrite --epochs 3 --figures none --test labelled.csv
matches err "^test accuracy $accuracy %: [0-9]+ of the 100 images of labelled.csv$"
matches tested/report.html ">$accuracy<small>&nbsp;%</small></h2>"
has tested/report.html 'of the digits in labelled.csv are read right: '
has tested/report.html 'no epoch was chosen by them'
lacks tested/report.html 'also has'
(cat labelled.csv && sed -n '2,41p' "$odd/train.csv") >mixed.csv
run 0 train "$odd/train.csv" --out mixed --epochs 3 --figures none --validation 0 --test mixed.csv
matches err "^test accuracy .* of the 100 images of mixed.csv$"
has err 'mixed.csv: 40 images are also training images, and are not counted'
has mixed/report.html 'The file also has 40 training images.'
run 0 train "$odd/train.csv" --out all --epochs 1 --figures none --validation 0 --test "$odd/train.csv" --quiet
has all/report.html 'No images were held out'
run 0 train "$odd/train.csv" --out folds --folds 3 --epochs 8 --patience -1 --figures none
right=$(for i in 1 2 3; do tail -n 1 "folds/model-$i/history.csv"; done | awk -F, '{ right += 100 * $4 } END { printf "%.0f", right }')
has folds/report.html "of the digits held out are read right: $right of 300."
has folds/report.html 'Each digit was judged by a network that did not train on it, after the last epoch of that network.'
has err "after the last epoch of each network, which these images did not choose: $(percent "$(awk -v right="$right" 'BEGIN { print right / 300 }')") %"

# What the page is of: the name of the run's folder, its date, and links, which lead somewhere.
page=$odd/run/report.html
matches "$page" '^<title>run: a network that learned to read handwritten digits</title>$'
matches "$page" '<h1>run: a network'
matches "$page" '^<p class="quiet">20[0-9][0-9]-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]</p>'
grep -o 'href="[^"]*"' "$page" | sed 's/href="//; s/"$//' | grep -v '^data:' >links
for link in model.safetensors history.csv; do grep -qxF "$link" links || fail "no link to $link"; done
while read -r link; do
    case $link in
    '#'*) has "$page" "id=\"${link#?}\"" ;;
    *) there "$odd/run/$link" ;;
    esac
done <links
mkdir runs
run 0 train "$odd/train.csv" --out runs/7 --epochs 1 --figures none --quiet
has runs/7/report.html '<title>runs/7: '

# The page is there after the first epoch, and reloads itself until the run ends, or is stopped. What a crash leaves says when it was.
reload='<meta http-equiv="refresh" content="'
lacks "$page" "$reload"
begin() {
    "$CLENET" train "$odd/train.csv" --out "$1" --epochs 1000000 --patience -1 --threads 1 >run.out 2>run.err &
    process=$!
    until [ -s "$1/report.html" ]; do
        kill -0 "$process" || fail 'a run without a page'
        sleep 0.1
    done
}
begin live
cp live/report.html page.html
is 'the end of the page of a run in progress' "$(tail -n 1 page.html)" '</html>'
has page.html "$reload"
matches page.html '^<p>As of [0-2][0-9]:[0-5][0-9]:[0-5][0-9]: epoch [0-9]+ of 1000000 is done, after .* About .* left\.'
has run.err 'report: live/report.html (reloads itself during the run)'
until grep -q '<svg ' live/report.html; do
    kill -0 "$process" || fail 'no curves'
    sleep 0.1
done
kill -TERM "$process"
wait "$process"
lacks live/report.html "$reload"
has live/report.html 'stopped by SIGTERM'
begin crashed
kill -KILL "$process"
wait "$process" 2>wait.err
has crashed/report.html "$reload"
is 'the end of the page of a run that crashed' "$(tail -n 1 crashed/report.html)" '</html>'

# Without images held out the page says so; without figures it has the numbers.
run 0 train "$odd/train.csv" --out unseen --epochs 1 --validation 0 --quiet
lacks unseen/report.html nan
run 0 train "$odd/train.csv" --out bare --epochs 1 --validation 0 --figures none --quiet
has bare/report.html 'No images were held out'
has bare/report.html '<details id="epochs-details" open>'
lacks bare/report.html '<svg'
lacks bare/report.html 'id="confusion"'

# A page that cannot be written costs a line, and the run is done; half a page is not there.
mkdir -p full/report.html
run 0 train "$odd/train.csv" --out full --epochs 1 --quiet --figures none
is 'lines said' "$(lines err)" 1
matches err '^warning: .*full/report\.html.*the run is not affected$'
there full/model.safetensors
is 'half files' "$(find full -name '.clenet*' | wc -l | tr -d ' ')" 0

# The page is small: figures are elements of it, without styles. Its style sheet has their colours, as the figures' own files have.
page=$odd/run/report.html
figures=$(grep -o '<figure ' "$page" | wc -l | tr -d ' ')
is 'figures as elements' "$(grep -o '<svg ' "$page" | wc -l | tr -d ' ')" "$figures"
[ "$figures" -eq 9 ] || fail "$figures figures"
[ "$(wc -c <"$page")" -le 500000 ] || fail 'the page is larger than 500 KB'
lacks "$page" ' style='
is 'style sheets' "$(grep -o '<style>' "$page" | wc -l | tr -d ' ')" 1
sed -n 's|^<style>\(.*}\)\(@media.*\)</style>.*|\1\n\2|p' "$odd/run/accuracy.svg" | while read -r rule; do has "$page" "$rule"; done || exit 1
has "$page" '>Training Accuracy</text>'

# With figures in another format the page has them just so, and leads to the files; nothing else is left.
run 0 train "$odd/train.csv" --out paper --epochs 1 --figures pdf --quiet
if [ -s paper/accuracy.pdf ]; then
    is 'figures of a page with PDF' "$(grep -o '<svg ' paper/report.html | wc -l | tr -d ' ')" 9
    has paper/report.html '<a href="accuracy.pdf">'
    lacks paper/report.html '<a href="accuracy.svg">'
    is 'figures that only the page has' "$(find paper -name '*.svg')" ''
fi

# As a browser shows it; a folder in CLENET_SCREENSHOTS gets pictures of it.
chromium=$(command -v chromium || command -v chromium-browser) || { echo 'not looked at: no chromium'; exit 0; }
command -v python3 >/dev/null || { echo 'not looked at: no python3'; exit 0; }
cp "$page" page.html
for page in page.html bare/report.html; do
    figures=$(grep -o '<svg ' "$page" | wc -l | tr -d ' ')
    python3 "$test_folder/look_at_page.py" "$chromium" "$page" "$figures" ${CLENET_SCREENSHOTS:+"$CLENET_SCREENSHOTS"} ||
        fail "$page does not look as it should"
done
