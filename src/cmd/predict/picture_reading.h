/* picture_reading.h - shared by the readers of both formats: errors and boxes. */
#ifndef CLENET_CMD_PREDICT_PICTURE_READING_H
#define CLENET_CMD_PREDICT_PICTURE_READING_H

#include <stdbool.h>

#include "cmd/predict/picture.h"

/* Sets the error "NAME: what". Returns the status. */
clenet_status picture_fail(clenet_error *error, clenet_status status, const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "NAME: is cut off ...", or the read error. */
clenet_status picture_fail_short(clenet_error *error, FILE *file, const char *name);

/* The picture, reduced to boxes of factor x factor pixels. Pixels may come in any order, each once. */
typedef struct picture_boxes {
    int height, width, factor;
    int rows, columns; /* of boxes */
    uint32_t *ink;     /* [rows][columns]: sum of grey x alpha, at most 255 x 255 per pixel */
    uint32_t *alpha;   /* [rows][columns]: sum of alpha */
    uint8_t (*row)[2]; /* [width]: grey and alpha, a buffer for the reader */
} picture_boxes;

/* Refuses a size that no picture of a digit has, so that a small file cannot keep the reader busy. picture_boxes_free() it. */
clenet_status picture_boxes_new(picture_boxes *boxes, uint64_t height, uint64_t width, const char *name,
                                clenet_error *error);
void picture_boxes_free(picture_boxes *boxes);

/* Adds the first count pixels of boxes->row, which are at x, x + step, ... in row y of the picture. */
void picture_boxes_add(picture_boxes *boxes, int y, int x, int step, int count);

/* The means of the boxes, on white paper, or on a black board if the contrast is higher there. */
clenet_status picture_boxes_finish(picture *p, const picture_boxes *boxes, clenet_error *error);

/* Each begins after the signature. */
clenet_status picture_read_png(picture *p, FILE *file, const char *name, clenet_error *error);
clenet_status picture_read_pgm(picture *p, FILE *file, bool plain, const char *name, clenet_error *error);

#endif
