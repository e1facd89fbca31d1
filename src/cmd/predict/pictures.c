/* pictures.c - see pictures.h. Pictures are read one by one: only the current one is in memory. */
#include "cmd/predict/pictures.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/inputs.h"
#include "cmd/predict/answers.h"
#include "cmd/base/say.h"
#include "cmd/base/tta.h"

enum {
    SCHEMA_VERSION = 1, /* of --json: changes if the output becomes incompatible */
    JSON_DIGITS = 9,    /* significant digits: all of a float */
    SIDE = CLENET_PICTURE_SIDE
};

typedef struct picture_run {
    clenet_predictor *predictor;
    const picture_answers *how;
    const clenet_model *model;
    int classes;
    int height, width;             /* of the current picture */
    clenet_picture_digits *digits; /* on it */
    float *probabilities;          /* [digits][classes] */
    bool *sure;                    /* [digits] */
    const char *name;
    int status;
    bool begun; /* an object of JSON was printed */
} picture_run;

int predict_pictures_check(const clenet_model *model) {
    clenet_shape shape = clenet_network_input(clenet_model_network(model));
    if (shape.height == SIDE && shape.width == SIDE && shape.channels == 1) return EXIT_DONE;
    return say_failed("the model reads images of %dx%dx%d, but a picture becomes %dx%dx1; use a model that was trained "
                      "on such images",
                      shape.height, shape.width, shape.channels, SIDE, SIDE);
}

/* Finds the digits in the grey pixels. */
static clenet_status find(picture_run *run, const uint8_t *grey, int height, int width, clenet_error *error) {
    clenet_error why;
    clenet_picture_options options;
    clenet_picture_options_init(&options, sizeof options);
    options.digits = run->how->digits;
    clenet_status status = clenet_picture_digits_new(&run->digits, grey, height, width, &options, &why);
    if (status == CLENET_OK) return CLENET_OK;
    (void)snprintf(error->message, sizeof error->message, "%.400s: %.600s", run->name, why.message);
    return error->status = status;
}

/* Predicts the digits that were found. */
static clenet_status read_digits(picture_run *run, clenet_error *error) {
    size_t count = clenet_picture_digits_count(run->digits);
    run->probabilities = calloc(count * (size_t)run->classes, sizeof *run->probabilities);
    run->sure = calloc(count, sizeof *run->sure);
    if (run->probabilities == NULL || run->sure == NULL) {
        (void)snprintf(error->message, sizeof error->message, "%.400s: out of memory (%zu digits)", run->name, count);
        return error->status = CLENET_ERROR_MEMORY;
    }
    return clenet_predictor_read(run->predictor, run->digits, run->probabilities, run->sure, error);
}

static clenet_status see(picture_run *run, const char *path, clenet_error *error) {
    clenet_picture *p = NULL;
    clenet_status status = clenet_picture_load(&p, path, 1, error);
    if (status != CLENET_OK) return status;
    status = find(run, clenet_picture_pixels(p), clenet_picture_height(p), clenet_picture_width(p), error);
    run->height = clenet_picture_height(p);
    run->width = clenet_picture_width(p);
    clenet_picture_free(p);
    return status == CLENET_OK ? read_digits(run, error) : status;
}

static picture_answer answer_of(const picture_run *run) {
    return (picture_answer){.name = run->name,
                            .top = run->how->top,
                            .model = run->model,
                            .classes = run->classes,
                            .height = run->height,
                            .width = run->width,
                            .digits = run->digits,
                            .probabilities = run->probabilities,
                            .sure = run->sure};
}

static void print_text(const picture_run *run) {
    picture_answer answer = answer_of(run);
    if (run->how->show) answers_draw(&answer);
    answers_print_line(&answer);
}

/* error: the reason for no prediction, or NULL. */
static void print_json(picture_run *run, const clenet_error *error) {
    picture_answer answer = answer_of(run);
    json_t *object = error != NULL ? answers_json_error(run->name, error) : answers_json(&answer);
    (void)printf(run->begun ? ", " : "{\"schema_version\": %d, \"pictures\": [", SCHEMA_VERSION);
    run->begun = true;
    if (object == NULL || json_dumpf(object, stdout, JSON_REAL_PRECISION(JSON_DIGITS)) != 0) {
        run->status = say_failed("cannot write the JSON of '%s': out of memory, or the disk is full", run->name);
    }
    json_decref(object);
}

static void forget(picture_run *run) {
    clenet_picture_digits_free(run->digits);
    free(run->probabilities);
    free(run->sure);
    run->digits = NULL;
    run->probabilities = NULL;
    run->sure = NULL;
}

static void answer(picture_run *run, const char *path) {
    clenet_error error;
    run->name = strcmp(path, "-") == 0 ? "<stdin>" : path;
    clenet_status status = see(run, path, &error);
    if (status != CLENET_OK) run->status = say_error(&error);
    if (run->how->json) {
        print_json(run, status == CLENET_OK ? NULL : &error);
    } else if (status == CLENET_OK) {
        print_text(run);
    }
    forget(run);
}

int predict_pictures(const clenet_model *model, const clenet_device *device, const predict_inputs *inputs,
                     const picture_answers *how, int copies) {
    clenet_error error;
    picture_run run = {.how = how, .model = model, .classes = inputs_model_classes(model), .status = EXIT_DONE};
    if (tta_predictor_new(&run.predictor, model, device, copies, &error) != CLENET_OK) {
        run.status = say_error(&error);
    } else {
        for (size_t i = 0; i < inputs->count && !ferror(stdout); i++) answer(&run, inputs->pictures[i]);
        if (run.begun) (void)printf("]}\n");
        say_device_lost(clenet_predictor_device_lost(run.predictor));
    }
    clenet_predictor_free(run.predictor);
    return run.status;
}
