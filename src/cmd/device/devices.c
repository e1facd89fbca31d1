/* devices.c - clenet devices: lists the devices of this machine. */
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/commands.h"
#include "cmd/base/device_setting.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "clenet/clenet.h"

enum {
    SCHEMA_VERSION = 1, /* of --json: changes if the output becomes incompatible */
    JSON_DIGITS = 9,
    GAP = 2 /* blanks between columns */
};

typedef struct devices_arguments {
    bool json;
} devices_arguments;

static const option_spec options[] = {
    OPTION_ROW(FLAG, devices_arguments, json, "json", NULL, "print one JSON object instead of the list"),
};

/* ---- the table ---- */

typedef enum column {
    COLUMN_ID,
    COLUMN_TYPE,
    COLUMN_NAME,
    COLUMN_PLATFORM,
    COLUMN_VENDOR,
    COLUMN_DRIVER,
    COLUMN_VERSION,
    COLUMN_UNITS,
    COLUMN_MEMORY,
    COLUMN_SPEED,
    COLUMN_CHECK, /* the last column, because an error may be long */
    COLUMN_COUNT
} column;

static const char *const headings[COLUMN_COUNT] = {"id",     "type",  "name",   "platform", "vendor", "driver",
                                                   "OpenCL", "units", "memory", "images/s", "check"};

static bool is_number(column c) {
    return c == COLUMN_UNITS || c == COLUMN_MEMORY || c == COLUMN_SPEED;
}

enum { CELL_SIZE = 1100 };

typedef struct table_row {
    char cells[COLUMN_COUNT][CELL_SIZE];
} table_row;

static void put_check(char cell[CELL_SIZE], const clenet_device_info *device) {
    if (device->platform[0] == '\0') {
        (void)snprintf(cell, CELL_SIZE, "not needed");
    } else if (!device->checked) {
        (void)snprintf(cell, CELL_SIZE, "not yet");
    } else if (device->passed) {
        (void)snprintf(cell, CELL_SIZE, "passed%s%s%s%s%s", device->tiles[0] != '\0' ? ", tuned: " : "", device->tiles,
                       device->clblast ? ", with CLBlast" : "", device->plain[0] != '\0' ? ", plain kernels: " : "",
                       device->plain);
    } else {
        (void)snprintf(cell, CELL_SIZE, "failed: %s", device->failure);
    }
}

/* Copies the text, cut to the width of the cell; an empty text becomes "-". */
static void put(char cell[CELL_SIZE], const char *text) {
    enum { WIDEST = 40 };
    size_t length = strlen(text);
    if (length <= WIDEST) {
        (void)snprintf(cell, CELL_SIZE, "%s", length > 0 ? text : "-");
    } else {
        (void)snprintf(cell, CELL_SIZE, "%.*s...", WIDEST - 3, text);
    }
}

/* OpenCL's devices report "OpenCL 3.0 <the vendor's words>". */
static void put_version(char cell[CELL_SIZE], const char *version) {
    static const char prefix[] = "OpenCL ";
    char number[TEXT_SIZE];
    if (strncmp(version, prefix, sizeof prefix - 1) == 0) version += sizeof prefix - 1;
    (void)snprintf(number, sizeof number, "%.*s", (int)strcspn(version, " "), version);
    put(cell, number);
}

static void fill_row(table_row *row, const clenet_device_info *device) {
    char number[TEXT_SIZE];
    put(row->cells[COLUMN_ID], device->id);
    put(row->cells[COLUMN_TYPE], device->type);
    put(row->cells[COLUMN_NAME], device->name);
    put(row->cells[COLUMN_PLATFORM], device->platform);
    put(row->cells[COLUMN_VENDOR], device->vendor);
    put(row->cells[COLUMN_DRIVER], device->driver);
    put_version(row->cells[COLUMN_VERSION], device->version);
    put(row->cells[COLUMN_UNITS], text_count(number, (uint64_t)device->compute_units));
    put(row->cells[COLUMN_MEMORY], text_bytes(number, device->memory));
    put(row->cells[COLUMN_SPEED],
        device->images_per_second > 0.0 ? text_count(number, (uint64_t)device->images_per_second) : "");
    put_check(row->cells[COLUMN_CHECK], device);
    for (column c = 0; c < COLUMN_COUNT; c++)
        for (char *at = row->cells[c]; *at != '\0'; at++)
            if ((unsigned char)*at < ' ' || *at == 0x7F) *at = '?';
}

static void print_rows(const table_row *rows, size_t count) {
    int width[COLUMN_COUNT] = {0};
    for (size_t i = 0; i < count; i++)
        for (column c = 0; c < COLUMN_COUNT; c++)
            if ((int)strlen(rows[i].cells[c]) > width[c]) width[c] = (int)strlen(rows[i].cells[c]);
    for (size_t i = 0; i < count; i++) {
        for (column c = 0; c < COLUMN_CHECK; c++) {
            int pad = is_number(c) ? width[c] : -width[c];
            (void)printf("%*s%*s", pad, rows[i].cells[c], GAP, "");
        }
        (void)printf("%s\n", rows[i].cells[COLUMN_CHECK]);
    }
}

static int print_table(const clenet_device_list *list) {
    size_t count = clenet_device_list_count(list);
    table_row *rows = calloc(count + 1, sizeof *rows);
    if (rows == NULL) return say_failed("out of memory (the table of devices)");
    for (column c = 0; c < COLUMN_COUNT; c++) put(rows[0].cells[c], headings[c]);
    for (size_t i = 0; i < count; i++) fill_row(&rows[i + 1], clenet_device_list_get(list, i));
    print_rows(rows, count + 1);
    free(rows);
    const char *reason = clenet_device_list_opencl(list);
    if (reason[0] != '\0') (void)printf("\nno OpenCL device: %s\nclenet doctor tells what to do.\n", reason);
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
    status = arguments.json ? print_json(list) : print_table(list);
    clenet_device_list_free(list);
    return status;
}

const command_spec devices_command = {
    .name = "devices",
    .synopsis = "[--json]",
    .purpose = "list the CPU and the OpenCL devices of this machine",
    .about = "Prints for each device its id (for --device), type and name; then platform,\n"
             "vendor, driver, OpenCL version, compute units and memory; and the result of its\n"
             "check. clenet checks an OpenCL device when it first uses it.\n",
    .notes = "example:\n"
             "  clenet train train.csv --device 0.0\n",
    .operands_most = 0,
    OPTION_TABLE(options),
    .run = run_devices,
};
