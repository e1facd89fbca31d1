# header.awk - the public header as statements: statement() of another script gets each declaration, without comments and on one
# line; finish() comes last.

# The header without comments and preprocessor lines, as one text.
{
    line = $0
    while (1) {
        if (inside) {
            end = index(line, "*/")
            if (end == 0) next
            line = substr(line, end + 2)
            inside = 0
        }
        begin = index(line, "/*")
        if (begin == 0) break
        rest = substr(line, begin)
        line = substr(line, 1, begin - 1) " "
        end = index(rest, "*/")
        if (end > 0) line = line substr(rest, end + 2)
        else inside = 1
        if (inside) break
    }
    if (line !~ /^[ \t]*#/ && line !~ /^extern "C"/) text = text " " line
}

function trim(s) { gsub(/[ \t]+/, " ", s); sub(/^ /, "", s); sub(/ $/, "", s); return s }

END {
    start()
    while (match(text, /[{};]/)) {
        mark = substr(text, RSTART, 1)
        so_far = so_far substr(text, 1, RSTART - 1)
        text = substr(text, RSTART + 1)
        if (mark == "{") depth++
        if (mark == "}") depth--
        if (mark == ";" && depth == 0) { statement(trim(so_far)); so_far = "" }
        else so_far = so_far mark
    }
    if (trim(so_far) != "}" && trim(so_far) != "") print "#error header.awk cannot read: " so_far
    finish()
}
