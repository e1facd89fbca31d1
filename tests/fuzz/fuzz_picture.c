/* fuzz_picture.c - a picture of any format, in grey or in colour, and what becomes of it on its way to the network. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    enum { FEW = 64 * 1024 }; /* pixels: what is done with more takes no other way */
    int channels = count % 2 == 0 ? 1 : 3;
    clenet_picture *p = NULL;
    clenet_error error;
    clenet_status status = clenet_picture_load(&p, fuzz_file(bytes, count), channels, &error);
    fuzz_check_error(status, &error);
    if (status != CLENET_OK) return 0;
    int height = clenet_picture_height(p), width = clenet_picture_width(p);
    fuzz_require(clenet_picture_channels(p) == channels, "the picture has other channels");
    fuzz_require(height >= 1 && height <= 1024 && width >= 1 && width <= 1024, "the picture is not made small");
    uint8_t image[CLENET_PICTURE_SIDE * CLENET_PICTURE_SIDE];
    if (channels == 1 && height * width <= FEW) {
        status = clenet_picture_normalise(image, clenet_picture_pixels(p), height, width, &error);
        fuzz_check_error(status, &error);
        clenet_picture_digits *digits = NULL;
        status = clenet_picture_digits_new(&digits, clenet_picture_pixels(p), height, width, NULL, &error);
        fuzz_check_error(status, &error);
        fuzz_require((status == CLENET_OK) == (clenet_picture_digits_count(digits) > 0), "an answer has no digits");
        clenet_picture_digits_free(digits);
    }
    clenet_picture_free(p);
    return 0;
}
