# null_calls.awk - from the public header, a C program that calls every function with NULL: one with a status once for each pointer
# that it needs, with all the others at hand; a getter and a *_free with nothing. Behind header.awk.

BEGIN {
    # What may be NULL, by the parameter's name; "function.parameter" if it is so in one function.
    count = split("error options user note labels on_checking on_difference on_property on_program on_prediction confusion clenet_trainer_run.result clenet_device_open_for.training clenet_dataset_examine.model clenet_model_save_memory.bytes", names, " ")
    for (i = 1; i <= count; i++) optional[names[i]] = 1
}

function start() {
    print "/* Made by tests/null_calls.awk. */"
    print "#include <clenet/clenet.h>\n#include <stdio.h>\n#include <string.h>\n"
    print "static _Alignas(64) unsigned char memory[65536]; /* stands for every handle and array that is not NULL */"
    print "static void *const given = memory;\nstatic clenet_error error;\nstatic int failures, calls;\n"
    print "static void expect_named(clenet_status status, const char *wanted) {"
    print "    calls++;"
    print "    if (status == CLENET_ERROR_ARGUMENT && strcmp(error.message, wanted) == 0) return;"
    print "    printf(\"wanted '%s', but the status is %d and the message '%s'\\n\", wanted, (int)status, error.message);"
    print "    failures++;\n}\n"
    print "static void expect_zero(const void *result, size_t size, const char *function) {"
    print "    calls++;"
    print "    for (size_t i = 0; i < size; i++)"
    print "        if (((const unsigned char *)result)[i] != 0) {"
    print "            printf(\"%s does not give zero for NULL\\n\", function);\n            failures++;\n            return;\n        }\n}\n"
    print "int main(void) {"
}

# arguments MISSING: those of the function; the pointer of that number is NULL, and with 0 all are.
function arguments(missing,    i, list) {
    for (i = 1; i <= parameters; i++) {
        list = list (i > 1 ? ", " : "")
        if (!pointer[i]) list = list "1"
        else if (name[i] == "error") list = list "&error"
        else if (missing == 0 || i == missing || name[i] ~ /^on_/) list = list "NULL"
        else list = list "given"
    }
    return list
}

function statement(s,    result, function_name, list, i, parts, needed) {
    if (s !~ /^CLENET_API/) return
    sub(/^CLENET_API /, "", s)
    result = substr(s, 1, index(s, "(") - 1)
    list = substr(s, index(s, "(") + 1)
    sub(/\)$/, "", list)
    function_name = result
    sub(/.*[ *]/, "", function_name)
    sub(/[a-z0-9_]+$/, "", result)
    result = trim(result)
    parameters = split(list, parts, ",")
    needed = 0
    for (i = 1; i <= parameters; i++) {
        name[i] = trim(parts[i])
        pointer[i] = name[i] ~ /\*/
        needed += pointer[i]
        sub(/.*[ *]/, "", name[i])
    }
    if (needed == 0) return # clenet_version and the like
    if (result == "void") {
        print "    " function_name "(" arguments(0) ");"
    } else if (result != "clenet_status") {
        print "    {\n        " result " result = " function_name "(" arguments(0) ");"
        print "        expect_zero(&result, sizeof result, \"" function_name "\");\n    }"
    } else {
        for (i = 1; i <= parameters; i++) {
            if (!pointer[i] || name[i] in optional || (function_name "." name[i]) in optional) continue
            print "    error.message[0] = '\\0';"
            print "    expect_named(" function_name "(" arguments(i) "), \"" function_name ": " name[i] " is NULL\");"
            last = arguments(i)
            sub(/&error/, "NULL", last)
            print "    (void)" function_name "(" last "); /* without an error to fill */"
        }
    }
}

function finish() {
    print "    printf(\"%d calls, %d failures\\n\", calls, failures);"
    print "    return failures > 0 || calls == 0;\n}"
}
