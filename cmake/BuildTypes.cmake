# The kinds of build: Release for use, and five for work on clenet. Each is one CMAKE_BUILD_TYPE, so that presets and
# scripts have one word for it.
set(CMAKE_C_FLAGS_DEV "-O2 -g" CACHE STRING "Dev: optimised, debuggable, with assertions")
set(CMAKE_C_FLAGS_ASAN "-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"
    CACHE STRING "Asan: AddressSanitizer and UndefinedBehaviorSanitizer; the first finding ends the program")
set(CMAKE_C_FLAGS_TSAN "-O1 -g -fno-omit-frame-pointer -fsanitize=thread"
    CACHE STRING "Tsan: ThreadSanitizer, for the tests in which threads meet")
set(CMAKE_C_FLAGS_FUZZ "-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -DCLENET_SMALL_BLOCKS"
    CACHE STRING "Fuzz: the fuzzers of tests/fuzz/, by clang")
set(CMAKE_C_FLAGS_COVERAGE "-O1 -g" CACHE STRING "Coverage: src/ counts lines and branches for gcovr")
set(CMAKE_EXE_LINKER_FLAGS_COVERAGE "--coverage" CACHE STRING "Coverage: the counters' library")
set(CMAKE_SHARED_LINKER_FLAGS_COVERAGE "--coverage" CACHE STRING "Coverage: the counters' library")
mark_as_advanced(CMAKE_C_FLAGS_DEV CMAKE_C_FLAGS_ASAN CMAKE_C_FLAGS_TSAN CMAKE_C_FLAGS_FUZZ CMAKE_C_FLAGS_COVERAGE CMAKE_EXE_LINKER_FLAGS_COVERAGE
                 CMAKE_SHARED_LINKER_FLAGS_COVERAGE)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Dev, Asan, Tsan, Coverage, or one of CMake's own" FORCE)
endif()
