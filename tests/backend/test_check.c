/* The check that a device passes before it is used. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"

static clenet_error error;

Test(check, the_cpu_agrees_with_itself_on_every_instruction_set) {
    static const char *const isas[] = {"baseline", "avx2", "avx512"};
    for (int i = 0; i < 3; i++) {
        clenet_device *device;
        clenet_device_verdict verdict = {0};
        const clenet_device_options options = {.isa = isas[i], .threads = 2};
        if (clenet_device_open(&device, "cpu", &options, &error) != CLENET_OK) continue;
        cr_expect(clenet_device_check(device, NULL, NULL, &verdict, &error) == CLENET_OK, "%s", error.message);
        cr_expect(verdict.images_per_second > 0);
        clenet_device_free(device);
    }
}

/* A backend that is the CPU's but for one thing: what its read() gives is a little off. */
static const executor_functions *honest;
static clenet_status read_wrong(executor *e, plan_region region, float *values, clenet_error *why) {
    clenet_status status = honest->read(e, region, values, why);
    if (region == REGION_GRADIENTS) values[0] += 1;
    return status;
}

static clenet_status prepare_wrong(executor **out, const clenet_device *device, const plan *p, clenet_error *why) {
    static executor_functions wrong;
    clenet_status status = cpu_backend.prepare(out, device, p, why);
    if (status != CLENET_OK) return status;
    honest = (*out)->functions;
    wrong = *honest;
    wrong.read = read_wrong;
    (*out)->functions = &wrong;
    return status;
}

Test(check, a_device_that_computes_wrong_gradients_is_refused_with_the_operation) {
    clenet_device *device;
    clenet_device_verdict verdict = {0};
    cr_assert(clenet_device_open(&device, "cpu", NULL, &error) == CLENET_OK);
    backend wrong = cpu_backend;
    wrong.prepare = prepare_wrong;
    device->backend = &wrong;
    cr_expect(clenet_device_check(device, NULL, NULL, &verdict, &error) == CLENET_ERROR_DEVICE);
    cr_expect(strstr(error.message, "dense") && strstr(error.message, "gradients"), "%s", error.message);
    device->backend = &cpu_backend;
    clenet_device_free(device);
}

Test(check, the_opencl_device_under_test_passes) {
    const char *spec = getenv("CLENET_TEST_DEVICE");
    if (!spec) cr_skip_test("CLENET_TEST_DEVICE names no device");
    clenet_device *device;
    clenet_device_verdict verdict = {0};
    cr_assert(clenet_device_open(&device, spec, NULL, &error) == CLENET_OK, "%s", error.message);
    cr_expect(clenet_device_check(device, NULL, NULL, &verdict, &error) == CLENET_OK, "%s", error.message);
    cr_expect(verdict.images_per_second > 0);
    clenet_device_free(device);
}
