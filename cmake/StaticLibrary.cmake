# The static library as one object file, in which only the public functions are global: a program may then have functions named
# define or build of its own. `ld -r` joins all objects, and objcopy makes every symbol local that a shared library would hide.

if(CMAKE_LINKER AND CMAKE_OBJCOPY AND CMAKE_SYSTEM_NAME MATCHES "Linux|BSD|GNU" AND CMAKE_C_COMPILER_ID MATCHES "GNU|Clang"
   AND NOT CMAKE_C_FLAGS MATCHES "-flto" AND NOT CMAKE_INTERPROCEDURAL_OPTIMIZATION
   AND NOT CMAKE_BUILD_TYPE MATCHES "^(Asan|Tsan|Coverage|Fuzz)$")
    set(CLENET_CAN_LOCALISE ON)
else()
    set(CLENET_CAN_LOCALISE OFF)
endif()

# Defines the target, a static library of the objects given after it.
function(clenet_add_static_library target)
    if(NOT CLENET_CAN_LOCALISE)
        message(STATUS "clenet: the static library's internal symbols stay global, which may clash with the program's own "
                       "(to hide them, use GNU or LLVM tools, without -flto)")
        add_library(${target} STATIC ${ARGN})
        return()
    endif()
    set(joined "${PROJECT_BINARY_DIR}/${target}.o")
    add_custom_command(
        OUTPUT "${joined}"
        COMMAND "${CMAKE_LINKER}" -r -o "${joined}" ${ARGN}
        COMMAND "${CMAKE_OBJCOPY}" --localize-hidden "${joined}"
        DEPENDS ${ARGN}
        COMMENT "Joining the library's objects"
        COMMAND_EXPAND_LISTS VERBATIM)
    set_source_files_properties("${joined}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
    add_library(${target} STATIC "${joined}")
endfunction()
