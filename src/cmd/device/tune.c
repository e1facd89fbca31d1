/* tune.c - clenet tune: finds the fastest kernel tiles for an OpenCL device. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/base/commands.h"
#include "cmd/base/device_setting.h"
#include "cmd/base/interrupt.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "clenet/clenet.h"

typedef struct tune_arguments {
    const char *device;
    double seconds;
    bool again;
} tune_arguments;

static const option_spec options[] = {
    OPTION_ROW(TEXT, tune_arguments, device, "device", "DEVICE",
               "the OpenCL device: gpu, opencl, a number from clenet devices, or part of a device's name (default: "
               "$CLENET_DEVICE, or opencl)",
               .choices = device_words),
    OPTION_ROW(REAL, tune_arguments, seconds, "seconds", "N", "seconds to search (default 60)",
               .range = {FROM(1), TO(3600)}),
    OPTION_ROW(FLAG, tune_arguments, again, "again", NULL, "forget earlier results and start again"),
};

static int say_trial(const char *tiles, double images_per_second, void *user) {
    char number[TEXT_SIZE];
    (void)user;
    if (images_per_second > 0.0)
        say_line("%12s images/s  %s", text_count(number, (uint64_t)images_per_second), tiles);
    else
        say_line("%12s           %s", "failed", tiles);
    return interrupt_signal();
}

static void print_result(const clenet_tuning_result *result) {
    char own[TEXT_SIZE], usual[TEXT_SIZE];
    (void)text_count(own, (uint64_t)result->images_per_second);
    (void)text_count(usual, (uint64_t)result->default_images_per_second);
    if (result->images_per_second > result->default_images_per_second)
        (void)printf("%s: %s images/s, %.2f times the default's %s; used from now on\n", result->tiles, own,
                     result->images_per_second / result->default_images_per_second, usual);
    else
        (void)printf("%s: %s images/s; none of the tiles that were tried is faster than the default\n", result->tiles,
                     own);
    if (!result->complete) (void)printf("some tiles are left: run the command again to continue\n");
}

static int tune(const char *spec, device_setting *setting, const clenet_tuning_options *tuning) {
    clenet_device *device = NULL;
    clenet_tuning_result result;
    clenet_error error;
    if (clenet_device_open(&device, spec, &setting->options, &error) != CLENET_OK) return say_error(&error);
    say_line("device: %s", clenet_device_description(device));
    interrupt_catch(NULL);
    clenet_status status = clenet_device_tune(device, tuning, &result, &error);
    clenet_device_free(device);
    if (interrupt_signal() != 0) {
        say_line("stopped; the trials are saved: run the command again to continue");
        return EXIT_SIGNAL + interrupt_signal();
    }
    if (status != CLENET_OK) return say_error(&error);
    print_result(&result);
    return EXIT_DONE;
}

static int run_tune(int argc, char **argv) {
    clenet_tuning_options tuning;
    clenet_tuning_options_init(&tuning, sizeof tuning);
    tune_arguments arguments = {.seconds = tuning.seconds};
    const char *operands[OPERANDS_MOST], *wish = getenv("CLENET_DEVICE");
    int status = options_read(&tune_command, argc, argv, &arguments, operands);
    if (status != OPTIONS_GO_ON) return status;

    if (arguments.device == NULL) arguments.device = wish != NULL && wish[0] != '\0' ? wish : "opencl";
    tuning.seconds = arguments.seconds;
    tuning.again = arguments.again;
    tuning.on_trial = say_trial;
    device_setting setting;
    status = device_setting_make(&setting, &(device_arguments){.spec = arguments.device});
    if (status != EXIT_DONE) return status;
    if (setting.options.kernel_folder != NULL)
        status = say_failed("cannot tune kernels in a folder, because they may change: unset CLENET_KERNEL_DIR");
    else if (setting.cache_folder == NULL)
        status = say_failed("no folder to save the tuning in: set CLENET_CACHE_DIR to one");
    else
        status = tune(arguments.device, &setting, &tuning);
    device_setting_free(&setting);
    return status;
}

const command_spec tune_command = {
    .name = "tune",
    .synopsis = "[--device DEVICE] [--seconds N]",
    .purpose = "tune kernel tile sizes for an OpenCL device",
    .about = "Tries tile sizes for the OpenCL kernels, checks the fastest against the CPU, and\n"
             "stores them in the cache folder. All later runs on this device use them; clenet\n"
             "devices shows them. A second call continues the search. With other tiles, sums\n"
             "are computed in another order: the last digits of a loss can differ.\n",
    .notes = "example:\n"
             "  clenet tune --device gpu\n",
    .operands_most = 0,
    OPTION_TABLE(options),
    .run = run_tune,
};
