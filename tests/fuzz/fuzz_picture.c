/* fuzz_picture.c - a picture, PNG or PGM, and what becomes of it on its way to the network. */
#include "cmd/predict/picture.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    enum { FEW = 64 * 1024 }; /* pixels: what is done with more takes no other way */
    FILE *file = fopen(fuzz_file(bytes, count), "rb");
    fuzz_require(file != NULL, "the input's file cannot be opened");
    picture p;
    clenet_error error;
    clenet_status status = picture_read(&p, file, "picture", &error);
    fuzz_check_error(status, &error);
    (void)fclose(file);
    if (status != CLENET_OK) return 0;
    fuzz_require(p.height >= 1 && p.height <= 1024 && p.width >= 1 && p.width <= 1024, "the picture is not made small");
    uint8_t image[CLENET_PICTURE_SIDE * CLENET_PICTURE_SIDE];
    if (p.height * p.width <= FEW) {
        status = clenet_picture_normalise(image, p.grey, p.height, p.width, &error);
        fuzz_check_error(status, &error);
    }
    picture_free(&p);
    return 0;
}
