/* profile_table.c - see profile_table.h. */
#include "cmd/base/profile_table.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/base/say.h"
#include "cmd/base/text.h"

static int longest_first(const void *a, const void *b) {
    const clenet_profile_entry *x = *(const clenet_profile_entry *const *)a,
                               *y = *(const clenet_profile_entry *const *)b;
    return (y->seconds > x->seconds) - (y->seconds < x->seconds);
}

/* "12.3", or "-" if there is no amount. */
static const char *rate(char text[TEXT_SIZE], double amount, double seconds) {
    if (amount <= 0.0 || seconds <= 0.0) return "-";
    (void)snprintf(text, TEXT_SIZE, "%.1f", amount / seconds * 1e-9);
    return text;
}

/* "64", or "-" if a call has no work-items. */
static const char *shape(char text[TEXT_SIZE], const clenet_profile_entry *e, uint64_t number) {
    return e->work_items > 0 ? text_count(text, number) : "-";
}

static void print_entry(FILE *to, const clenet_profile_entry *e, double all) {
    char calls[TEXT_SIZE], flops[TEXT_SIZE], bytes[TEXT_SIZE], items[TEXT_SIZE], groups[TEXT_SIZE], local[TEXT_SIZE];
    (void)fprintf(to, "%-37.37s %9s %9.3f %8.1f %5.1f %% %8s %7s %10s %7s %7s\n", e->name, text_count(calls, e->calls),
                  e->seconds, e->calls > 0 ? e->seconds * 1e6 / (double)e->calls : 0.0,
                  all > 0.0 ? 100 * e->seconds / all : 0.0, rate(flops, e->flops, e->seconds),
                  rate(bytes, e->bytes, e->seconds), shape(items, e, e->work_items), shape(groups, e, e->groups),
                  shape(local, e, e->local_bytes));
}

static int print_table(const clenet_profile *profile, FILE *to) {
    size_t count = clenet_profile_count(profile);
    const clenet_profile_entry **entries = malloc((count + 1) * sizeof *entries);
    clenet_profile_entry all = {.name = "all"};
    if (entries == NULL) return say_failed("out of memory (the table of kernels)");
    for (size_t i = 0; i < count; i++) {
        entries[i] = clenet_profile_get(profile, i);
        all.calls += entries[i]->calls;
        all.seconds += entries[i]->seconds;
        all.flops += entries[i]->flops;
        all.bytes += entries[i]->bytes;
    }
    qsort(entries, count, sizeof *entries, longest_first);
    (void)fprintf(to, "%-37s %9s %9s %8s %7s %8s %7s %10s %7s %7s\n", "kernel", "calls", "seconds", "mean us", "share",
                  "GFLOP/s", "GB/s", "work-items", "groups", "local B");
    for (size_t i = 0; i < count; i++) print_entry(to, entries[i], all.seconds);
    print_entry(to, &all, all.seconds);
    free(entries);
    return EXIT_DONE;
}

int profile_table_finish(clenet_profile *profile, const char *path, FILE *to, int status) {
    clenet_error error;
    if (profile == NULL) return status;
    int printed = print_table(profile, to);
    if (status == EXIT_DONE) status = printed;
    if (path[0] != '\0' && clenet_profile_write_trace(profile, path, &error) != CLENET_OK) status = say_error(&error);
    clenet_profile_free(profile);
    return status;
}
