/* answers.h - prints what was read on a picture, as text, drawing or JSON. */
#ifndef CLENET_CMD_PREDICT_ANSWERS_H
#define CLENET_CMD_PREDICT_ANSWERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "clenet/clenet.h"

/* The digits of one picture. */
typedef struct picture_answer {
    const char *name; /* of the picture */
    const clenet_model *model;
    int classes;
    int height, width; /* of the picture as it was read: a large one is reduced */
    const clenet_picture_digits *digits;
    const float *probabilities; /* [digits][classes] */
    const bool *sure;           /* [digits] */
    int top;                    /* of the most probable classes that are listed; 0: the line has the next one */
} picture_answer;

/* Prints one line: the digits, line by line, how probable the least certain one is, and the next likely classes. */
void answers_print_line(const picture_answer *answer);

/* Draws the images that the network gets, a line of digits beside each other if there is room. */
void answers_draw(const picture_answer *answer);

/* The object of a picture, or of the error that left it without an answer; NULL if out of memory. */
json_t *answers_json(const picture_answer *answer);
json_t *answers_json_error(const char *name, const clenet_error *error);

#endif
