/* show.c - clenet show: prints or draws images of a data file. */
#include "cmd/show/show.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/class_list.h"
#include "cmd/base/commands.h"
#include "cmd/base/data_options.h"
#include "cmd/base/inputs.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/figures/figures.h"

/* The number at the beginning of the text, up to a comma or the end; 0 if there is none. */
static uint32_t read_row(const char *text, const char **end) {
    size_t digits = strspn(text, "0123456789");
    *end = text + digits;
    if (digits == 0 || (**end != ',' && **end != '\0')) return 0;
    errno = 0;
    unsigned long long row = strtoull(text, NULL, 10);
    return errno == 0 && row <= UINT32_MAX ? (uint32_t)row : 0;
}

size_t row_list_count(const char *text) {
    for (size_t count = 1;; count++) {
        const char *end;
        if (read_row(text, &end) == 0) return 0;
        if (*end == '\0') return count;
        text = end + 1;
    }
}

void row_list_read(uint32_t *rows, const char *text) {
    size_t count = row_list_count(text);
    for (size_t i = 0; i < count; i++) {
        const char *end;
        rows[i] = read_row(text, &end) - 1;
        text = end + 1;
    }
}

typedef struct show_arguments {
    const char *out, *index, *only;
    int rows, columns;
    uint64_t seed;
    data_arguments read;
} show_arguments;

static const option_spec options[] = {
    OPTION_ROW(TEXT, show_arguments, out, "out", "FILE", "draw a figure into FILE: .svg, .png or .pdf", .letter = 'o',
               .alias = "output"),
    OPTION_ROW(INTEGER, show_arguments, rows, "rows", "N", "rows of images (default 2)", .range = {FROM(1), TO(100)}),
    OPTION_ROW(INTEGER, show_arguments, columns, "columns", "N",
               "images per row; a terminal shows as many as fit (default 4)", .range = {FROM(1), TO(100)}),
    OPTION_ROW(TEXT, show_arguments, only, "only", "LABEL", "show only images with this label, such as 7, A or cat"),
    OPTION_ROW(TEXT, show_arguments, index, "index", "ROW,...",
               "show the images of these rows of DATA; the first is 1"),
    OPTION_ROW(SEED, show_arguments, seed, "seed", "N", "random seed; the same seed shows the same images (default 1)"),
    DATA_OPTIONS(show_arguments),
};

/* The images to show, in their order. */
typedef struct choice {
    uint32_t *rows; /* [count], from 0 */
    size_t count;
} choice;

static int no_memory(const char *data) {
    return say_failed("out of memory (the choice of images of '%s')", data);
}

/* Takes the rows of --index. */
static int choose_named(choice *chosen, const show_arguments *arguments, const clenet_dataset *dataset,
                        const char *data) {
    size_t there = clenet_dataset_rows(dataset);
    chosen->count = row_list_count(arguments->index);
    chosen->rows = calloc(chosen->count, sizeof *chosen->rows);
    if (chosen->rows == NULL) return no_memory(data);
    row_list_read(chosen->rows, arguments->index);
    for (size_t i = 0; i < chosen->count; i++) {
        char count[TEXT_SIZE];
        if (chosen->rows[i] < there) continue;
        return say_failed("'%s' has %s, so there is no row %lu: the first row of --index is 1", data,
                          text_counted(count, there, "image"), (unsigned long)chosen->rows[i] + 1);
    }
    return EXIT_DONE;
}

/* Fills rows with the rows to draw from, with the label `only` if it is not NULL; returns their count. */
static size_t find_candidates(uint32_t *rows, const clenet_dataset *dataset, const char *only) {
    const uint8_t *labels = clenet_dataset_labels(dataset);
    const class_list classes = class_list_of_dataset(dataset);
    int class = only != NULL ? class_list_find(&classes, only) : -1;
    size_t count = 0, there = clenet_dataset_rows(dataset);
    for (size_t i = 0; i < there; i++) {
        if (only == NULL || labels[i] == class) rows[count++] = (uint32_t)i;
    }
    return count;
}

/* Lists the labels that occur, as many as have room in a line. */
static int say_no_label(const clenet_dataset *dataset, const char *data, const char *only) {
    enum { ROOM = 160 };
    char there[ROOM] = "";
    bool occurs[CLASSES_MOST] = {false};
    const class_list classes = class_list_of_dataset(dataset);
    for (size_t i = 0; i < clenet_dataset_rows(dataset); i++) occurs[clenet_dataset_labels(dataset)[i]] = true;
    for (int i = 0; i < classes.count; i++) {
        size_t used = strlen(there), length = strlen(classes.names[i]);
        if (!occurs[i]) continue;
        bool room = used + length + sizeof ", ..." < ROOM;
        (void)snprintf(there + used, ROOM - used, "%s%s", used > 0 ? ", " : "", room ? classes.names[i] : "...");
        if (!room) break;
    }
    return say_failed("'%s' has no image with the label '%s'. Labels for --only: %s", data, only, there);
}

static int choose_drawn(choice *chosen, const show_arguments *arguments, const clenet_dataset *dataset,
                        const char *data) {
    size_t most = (size_t)arguments->rows * (size_t)arguments->columns;
    uint32_t *candidates = calloc(clenet_dataset_rows(dataset), sizeof *candidates);
    chosen->rows = calloc(most, sizeof *chosen->rows);
    if (candidates == NULL || chosen->rows == NULL) {
        free(candidates);
        return no_memory(data);
    }
    size_t count = find_candidates(candidates, dataset, arguments->only);
    chosen->count = figure_pick(chosen->rows, most, candidates, count, arguments->seed);
    free(candidates);
    if (chosen->count > 0) return EXIT_DONE;
    return say_no_label(dataset, data, arguments->only);
}

static int show(const show_arguments *arguments, const char *data) {
    clenet_dataset *dataset = NULL;
    choice chosen = {0};
    clenet_load_options load = data_options_make(&arguments->read, NULL, CLENET_PART_TRAINING, 0);
    int status =
        arguments->only == NULL ? inputs_load(&dataset, data, &load) : inputs_load_labelled(&dataset, data, &load);
    if (status == EXIT_DONE) status = data_options_warn(&arguments->read, data, dataset, NULL, CLENET_PART_TEST);
    if (status == EXIT_DONE) {
        status = arguments->index != NULL ? choose_named(&chosen, arguments, dataset, data)
                                          : choose_drawn(&chosen, arguments, dataset, data);
    }
    if (status == EXIT_DONE && arguments->out != NULL)
        status = show_figure(arguments->out, dataset, data, chosen.rows, chosen.count, arguments->columns);
    else if (status == EXIT_DONE)
        show_text(dataset, chosen.rows, chosen.count, arguments->columns);
    free(chosen.rows);
    clenet_dataset_free(dataset);
    return status;
}

static int check_arguments(const show_arguments *arguments, const char *data) {
    if (arguments->index != NULL && row_list_count(arguments->index) == 0)
        return say_wrong_usage("show", "--index must be comma-separated row numbers from 1, such as 17,250, not '%s'",
                               arguments->index);
    if (arguments->index != NULL && arguments->only != NULL)
        return say_wrong_usage("show", "--index and --only cannot be used together: remove one");
    if (arguments->read.labels != NULL && strcmp(data, "-") == 0 && strcmp(arguments->read.labels, "-") == 0)
        return say_wrong_usage("show", "DATA and --labels cannot both be '-': standard input is read only once");
    return arguments->out != NULL ? show_figure_check(arguments->out) : OPTIONS_GO_ON;
}

static int run_show(int argc, char **argv) {
    show_arguments arguments = {.rows = 2, .columns = 4, .seed = 1};
    const char *operands[OPERANDS_MOST];
    int status = options_read(&show_command, argc, argv, &arguments, operands);
    if (status == OPTIONS_GO_ON) status = check_arguments(&arguments, operands[0]);
    return status == OPTIONS_GO_ON ? show(&arguments, operands[0]) : status;
}

const command_spec show_command = {
    .name = "show",
    .synopsis = "DATA [OPTION]...",
    .purpose = "show images of a data file",
    .about = "  DATA  images, with or without labels: CSV, IDX, NumPy, zip, or a folder of\n"
             "        pictures per class; - is standard input (see clenet help data)\n\n"
             "Draws random images in the terminal, each below its row number and label. With\n"
             "--out, it draws a figure instead.\n",
    .notes = "examples:\n"
             "  clenet show train.csv\n"
             "  clenet show train.csv --only 7 --seed 3\n"
             "  clenet show train.csv --index 17,250\n"
             "  clenet show train.csv --out digits.svg\n",
    .operands = {"DATA"},
    .operands_least = 1,
    .operands_most = 1,
    OPTION_TABLE(options),
    .run = run_show,
};
