/* test_csv_blocks.c - the result of a CSV does not depend on its blocks, nor on the threads that parse them.
 * The reference has blocks of one byte, in which no row is whole, so that libcsv sees all of the text. The linker puts the
 * pthread_create below in front of the system's (--wrap). */
#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "../scratch.h"
#include "lib/base/memory.h"
#include "lib/data/csv.h"

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);

static int threads_asked; /* pthread_create's calls */
static int threads_left = 1 << 30;
static bool signals_blocked; /* in the thread made last */

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    signals_blocked = sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGTERM) == 1;
    threads_asked++;
    return threads_left-- > 0 ? __real_pthread_create(thread, attributes, start, argument) : EAGAIN;
}

TestSuite(csv_blocks, .init = scratch_enter, .fini = scratch_leave);

/* The result of reading. */
typedef struct outcome {
    clenet_dataset data;
    clenet_status status;
    clenet_error error;
} outcome;

static outcome outcome_of(const char *path, int threads, size_t block_bytes) {
    outcome o = {.data = {.rows = 0}};
    clenet_load_options load;
    clenet_load_options_init(&load, sizeof load);
    load.classes = 10;
    load.threads = threads;
    csv_options options = {.load = &load, .block_bytes = block_bytes};
    stream *input = NULL;
    cr_assert_eq(stream_open(&input, path, &o.error), CLENET_OK);
    o.status = csv_dataset(&o.data, input, &options, &o.error);
    stream_close(input);
    return o;
}

static void let_go(outcome *o) {
    memory_free(o->data.images);
    memory_free(o->data.labels);
    memory_free(o->data.reading);
    memory_free(o->data.class_names);
}

static bool alike(const outcome *a, const outcome *b) {
    if (a->status != b->status) return false;
    if (a->status != CLENET_OK) return strcmp(a->error.message, b->error.message) == 0;
    const clenet_dataset *x = &a->data, *y = &b->data;
    if (x->rows != y->rows || x->height != y->height || (x->labels == NULL) != (y->labels == NULL)) return false;
    if (memcmp(x->images, y->images, x->rows * (size_t)(x->height * x->width)) != 0) return false;
    if ((x->reading == NULL) != (y->reading == NULL)) return false;
    if (x->reading != NULL && strcmp(x->reading, y->reading) != 0) return false;
    return x->labels == NULL || memcmp(x->labels, y->labels, x->rows) == 0;
}

/* ---- files of all kinds ------------------------------------------------------------------------------- */

enum { TEXT_BYTES = 1 << 16 };

static char text[TEXT_BYTES];
static size_t length;
static uint32_t state;

/* 0 to below - 1. */
static unsigned drawn(unsigned below) {
    state = state * 1664525U + 1013904223U;
    return (state >> 8) % below;
}

static void add(const char *bytes, size_t count) {
    cr_assert(length + count < TEXT_BYTES);
    memcpy(text + length, bytes, count);
    length += count;
}

static void add_text(const char *words) {
    add(words, strlen(words));
}

/* A cell; one in `oddly` is no plain number, one in `badly` no number at all. */
static void add_cell(unsigned at_most, unsigned oddly, unsigned badly) {
    static const char *const odd[] = {"\"%u\"", " %u",      "%u ",      "\t%u", "00%u",
                                      "0000%u", "\" %u \"", " \"%u\" ", "%u.0", "%ue0"};
    static const char *const bad[] = {"",
                                      "x",
                                      "-1",
                                      "1.5",
                                      "256",
                                      "10",
                                      "1\"2",
                                      "\"1\"2",
                                      "9999",
                                      "\"",
                                      "\"1\n2,3\n4,5,6,7,8\n1,2,3,4,5\n\"",
                                      "12345",
                                      "\"\n\n\"\"",
                                      "\"1\r\n\""};
    char cell[64];
    if (drawn(badly) == 0) {
        unsigned which = drawn(sizeof bad / sizeof *bad + 1);
        if (which == sizeof bad / sizeof *bad)
            add("1\0", 2);
        else
            add_text(bad[which]);
        return;
    }
    bool plain = drawn(oddly) != 0;
    sprintf(cell, plain ? "%u" : odd[drawn(sizeof odd / sizeof *odd)], drawn(at_most + 1)); /* NOLINT */
    add_text(cell);
}

/* A pixel of 0..1, or, if `beyond` says so, one above. */
static void add_fraction(unsigned beyond) {
    static const char *const fractions[] = {"0", "1", ".5", "0.25", "7.5e-1", "1.0", "0.4999"};
    add_text(drawn(beyond) == 0 ? drawn(2) ? "2" : "12.5" : fractions[drawn(sizeof fractions / sizeof *fractions)]);
}

static void add_line_end(unsigned kind) {
    static const char *const ends[] = {"\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "\n \n", "\n\r", "\n\r\r\n"};
    add_text(ends[kind < 3 ? kind : drawn(sizeof ends / sizeof *ends)]);
}

/* Sides, label columns, line ends, quotes and mistakes as the seed has it. */
static void make_file(uint32_t seed) {
    state = seed;
    length = 0;
    unsigned side = 1 + (drawn(4) ? drawn(4) : drawn(9)), pixels = side * side, columns = pixels + drawn(2),
             rows = drawn(40);
    unsigned label = columns > pixels ? drawn(columns) : columns, ends = drawn(6);
    unsigned oddly = drawn(3) ? 1000000 : 1 + drawn(40), badly = drawn(2) ? 1000000 : 20 + drawn(400);
    bool fractions = drawn(5) == 0;
    unsigned beyond = drawn(2) ? 1000000 : 50;
    if (drawn(8) == 0) add_text("\xEF\xBB\xBF");
    if (drawn(8) == 0) add_text("\n");
    for (unsigned column = 0, pixel = 0; column < columns; column++) {
        char name[32];
        sprintf(name, "%spixel%u", column ? "," : "", pixel);
        if (column == label)
            add_text(column ? ",label" : "label");
        else
            add_text(name);
        pixel += column != label;
    }
    add_line_end(ends);
    for (unsigned row = 0; row < rows; row++) {
        unsigned cells = drawn(badly) == 0 ? drawn(columns + 3) : columns;
        for (unsigned column = 0; column < cells; column++) {
            if (column > 0) add_text(",");
            if (fractions && column != label && drawn(badly) != 0)
                add_fraction(beyond);
            else
                add_cell(column != label ? (drawn(3) ? 0 : 255) : drawn(badly) < 4 ? 11 : 9, oddly, badly);
        }
        if (row + 1 < rows || drawn(2)) add_line_end(ends);
    }
    scratch_write("a.csv", text, length);
}

/* The file "a.csv", read in blocks of several sizes by several threads, gives what libcsv alone does. */
static bool expect_alike(uint32_t seed) {
    static const size_t sizes[] = {2, 3, 7, 16, 31, 50, 100, 333, TEXT_BYTES};
    outcome reference = outcome_of("a.csv", 1, 1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int threads = 1; threads <= 4; threads++) {
            outcome found = outcome_of("a.csv", threads, sizes[i]);
            cr_expect(alike(&found, &reference), "seed %lu, blocks of %zu, %d threads: '%s', and alone '%s'",
                      (unsigned long)seed, sizes[i], threads, found.status ? found.error.message : "good",
                      reference.status ? reference.error.message : "good");
            let_go(&found);
        }
    }
    let_go(&reference);
    return reference.status == CLENET_OK;
}

Test(csv_blocks, every_file_gives_the_same_in_blocks_of_any_size_by_any_number_of_threads) {
    enum { FILES = 300 };
    int good = 0;
    for (uint32_t seed = 1; seed <= FILES; seed++) {
        make_file(seed);
        good += expect_alike(seed);
    }
    cr_expect(good > FILES / 4 && good < FILES * 4 / 5, "%d of %d files are good", good, FILES);
}

/* ---- quotes, and what stands after them ---------------------------------------------------------------- */

/* A header, `rows` rows of 2x2 pixels, and then more; the whole in text. */
static void make_rows(int rows, const char *more) {
    length = 0;
    add_text("label,pixel0,pixel1,pixel2,pixel3\n");
    for (int row = 0; row < rows; row++) add_text("7,0,1,2,255\n");
    add_text(more);
    scratch_write("a.csv", text, length);
}

static void expect_message(size_t block_bytes, const char *message) {
    for (int threads = 1; threads <= 4; threads++) {
        outcome o = outcome_of("a.csv", threads, block_bytes);
        cr_expect_eq(o.status, CLENET_ERROR_FORMAT);
        cr_expect_str_eq(o.error.message, message, "blocks of %zu, %d threads: %s", block_bytes, threads,
                         o.error.message);
        let_go(&o);
    }
}

Test(csv_blocks, rows_within_quotes_are_text_and_no_rows) {
    make_rows(2, "7,0,\"1\n7,0,1,2,3\n7,0,1,2,3\n7,0,1,2,3\n7,0,1,2,3\n\",2,3\n8,0,0,0,0\n");
    for (size_t bytes = 10; bytes < 40; bytes++)
        expect_message(bytes, "a.csv:4:3: pixel value '1?7,0,1,2,3?7,0,1,2,3?7,...' is not a number 0..255");
}

Test(csv_blocks, the_first_of_several_bad_cells_is_told_whatever_thread_meets_it) {
    make_rows(1000, "7,0,x,2,3\n");
    for (int i = 0; i < 1000; i++) add_text("7,0,1,y,3\n");
    scratch_write("a.csv", text, length);
    expect_message(100, "a.csv:1002:3: pixel value 'x' is not a number 0..255");
    expect_message(10000, "a.csv:1002:3: pixel value 'x' is not a number 0..255");
}

Test(csv_blocks, a_cell_of_many_zeros_is_refused_for_every_block_size) {
    length = 0;
    add_text("pixel0\n1\n");
    static char zeros[65000];
    memset(zeros, '0', sizeof zeros);
    add(zeros, sizeof zeros);
    scratch_write("zeros", text, length);
    FILE *file = fopen("zeros", "ab");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(zeros, 1, sizeof zeros, file), sizeof zeros);
    fputs("\n2\n", file);
    fclose(file);
    cr_assert_eq(rename("zeros", "a.csv"), 0);
    expect_message(1000, "a.csv:3:1: the cell has more than 65536 bytes: is a closing quote missing?");
    expect_message(1000000, "a.csv:3:1: the cell has more than 65536 bytes: is a closing quote missing?");
}

/* ---- reading fails ------------------------------------------------------------------------------------- */

/* "a.csv": 34 + 6 * 36,000 bytes in gzip, of which the stream reads 128 KiB ahead and finds no end in them; cut off behind
 * the last. An x stands in the rows of `part`, 0 to 5. */
static void make_cut_off(int part) {
    size_t count;
    make_rows(3000, "");
    size_t header = length - 3000 * 12;
    for (int i = 0; i < 6; i++) {
        char *cell = text + length - 50 * 12;
        if (i == part) *cell = 'x';
        scratch_gzip("whole.gz", i == 0 ? "wb" : "ab", i == 0 ? text : text + header,
                     i == 0 ? length : length - header);
        *cell = '7';
    }
    char *packed = scratch_read("whole.gz", &count);
    scratch_write("a.csv", packed, count - 5);
    free(packed);
}

Test(csv_blocks, what_is_wrong_before_a_file_is_cut_off_is_told_first) {
    make_cut_off(0);
    expect_message(500, "a.csv:2952:1: label 'x' is not a whole number 0..9");
    make_cut_off(5); /* the file's end may be met before this row is used */
    for (int i = 0; i < 20; i++) expect_message(500, "a.csv:17952:1: label 'x' is not a whole number 0..9");
    make_cut_off(-1);
    expect_message(500, "a.csv: is cut off: the gzip data end after 216034 bytes of content; fetch or copy it again");
}

/* ---- threads ------------------------------------------------------------------------------------------- */

static void expect_rows(int threads, size_t rows) {
    outcome o = outcome_of("a.csv", threads, 1000);
    cr_expect_eq(o.status, CLENET_OK, "%s", o.error.message);
    cr_expect_eq(o.data.rows, rows);
    for (size_t row = 0; row < o.data.rows; row++) cr_assert(memcmp(o.data.images + 4 * row, "\0\1\2\377", 4) == 0);
    let_go(&o);
}

Test(csv_blocks, a_file_of_several_blocks_is_parsed_by_the_threads_asked_for) {
    make_rows(3000, "");
    expect_rows(1, 3000);
    cr_expect_eq(threads_asked, 0);
    expect_rows(3, 3000);
    cr_expect_eq(threads_asked, 2);
}

Test(csv_blocks, a_small_file_starts_no_thread) {
    make_rows(50, "");
    expect_rows(4, 50);
    cr_expect_eq(threads_asked, 0);
}

Test(csv_blocks, without_more_threads_the_file_is_read_by_the_existing_ones) {
    make_rows(3000, "");
    for (int have = 0; have < 3; have++) {
        threads_left = have;
        expect_rows(4, 3000);
    }
    cr_expect_eq(threads_asked, 1 + 2 + 3);
}

Test(csv_blocks, the_threads_leave_the_hosts_signals_alone) {
    sigset_t before, after;
    sigemptyset(&before);
    sigaddset(&before, SIGUSR1);
    cr_assert_eq(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    make_rows(3000, "");
    expect_rows(2, 3000);
    cr_expect(signals_blocked);
    cr_assert_eq(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
    cr_expect(sigismember(&after, SIGUSR1) == 1 && sigismember(&after, SIGINT) == 0);
}
