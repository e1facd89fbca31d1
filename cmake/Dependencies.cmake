# What clenet stands on: libcsv, zlib, jansson, threads, the mathematics of C. One message names all that is missing. The command
# draws with PLplot, where that is found.
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

add_library(clenet_csv INTERFACE)
target_include_directories(clenet_csv SYSTEM INTERFACE "${CLENET_CSV_INCLUDE_DIR}")
target_link_libraries(clenet_csv INTERFACE "${CLENET_CSV_LIBRARY}")

add_library(clenet_math INTERFACE)
if(CLENET_MATH_LIBRARY)
    target_link_libraries(clenet_math INTERFACE "${CLENET_MATH_LIBRARY}")
endif()

add_library(clenet_dependencies INTERFACE) # of the library
target_link_libraries(clenet_dependencies INTERFACE clenet_csv clenet_json ZLIB::ZLIB Threads::Threads clenet_math
                                                    ${CMAKE_DL_LIBS})

# PLplot, for figures: linked into the command only.
set(CLENET_PLPLOT AUTO CACHE STRING "Figures by PLplot: ON, OFF, or AUTO (where it is found)")
set_property(CACHE CLENET_PLPLOT PROPERTY STRINGS AUTO ON OFF)
add_library(clenet_plplot INTERFACE)
set(CLENET_HAVE_PLPLOT OFF)
if(CLENET_PLPLOT)
    find_path(CLENET_PLPLOT_INCLUDE_DIR plplot.h PATH_SUFFIXES plplot)
    find_library(CLENET_PLPLOT_LIBRARY plplot)
    mark_as_advanced(CLENET_PLPLOT_INCLUDE_DIR CLENET_PLPLOT_LIBRARY)
    if(CLENET_PLPLOT_INCLUDE_DIR AND CLENET_PLPLOT_LIBRARY)
        set(CLENET_HAVE_PLPLOT ON)
        target_include_directories(clenet_plplot SYSTEM INTERFACE "${CLENET_PLPLOT_INCLUDE_DIR}")
        target_link_libraries(clenet_plplot INTERFACE "${CLENET_PLPLOT_LIBRARY}")
    elseif(CLENET_PLPLOT STREQUAL "AUTO")
        message(STATUS "clenet: PLplot was not found, so there are no figures (Debian: libplplot-dev, plplot-driver-cairo)")
    else()
        message(FATAL_ERROR "clenet: figures need PLplot (Debian: libplplot-dev, plplot-driver-cairo). Install it, or configure "
                            "with -DCLENET_PLPLOT=OFF.")
    endif()
endif()
