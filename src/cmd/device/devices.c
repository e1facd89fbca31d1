/* devices.c - clenet devices: lists the devices of this machine. */
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/class_list.h"
#include "cmd/base/commands.h"
#include "cmd/base/device_setting.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "clenet/clenet.h"

enum {
    SCHEMA_VERSION = 1, /* of --json: changes if the output becomes incompatible */
    JSON_DIGITS = 9
};

typedef struct devices_arguments {
    bool json;
} devices_arguments;

static const option_spec options[] = {
    OPTION_ROW(FLAG, devices_arguments, json, "json", NULL, "print one JSON object instead of the list"),
};

/* ---- the list ---- */

enum {
    INDENT = 6,       /* column of a device's name and of the lines below it */
    CONTINUATION = 8, /* column of the further lines of a long text */
    FIELD_SIZE = 1200 /* bytes: a failure of 1024, with a word before it */
};

/* Prints a line "name: text", if there is a text. */
static void print_field(const char *name, const char *text) {
    if (text[0] == '\0') return;
    int column = printf("%*s%s: ", INDENT, "", name);
    text_print_wrapped(text, column, CONTINUATION);
}

static void print_check(const clenet_device_info *device) {
    char text[FIELD_SIZE];
    if (device->platform[0] == '\0') {
        (void)snprintf(text, sizeof text, "not needed");
    } else if (!device->checked) {
        (void)snprintf(text, sizeof text, "not yet: clenet checks the device when it first uses it");
    } else if (device->passed) {
        (void)snprintf(text, sizeof text, "passed%s%s%s%s%s", device->tiles[0] != '\0' ? ", tuned: " : "",
                       device->tiles, device->clblast ? ", with CLBlast" : "",
                       device->plain[0] != '\0' ? ", plain kernels: " : "", device->plain);
    } else {
        (void)snprintf(text, sizeof text, "failed: %s", device->failure);
    }
    print_field("check", text);
}

/* Type, compute units, memory and version of OpenCL. Devices report the version as "OpenCL 3.0 <words of the vendor>". */
static void print_kind(const clenet_device_info *device) {
    char text[FIELD_SIZE], units[TEXT_SIZE], memory[TEXT_SIZE];
    static const char prefix[] = "OpenCL ";
    const char *version = device->version;
    if (strncmp(version, prefix, sizeof prefix - 1) == 0) version += sizeof prefix - 1;
    (void)text_counted(units, (uint64_t)device->compute_units, device->platform[0] == '\0' ? "core" : "compute unit");
    (void)snprintf(text, sizeof text, "%s, %s, %s%s%.*s", device->type, units, text_bytes(memory, device->memory),
                   version[0] != '\0' ? ", OpenCL " : "", (int)strcspn(version, " "), version);
    (void)printf("%*s", INDENT, "");
    text_print_wrapped(text, INDENT, CONTINUATION);
}

static void print_device(const clenet_device_info *device) {
    char speed[TEXT_SIZE] = "", text[FIELD_SIZE] = "";
    int column = printf("%-*s ", INDENT - 1, device->id);
    text_print_wrapped(device->name[0] != '\0' ? device->name : "(no name)", column, CONTINUATION);
    print_kind(device);
    print_field("platform", device->platform);
    print_field("vendor", device->vendor);
    print_field("driver", device->driver);
    if (device->images_per_second > 0.0)
        (void)snprintf(text, sizeof text, "%s images/s in training",
                       text_count(speed, (uint64_t)device->images_per_second));
    print_field("speed", text);
    print_check(device);
}

static int print_list(const clenet_device_list *list) {
    for (size_t i = 0; i < clenet_device_list_count(list); i++) {
        if (i > 0) (void)putchar('\n');
        print_device(clenet_device_list_get(list, i));
    }
    const char *reason = clenet_device_list_opencl(list);
    if (reason[0] == '\0') return EXIT_DONE;
    char text[FIELD_SIZE];
    (void)snprintf(text, sizeof text, "no OpenCL device: %s", reason);
    (void)putchar('\n');
    text_print_wrapped(text, 0, 0);
    (void)printf("Run clenet doctor: it says what to do.\n");
    return EXIT_DONE;
}

/* ---- JSON ---- */

static json_t *device_json(const clenet_device_info *device) {
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:I, s:b, s:o, s:o, s:o, s:o, s:b, s:o}", "id",
                     json_text(device->id), "type", json_text(device->type), "name", json_text(device->name),
                     "platform", json_text(device->platform), "vendor", json_text(device->vendor), "driver",
                     json_text(device->driver), "version", json_text(device->version), "compute_units",
                     device->compute_units, "memory", (json_int_t)device->memory, "checked", device->checked, "passed",
                     device->checked ? json_boolean(device->passed) : json_null(), "plain", json_text(device->plain),
                     "failure", json_text(device->failure), "images_per_second",
                     device->images_per_second > 0.0 ? json_real(device->images_per_second) : json_null(), "clblast",
                     device->clblast, "tiles", json_text(device->tiles));
}

static int print_json(const clenet_device_list *list) {
    json_t *devices = json_array();
    int failures = 0;
    for (size_t i = 0; i < clenet_device_list_count(list); i++)
        failures += json_array_append_new(devices, device_json(clenet_device_list_get(list, i))) != 0;
    json_t *root = json_pack("{s:i, s:o, s:o}", "schema_version", SCHEMA_VERSION, "devices", devices, "opencl",
                             json_text(clenet_device_list_opencl(list)));
    return say_json(root, failures == 0, JSON_REAL_PRECISION(JSON_DIGITS), "devices");
}

/* ---- the command ---- */

static int run_devices(int argc, char **argv) {
    devices_arguments arguments = {.json = false};
    const char *operands[OPERANDS_MOST];
    int status = options_read(&devices_command, argc, argv, &arguments, operands);
    if (status != OPTIONS_GO_ON) return status;

    device_setting setting;
    clenet_device_list *list = NULL;
    clenet_error error;
    status = device_setting_make(&setting, &(device_arguments){.spec = NULL});
    if (status != EXIT_DONE) return status;
    clenet_status listed = clenet_device_list_new(&list, &setting.options, &error);
    device_setting_free(&setting);
    if (listed != CLENET_OK) return say_error(&error);
    status = arguments.json ? print_json(list) : print_list(list);
    clenet_device_list_free(list);
    return status;
}

const command_spec devices_command = {
    .name = "devices",
    .synopsis = "[--json]",
    .purpose = "list the CPU and the OpenCL devices of this machine",
    .about = "Prints for each device its id (for --device), its name and properties, its speed\n"
             "in training if it was measured, and the result of its check: clenet compares an\n"
             "OpenCL device with the CPU when it first uses it.\n",
    .notes = "example:\n"
             "  clenet train train.csv --device 0.0\n",
    .operands_most = 0,
    OPTION_TABLE(options),
    .run = run_devices,
};
