/* read_csv.c - times reading a CSV (or IDX images), and prints one JSON line.
 *
 * read_csv [--threads N] [--runs N | --turns] FILE      --turns: see turns.h
 *
 * The file is read once to warm up, so that it comes from the system's cache: what is timed is this project's work, not a
 * disk's. bench/peers/read_csv.py does the same with pandas and polars. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "lib/base/clock.h"
#include "clenet/clenet.h"
#include "turns.h"

enum { MAX_RUNS = 1000 };

/* Of all threads of the process, so far. */
static double cpu_seconds(void) {
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static size_t rows_of(const char *path, const clenet_load_options *options) {
    clenet_dataset *dataset;
    clenet_error error;
    if (clenet_dataset_load(&dataset, path, options, &error) != CLENET_OK) {
        fprintf(stderr, "read_csv: %s\n", error.message);
        exit(1);
    }
    size_t rows = clenet_dataset_rows(dataset);
    clenet_dataset_free(dataset);
    return rows;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The file is in the system's cache by now. */
static int take_turns(const char *path, const clenet_load_options *options, size_t rows) {
    printf("{\"peer\":\"clenet\",\"version\":\"%s\",\"threads\":%d,\"rows\":%zu}\n", clenet_version(), options->threads,
           rows);
    while (turns_wait()) {
        double began = clock_seconds();
        (void)rows_of(path, options);
        turns_say(clock_seconds() - began);
    }
    return 0;
}

int main(int argc, char **argv) {
    static const struct option known[] = {
        {"threads", 1, NULL, 't'}, {"runs", 1, NULL, 'r'}, {"turns", 0, NULL, 'T'}, {NULL, 0, NULL, 0}};
    clenet_load_options options;
    clenet_load_options_init(&options, sizeof options);
    int runs = 11;
    bool turns = false;
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (c == 't')
            options.threads = atoi(optarg);
        else if (c == 'r')
            runs = atoi(optarg);
        else if (c == 'T')
            turns = true;
        else
            return 2;
    }
    if (optind + 1 != argc || runs < 1 || runs > MAX_RUNS) return 2;

    static double wall[MAX_RUNS], cpu[MAX_RUNS];
    double began = clock_seconds();
    size_t rows = rows_of(argv[optind], &options);
    double first = clock_seconds() - began;
    if (turns) return take_turns(argv[optind], &options, rows);
    for (int run = 0; run < runs; run++) {
        double cpu_began = cpu_seconds();
        began = clock_seconds();
        (void)rows_of(argv[optind], &options);
        wall[run] = clock_seconds() - began;
        cpu[run] = cpu_seconds() - cpu_began;
    }
    qsort(wall, (size_t)runs, sizeof *wall, ascending);
    qsort(cpu, (size_t)runs, sizeof *cpu, ascending);
    printf("{\"peer\":\"clenet\",\"version\":\"%s\",\"threads\":%d,\"rows\":%zu,\"runs\":%d,\"first_seconds\":%.4f,"
           "\"minimum_seconds\":%.4f,\"median_seconds\":%.4f,\"cpu_seconds\":%.4f}\n",
           clenet_version(), options.threads, rows, runs, first, wall[0], wall[runs / 2], cpu[runs / 2]);
    return 0;
}
