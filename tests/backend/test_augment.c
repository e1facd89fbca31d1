/* Images that are moved, as gather makes them: against the formula of net/augment.h in double precision, and the same bytes from every
 * backend, instruction set and kind of tiles. A dense layer that hands its input through shows them. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/philox.h"
#include "check.h"

enum { ROWS = 37, SEED = 9 };

/* All of what may move an image, by much: half a radian, pixels that come from outside. */
static const augmentation MUCH = {
    .shift = 3 * 256, .elastic = 2 * 256, .rotation = 16384, .scale = 9000, .shear = 8000, .stream = 77};
static const augmentation STIFF = {.shift = 300, .rotation = 5000, .scale = 3000, .shear = 2000, .stream = 78};
static const augmentation SHIFTED = {.shift = 5 * 256, .stream = 79}; /* the CPU has a separate function for it */

/* A shape, and how many of its numbers the dense layer shows at once. */
typedef struct shown {
    clenet_shape shape;
    int outputs;
} shown;

static const shown DIGIT = {{28, 28, 1}, 196}, COLOURED = {{4, 7, 2}, 56}, LINE = {{1, 40, 1}, 40};

/* ---- in double precision ---- */

static double part_of(uint32_t row, uint32_t round, uint32_t stream, int k) {
    const uint32_t counter[4] = {0, row, round, stream};
    philox_block block = philox(SEED, counter);
    return ((double)(block.word[k / 2] >> (k % 2 * 16) & 0xFFFF) - 32768) / 32768;
}

static double push_of(uint32_t row, uint32_t round, uint32_t stream, int axis, int line, int column) {
    uint32_t i = (uint32_t)((axis * AUGMENT_GRID + line) * AUGMENT_GRID + column);
    const uint32_t counter[4] = {1 + i / 16, row, round, stream};
    philox_block block = philox(SEED, counter);
    return ((double)(block.word[i % 16 / 4] >> (i % 4 * 8) & 0xFF) - 128) / 128;
}

static double mix(double a, double b, double share) {
    return a + (b - a) * share;
}

/* The push at a place of the grid, 0 to 4 in both directions. */
static double push_at(uint32_t row, uint32_t round, uint32_t stream, int axis, double x, double y) {
    int column = (int)x, line = (int)y;
    double upper = mix(push_of(row, round, stream, axis, line, column),
                       push_of(row, round, stream, axis, line, column + 1), x - column);
    double lower = mix(push_of(row, round, stream, axis, line + 1, column),
                       push_of(row, round, stream, axis, line + 1, column + 1), x - column);
    return mix(upper, lower, y - line);
}

static double pixel_at(const uint8_t *image, clenet_shape s, int x, int y, int channel) {
    if (x < 0 || x >= s.width || y < 0 || y >= s.height) return 0;
    return image[(y * s.width + x) * s.channels + channel];
}

static double moved_pixel(const uint8_t *image, clenet_shape s, const augmentation *a, uint32_t row, uint32_t round,
                          int x, int y, int channel) {
    double angle = part_of(row, round, a->stream, 2) * a->rotation / 32768;
    double across = 1 + part_of(row, round, a->stream, 3) * a->scale / 32768;
    double down = 1 + part_of(row, round, a->stream, 4) * a->scale / 32768;
    double shear = part_of(row, round, a->stream, 5) * a->shear / 32768;
    double u = x - (s.width - 1) / 2.0, v = y - (s.height - 1) / 2.0;
    double stretched = across * u + shear * v, squeezed = down * v;
    double from_x = (s.width - 1) / 2.0 + cos(angle) * stretched - sin(angle) * squeezed;
    double from_y = (s.height - 1) / 2.0 + sin(angle) * stretched + cos(angle) * squeezed;
    from_x += part_of(row, round, a->stream, 0) * a->shift / 256;
    from_y += part_of(row, round, a->stream, 1) * a->shift / 256;
    double column = x * 4.0 / s.width, line = y * 4.0 / s.height;
    from_x += push_at(row, round, a->stream, 0, column, line) * a->elastic / 256;
    from_y += push_at(row, round, a->stream, 1, column, line) * a->elastic / 256;
    int left = (int)floor(from_x), top = (int)floor(from_y);
    double upper =
        mix(pixel_at(image, s, left, top, channel), pixel_at(image, s, left + 1, top, channel), from_x - left);
    double lower =
        mix(pixel_at(image, s, left, top + 1, channel), pixel_at(image, s, left + 1, top + 1, channel), from_x - left);
    return mix(upper, lower, from_y - top);
}

/* ---- as the executors make them ---- */

static harness prepare(const check_variant *v, const shown *what, const augmentation *a, size_t batch) {
    char text[96];
    (void)snprintf(text, sizeof text, "input %dx%dx%d\nflatten\ndense %d softmax\n", what->shape.height,
                   what->shape.width, what->shape.channels, what->outputs);
    return harness_new((harness_options){.text = text,
                                         .device = v->device,
                                         .isa = v->isa,
                                         .tiles = v->tiles,
                                         .threads = v->threads,
                                         .rows = ROWS,
                                         .batch = batch,
                                         .seed = SEED,
                                         .augment = *a,
                                         .copies = *a});
}

/* A copy of all images, [ROWS][size] bytes: the dense layer hands through `outputs` numbers at a time. */
static uint8_t *copy_images(const check_variant *v, const shown *what, const augmentation *a, uint32_t copy) {
    harness h = prepare(v, what, a, 0);
    size_t size = shape_size(what->shape), outputs = (size_t)what->outputs;
    uint8_t *bytes = malloc(ROWS * size);
    float *logits = malloc(ROWS * outputs * sizeof *logits);
    clenet_error error;
    h.run->functions->set_copy(h.run, copy);
    for (size_t from = 0; from < size; from += outputs) {
        memset(h.values, 0, h.network->packed_size * sizeof *h.values);
        for (size_t i = 0; i < outputs; i++) h.values[(from + i) * outputs + i] = 1;
        cr_assert(h.run->functions->write(h.run, REGION_PARAMETERS, h.values, &error) == CLENET_OK, "%s",
                  error.message);
        cr_assert(h.run->functions->infer(h.run, 0, ROWS, logits, NULL, &error) == CLENET_OK, "%s", error.message);
        for (size_t i = 0; i < ROWS * outputs; i++) {
            float byte = logits[i] * 255;
            cr_assert(fabsf(byte - roundf(byte)) < 1e-3F, "%s: a pixel of %g", v->name, (double)byte);
            bytes[i / outputs * size + from + i % outputs] = (uint8_t)lroundf(byte);
        }
    }
    free(logits);
    harness_free(&h);
    return bytes;
}

/* Two grey levels: a position has 8 binary places, half of the last of them in each direction is 0.5 of 255, a matrix of 15 places
 * 0.2, the rounding 0.5. */
static void expect_formula(const uint8_t *bytes, const shown *what, const augmentation *a, uint32_t round) {
    static const check_variant plain = {.device = "cpu", .threads = 1};
    harness h = prepare(&plain, what, a, 0);
    clenet_shape s = what->shape;
    double worst = 0;
    for (size_t i = 0; i < ROWS * shape_size(s); i++) {
        uint32_t row = (uint32_t)(i / shape_size(s));
        int at = (int)(i % shape_size(s)), x = at / s.channels % s.width, y = at / s.channels / s.width;
        double expected = moved_pixel(h.images + row * shape_size(s), s, a, row, round, x, y, at % s.channels);
        worst = fmax(worst, fabs((double)bytes[i] - expected));
    }
    cr_expect(worst < 2, "%dx%dx%d: %g grey levels off", s.height, s.width, s.channels, worst);
    harness_free(&h);
}

static void check_moved(const shown *what, const augmentation *a) {
    check_variant variants[CHECK_VARIANTS];
    int count = check_variants(variants);
    uint8_t *first = copy_images(&variants[0], what, a, 3);
    expect_formula(first, what, a, 3);
    for (int i = 1; i < count; i++) {
        uint8_t *other = copy_images(&variants[i], what, a, 3);
        cr_expect(memcmp(first, other, ROWS * shape_size(what->shape)) == 0, "%s and %s: other bytes", variants[0].name,
                  variants[i].name);
        free(other);
    }
    free(first);
}

Test(augment, follows_the_formula_everywhere) {
    const char *device = getenv("CLENET_TEST_DEVICE");
    check_moved(&COLOURED, &MUCH);
    check_moved(&LINE, &MUCH);
    if (device && strcmp(device, "oclgrind") == 0) return; /* some minutes a digit */
    check_moved(&DIGIT, &MUCH);
    check_moved(&DIGIT, &STIFF);
}

Test(augment, follows_the_formula_if_images_are_only_shifted) {
    const char *device = getenv("CLENET_TEST_DEVICE");
    check_moved(&COLOURED, &SHIFTED);
    check_moved(&LINE, &SHIFTED);
    if (device && strcmp(device, "oclgrind") == 0) return; /* some minutes per digit */
    check_moved(&DIGIT, &SHIFTED);
}

Test(augment, copy_0_is_the_image) {
    check_variant variants[CHECK_VARIANTS];
    int count = check_variants(variants);
    for (int i = 0; i < count; i++) {
        harness h = prepare(&variants[i], &COLOURED, &MUCH, 0);
        uint8_t *bytes = copy_images(&variants[i], &COLOURED, &MUCH, 0);
        cr_expect(memcmp(bytes, h.images, ROWS * shape_size(COLOURED.shape)) == 0, "%s", variants[i].name);
        free(bytes);
        harness_free(&h);
    }
}

/* In training, by the row of the data wherever it stands in the order, and by the epoch. A dense layer's gradient of one image is
 * the image times that of the bias. */
static void expect_trained(const check_variant *v, uint32_t epoch) {
    static const uint32_t order[] = {30, 4, 17};
    harness h = prepare(v, &COLOURED, &MUCH, 1);
    size_t size = shape_size(COLOURED.shape), outputs = (size_t)COLOURED.outputs,
           bias = h.network->parameters[1].offset;
    uint8_t *bytes = copy_images(v, &COLOURED, &MUCH, epoch);
    float *gradients = malloc(h.network->packed_size * sizeof *gradients);
    clenet_error error;
    cr_assert(h.run->functions->set_order(h.run, order, 3, &error) == CLENET_OK, "%s", error.message);
    h.epoch = epoch;
    for (size_t n = 0; n < 3; n++) {
        harness_train(&h, n, 1, (uint32_t)n, 1e-3F);
        harness_read(&h, REGION_GRADIENTS, gradients);
        const uint8_t *image = bytes + order[n] * size;
        size_t label = h.labels[order[n]]; /* whose gradient is the largest */
        for (size_t i = 0; i < size; i++) {
            float byte = gradients[i * outputs + label] / gradients[bias + label] * 255;
            cr_assert(fabsf(byte - image[i]) < 0.01F, "%s: pixel %zu of row %u is %g, not %d", v->name, i, order[n],
                      (double)byte, image[i]);
        }
    }
    free(gradients);
    free(bytes);
    harness_free(&h);
}

Test(augment, training_moves_by_epoch_and_row) {
    check_variant variants[CHECK_VARIANTS];
    int count = check_variants(variants);
    for (int i = 0; i < count; i++) {
        expect_trained(&variants[i], 0);
        expect_trained(&variants[i], 2);
    }
}

Test(augment, kinds_and_strength) {
    augmentation none = augmentation_of(CLENET_AUGMENT_NONE, 1), shift = augmentation_of(CLENET_AUGMENT_SHIFT, 1);
    augmentation affine = augmentation_of(CLENET_AUGMENT_AFFINE, 1),
                 elastic = augmentation_of(CLENET_AUGMENT_ELASTIC, 1);
    cr_expect(!augmentation_moves(&none));
    cr_expect(shift.shift > 0 && shift.rotation == 0 && shift.elastic == 0);
    cr_expect(affine.shift > 0 && affine.rotation > 0 && affine.scale > 0 && affine.shear > 0 && affine.elastic == 0);
    cr_expect(elastic.elastic > 0 && elastic.rotation == affine.rotation);
    augmentation twice = augmentation_of(CLENET_AUGMENT_ELASTIC, 2);
    cr_expect_eq(twice.shift, 2 * elastic.shift);
    cr_expect_eq(twice.elastic, 2 * elastic.elastic);
    augmentation most = augmentation_of(CLENET_AUGMENT_ELASTIC, 3);
    cr_expect(most.rotation < 32768 && most.scale < 32768 && most.shear < 32768, "positions would not fit");
}
