/* picture_reading.h - what the readers of both formats share: one error, and the boxes that pixels are summed into. */
#ifndef CLENET_CMD_PREDICT_PICTURE_READING_H
#define CLENET_CMD_PREDICT_PICTURE_READING_H

#include <stdbool.h>

#include "cmd/predict/picture.h"

/* Fills the error: "NAME: what". Gives the status. */
clenet_status picture_fail(clenet_error *error, clenet_status status, const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "NAME: is cut off ...", or why it cannot be read. */
clenet_status picture_fail_short(clenet_error *error, FILE *file, const char *name);

/* The picture in boxes of factor x factor pixels. Pixels may come in any order, each once. */
typedef struct picture_boxes {
    int height, width, factor;
    int rows, columns; /* of boxes */
    uint32_t *ink;     /* [rows][columns]: sum of grey x alpha, 255 x 255 a pixel at most */
    uint32_t *alpha;   /* [rows][columns]: sum of alpha */
    uint8_t (*row)[2]; /* [width]: grey and alpha, for the reader to use */
} picture_boxes;

/* Refuses a size that no picture of a digit has, so that a small file cannot keep the reader busy. picture_boxes_free() it. */
clenet_status picture_boxes_new(picture_boxes *boxes, uint64_t height, uint64_t width, const char *name,
                                clenet_error *error);
void picture_boxes_free(picture_boxes *boxes);

/* Adds the first count pixels of boxes->row, which lie in row y of the picture at x, x + step, ... */
void picture_boxes_add(picture_boxes *boxes, int y, int x, int step, int count);

/* The means of the boxes, laid on white paper; or on a black board, where it is there that the picture is seen better. */
clenet_status picture_boxes_finish(picture *p, const picture_boxes *boxes, clenet_error *error);

/* Each begins behind the signature. */
clenet_status picture_read_png(picture *p, FILE *file, const char *name, clenet_error *error);
clenet_status picture_read_pgm(picture *p, FILE *file, bool plain, const char *name, clenet_error *error);

#endif
