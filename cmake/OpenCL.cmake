# The OpenCL backend: built wherever OpenCL's headers are. The loader (libOpenCL) is opened when the program runs; nothing
# links to it. The files of cl/ go into the library as they are.
find_path(CLENET_OPENCL_INCLUDE_DIR CL/cl.h)
mark_as_advanced(CLENET_OPENCL_INCLUDE_DIR)
if(NOT CLENET_OPENCL_INCLUDE_DIR)
    message(STATUS "clenet: OpenCL's headers were not found, so it is built for the CPU alone (Debian: opencl-headers)")
endif()

# Sets <source> to a C file with the kernels in it, written anew when one of them changes, comes or goes.
function(clenet_embed_kernels source)
    file(GLOB kernels CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/cl/*.cl" "${PROJECT_SOURCE_DIR}/cl/*.clh"
         "${PROJECT_SOURCE_DIR}/cl/*.clt")
    set(list "${PROJECT_BINARY_DIR}/kernels.list")
    set(output "${PROJECT_BINARY_DIR}/kernels.c")
    list(JOIN kernels "\n" paths)
    file(GENERATE OUTPUT "${list}" CONTENT "${paths}\n") # touched only where the list is another one
    add_custom_command(
        OUTPUT "${output}"
        COMMAND "${CMAKE_COMMAND}" -D "LIST=${list}" -D "OUTPUT=${output}" -P "${PROJECT_SOURCE_DIR}/cmake/Embed.cmake"
        DEPENDS ${kernels} "${list}" "${PROJECT_SOURCE_DIR}/cmake/Embed.cmake"
        COMMENT "Embedding the kernels of cl/"
        VERBATIM)
    set(${source} "${output}" PARENT_SCOPE)
endfunction()

# Defines the object library, and sets <objects> to its objects: to none without OpenCL's headers.
function(clenet_add_opencl_backend objects)
    set(${objects} "" PARENT_SCOPE)
    if(NOT CLENET_OPENCL_INCLUDE_DIR)
        return()
    endif()
    file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/lib/backend/opencl/*.c"
         "${PROJECT_SOURCE_DIR}/src/lib/backend/opencl/*/*.c")
    clenet_embed_kernels(kernels)
    add_library(clenet_opencl OBJECT ${sources} "${kernels}")
    target_include_directories(clenet_opencl PRIVATE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src")
    target_include_directories(clenet_opencl SYSTEM PRIVATE "${CLENET_OPENCL_INCLUDE_DIR}")
    target_link_libraries(clenet_opencl PRIVATE clenet_options clenet_dependencies)
    set(${objects} $<TARGET_OBJECTS:clenet_opencl> PARENT_SCOPE)
endfunction()
