# The OpenCL backend: built wherever OpenCL's headers are. The loader (libOpenCL) is opened when the program runs; nothing
# links to it. The files of cl/ go into the library as they are.
find_path(CLENET_OPENCL_INCLUDE_DIR CL/cl.h)
mark_as_advanced(CLENET_OPENCL_INCLUDE_DIR)
if(NOT CLENET_OPENCL_INCLUDE_DIR)
    message(STATUS "clenet: OpenCL's headers were not found, so it is built for the CPU alone (Debian: opencl-headers)")
endif()

# Defines the object library, and sets <objects> to its objects: to none without OpenCL's headers.
function(clenet_add_opencl_backend objects)
    set(${objects} "" PARENT_SCOPE)
    if(NOT CLENET_OPENCL_INCLUDE_DIR)
        return()
    endif()
    file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/lib/backend/opencl/*.c"
         "${PROJECT_SOURCE_DIR}/src/lib/backend/opencl/*/*.c")
    file(GLOB kernels CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/cl/*.cl" "${PROJECT_SOURCE_DIR}/cl/*.clh"
         "${PROJECT_SOURCE_DIR}/cl/*.clt")
    clenet_embed(kernel_files ${kernels})
    add_library(clenet_opencl OBJECT ${sources} "${kernel_files}")
    target_include_directories(clenet_opencl PRIVATE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src")
    target_include_directories(clenet_opencl SYSTEM PRIVATE "${CLENET_OPENCL_INCLUDE_DIR}")
    target_link_libraries(clenet_opencl PRIVATE clenet_options clenet_dependencies)
    set(${objects} $<TARGET_OBJECTS:clenet_opencl> PARENT_SCOPE)
endfunction()
