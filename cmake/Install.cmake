# cmake --install: the command, the library with its header, and what find_package(clenet) and pkg-config read.
include(CMakePackageConfigHelpers)

install(TARGETS clenet EXPORT clenetTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS clenet_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY include/clenet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES docs/clenet.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
if(NOT CMAKE_CROSSCOMPILING) # the command prints its completions
    install(FILES "${PROJECT_BINARY_DIR}/completions/clenet"
            DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/bash-completion/completions)
    install(FILES "${PROJECT_BINARY_DIR}/completions/_clenet" DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/zsh/site-functions)
    install(FILES "${PROJECT_BINARY_DIR}/completions/clenet.fish"
            DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/fish/vendor_completions.d)
endif()
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/clenet)
install(EXPORT clenetTargets NAMESPACE clenet:: DESTINATION ${package_dir})
configure_package_config_file(cmake/clenetConfig.cmake.in clenetConfig.cmake INSTALL_DESTINATION ${package_dir}
                              NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(clenetConfigVersion.cmake COMPATIBILITY ${package_compatibility})
install(FILES "${PROJECT_BINARY_DIR}/clenetConfig.cmake" "${PROJECT_BINARY_DIR}/clenetConfigVersion.cmake"
        DESTINATION ${package_dir})

# A static library's users link what it stands on; a shared one brings it along.
set(PC_NEEDS "-lcsv -ljansson -lz")
foreach(library IN LISTS CLENET_OPTIONAL_LIBRARIES)
    string(APPEND PC_NEEDS " -l${library}")
endforeach()
string(APPEND PC_NEEDS " -lm -ldl -pthread")
if(BUILD_SHARED_LIBS)
    set(PC_LIBS "")
    set(PC_LIBS_PRIVATE "${PC_NEEDS}")
else()
    set(PC_LIBS " ${PC_NEEDS}")
    set(PC_LIBS_PRIVATE "")
endif()
file(RELATIVE_PATH PC_PREFIX "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" PC_PREFIX "${PC_PREFIX}")
configure_file(cmake/clenet.pc.in clenet.pc @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/clenet.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
