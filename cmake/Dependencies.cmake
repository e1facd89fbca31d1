# What clenet stands on: libcsv, zlib, jansson, threads, the mathematics of C. One message names all that is missing.
find_path(CLENET_CSV_INCLUDE_DIR csv.h)
find_library(CLENET_CSV_LIBRARY csv)
find_path(CLENET_JANSSON_INCLUDE_DIR jansson.h)
find_library(CLENET_JANSSON_LIBRARY jansson)
find_library(CLENET_MATH_LIBRARY m)
mark_as_advanced(CLENET_CSV_INCLUDE_DIR CLENET_CSV_LIBRARY CLENET_JANSSON_INCLUDE_DIR CLENET_JANSSON_LIBRARY
                 CLENET_MATH_LIBRARY)
find_package(ZLIB QUIET)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

set(missing "")
if(NOT CLENET_CSV_INCLUDE_DIR OR NOT CLENET_CSV_LIBRARY)
    list(APPEND missing "libcsv (Debian: libcsv-dev)")
endif()
if(NOT CLENET_JANSSON_INCLUDE_DIR OR NOT CLENET_JANSSON_LIBRARY)
    list(APPEND missing "jansson (Debian: libjansson-dev)")
endif()
if(NOT ZLIB_FOUND)
    list(APPEND missing "zlib (Debian: zlib1g-dev)")
endif()
if(missing)
    list(JOIN missing ", " missing)
    message(FATAL_ERROR "clenet needs libraries that were not found: ${missing}. Install them, then configure again.")
endif()

add_library(clenet_json INTERFACE)
target_include_directories(clenet_json SYSTEM INTERFACE "${CLENET_JANSSON_INCLUDE_DIR}")
target_link_libraries(clenet_json INTERFACE "${CLENET_JANSSON_LIBRARY}")

add_library(clenet_math INTERFACE)
if(CLENET_MATH_LIBRARY)
    target_link_libraries(clenet_math INTERFACE "${CLENET_MATH_LIBRARY}")
endif()

add_library(clenet_dependencies INTERFACE) # of the library
target_include_directories(clenet_dependencies SYSTEM INTERFACE "${CLENET_CSV_INCLUDE_DIR}")
target_link_libraries(clenet_dependencies INTERFACE "${CLENET_CSV_LIBRARY}" clenet_json ZLIB::ZLIB Threads::Threads
                                                    clenet_math ${CMAKE_DL_LIBS})
