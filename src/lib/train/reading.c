/* reading.c - predicts the digits of a picture, and says which answers are sure.
 *
 * Two questions decide. Does the image look like a digit at all (lib/data/likeness.h)? Do the answers agree if it is moved a
 * little? The second alone would let most letters and blots pass. docs/accuracy.md has the measurements. */
#include <math.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/status.h"
#include "lib/data/likeness.h"
#include "lib/train/predictor.h"

enum { SIDE = CLENET_PICTURE_SIDE, PIXELS = SIDE * SIDE, MOVES = 8, FULL = 255 };

/* An answer is sure from here on. In a row of digits that are likely on average, one may look odd. */
static const double likeness_least = 0.15, agreement_least = 0.5, likeness_in_row = 0.02, mean_of_row = 0.5;

typedef struct move {
    double down, right, angle, scale; /* pixels, pixels, radians, times as large */
} move;

static const move moves[MOVES] = {{-1.5, 0.0, 0.0, 1.0}, {1.5, 0.0, 0.0, 1.0},  {0.0, -1.5, 0.0, 1.0},
                                  {0.0, 1.5, 0.0, 1.0},  {0.0, 0.0, -0.2, 1.0}, {0.0, 0.0, 0.2, 1.0},
                                  {0.0, 0.0, 0.0, 0.85}, {0.0, 0.0, 0.0, 1.12}};

static double pixel(const uint8_t *image, int y, int x) {
    return y >= 0 && y < SIDE && x >= 0 && x < SIDE ? (double)image[y * SIDE + x] : 0.0;
}

/* Between four pixels, bilinear. */
static double between(const uint8_t *image, double y, double x) {
    int top = (int)floor(y), left = (int)floor(x);
    double down = y - top, right = x - left;
    return (1.0 - down) * ((1.0 - right) * pixel(image, top, left) + right * pixel(image, top, left + 1)) +
           down * ((1.0 - right) * pixel(image, top + 1, left) + right * pixel(image, top + 1, left + 1));
}

static void move_image(uint8_t *moved, const uint8_t *image, const move *m) {
    const double middle = (SIDE - 1) / 2.0;
    double c = cos(m->angle) / m->scale, s = sin(m->angle) / m->scale;
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            double v = y - middle - m->down, u = x - middle - m->right;
            double value = between(image, middle + c * v - s * u, middle + s * v + c * u);
            moved[y * SIDE + x] = (uint8_t)(value >= FULL ? FULL : value + 0.5);
        }
    }
}

/* The mean probability of the image's best class, over the image and its copies. */
static double agreement_of(const float *own /* [classes] */, const float *copies /* [MOVES][classes] */, int classes) {
    int best = predictor_likeliest(own, classes);
    double sum = (double)own[best];
    for (int m = 0; m < MOVES; m++) sum += (double)copies[m * classes + best];
    return sum / (MOVES + 1);
}

/* Clears `sure` if the image does not look like a digit. */
static void doubt_likeness(bool *sure /* [count] */, const clenet_picture_digits *digits) {
    size_t count = clenet_picture_digits_count(digits);
    const uint8_t *images = clenet_picture_digits_images(digits);
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) sum += likeness_of(images + i * PIXELS);
    bool row = count > 1 && sum >= mean_of_row * (double)count;
    for (size_t i = 0; i < count; i++) {
        if (likeness_of(images + i * PIXELS) < (row ? likeness_in_row : likeness_least)) sure[i] = false;
    }
}

typedef struct buffers {
    uint8_t *images; /* [count][MOVES][SIDE][SIDE] */
    float *own;      /* [count][classes] */
    float *copies;   /* [count][MOVES][classes] */
} buffers;

static void free_buffers(buffers *b) {
    memory_free(b->images);
    memory_free(b->own);
    memory_free(b->copies);
}

static clenet_status run(clenet_predictor *predictor, const clenet_picture_digits *digits, buffers *b, int classes,
                         clenet_error *error) {
    size_t count = clenet_picture_digits_count(digits), numbers = (size_t)classes;
    const uint8_t *images = clenet_picture_digits_images(digits);
    b->images = memory_new(count * MOVES, PIXELS);
    b->own = memory_new(count * numbers, sizeof *b->own);
    b->copies = memory_new(count * MOVES * numbers, sizeof *b->copies);
    if (b->images == NULL || b->own == NULL || b->copies == NULL) {
        return error_memory(error, count * MOVES * PIXELS, "copies of a picture's digits");
    }
    for (size_t i = 0; i < count * MOVES; i++) {
        move_image(b->images + i * PIXELS, images + i / MOVES * PIXELS, &moves[i % MOVES]);
    }
    clenet_status status = clenet_predictor_run(predictor, images, count, b->own, error);
    if (status != CLENET_OK) return status;
    return clenet_predictor_run(predictor, b->images, count * MOVES, b->copies, error);
}

clenet_status clenet_predictor_read(clenet_predictor *predictor, const clenet_picture_digits *digits,
                                    float *probabilities, bool *sure, clenet_error *error) {
    REQUIRE(predictor, error);
    REQUIRE(digits, error);
    REQUIRE(probabilities, error);
    REQUIRE(sure, error);
    clenet_shape shape = clenet_network_input(predictor_network(predictor));
    if (shape.height != SIDE || shape.width != SIDE || shape.channels != 1) {
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "the model reads images of %dx%dx%d, but digits of a picture are %dx%dx1; use another model",
                         shape.height, shape.width, shape.channels, SIDE, SIDE);
    }
    size_t count = clenet_picture_digits_count(digits);
    int classes = predictor_classes(predictor);
    buffers b = {0};
    clenet_status status = run(predictor, digits, &b, classes, error);
    if (status == CLENET_OK) {
        memcpy(probabilities, b.own, count * (size_t)classes * sizeof *probabilities);
        for (size_t i = 0; i < count; i++) {
            size_t row = i * (size_t)classes;
            sure[i] = agreement_of(b.own + row, b.copies + MOVES * row, classes) >= agreement_least;
        }
        if (predictor_of_digits(predictor)) doubt_likeness(sure, digits);
    }
    free_buffers(&b);
    return status;
}
