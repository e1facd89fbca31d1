/* c.c - clenet export --format c: a model as C for small devices. */
#include "cmd/export/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/say.h"
#include "cmd/base/text.h"

enum { PREFIX_SIZE = 64, KIB = 1024 };

/* ---- names ---------------------------------------------------------------------------------------------- */

/* The name of the file, without folder and ".c", as a name in C: other characters become '_'. */
static void put_prefix(char prefix[PREFIX_SIZE], const char *out) {
    const char *slash = strrchr(out, '/'), *name = slash != NULL ? slash + 1 : out;
    size_t length = strlen(name) - strlen(".c"), count = 0;
    for (; count < length && count + 1 < PREFIX_SIZE; count++) {
        char c = name[count];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        prefix[count] = good ? c : '_';
    }
    prefix[count] = '\0';
}

/* The path with its last letter changed; free() it. NULL: out of memory. */
static char *header_path(const char *out) {
    char *path = strdup(out);
    if (path != NULL) path[strlen(path) - 1] = 'h';
    return path;
}

/* ---- costs ---------------------------------------------------------------------------------------------- */

/* A microcontroller board. */
typedef struct board {
    const char *name, *core;
    size_t flash, ram;     /* KiB, as in the data sheet of its microcontroller */
    bool constants_in_ram; /* AVR: constants are copied to RAM at the start */
} board;

static const board boards[] = {
    {"Arduino Uno R3", "AVR", 32, 2, true},
    {"Arduino Mega 2560", "AVR", 256, 8, true},
    {"STM32F103 (Blue Pill)", "Cortex-M3", 64, 20, false},
    {"BBC micro:bit v1", "Cortex-M0", 256, 16, false},
    {"Arduino Zero", "Cortex-M0+", 256, 32, false},
    {"Arduino Uno R4", "Cortex-M4F", 256, 32, false},
    {"BBC micro:bit v2", "Cortex-M4F", 512, 128, false},
    {"STM32F401 (Nucleo)", "Cortex-M4F", 512, 96, false},
    {"Arduino Nano 33 BLE", "Cortex-M4F", 1024, 256, false},
    {"Raspberry Pi Pico", "Cortex-M0+", 2048, 264, false},
    {"STM32H743 (Nucleo)", "Cortex-M7", 2048, 1024, false},
};

/* What a program needs in addition to the network: the code of network, expf() and start took 2 to 8 KiB on Cortex-M0+, M4F and M7
 * (arm-none-eabi-gcc 12 -Os, newlib-nano), with 8-bit integers 1 to 2 KiB, and the stack some hundred bytes. */
enum { CODE_BYTES = 8 * KIB, INT8_CODE_BYTES = 2 * KIB, STACK_BYTES = KIB };

static const char *fit_of(const board *b, const clenet_export_costs *costs, bool int8) {
    size_t flash = costs->weight_bytes + (int8 ? INT8_CODE_BYTES : CODE_BYTES);
    size_t ram = costs->arena_bytes + costs->image_bytes + costs->answer_bytes + STACK_BYTES;
    if (b->constants_in_ram) ram += costs->weight_bytes;
    bool flash_fits = flash <= b->flash * KIB, ram_fits = ram <= b->ram * KIB;
    return flash_fits && ram_fits ? "yes" : flash_fits ? "no: RAM" : ram_fits ? "no: flash" : "no: flash and RAM";
}

static void print_costs(const clenet_export_costs *costs, const export_arguments *arguments, const char *header) {
    char bytes[TEXT_SIZE], other[TEXT_SIZE], count[COUNT_SIZE];
    (void)printf("%s, %s\n\n", arguments->out, header);
    (void)printf("Flash          %s of weights; the code takes %s KB more\n", text_bytes(bytes, costs->weight_bytes),
                 arguments->int8 ? "1 to 2" : "2 to 8");
    (void)printf("RAM            %s of arena; image and answers of the caller take %s more\n",
                 text_bytes(bytes, costs->arena_bytes), text_bytes(other, costs->image_bytes + costs->answer_bytes));
    (void)printf("Multiply-adds  %s per image\n\n", text_count(count, costs->multiply_adds));
    (void)printf("%-24s%-12s%9s%9s  %s\n", "Board", "Core", "Flash", "RAM", "Fits");
    for (size_t i = 0; i < sizeof boards / sizeof boards[0]; i++)
        (void)printf("%-24s%-12s%6zu KB%6zu KB  %s\n", boards[i].name, boards[i].core, boards[i].flash, boards[i].ram,
                     fit_of(&boards[i], costs, arguments->int8));
}

/* ---- the files ------------------------------------------------------------------------------------------ */

/* dataset: for int8, or NULL. */
static int write_files(const clenet_model *model, const export_arguments *arguments, const char *prefix,
                       const char *header, const clenet_dataset *dataset) {
    clenet_error error;
    clenet_export_options to;
    clenet_export *exported = NULL;
    const char *slash = strrchr(header, '/');
    clenet_export_options_init(&to, sizeof to);
    to.prefix = prefix;
    to.header = slash != NULL ? slash + 1 : header;
    to.logits = arguments->logits;
    to.int8 = arguments->int8;
    to.calibration = dataset;
    if (clenet_export_c(&exported, model, &to, &error) != CLENET_OK) return say_error(&error);
    int status = arguments->int8 ? int8_report(exported, model, arguments) : EXIT_DONE;
    if (status == EXIT_DONE && clenet_export_save(exported, arguments->out, &error) != CLENET_OK)
        status = say_error(&error);
    if (status == EXIT_DONE) {
        clenet_export_costs costs = clenet_export_cost(exported);
        print_costs(&costs, arguments, header);
    }
    clenet_export_free(exported);
    return status;
}

int export_to_c(const clenet_model *model, const export_arguments *arguments) {
    char prefix[PREFIX_SIZE];
    put_prefix(prefix, arguments->out);
    char *header = header_path(arguments->out);
    if (header == NULL) return say_failed("out of memory (the name of the header of '%s')", arguments->out);
    clenet_dataset *dataset = NULL;
    int status = arguments->int8 ? int8_load(&dataset, model, arguments) : EXIT_DONE;
    if (status == EXIT_DONE)
        status = write_files(model, arguments, arguments->prefix != NULL ? arguments->prefix : prefix, header, dataset);
    clenet_dataset_free(dataset);
    free(header);
    return status;
}
