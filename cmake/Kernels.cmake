# The CPU backend. Its hot files are compiled once for each instruction set, with CPU_ISA as the set's name; the rest
# once, knowing by CPU_HAVE_AVX2 and CPU_HAVE_AVX512 which sets there are to choose from when the program runs.
file(GLOB CPU_KERNEL_FILES CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/src/lib/backend/cpu"
     "${PROJECT_SOURCE_DIR}/src/lib/backend/cpu/*.c")
list(REMOVE_ITEM CPU_KERNEL_FILES cpu.c crew.c division.c limits.c machine.c program.c team.c) # the host's side

set(CPU_ISAS baseline)
set(CPU_FLAGS_baseline "")
# Fuzzers and ThreadSanitizer are after what is the same in every set, and clang with sanitizers takes minutes for AVX-512.
if(NOT CMAKE_BUILD_TYPE MATCHES "^(Tsan|Fuzz)$" AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$" AND CMAKE_SIZEOF_VOID_P EQUAL 8)
    list(APPEND CPU_ISAS avx2 avx512)
    set(CPU_FLAGS_avx2 -mavx2 -mfma -mf16c -mbmi2)
    set(CPU_FLAGS_avx512 -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx2 -mfma -mbmi2 -mprefer-vector-width=512)
endif()

# -std=c11 alone makes gcc keep products and sums apart; contracting them is what the FMA units are for.
set(CPU_KERNEL_FLAGS -fno-math-errno -fno-trapping-math -ffp-contract=fast)
if(CMAKE_BUILD_TYPE MATCHES "^(Coverage|Fuzz)$")
    # A branch counts once, and not once for each place that a function is inlined to; clang with sanitizers took minutes for those.
    list(APPEND CPU_KERNEL_FLAGS "-DINLINE=static __attribute__((noinline, unused))")
elseif(NOT CMAKE_BUILD_TYPE MATCHES "^(Asan|Tsan|Fuzz)$")
    list(APPEND CPU_KERNEL_FLAGS -O3)
endif()

# Defines the object libraries, and sets <objects> to the list of their objects.
function(clenet_add_cpu_backend objects)
    set(folder "${PROJECT_SOURCE_DIR}/src/lib/backend/cpu")
    file(GLOB others CONFIGURE_DEPENDS "${folder}/*.c")
    list(TRANSFORM CPU_KERNEL_FILES PREPEND "${folder}/" OUTPUT_VARIABLE kernels)
    list(REMOVE_ITEM others ${kernels})

    add_library(clenet_cpu OBJECT ${others})
    set(targets clenet_cpu)
    foreach(isa IN LISTS CPU_ISAS)
        add_library(clenet_cpu_${isa} OBJECT ${kernels})
        target_compile_definitions(clenet_cpu_${isa} PRIVATE CPU_ISA=${isa})
        target_compile_options(clenet_cpu_${isa} PRIVATE ${CPU_KERNEL_FLAGS} ${CPU_FLAGS_${isa}})
        if(NOT isa STREQUAL "baseline")
            string(TOUPPER ${isa} upper)
            target_compile_definitions(clenet_cpu PRIVATE CPU_HAVE_${upper})
        endif()
        list(APPEND targets clenet_cpu_${isa})
    endforeach()

    set(list "")
    foreach(target IN LISTS targets)
        target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src")
        target_link_libraries(${target} PRIVATE clenet_options clenet_dependencies)
        list(APPEND list $<TARGET_OBJECTS:${target}>)
    endforeach()
    set(${objects} ${list} PARENT_SCOPE)
endfunction()
