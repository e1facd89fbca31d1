# What clenet stands on: libcsv, zlib, jansson, threads, the mathematics of C. One message names all that is missing. The library
# unpacks with libarchive and reads pictures with libpng, libjpeg-turbo, libwebp and libheif, and the command draws PNG and
# PDF with librsvg, if those are found.
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

# libarchive, for packed files other than gzip: linked into the library.
set(CLENET_ARCHIVE AUTO CACHE STRING "Zip, NumPy's .npz, bzip2, xz and zstd by libarchive: ON, OFF, or AUTO (where it is found)")
set_property(CACHE CLENET_ARCHIVE PROPERTY STRINGS AUTO ON OFF)
add_library(clenet_archive INTERFACE)
set(CLENET_HAVE_ARCHIVE OFF)
set(CLENET_OPTIONAL_LIBRARIES "") # those that were found: programs link them that use the static library
if(CLENET_ARCHIVE)
    find_package(LibArchive QUIET)
    if(LibArchive_FOUND)
        set(CLENET_HAVE_ARCHIVE ON)
        list(APPEND CLENET_OPTIONAL_LIBRARIES archive)
        target_link_libraries(clenet_archive INTERFACE LibArchive::LibArchive)
        target_compile_definitions(clenet_archive INTERFACE CLENET_HAVE_ARCHIVE)
    elseif(CLENET_ARCHIVE STREQUAL "AUTO")
        message(STATUS "clenet: libarchive was not found, so of packed files only gzip is read (Debian: libarchive-dev)")
    else()
        message(FATAL_ERROR "clenet: zip, bzip2, xz and zstd need libarchive (Debian: libarchive-dev). Install it, or configure "
                            "with -DCLENET_ARCHIVE=OFF.")
    endif()
endif()

add_library(clenet_dependencies INTERFACE) # of the library
target_link_libraries(clenet_dependencies INTERFACE clenet_csv clenet_json clenet_archive ZLIB::ZLIB Threads::Threads clenet_math
                                                    ${CMAKE_DL_LIBS})

# librsvg, for figures as PNG and PDF: linked into the command only. SVG needs nothing.
set(CLENET_RSVG AUTO CACHE STRING "Figures as PNG and PDF by librsvg: ON, OFF, or AUTO (if it is found)")
set_property(CACHE CLENET_RSVG PROPERTY STRINGS AUTO ON OFF)
add_library(clenet_rsvg INTERFACE)
set(CLENET_HAVE_RSVG OFF)
if(CLENET_RSVG)
    find_package(PkgConfig QUIET)
    if(PKG_CONFIG_FOUND)
        pkg_check_modules(CLENET_LIBRSVG QUIET IMPORTED_TARGET librsvg-2.0>=2.46)
    endif()
    if(CLENET_LIBRSVG_FOUND)
        set(CLENET_HAVE_RSVG ON)
        target_include_directories(clenet_rsvg SYSTEM INTERFACE ${CLENET_LIBRSVG_INCLUDE_DIRS})
        target_link_libraries(clenet_rsvg INTERFACE ${CLENET_LIBRSVG_LINK_LIBRARIES})
    elseif(CLENET_RSVG STREQUAL "AUTO")
        message(STATUS "clenet: librsvg was not found, so figures are SVG only (Debian: librsvg2-dev)")
    else()
        message(FATAL_ERROR "clenet: figures as PNG and PDF need librsvg 2.46 or later and pkg-config (Debian: librsvg2-dev). "
                            "Install it, or configure with -DCLENET_RSVG=OFF.")
    endif()
endif()

# Libraries of picture formats, each of them optional: linked into the library.
#
# clenet_picture_library(NAME LIBRARY DEBIAN HEADER): sets CLENET_HAVE_<NAME>, makes the target clenet_<name>, and adds the library to
# CLENET_OPTIONAL_LIBRARIES.
function(clenet_picture_library name library debian header)
    string(TOLOWER ${name} lower)
    set(CLENET_${name} AUTO CACHE STRING "${name} pictures by lib${library}: ON, OFF, or AUTO (where it is found)")
    set_property(CACHE CLENET_${name} PROPERTY STRINGS AUTO ON OFF)
    add_library(clenet_${lower} INTERFACE)
    set(CLENET_HAVE_${name} OFF PARENT_SCOPE)
    if(NOT CLENET_${name})
        return()
    endif()
    find_path(CLENET_${name}_INCLUDE_DIR ${header})
    find_library(CLENET_${name}_LIBRARY ${library})
    mark_as_advanced(CLENET_${name}_INCLUDE_DIR CLENET_${name}_LIBRARY)
    if(CLENET_${name}_INCLUDE_DIR AND CLENET_${name}_LIBRARY)
        set(CLENET_HAVE_${name} ON PARENT_SCOPE)
        target_include_directories(clenet_${lower} SYSTEM INTERFACE "${CLENET_${name}_INCLUDE_DIR}")
        target_link_libraries(clenet_${lower} INTERFACE "${CLENET_${name}_LIBRARY}")
        target_compile_definitions(clenet_${lower} INTERFACE CLENET_HAVE_${name})
        target_link_libraries(clenet_dependencies INTERFACE clenet_${lower})
        set(CLENET_OPTIONAL_LIBRARIES ${CLENET_OPTIONAL_LIBRARIES} ${library} PARENT_SCOPE)
    elseif(CLENET_${name} STREQUAL "AUTO")
        message(STATUS "clenet: lib${library} was not found, so ${name} pictures are not read (Debian: ${debian})")
    else()
        message(FATAL_ERROR "clenet: ${name} pictures need lib${library} (Debian: ${debian}). Install it, or configure with "
                            "-DCLENET_${name}=OFF.")
    endif()
endfunction()
clenet_picture_library(PNG png libpng-dev png.h)
clenet_picture_library(JPEG jpeg libjpeg-dev jpeglib.h)
clenet_picture_library(WEBP webp libwebp-dev webp/decode.h)
clenet_picture_library(HEIF heif libheif-dev libheif/heif.h)
