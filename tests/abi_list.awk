# abi_list.awk - from the public header, a C program that prints the binary interface: a line for each value of an enum, each
# struct and member with its size and place, each type of callback and each function. Behind header.awk; tests/abi.sh runs it.

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

function start() {
    print "#include <clenet/clenet.h>\n#include <stdio.h>\nint main(void) {"
    put("version %d.%d", ", CLENET_VERSION_MAJOR, CLENET_VERSION_MINOR")
}

function finish() { print "    return 0;\n}" }
