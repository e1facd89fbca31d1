# Hardening against mistakes in C, as far as compiler and linker support it: checked
# copies (_FORTIFY_SOURCE), a canary on the stack, code at no fixed address (PIE), and tables of the linker that cannot be
# written once the program runs (full RELRO). Builds with a sanitizer or for coverage go without. tests/hardening.sh reads all
# of it from the binaries.
#
# A distribution's own flags come first: what CFLAGS already says of _FORTIFY_SOURCE stays.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)
include(CheckPIESupported)

add_library(clenet_hardening INTERFACE)
if(NOT CMAKE_BUILD_TYPE MATCHES "^(Asan|Tsan|Coverage|Fuzz)$")
    check_pie_supported(LANGUAGES C)
    check_c_compiler_flag(-fstack-protector-strong CLENET_HAS_STACK_PROTECTOR)
    if(CLENET_HAS_STACK_PROTECTOR)
        target_compile_options(clenet_hardening INTERFACE -fstack-protector-strong)
    endif()
    if(NOT CMAKE_C_FLAGS MATCHES "_FORTIFY_SOURCE" AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug") # it needs an optimiser
        target_compile_options(clenet_hardening INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
    endif()
    check_linker_flag(C -Wl,-z,relro,-z,now CLENET_HAS_RELRO)
    if(CLENET_HAS_RELRO)
        target_link_options(clenet_hardening INTERFACE -Wl,-z,relro,-z,now)
    endif()
endif()
