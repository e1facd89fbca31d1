/* report_command.c - see report.h. The command that repeats a run. */
#define _XOPEN_SOURCE 700 /* realpath(), open_memstream() */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/train/report.h"

/* The command has the defaults, too, since a later version may have others. */

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

/* A file with its absolute path, so that the command works in any folder; anything else (a pipe, "-") unchanged. */
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

static void put_dropout(FILE *to, const double dropout[2]) {
    char text[2][SETTING_TEXT];
    if (dropout[0] < 0.0) return;
    for (int i = 0; i < 2; i++) (void)setting_text(text[i], SETTING_REAL, NULL, &dropout[i], SETTING_DIGITS);
    (void)fprintf(to, " --dropout %s,%s", text[0], text[1]);
}

/* Every training option of the command, but for --validation beside --folds. */
static void put_options(FILE *to, const clenet_training_options *options, bool folds) {
    for (int i = 0; i < TRAINING_OPTIONS; i++) {
        const training_option *row = &training_options[i];
        char text[SETTING_TEXT];
        if (row->name == NULL || (folds && row->offset == offsetof(clenet_training_options, validation))) continue;
        (void)fprintf(to, " --%s %s", row->name, training_option_text(text, row, options, SETTING_DIGITS));
    }
}

/* "auto" and a part of a name may choose another device later; the description begins with the chosen one. */
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

/* A new folder next to that of this run, so that nothing is replaced. */
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
    clenet_training_options options = a->options;
    bool alone = a->models == 1; /* several networks are repeated together, also from the page of one */
    bool stopped = alone && report->result != NULL && report->result->stop == CLENET_STOP_CALLBACK;
    if (stopped && options.schedule == CLENET_SCHEDULE_CONSTANT) options.epochs = report->result->epochs;
    if (options.own_split_seed) options.seed = options.split_seed;
    (void)fputs("clenet train ", to);
    put_path(to, report->data);
    put_file(to, "labels", a->read.labels);
    put_file(to, "test", a->test);
    put_file(to, "arch", a->arch);
    put_file(to, "from", a->from);
    if (a->freeze != NULL) {
        (void)fputs(" --freeze ", to);
        train_report_quote(to, a->freeze);
    }
    if (a->new_head) (void)fputs(" --new-head", to);
    put_folder(to, a->whole != NULL ? a->whole : a->out);
    (void)fprintf(to, " --recipe %s", train_recipes[a->recipe]);
    put_dropout(to, a->dropout);
    (void)fprintf(to, a->folds > 0 ? " --folds %d" : " --models %d", a->models);
    put_options(to, &options, a->folds > 0);
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
