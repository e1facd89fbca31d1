/* fuzz_idx.c - IDX images and their labels. The first two bytes are how many of the others are the images' file. */
#include "lib/data/idx.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    static char labels_path[] = "/dev/shm/clenet-fuzz-labels-XXXXXX";
    static int labels_file = -1;
    if (count < 2) return 0;
    size_t images = (size_t)bytes[0] * 256 + bytes[1];
    bytes += 2;
    count -= 2;
    if (images > count) images = count;
    if (labels_file < 0) labels_file = mkstemp(labels_path);
    size_t labels = count - images;
    fuzz_require(labels_file >= 0 && ftruncate(labels_file, 0) == 0 &&
                     pwrite(labels_file, bytes + images, labels, 0) == (ssize_t)labels,
                 "the labels' file cannot be written");
    clenet_load_options options;
    clenet_load_options_init(&options, sizeof options);
    options.labels_path = labels > 0 ? labels_path : NULL;
    clenet_dataset *dataset = NULL;
    clenet_error error;
    fuzz_check_error(clenet_dataset_load(&dataset, fuzz_file(bytes, images), &options, &error), &error);
    clenet_dataset_free(dataset);
    return 0;
}
