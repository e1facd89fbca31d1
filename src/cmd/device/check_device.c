/* check_device.c - clenet check-device: checks one device.
 *
 * Other commands start it as a child process, so that a driver that crashes does not end the run. Its last line on standard
 * output is the verdict, as JSON. */
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

#include "cmd/base/commands.h"
#include "cmd/base/device_setting.h"
#include "cmd/base/text.h"
#include "cmd/base/say.h"
#include "clenet/clenet.h"
#include "lib/base/child.h"

typedef struct check_device_arguments {
    const char *job, *plain, *tiles;
    int gemm;
    bool background;
} check_device_arguments;

static const option_spec options[] = {
    OPTION_ROW(TEXT, check_device_arguments, job, "job", "TEXT", "check and time only this job"),
    OPTION_ROW(TEXT, check_device_arguments, plain, "plain", "LIST", "programs with plain kernels, comma-separated"),
    OPTION_ROW(FLAG, check_device_arguments, background, "background", NULL,
               "run at low priority, and end with the parent process"),
    OPTION_ROW(TEXT, check_device_arguments, tiles, "tiles", "TILES",
               "tiles: a kind and numbers, such as vector,filters=8"),
    OPTION_ROW(CHOICE, check_device_arguments, gemm, "gemm", "WHAT", "matrix multiplication", .choices = device_gemms),
};

/* Tells the parent process which programs are under test, in case this process crashes. */
static void say_checking(const char *programs, void *user) {
    *(const char **)user = programs;
    (void)printf("{\"checking\": \"%s\"}\n", programs);
    (void)fflush(stdout);
}

static clenet_status check(const char *id, const check_device_arguments *arguments, const char **checking,
                           clenet_device_verdict *verdict, clenet_error *error) {
    device_setting setting;
    clenet_device *device = NULL;
    if (device_setting_make(&setting, &(device_arguments){.spec = id, .gemm = arguments->gemm}) != EXIT_DONE) {
        (void)snprintf(error->message, sizeof error->message, "out of memory (the check)");
        return error->status = CLENET_ERROR_MEMORY;
    }
    setting.options.probe_command = NULL; /* this process is the probe itself */
    setting.options.plain = arguments->plain != NULL ? arguments->plain : "";
    setting.options.tiles = arguments->tiles;
    clenet_status status = clenet_device_open(&device, id, &setting.options, error);
    if (status == CLENET_OK && arguments->job != NULL)
        status = clenet_device_check_job(device, arguments->job, verdict, error);
    if (status == CLENET_OK && arguments->job == NULL)
        status = clenet_device_check(device, say_checking, checking, verdict, error);
    clenet_device_free(device);
    device_setting_free(&setting);
    return status;
}

static int run_check_device(int argc, char **argv) {
    check_device_arguments arguments = {.plain = NULL};
    const char *operands[OPERANDS_MOST], *checking = "";
    int status = options_read(&check_device_command, argc, argv, &arguments, operands);
    if (status != OPTIONS_GO_ON) return status;

    if (arguments.background) process_behind();
    clenet_device_verdict verdict = {.images_per_second = 0.0};
    clenet_error error;
    bool passed = check(operands[0], &arguments, &checking, &verdict, &error) == CLENET_OK;
    json_t *line =
        passed ? json_pack("{s:b, s:f, s:s}", "passed", 1, "images_per_second", verdict.images_per_second, "products",
                           verdict.products)
               : json_pack("{s:b, s:o, s:s}", "passed", 0, "failure", json_text(error.message), "blame", checking);
    status = say_json(line, true, JSON_PRESERVE_ORDER, "verdict");
    return passed ? status : EXIT_FAILED;
}

const command_spec check_device_command = {
    .name = "check-device",
    .synopsis = "ID [OPTION]...",
    .purpose = "check an OpenCL device against the CPU",
    .about = "  ID  number of a device in clenet devices\n\n"
             "Checks every operation, or only --job. Prints JSON: {\"checking\": \"conv2d\"}\n"
             "before each step, and at the end {\"passed\": true, \"images_per_second\": 12345.6}\n"
             "or {\"passed\": false, \"failure\": \"...\", \"blame\": \"conv2d\"}. The exit status is\n"
             "0 if it passed, otherwise 1. Nothing is stored.\n",
    .operands = {"ID"},
    .operands_least = 1,
    .operands_most = 1,
    OPTION_TABLE(options),
    .hidden = true,
    .run = run_check_device,
};
