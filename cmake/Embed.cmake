# Writes a C file with the content of files, byte by byte, and the table of them that kernels.h declares.
#
# cmake -D LIST=FILE -D OUTPUT=FILE -P Embed.cmake     LIST holds the files' paths, one a line
cmake_minimum_required(VERSION 3.22)
file(STRINGS "${LIST}" paths ENCODING UTF-8)

set(arrays "")
set(rows "")
set(count 0)
foreach(path IN LISTS paths)
    get_filename_component(name "${path}" NAME)
    file(READ "${path}" bytes HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n"
                         bytes "${bytes}")
    string(APPEND arrays "static const unsigned char file_${count}[] = { /* ${name} */\n${bytes}0};\n")
    string(APPEND rows "    {\"${name}\", file_${count}, sizeof file_${count} - 1},\n")
    math(EXPR count "${count} + 1")
endforeach()

# A last row of nothing: C has no array without elements.
file(WRITE "${OUTPUT}" "/* Written by cmake/Embed.cmake. */
#include \"lib/backend/opencl/kernels.h\"

${arrays}
const kernel_file kernel_files[] = {
${rows}    {0, 0, 0}};
const size_t kernel_file_count = ${count};
")
