/* fuzz_npy.c - NumPy images and their labels. The first two bytes are how many of the others are the images' file, the third chooses
 * the scale. */
#include "lib/data/npy.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    static char labels_path[] = "/dev/shm/clenet-fuzz-labels-XXXXXX";
    static int labels_file = -1;
    if (count < 3) return 0;
    size_t images = (size_t)bytes[0] * 256 + bytes[1];
    clenet_load_options options;
    clenet_load_options_init(&options, sizeof options);
    options.scale = bytes[2] % 4 == 1 ? 255.0 : bytes[2] % 4 == 2 ? 1e-3 : 0.0;
    bytes += 3;
    count -= 3;
    if (images > count) images = count;
    if (labels_file < 0) labels_file = mkstemp(labels_path);
    size_t labels = count - images;
    fuzz_require(labels_file >= 0 && ftruncate(labels_file, 0) == 0 &&
                     pwrite(labels_file, bytes + images, labels, 0) == (ssize_t)labels,
                 "the labels' file cannot be written");
    options.labels_path = labels > 0 ? labels_path : NULL;
    options.threads = 1;
    clenet_dataset *dataset = NULL;
    clenet_error error;
    clenet_status status = clenet_dataset_load(&dataset, fuzz_file(bytes, images), &options, &error);
    fuzz_check_error(status, &error);
    if (status == CLENET_OK) {
        fuzz_require(clenet_dataset_rows(dataset) > 0, "a data set without rows");
        fuzz_require(labels == 0 || clenet_dataset_labels(dataset) != NULL, "the labels are lost");
    }
    clenet_dataset_free(dataset);
    return 0;
}
