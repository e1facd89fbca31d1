/* fuzz_archive.c - a packed file, a zip archive, or any other file: each member is read to its end, and the whole as a data set. The
 * first byte is the part that is asked for. */
#include "lib/data/stream.h"
#include "lib/data/zip.h"
#include "fuzz.h"

enum { MEMBERS_READ = 8, BYTES_READ = 1 << 22 /* of a member: a bomb of less is no finding */ };

static void read_all(stream *input) {
    clenet_error error;
    const uint8_t *block = NULL;
    size_t got = 1, all = 0;
    clenet_status status = CLENET_OK;
    uint8_t sum = 0;
    while (status == CLENET_OK && got > 0 && all < BYTES_READ) {
        status = stream_next(input, &block, &got, &error);
        for (size_t i = 0; status == CLENET_OK && i < got; i++)
            sum = (uint8_t)(sum ^ block[i]); /* every byte is there */
        if (status == CLENET_OK) all += got;
    }
    static volatile uint8_t seen; /* so that no byte's reading is left out */
    seen = sum;
    (void)seen;
    fuzz_check_error(status, &error);
}

static void read_members(stream *input) {
    zip *archive = NULL;
    clenet_error error;
    clenet_status status = zip_open(&archive, input, &error);
    fuzz_check_error(status, &error);
    for (size_t i = 0; status == CLENET_OK && i < zip_count(archive) && i < MEMBERS_READ; i++) {
        stream *member = NULL;
        clenet_status opened = zip_open_member(&member, archive, i, &error);
        fuzz_check_error(opened, &error);
        if (opened == CLENET_OK) read_all(member);
        stream_close(member);
    }
    zip_close(archive);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    if (count == 0) return 0;
    const char *path = fuzz_file(bytes + 1, count - 1);
    stream *input = NULL;
    const uint8_t *first = NULL;
    size_t seen = 0;
    clenet_error error;
    clenet_status status = stream_open(&input, path, &error);
    if (status == CLENET_OK) status = stream_peek(input, &first, &seen, &error);
    fuzz_check_error(status, &error);
    if (status == CLENET_OK && packing_of(first, seen) == PACKING_ZIP)
        read_members(input);
    else if (status == CLENET_OK)
        read_all(input);
    stream_close(input);

    clenet_load_options options;
    clenet_load_options_init(&options, sizeof options);
    options.part = bytes[0] % 2 == 0 ? CLENET_PART_TRAINING : CLENET_PART_TEST;
    options.threads = 1;
    clenet_dataset *dataset = NULL;
    fuzz_check_error(clenet_dataset_load(&dataset, path, &options, &error), &error);
    clenet_dataset_free(dataset);
    return 0;
}
