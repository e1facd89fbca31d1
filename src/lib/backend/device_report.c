/* device_report.c - asks a device's backend for what certificates need. */
#include "lib/backend/backend.h"

static clenet_status no_driver(const clenet_device *device, clenet_error *error) {
    return error_set(error, CLENET_ERROR_ARGUMENT, "the %s has no driver to ask; name an OpenCL device",
                     device->backend->name);
}

clenet_status clenet_device_properties(const clenet_device *device, clenet_property_callback *on_property, void *user,
                                       clenet_error *error) {
    REQUIRE(device, error);
    REQUIRE_OWNER(device, "device", error);
    if (!device->backend->properties) return no_driver(device, error);
    return device->backend->properties(device, on_property, user, error);
}

clenet_status clenet_device_programs(const clenet_device *device, clenet_program_callback *on_program, void *user,
                                     clenet_error *error) {
    REQUIRE(device, error);
    REQUIRE_OWNER(device, "device", error);
    if (!device->backend->programs) return no_driver(device, error);
    return device->backend->programs(device, on_program, user, error);
}

clenet_status clenet_device_launch_times(const clenet_device *device, clenet_launch_times *times, clenet_error *error) {
    REQUIRE(device, error);
    REQUIRE(times, error);
    REQUIRE_OWNER(device, "device", error);
    if (!device->backend->launch_times) return no_driver(device, error);
    clenet_launch_times measured = {0};
    clenet_status status = device->backend->launch_times(device, &measured, error);
    if (status == CLENET_OK) *times = measured;
    return status;
}
