/* test_api.c - a machine without a loader, or with one that is too old, is told so; errors have names. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RTLD_NEXT */
#endif
#include "lib/backend/opencl/api.h"

#include <dlfcn.h>

#include "icd.h"

/* Stands in for the C library's: another library in the place of one loader. Loaders of other names are not there. */
static const char *instead, *replaced = "libOpenCL.so.1";

typedef void *(*dlopen_function)(const char *, int);

void *dlopen(const char *name, int flags) {
    void *found = dlsym(RTLD_NEXT, "dlopen");
    dlopen_function real;
    memcpy(&real, &found, sizeof real);
    bool loader = name != NULL && strstr(name, "OpenCL") != NULL;
    char absent[256] = "/no-such-folder/";
    if (instead != NULL && loader) {
        (void)strncat(absent, name, sizeof absent - sizeof "/no-such-folder/");
        name = strcmp(name, replaced) == 0 ? instead : absent;
    }
    return real(name, flags);
}

static clenet_error error;

TestSuite(api, .init = icd_enter, .fini = icd_leave);

/* Builds a library with cc that needs another one, which is then removed; skips the test if there is no compiler. */
static void build_library_with_a_missing_dependency(const char *name) {
    char command[512];
    scratch_text("empty.c", "int clenet_nothing(void); int clenet_nothing(void) { return 0; }\n");
    (void)snprintf(command, sizeof command,
                   "cc -shared -fPIC -o libclenet-needed.so.3 -Wl,-soname,libclenet-needed.so.3 empty.c 2>/dev/null && "
                   "cc -shared -fPIC -o %s -Wl,--no-as-needed empty.c ./libclenet-needed.so.3 2>/dev/null && "
                   "rm libclenet-needed.so.3",
                   name);
    if (system(command) == 0) return; /* NOLINT: of the test's own making */
    icd_leave();
    cr_skip_test("no cc to build a library with");
}

Test(api, a_machine_without_a_loader_is_told_what_to_install) {
    opencl_api api = {0};
    instead = "/no-such-folder/libOpenCL.so.1";
    cr_expect_eq(opencl_api_open(&api, &error), CLENET_ERROR_DEVICE);
    cr_expect_eq(error.status, CLENET_ERROR_DEVICE);
    cr_expect_str_eq(error.message,
                     "no OpenCL loader is installed (libOpenCL.so.1); install one (Debian: ocl-icd-libopencl1)");
    cr_expect_null(api.library);
    cr_expect_eq(opencl_api_open(&api, NULL), CLENET_ERROR_DEVICE);
}

Test(api, a_loader_without_a_version_macos_framework_and_windows_name_are_tried) {
    static const char *const names[] = {"libOpenCL.so", "/System/Library/Frameworks/OpenCL.framework/OpenCL",
                                        "OpenCL.dll"};
    opencl_api api;
    icd_open(&api); /* skips the test if there is none */
    opencl_api_close(&api);
    instead = "libOpenCL.so.1.0.0"; /* the real loader */
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        replaced = names[i];
        cr_assert_eq(opencl_api_open(&api, &error), CLENET_OK, "%s: %s", names[i], error.message);
        opencl_api_close(&api);
    }
}

Test(api, a_broken_loader_is_not_called_missing) {
    char path[sizeof scratch_folder + sizeof "/libOpenCL.so.1"];
    opencl_api api = {0};
    scratch_text("libOpenCL.so.1", "this is no library, though it is longer than the head of one would have to be.\n");
    (void)snprintf(path, sizeof path, "%s/libOpenCL.so.1", scratch_folder);
    instead = path;
    cr_expect_eq(opencl_api_open(&api, &error), CLENET_ERROR_DEVICE);
    cr_expect_eq(strncmp(error.message, "the OpenCL loader libOpenCL.so.1 cannot be loaded: ", 51), 0, "%s",
                 error.message);
    cr_expect_not_null(strstr(error.message, "invalid ELF header; install it again"), "%s", error.message);
}

Test(api, a_loader_that_needs_a_missing_library_names_it) {
    char path[sizeof scratch_folder + sizeof "/libOpenCL.so.1"];
    opencl_api api = {0};
    build_library_with_a_missing_dependency("libOpenCL.so.1");
    (void)snprintf(path, sizeof path, "%s/libOpenCL.so.1", scratch_folder);
    instead = path;
    cr_expect_eq(opencl_api_open(&api, &error), CLENET_ERROR_DEVICE);
    cr_expect_not_null(strstr(error.message, "cannot be loaded: "), "%s", error.message);
    cr_expect_not_null(strstr(error.message, "libclenet-needed.so.3"), "%s", error.message);
    replaced = "libOpenCL.so"; /* names before it are absent: the broken one is told of */
    cr_expect_eq(opencl_api_open(&api, &error), CLENET_ERROR_DEVICE);
    cr_expect_not_null(strstr(error.message, "the OpenCL loader libOpenCL.so cannot"), "%s", error.message);
}

Test(api, a_loader_that_lacks_a_function_is_too_old) {
    opencl_api api = {0};
    instead = "libz.so.1";
    cr_expect_eq(opencl_api_open(&api, &error), CLENET_ERROR_DEVICE);
    cr_expect_str_eq(error.message, "the OpenCL loader libOpenCL.so.1 is too old: it lacks clGetPlatformIDs; install a "
                                    "newer one (Debian: ocl-icd-libopencl1)");
    cr_expect_null(api.library);
}

Test(api, a_loader_gives_all_functions_and_can_be_opened_again) {
    opencl_api api;
    for (int i = 0; i < 3; i++) {
        cl_uint count = 0;
        icd_open(&api);
#define EXPECT(name) cr_expect(api.name != NULL, #name);
        OPENCL_FUNCTIONS(EXPECT)
#undef EXPECT
        (void)api.clGetPlatformIDs(0, NULL, &count);
        opencl_api_close(&api);
        cr_expect_null(api.library);
    }
    opencl_api_close(&api);
}

Test(api, a_process_that_closed_a_driver_in_use_ends_well) {
    opencl_api api;
    opencl_found device = icd_pocl(&api);
    cl_int code;
    cl_context context = api.clCreateContext(NULL, 1, &device.device, NULL, NULL, &code);
    cr_assert_eq(code, CL_SUCCESS);
    cr_expect_eq(api.clReleaseContext(context), CL_SUCCESS);
    opencl_api_close(&api); /* the driver's threads go on; a crash here or at the exit fails the test */
}

Test(api, an_error_is_named_as_the_standard_names_it) {
    cr_expect_str_eq(opencl_error_name(0), "CL_SUCCESS");
    cr_expect_str_eq(opencl_error_name(-1), "CL_DEVICE_NOT_FOUND");
    cr_expect_str_eq(opencl_error_name(-11), "CL_BUILD_PROGRAM_FAILURE");
    cr_expect_str_eq(opencl_error_name(-19), "CL_KERNEL_ARG_INFO_NOT_AVAILABLE");
    cr_expect_str_eq(opencl_error_name(-30), "CL_INVALID_VALUE");
    cr_expect_str_eq(opencl_error_name(-52), "CL_INVALID_KERNEL_ARGS");
    cr_expect_str_eq(opencl_error_name(-68), "CL_INVALID_DEVICE_PARTITION_COUNT");
    cr_expect_str_eq(opencl_error_name(-72), "CL_MAX_SIZE_RESTRICTION_EXCEEDED");
    cr_expect_str_eq(opencl_error_name(-1001), "CL_PLATFORM_NOT_FOUND_KHR");
    for (cl_int code = -29; code <= -20; code++) cr_expect_str_eq(opencl_error_name(code), "unknown OpenCL error");
    for (cl_int code = -72; code <= 0; code++) {
        bool gap = code >= -29 && code <= -20;
        cr_expect_eq(strncmp(opencl_error_name(code), "CL_", 3) == 0, !gap, "%d", (int)code);
    }
    cr_expect_str_eq(opencl_error_name(1), "unknown OpenCL error");
    cr_expect_str_eq(opencl_error_name(-9999), "unknown OpenCL error");
}

Test(api, an_error_says_call_device_name_and_code) {
    cr_expect_eq(opencl_error(&error, -5, "clEnqueueNDRangeKernel", "pthread-x"), CLENET_ERROR_DEVICE);
    cr_expect_eq(error.status, CLENET_ERROR_DEVICE);
    cr_expect_str_eq(error.message, "clEnqueueNDRangeKernel failed on pthread-x: CL_OUT_OF_RESOURCES (-5)");
    cr_expect_eq(opencl_error(NULL, -5, "clFinish", "pthread-x"), CLENET_ERROR_DEVICE);
}
