/* fuzz_csv.c - a CSV of digits, or whatever came instead, plain or gzip. In blocks of a few bytes, of 16 once by two threads, the
 * outcome is the same as in one go, to the message. The first byte is the size of the blocks, the second chooses options. */
#include "lib/base/memory.h"
#include "lib/data/csv.h"
#include "lib/data/dataset.h"
#include "fuzz.h"

enum { WHOLE_BYTES = 16384 /* of a block: more than a plain input has */ };

static clenet_status load(clenet_dataset *dataset, const char *path, const csv_options *options, clenet_error *error) {
    stream *input = NULL;
    *dataset = (clenet_dataset){.rows = 0};
    clenet_status status = stream_open(&input, path, error);
    if (status == CLENET_OK) status = csv_dataset(dataset, input, options, error);
    stream_close(input);
    fuzz_check_error(status, error);
    return status;
}

/* The options that the bits of a byte choose. */
static clenet_load_options chosen(uint8_t bits) {
    static const char *const labels[] = {NULL, "1", "none", "class"}, *const skips[] = {NULL, "2", "id,x", "3,,1"};
    static const double scales[] = {0.0, 0.0, 255.0, 0.5};
    clenet_load_options options;
    clenet_load_options_init(&options, sizeof options);
    options.label = labels[bits & 3];
    options.skip = skips[bits >> 2 & 3];
    options.scale = scales[bits >> 4 & 3];
    options.columns_optional = (bits >> 6 & 1) != 0;
    options.classes = bits >> 7 != 0 ? 10 : 0;
    options.threads = 1;
    return options;
}

static bool same(const clenet_dataset *a, const clenet_dataset *b) {
    size_t pixels = a->rows * (size_t)a->height * (size_t)a->width * (size_t)a->channels;
    if ((a->reading == NULL) != (b->reading == NULL) || (a->reading != NULL && strcmp(a->reading, b->reading) != 0))
        return false;
    return a->rows == b->rows && a->channels == b->channels && a->height == b->height && a->width == b->width &&
           memcmp(a->images, b->images, pixels) == 0 && (a->labels == NULL) == (b->labels == NULL) &&
           (a->labels == NULL || memcmp(a->labels, b->labels, a->rows) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    if (count < 2) return 0;
    clenet_load_options one_thread = chosen(bytes[1]), two_threads = one_thread;
    two_threads.threads = 2;
    const csv_options in_one = {.load = &one_thread, .block_bytes = WHOLE_BYTES},
                      in_blocks = {.load = bytes[0] % 16 == 0 ? &two_threads : &one_thread,
                                   .block_bytes = (size_t)bytes[0] + 1};
    const char *path = fuzz_file(bytes + 2, count - 2);
    clenet_dataset one, blocks;
    clenet_error error, other;
    clenet_status status = load(&one, path, &in_one, &error), again = load(&blocks, path, &in_blocks, &other);
    /* A stream that breaks is met before what is wrong in front of it, or behind: that hangs on how much is read at a time. */
    bool may_break = count > 3 && bytes[2] == 0x1F && bytes[3] == 0x8B && status != CLENET_OK && again != CLENET_OK;
    fuzz_require(again == status || may_break, "in blocks the outcome is another");
    if (status == CLENET_OK)
        fuzz_require(same(&one, &blocks), "in blocks other digits are read");
    else
        fuzz_require(may_break || strcmp(error.message, other.message) == 0, "in blocks something else is said");
    memory_free(one.images);
    memory_free(one.labels);
    memory_free(one.reading);
    memory_free(one.class_names);
    memory_free(blocks.images);
    memory_free(blocks.labels);
    memory_free(blocks.reading);
    memory_free(blocks.class_names);
    return 0;
}
