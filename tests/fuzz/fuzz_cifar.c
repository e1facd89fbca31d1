/* fuzz_cifar.c - CIFAR's binary files. The first byte is how many label bytes a record has; the second says how many records to make of
 * the others, which are repeated: a record has 3,073 bytes, and what matters are few. */
#include "lib/base/memory.h"
#include "lib/data/cifar.h"
#include "fuzz.h"

enum { RECORD_BYTES = 3074, RECORDS_MOST = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    static uint8_t file[RECORDS_MOST * RECORD_BYTES];
    if (count < 3) return 0;
    int label_bytes = bytes[0] % 2 + 1;
    size_t wanted = (size_t)bytes[1] * sizeof file / UINT8_MAX;
    bytes += 2;
    count -= 2;
    for (size_t i = 0; i < wanted; i++) file[i] = bytes[i % count];
    (void)cifar_label_bytes(file, wanted);
    clenet_load_options options;
    clenet_load_options_init(&options, sizeof options);
    clenet_dataset dataset = {0};
    stream *input = NULL;
    clenet_error error;
    clenet_status status = stream_open(&input, fuzz_file(file, wanted), &error);
    if (status == CLENET_OK) status = cifar_dataset(&dataset, input, label_bytes, &options, &error);
    fuzz_check_error(status, &error);
    if (status == CLENET_OK)
        fuzz_require(dataset.rows > 0 && dataset.labels != NULL, "a data set without rows or labels");
    stream_close(input);
    memory_free(dataset.images);
    memory_free(dataset.labels);
    memory_free(dataset.class_names);
    memory_free(dataset.reading);
    return 0;
}
