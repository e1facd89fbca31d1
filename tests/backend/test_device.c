/* Opening devices. */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "clenet/clenet.h"

static clenet_error error;

Test(device, the_cpu_says_its_threads_and_instruction_set) {
    clenet_device *device;
    clenet_device_options options = {.size = sizeof options, .threads = 3, .isa = "baseline"};
    cr_assert(clenet_device_open(&device, "cpu", &options, &error) == CLENET_OK);
    cr_expect_str_eq(clenet_device_description(device), "cpu, 3 threads, baseline");
    clenet_device_free(device);
}

Test(device, auto_finds_something_on_any_machine) {
    clenet_device *device;
    cr_assert(clenet_device_open(&device, "auto", NULL, &error) == CLENET_OK);
    clenet_device_free(device);
}

Test(device, what_is_not_there_is_refused_with_what_is) {
    clenet_device *device = NULL;
    clenet_device_options options = {.size = sizeof options, .isa = "sse9"};
    cr_expect(clenet_device_open(&device, "toaster", NULL, &error) == CLENET_ERROR_DEVICE);
    cr_expect(strstr(error.message, "'toaster'") && strstr(error.message, "cpu"));
    cr_expect(clenet_device_open(&device, "cpu", &options, &error) == CLENET_ERROR_DEVICE);
    cr_expect(strstr(error.message, "'sse9'") && strstr(error.message, "baseline"), "%s", error.message);
    options = (clenet_device_options){.size = sizeof options, .threads = 1025};
    cr_expect(clenet_device_open(&device, "cpu", &options, &error) == CLENET_ERROR_ARGUMENT);
    options = (clenet_device_options){.size = sizeof options, .threads = -1};
    cr_expect(clenet_device_open(&device, "cpu", &options, &error) == CLENET_ERROR_ARGUMENT);
    options = (clenet_device_options){.threads = 1};
    cr_expect(clenet_device_open(&device, "cpu", &options, &error) == CLENET_ERROR_ARGUMENT);
    cr_expect(strstr(error.message, "clenet_device_options_init()"), "%s", error.message);
    clenet_device_list *list = NULL;
    cr_expect(clenet_device_list_new(&list, &options, &error) == CLENET_ERROR_ARGUMENT);
    cr_expect_null(list);
    cr_expect_null(device);
}

/* LLVM, which OpenCL drivers bring along, takes SIGINT for itself when it is loaded. */
Test(device, what_the_host_does_on_signals_is_left_alone) {
    clenet_device *device;
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction found;
    sigaction(SIGINT, &ignore, NULL);
    cr_assert(clenet_device_open(&device, "auto", NULL, &error) == CLENET_OK, "%s", error.message);
    sigaction(SIGINT, NULL, &found);
    cr_expect(found.sa_handler == SIG_IGN);
    clenet_device_free(device);
}
