/* scale.c - scales a picture to the size of a network's images.
 *
 * Each pixel is the mean of the area that it covers. */
#include <math.h>

#include "lib/picture/picture.h"

enum { CHANNELS_MOST = 3 };

/* The part of a row or column of the picture that one pixel of the image covers: pixels begin to end - 1, of which the first and
 * the last count with these shares. */
typedef struct span {
    int begin, end;
    double first, last;
} span;

static span span_of(int at, int to, int from) {
    double begin = (double)at * from / to, end = (double)(at + 1) * from / to;
    span s = {.begin = (int)begin, .end = (int)ceil(end)};
    if (s.end > from) s.end = from;
    if (s.end <= s.begin) s.end = s.begin + 1;
    s.first = s.begin + 1 - begin;
    s.last = end - (s.end - 1);
    if (s.end - s.begin == 1) s.first = s.last = end - begin;
    return s;
}

static double share(const span *s, int i) {
    if (i == s->begin) return s->first;
    return i == s->end - 1 ? s->last : 1.0;
}

static void mean_of(uint8_t *pixel, const clenet_picture *picture, const span *rows, const span *columns) {
    double sums[CHANNELS_MOST] = {0}, area = 0.0;
    size_t width = (size_t)picture->width, channels = (size_t)picture->channels;
    for (int y = rows->begin; y < rows->end; y++) {
        const uint8_t *from = picture->pixels + ((size_t)y * width + (size_t)columns->begin) * channels;
        double tall = share(rows, y);
        for (int x = columns->begin; x < columns->end; x++) {
            double weight = tall * share(columns, x);
            for (size_t c = 0; c < channels; c++) sums[c] += weight * *from++;
            area += weight;
        }
    }
    for (size_t c = 0; c < channels; c++) pixel[c] = (uint8_t)(sums[c] / area + 0.5);
}

void picture_scale(uint8_t *image, const clenet_picture *picture, int height, int width) {
    for (int y = 0; y < height; y++) {
        span rows = span_of(y, height, picture->height);
        for (int x = 0; x < width; x++) {
            span columns = span_of(x, width, picture->width);
            mean_of(image, picture, &rows, &columns);
            image += picture->channels;
        }
    }
}
