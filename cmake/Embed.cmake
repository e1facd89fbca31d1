# Puts files of the source tree into a C file, byte by byte, as a table of struct embedded_file (src/lib/base/embedded.h).
#
# clenet_embed(TABLE FILE...)   sets ${TABLE} to the C file: it defines const embedded_file TABLE[] and const size_t TABLE_count,
#                               and is written again when a file changes, comes or goes
cmake_minimum_required(VERSION 3.22)

function(clenet_embed table)
    set(list "${PROJECT_BINARY_DIR}/${table}.list")
    set(output "${PROJECT_BINARY_DIR}/${table}.c")
    set(script "${PROJECT_SOURCE_DIR}/cmake/Embed.cmake")
    list(JOIN ARGN "\n" paths)
    file(GENERATE OUTPUT "${list}" CONTENT "${paths}\n") # written only if the list has changed
    add_custom_command(
        OUTPUT "${output}"
        COMMAND "${CMAKE_COMMAND}" -D "TABLE=${table}" -D "LIST=${list}" -D "OUTPUT=${output}" -P "${script}"
        DEPENDS ${ARGN} "${list}" "${script}"
        COMMENT "Embedding ${table}"
        VERBATIM)
    set(${table} "${output}" PARENT_SCOPE)
endfunction()

# Sets <result> to "sha256-" and the hash of the file in base64.
function(clenet_sha256 result path)
    set(digits "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    file(SHA256 "${path}" hex)
    set(text "sha256-")
    foreach(byte RANGE 0 30 3) # 33 bytes, the last one 0: the hash has 32, and base64 ends with "="
        math(EXPR at "${byte} * 2")
        string(SUBSTRING "${hex}00" ${at} 6 three)
        foreach(shift IN ITEMS 18 12 6 0)
            math(EXPR digit "0x${three} >> ${shift} & 63")
            string(SUBSTRING "${digits}" ${digit} 1 digit)
            string(APPEND text "${digit}")
        endforeach()
    endforeach()
    string(REGEX REPLACE "A$" "=" text "${text}")
    set(${result} "${text}" PARENT_SCOPE)
endfunction()

if(NOT CMAKE_SCRIPT_MODE_FILE)
    return()
endif()

# cmake -D TABLE=NAME -D LIST=FILE -D OUTPUT=FILE -P Embed.cmake     LIST holds the files' paths, one per line
file(STRINGS "${LIST}" paths ENCODING UTF-8)
set(arrays "")
set(rows "")
set(count 0)
foreach(path IN LISTS paths)
    get_filename_component(name "${path}" NAME)
    set(hash "")
    if(name MATCHES "\\.(css|js)$")
        clenet_sha256(hash "${path}")
    endif()
    file(READ "${path}" bytes HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n"
                         bytes "${bytes}")
    string(APPEND arrays "static const unsigned char file_${count}[] = { /* ${name} */\n${bytes}0};\n")
    string(APPEND rows "    {\"${name}\", file_${count}, sizeof file_${count} - 1, \"${hash}\"},\n")
    math(EXPR count "${count} + 1")
endforeach()

# The last row is empty: an array in C has at least one element.
file(WRITE "${OUTPUT}" "/* Written by cmake/Embed.cmake. */
#include \"lib/base/embedded.h\"

extern const embedded_file ${TABLE}[];
extern const size_t ${TABLE}_count;

${arrays}
const embedded_file ${TABLE}[] = {
${rows}    {0, 0, 0, 0}};
const size_t ${TABLE}_count = ${count};
")
