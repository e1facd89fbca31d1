/* test_discover.c - all devices are found, whatever other drivers do. */
#include "lib/backend/opencl/discover.h"

#include "icd.h"

static clenet_error error;

static opencl_devices discovered(const opencl_api *api) {
    opencl_devices devices;
    memset(&devices, 0xA5, sizeof devices);
    cr_assert_eq(opencl_discover(&devices, api, &error), CLENET_OK, "%s", error.message);
    return devices;
}

/* ---- drivers of this machine ---------------------------------------------------------------------------------------- */

TestSuite(discover, .init = icd_enter, .fini = icd_leave);

Test(discover, pocl_says_what_it_is) {
    opencl_api api;
    opencl_found found = icd_pocl(&api);
    cr_expect_str_eq(found.id, "0.0");
    cr_expect_str_eq(found.platform_name, "Portable Computing Language");
    cr_expect_not_null(strstr(found.platform_version, "OpenCL"));
    cr_expect_neq(found.name[0], '\0');
    cr_expect_neq(found.vendor[0], '\0');
    cr_expect_eq(strncmp(found.version, "OpenCL ", 7), 0, "%s", found.version);
    cr_expect_neq(found.driver[0], '\0');
    cr_expect(found.type & CL_DEVICE_TYPE_CPU);
    cr_expect_gt(found.compute_units, 0);
    cr_expect_gt(found.memory, (uint64_t)1 << 20);
    cr_expect_geq(found.max_group, 64);
    cr_expect_geq(found.local_memory, 16384);
    cr_expect(found.available && found.has_compiler);
}

Test(discover, no_driver_is_no_error) {
    opencl_api api;
    icd_open(&api);
    opencl_devices devices = discovered(&api);
    cr_expect_eq(devices.count, 0);
    cr_expect_eq(devices.platforms, 0);
    opencl_devices_free(&devices);
    opencl_api_close(&api);
}

Test(discover, an_icd_that_names_a_missing_library_hides_no_other) {
    opencl_api api;
    scratch_text("vendors/absent.icd", "libclenet-there-is-no-such-driver.so.1\n");
    opencl_found found = icd_pocl(&api);
    cr_expect_str_eq(found.platform_name, "Portable Computing Language");
}

Test(discover, a_driver_that_needs_a_missing_library_is_the_reason) {
    opencl_api api;
    char reason[OPENCL_REASON], vendors[sizeof scratch_folder + sizeof "/vendors"];
    const opencl_devices none = {0}, platform = {.platforms = 1};
    (void)snprintf(vendors, sizeof vendors, "%s/vendors", scratch_folder);
    clenet_device_options options = {.size = sizeof options, .icd_vendors = vendors};
    icd_open(&api);
    opencl_why_none(reason, &none, &options);
    cr_expect_str_eq(reason, "no platform is installed (no .icd)");
    opencl_why_none(reason, &platform, &options);
    cr_expect_str_eq(reason, "no platform here has a device");
    scratch_text("vendors/absent.icd", "libclenet-there-is-no-such-driver.so.1\n");
    opencl_why_none(reason, &none, &options);
    cr_expect_not_null(strstr(reason,
                              "vendors/absent.icd names libclenet-there-is-no-such-driver.so.1, which cannot be "
                              "loaded: cannot open shared object file"),
                       "%s", reason);
    cr_assert_eq(remove("vendors/absent.icd"), 0);
    options.icd_filenames = ":libz.so.1:libclenet-listed-driver.so.7";
    opencl_why_none(reason, &none, &options);
    cr_expect_not_null(strstr(reason, "OCL_ICD_FILENAMES names libclenet-listed-driver.so.7, which cannot"), "%s",
                       reason);
    opencl_api_close(&api);
}

Test(discover, platforms_without_devices_hide_no_other) {
    opencl_api api;
    if (SCRATCH_SANITIZED) cr_skip_test("Clover throws C++ exceptions, which AddressSanitizer takes for its own");
    icd_add("mesa.icd");
    icd_add("rusticl.icd");
    icd_add("pocl.icd");
    icd_open(&api);
    opencl_devices devices = discovered(&api);
    cr_expect_eq(devices.platforms, 3);
    cr_expect_eq(devices.count, 1);
    cr_expect_str_eq(devices.list[0].platform_name, "Portable Computing Language");
    opencl_devices_free(&devices);
}

Test(discover, platforms_without_devices_are_counted) {
    opencl_api api;
    if (SCRATCH_SANITIZED) cr_skip_test("Clover throws C++ exceptions, which AddressSanitizer takes for its own");
    icd_add("mesa.icd");
    icd_add("rusticl.icd");
    icd_open(&api);
    opencl_devices devices = discovered(&api);
    cr_expect_eq(devices.platforms, 2);
    cr_expect_eq(devices.count, 0);
    opencl_devices_free(&devices);
}

/* ---- drivers that misbehave ----------------------------------------------------------------------------------------- */

enum { UNWRITTEN = 99 };

/* Platform i is driver i. */
static const struct {
    cl_int first, second; /* what clGetDeviceIDs says when it is asked for the count, and for the devices */
    cl_uint devices;      /* the count; UNWRITTEN: it is left as it was */
} drivers[] = {
    {CL_SUCCESS, CL_SUCCESS, 2},
    {CL_DEVICE_NOT_FOUND, CL_DEVICE_NOT_FOUND, UNWRITTEN},
    {CL_SUCCESS, CL_OUT_OF_HOST_MEMORY, 3},
    {CL_SUCCESS, CL_SUCCESS, 0},
    {CL_INVALID_PLATFORM, CL_SUCCESS, 5},
    {CL_SUCCESS, CL_SUCCESS, UNWRITTEN},
    {CL_SUCCESS, CL_SUCCESS, 1},
};
enum { DRIVERS = sizeof drivers / sizeof drivers[0] };

static char made_up[DRIVERS][4]; /* their addresses are platforms and devices */
static cl_int platforms_say;

static cl_int fake_platforms(cl_uint room, cl_platform_id *ids, cl_uint *count) {
    if (platforms_say != CL_SUCCESS) return platforms_say; /* the count is as it was */
    if (count != NULL) *count = DRIVERS;
    for (size_t i = 0; ids != NULL && i < room; i++) ids[i] = (cl_platform_id)(void *)made_up[i];
    return CL_SUCCESS;
}

static cl_int fake_devices(cl_platform_id platform, cl_device_type type, cl_uint room, cl_device_id *ids,
                           cl_uint *count) {
    size_t i = (size_t)((char *)platform - made_up[0]) / sizeof made_up[0];
    cr_assert_eq(type, CL_DEVICE_TYPE_ALL);
    if (ids == NULL) {
        if (drivers[i].devices != UNWRITTEN) *count = drivers[i].devices;
        return drivers[i].first;
    }
    for (size_t j = 0; drivers[i].second == CL_SUCCESS && j < room; j++)
        ids[j] = (cl_device_id)(void *)&made_up[i][j + 1];
    return drivers[i].second;
}

static cl_int fake_text(const char *text, size_t length, size_t room, void *value, size_t *needed) {
    if (needed != NULL) *needed = length;
    if (value == NULL) return CL_SUCCESS;
    if (room < length) return CL_INVALID_VALUE;
    memcpy(value, text, length);
    return CL_SUCCESS;
}

static cl_int fake_platform_info(cl_platform_id platform, cl_platform_info what, size_t room, void *value,
                                 size_t *needed) {
    (void)platform;
    if (what == CL_PLATFORM_NAME) return fake_text("Fake", sizeof "Fake", room, value, needed);
    return CL_OUT_OF_RESOURCES;
}

static cl_int fake_device_info(cl_device_id device, cl_device_info what, size_t room, void *value, size_t *needed) {
    static const char spaced[] = "  Two\nlines\t ", endless[1000] = {'n', 'o', ' ', 'z', 'e', 'r', 'o'};
    static char name[1000];
    (void)device;
    memset(name, 'x', sizeof name);
    if (what == CL_DEVICE_NAME) return fake_text(name, sizeof name, room, value, needed); /* long, and without a zero */
    if (what == CL_DEVICE_VENDOR) return fake_text(spaced, sizeof spaced, room, value, needed);
    if (what == CL_DRIVER_VERSION) return fake_text(endless, 7, room, value, needed); /* short, and without a zero */
    if (what == CL_DEVICE_VERSION) return fake_text("", 0, room, value, needed);
    if (what == CL_DEVICE_LOCAL_MEM_SIZE && room == sizeof(cl_ulong)) {
        *(cl_ulong *)value = (cl_ulong)3 << 32;
        return CL_SUCCESS;
    }
    return CL_INVALID_VALUE;
}

static const opencl_api fake = {
    .clGetPlatformIDs = fake_platforms,
    .clGetDeviceIDs = fake_devices,
    .clGetPlatformInfo = fake_platform_info,
    .clGetDeviceInfo = fake_device_info,
};

Test(discover_fake, a_driver_that_fails_hides_no_other) {
    opencl_devices devices = discovered(&fake);
    cr_expect_eq(devices.platforms, DRIVERS);
    cr_assert_eq(devices.count, 3);
    char last[24];
    (void)snprintf(last, sizeof last, "%d.0", DRIVERS - 1);
    cr_expect_str_eq(devices.list[0].id, "0.0");
    cr_expect_str_eq(devices.list[1].id, "0.1");
    cr_expect_str_eq(devices.list[2].id, last);
    cr_expect_eq((void *)devices.list[2].device, (void *)&made_up[DRIVERS - 1][1]);
    cr_expect_eq((void *)devices.list[2].platform, (void *)made_up[DRIVERS - 1]);
    opencl_devices_free(&devices);
    cr_expect_eq(devices.count, 0);
    cr_expect_null(devices.list);
    opencl_devices_free(&devices);
}

Test(discover_fake, a_loader_that_fails_is_no_device) {
    static const cl_int answers[] = {-1001, CL_OUT_OF_HOST_MEMORY, CL_INVALID_VALUE};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        platforms_say = answers[i];
        opencl_devices devices = discovered(&fake);
        cr_expect_eq(devices.platforms, 0);
        cr_expect_eq(devices.count, 0);
        opencl_devices_free(&devices);
    }
}

Test(discover_fake, what_a_driver_does_not_say_is_empty_or_zero_and_texts_are_tidy) {
    opencl_devices devices = discovered(&fake);
    const opencl_found *found = &devices.list[0];
    cr_expect_str_eq(found->platform_name, "Fake");
    cr_expect_str_eq(found->platform_version, "");
    cr_expect_eq(strlen(found->name), OPENCL_TEXT - 1);
    cr_expect_str_eq(found->vendor, "Two lines");
    cr_expect_str_eq(found->driver, "no zero");
    cr_expect_str_eq(found->version, "");
    cr_expect_eq(found->local_memory, (uint64_t)3 << 32);
    cr_expect_eq(found->memory, 0);
    cr_expect_eq(found->compute_units, 0);
    cr_expect_not(found->available);
    opencl_devices_free(&devices);
}
