/* report_command.c - see report_command.h. Defaults are spelled out, too: a later version may have others. */
#define _XOPEN_SOURCE 700 /* realpath(), open_memstream() */
#include "cmd/train/report_command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { REAL_DIGITS = 17 }; /* a double comes back from so many */

void train_report_quote(FILE *to, const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=,:@%+";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        (void)fputs(word, to);
        return;
    }
    (void)putc('\'', to);
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            (void)fputs("'\\''", to);
        else
            (void)putc(*word, to);
    }
    (void)putc('\'', to);
}

/* A file by its path from the root, so that the command works in any folder; what is no file (a pipe, "-") as it was given. */
static void put_path(FILE *to, const char *path) {
    struct stat status;
    char *full = stat(path, &status) == 0 && !S_ISFIFO(status.st_mode) && strncmp(path, "/dev/", 5) != 0
                     ? realpath(path, NULL)
                     : NULL;
    train_report_quote(to, full != NULL ? full : path);
    free(full);
}

static void put_file(FILE *to, const char *option, const char *path) {
    if (path == NULL) return;
    (void)fprintf(to, " --%s ", option);
    put_path(to, path);
}

/* The shortest decimal that is this number again: a double, or, as the trainer takes most of them, float32. */
static void put_number(FILE *to, double value, bool whole) {
    char text[64];
    for (int digits = 1; digits <= REAL_DIGITS; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        if (whole ? strtod(text, NULL) == value : strtof(text, NULL) == (float)value) break;
    }
    (void)fputs(text, to);
}

static void put_real(FILE *to, const char *option, double value) {
    (void)fprintf(to, " --%s ", option);
    put_number(to, value, false);
}

/* The same of an option that the trainer takes as a double: a row more or less is held out by its last bit. */
static void put_double(FILE *to, const char *option, double value) {
    (void)fprintf(to, " --%s ", option);
    put_number(to, value, true);
}

static void put_dropout(FILE *to, const double dropout[2]) {
    if (dropout[0] < 0.0) return;
    put_real(to, "dropout", dropout[0]);
    (void)putc(',', to);
    put_number(to, dropout[1], false);
}

/* How many networks, and what they hold out. */
static void put_models(FILE *to, const train_arguments *a) {
    if (a->folds > 0) {
        (void)fprintf(to, " --folds %d", a->folds);
        return;
    }
    (void)fprintf(to, " --models %d", a->models);
    put_double(to, "validation", a->validation);
}

/* Auto and a part of a name may come to another device tomorrow; the description begins with what it came to. */
void train_report_device(FILE *to, const char *description, const device_arguments *arguments) {
    int platform, device;
    if (sscanf(description, "opencl %d.%d,", &platform, &device) == 2) {
        (void)fprintf(to, " --device %d.%d --gemm %s", platform, device,
                      strstr(description, ", with CLBlast") != NULL ? "clblast" : "own");
        if (arguments->tiles != 0) (void)fprintf(to, " --tiles %s", device_tiles[arguments->tiles]);
        return;
    }
    char isa[32];
    (void)fputs(" --device cpu", to);
    if (sscanf(description, "cpu, %*d %*[a-z], %31[a-z0-9]", isa) == 1) (void)fprintf(to, " --isa %s", isa);
    if (arguments->threads > 0) (void)fprintf(to, " --threads %d", arguments->threads);
}

/* Beside the folder of this run, so that nothing of it is replaced. */
static void put_folder(FILE *to, const char *folder) {
    char *full = realpath(folder, NULL);
    char *again = malloc(strlen(full != NULL ? full : folder) + sizeof "-again");
    if (again != NULL) {
        (void)sprintf(again, "%s-again", full != NULL ? full : folder);
        (void)fputs(" --out ", to);
        train_report_quote(to, again);
    }
    free(again);
    free(full);
}

static void put_command(FILE *to, const train_report *report) {
    const train_arguments *a = report->arguments;
    bool alone = a->models == 1; /* several are repeated whole, also by the page of one of them */
    bool stopped = alone && report->result->stop == CLENET_STOP_CALLBACK;
    (void)fputs("clenet train ", to);
    put_path(to, report->data);
    put_file(to, "labels", a->labels);
    put_file(to, "test", a->test);
    put_file(to, "arch", a->arch);
    put_folder(to, a->whole != NULL ? a->whole : a->out);
    (void)fprintf(to, " --recipe %s", train_recipes[a->recipe]);
    put_dropout(to, a->dropout);
    put_models(to, a);
    (void)fprintf(to, " --epochs %d --batch %d",
                  stopped && a->schedule == CLENET_SCHEDULE_CONSTANT ? report->result->epochs : a->epochs, a->batch);
    put_real(to, "learning-rate", a->learning_rate);
    (void)fprintf(to, " --optimizer %s", train_optimizers[a->optimizer]);
    put_real(to, "weight-decay", a->weight_decay);
    (void)fprintf(to, " --schedule %s", train_schedules[a->schedule]);
    put_double(to, "warmup", a->warmup);
    put_real(to, "label-smoothing", a->label_smoothing);
    put_real(to, "weight-average", a->weight_average);
    (void)fprintf(to, " --augment %s", train_augments[a->augment]);
    put_real(to, "augment-strength", a->augment_strength);
    (void)fprintf(to, " --monitor %s --patience %d --keep %s --seed %" PRIu64, train_monitors[a->monitor], a->patience,
                  a->keep == CLENET_KEEP_BEST ? "best" : "last", a->member > 0 ? a->split_seed : a->seed);
    train_report_device(to, clenet_device_description(report->device), &a->device);
}

char *train_report_command(const train_report *report) {
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL) return NULL;
    put_command(to, report);
    bool whole = ferror(to) == 0;
    if (fclose(to) == 0 && whole) return text;
    free(text);
    return NULL;
}
