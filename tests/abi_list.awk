# abi_list.awk - from the public header, a C program that prints the binary interface: a line for each value of an enum, each
# struct and member with its size and place, each type of callback and each function. tests/abi.sh compiles and runs it.

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
function put(format, arguments) { printf "    printf(\"%s\\n\"%s);\n", format, arguments }

# enumeration NAME BODY: its values.
function enumeration(name, body,    values, count, i) {
    count = split(body, values, ",")
    for (i = 1; i <= count; i++) {
        sub(/=.*/, "", values[i])
        values[i] = trim(values[i])
        if (values[i] != "") put("enum " (name == "" ? "-" : name) " " values[i] " %d", ", (int)" values[i])
    }
}

# structure NAME BODY: its members; "type a, *b, c[4];" are three.
function structure(name, body,    members, count, declared, parts, i, j, type, member, array) {
    put("struct " name " size %zu alignment %zu", ", sizeof(" name "), _Alignof(" name ")")
    count = split(body, members, ";")
    for (i = 1; i <= count; i++) {
        declared = split(trim(members[i]), parts, ",")
        for (j = 1; j <= declared; j++) {
            member = trim(parts[j])
            array = member ~ /\[/ ? substr(member, index(member, "[")) : ""
            sub(/\[.*/, "", member)
            if (j == 1) { type = member; sub(/[*a-z0-9_]*$/, "", type); type = trim(type) }
            array = (member ~ /\*[a-z0-9_]+$/ ? " *" : "") array
            sub(/.*[ *]/, "", member)
            put("member " name "." member " offset %zu size %zu type " type array,
                ", offsetof(" name ", " member "), sizeof(((" name " *)0)->" member ")")
        }
    }
}

# prototype KIND "RESULT NAME(PARAMETERS)": without the parameters' names, which no program depends on.
function prototype(kind, s,    result, name, parameters, parts, count, i) {
    gsub(/\* /, "*", s)
    result = substr(s, 1, index(s, "(") - 1)
    parameters = substr(s, index(s, "(") + 1)
    sub(/\)$/, "", parameters)
    name = result
    sub(/.*[ *]/, "", name)
    sub(/[a-z0-9_]+$/, "", result)
    count = split(parameters, parts, ",")
    parameters = ""
    for (i = 1; i <= count; i++) {
        parts[i] = trim(parts[i])
        if (parts[i] != "void") sub(/ ?[a-z0-9_]+$/, "", parts[i])
        parameters = parameters (i > 1 ? ", " : "") parts[i]
    }
    put(kind " " name " " trim(result) " (" parameters ")", "")
}

function statement(s,    name, body) {
    s = trim(s)
    if (s ~ /^typedef (enum|struct) .*\{/ || s ~ /^enum \{/) {
        body = substr(s, index(s, "{") + 1)
        name = trim(substr(body, index(body, "}") + 1))
        body = substr(body, 1, index(body, "}") - 1)
        if (s ~ /^typedef struct/) structure(name, body)
        else enumeration(name, body)
    } else if (s ~ /^typedef struct/) {
        sub(/.* /, "", s)
        put("handle " s, "")
    } else if (s ~ /^typedef/) {
        prototype("callback", substr(s, length("typedef ") + 1))
    } else if (s ~ /^CLENET_API/) {
        prototype("function", substr(s, length("CLENET_API ") + 1))
    } else if (s != "" && s != "}") {
        print "#error abi_list.awk cannot read: " s
    }
}

END {
    print "#include <clenet/clenet.h>\n#include <stdio.h>\nint main(void) {"
    put("version %d.%d", ", CLENET_VERSION_MAJOR, CLENET_VERSION_MINOR")
    depth = 0
    while (match(text, /[{};]/)) {
        mark = substr(text, RSTART, 1)
        so_far = so_far substr(text, 1, RSTART - 1)
        text = substr(text, RSTART + 1)
        if (mark == "{") depth++
        if (mark == "}") depth--
        if (mark == ";" && depth == 0) { statement(so_far); so_far = "" }
        else so_far = so_far mark
    }
    if (trim(so_far) != "}" && trim(so_far) != "") print "#error abi_list.awk cannot read: " so_far
    print "    return 0;\n}"
}
