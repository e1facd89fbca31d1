/* picture.c - turns a photographed or scanned digit into an MNIST-like image.
 *
 * The steps are those of MNIST's makers (LeCun et al. 1998, http://yann.lecun.com/exdb/mnist): scale the ink into 20 x 20, keep
 * its proportions and grey edges, and put its centre of mass into the centre of 28 x 28. How the ink is found is our own method:
 * theirs started from black and white. */
#include "lib/data/digit_image.h"

#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/status.h"
#include "lib/data/ink.h"

enum {
    SIDE = CLENET_PICTURE_SIDE,
    BOX = 20,   /* the digit is scaled into a square of this side */
    FULL = 255, /* full ink */
    SIDE_MOST = 65536,
    SHARE_FULL = 4 /* at least one in 4 of the pixels with ink becomes full: in MNIST about half are */
};

/* A stroke thinner than `thinnest`, in pixels of the result, is widened to `widened`: MNIST's are two to three pixels wide. */
static const double thinnest = 1.7, widened = 1.6;

/* The part of a row of the picture that pixel i of the result covers, with the share of its first and last pixel. */
typedef struct span {
    long begin, end;
    double first, last;
} span;

static span span_at(double begin, double end) {
    span s = {(long)begin, (long)end, 1.0, 0.0};
    if (begin < (double)s.begin) s.begin--; /* a conversion cuts towards zero */
    if (end < (double)s.end) s.end--;
    s.first = 1.0 - (begin - (double)s.begin);
    s.last = end - (double)s.end;
    if (s.begin == s.end) s.first = end - begin, s.last = 0.0;
    return s;
}

static double weight_of(const span *s, long i) {
    if (i == s->begin) return s->first;
    return i == s->end ? s->last : 1.0;
}

/* The mean ink of a rectangle; outside of the picture there is no ink. */
static double mean_ink(const ink_map *map, const span *rows, const span *columns, double area) {
    double sum = 0.0;
    for (long y = rows->begin < 0 ? 0 : rows->begin; y <= rows->end && y < (long)map->height; y++) {
        const uint8_t *row = map->ink + (size_t)y * map->width;
        double along = 0.0;
        for (long x = columns->begin < 0 ? 0 : columns->begin; x <= columns->end && x < (long)map->width; x++) {
            along += weight_of(columns, x) * row[x];
        }
        sum += weight_of(rows, y) * along;
    }
    return sum / area;
}

/* The first pixel of a centred box of this length in pixels of the result. It is a whole number, so that the edge stays sharp. */
static int start_of(double length) {
    return (SIDE - (int)(length + 0.5)) / 2;
}

/* Scales the ink's box into the middle of a canvas. Each pixel is the mean of the area that it covers, or of a larger area if
 * strokes are thin. */
static void scale(double canvas[SIDE][SIDE], const ink_map *map) {
    double box_height = (double)(map->bottom - map->top), box_width = (double)(map->right - map->left);
    double step =
        (box_height > box_width ? box_height : box_width) / BOX; /* pixels of the picture per pixel of the result */
    double reach = map->stroke < thinnest * step ? widened * step : step;
    int first_y = start_of(box_height / step), first_x = start_of(box_width / step);
    for (int y = 0; y < SIDE; y++) {
        double at_y = (double)map->top + (y - first_y + 0.5) * step;
        span rows = span_at(at_y - reach / 2, at_y + reach / 2);
        for (int x = 0; x < SIDE; x++) {
            double at_x = (double)map->left + (x - first_x + 0.5) * step;
            span columns = span_at(at_x - reach / 2, at_x + reach / 2);
            canvas[y][x] = mean_ink(map, &rows, &columns, reach * reach);
        }
    }
}

/* The value that one in SHARE_FULL of the pixels with ink reaches. */
static double strong_ink(double canvas[SIDE][SIDE]) {
    int count[FULL + 1] = {0}, inked = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        int value = (int)(canvas[i / SIDE][i % SIDE] + 0.5);
        count[value > FULL ? FULL : value]++;
        inked += value > 0;
    }
    int left = inked / SHARE_FULL, value = FULL;
    while (value > 1 && (left -= count[value]) >= 0) value--;
    return value;
}

/* The middle of the ink along one axis. */
static double centre(double canvas[SIDE][SIDE], bool along_rows) {
    double sum = 0.0, moment = 0.0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        sum += canvas[i / SIDE][i % SIDE];
        moment += canvas[i / SIDE][i % SIDE] * ((along_rows ? i % SIDE : i / SIDE) + 0.5);
    }
    return sum > 0.0 ? moment / sum : SIDE / 2.0;
}

/* Shifts by whole pixels, as MNIST does, and no further than the margin around the box. The centres of MNIST's digits lie within
 * the pixel right of and below the middle, from 14.0 to 15.0. */
static int shift_to_middle(double from) {
    double exact = SIDE / 2.0 + 0.5 - from;
    int shift = (int)(exact < 0.0 ? exact - 0.5 : exact + 0.5), most = (SIDE - BOX) / 2;
    return shift > most ? most : shift < -most ? -most : shift;
}

static void centre_and_store(uint8_t *image /* [SIDE][SIDE] */, double canvas[SIDE][SIDE]) {
    int down = shift_to_middle(centre(canvas, false)), right = shift_to_middle(centre(canvas, true));
    double gain = FULL / strong_ink(canvas);
    memset(image, 0, (size_t)SIDE * SIDE);
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            int to_y = y + down, to_x = x + right;
            if (to_y < 0 || to_y >= SIDE || to_x < 0 || to_x >= SIDE) continue;
            double value = canvas[y][x] * gain;
            image[to_y * SIDE + to_x] = (uint8_t)(value >= FULL ? FULL : value + 0.5);
        }
    }
}

void digit_image_make(uint8_t *image, const ink_map *map) {
    double canvas[SIDE][SIDE];
    scale(canvas, map);
    centre_and_store(image, canvas);
}

clenet_status digit_image_check_sides(int height, int width, clenet_error *error) {
    if (height >= 1 && height <= SIDE_MOST && width >= 1 && width <= SIDE_MOST) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT, "a picture of %d x %d pixels is out of range: give 1 to %d a side",
                     width, height, SIDE_MOST);
}

clenet_status clenet_picture_normalise(uint8_t *image, const uint8_t *grey, int height, int width,
                                       clenet_error *error) {
    REQUIRE(image, error);
    REQUIRE(grey, error);
    ink_map map;
    clenet_status status = digit_image_check_sides(height, width, error);
    if (status == CLENET_OK) status = ink_find(&map, grey, (size_t)height, (size_t)width, error);
    if (status != CLENET_OK) return status;
    digit_image_make(image, &map);
    ink_free(&map);
    return CLENET_OK;
}
