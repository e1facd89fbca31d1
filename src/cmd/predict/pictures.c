/* pictures.c - see pictures.h. Pictures are read one by one: only the current one is in memory. */
#include "cmd/predict/pictures.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/inputs.h"
#include "cmd/base/say.h"
#include "cmd/base/terminal_digit.h"
#include "cmd/base/text.h"
#include "cmd/base/tta.h"

enum {
    SCHEMA_VERSION = 1, /* of --json: changes if the output becomes incompatible */
    JSON_DIGITS = 9,    /* significant digits: all of a float */
    SIDE = CLENET_PICTURE_SIDE
};

typedef struct picture_run {
    clenet_predictor *predictor;
    const picture_answers *how;
    int classes;
    float *probabilities;       /* [classes] */
    uint8_t image[SIDE * SIDE]; /* the input of the network */
    const char *name;
    int status;
    bool begun; /* an object of JSON was printed */
} picture_run;

int predict_pictures_check(const clenet_model *model) {
    clenet_shape shape = clenet_network_input(clenet_model_network(model));
    if (shape.height == SIDE && shape.width == SIDE && shape.channels == 1) return EXIT_DONE;
    return say_failed(
        "the model reads images of %dx%dx%d, but a picture becomes one of %dx%dx1; train one on such images",
        shape.height, shape.width, shape.channels, SIDE, SIDE);
}

static clenet_status see(picture_run *run, const char *path, clenet_error *error) {
    clenet_picture *p = NULL;
    clenet_status status = clenet_picture_load(&p, path, 1, error);
    if (status != CLENET_OK) return status;
    clenet_error why;
    status = clenet_picture_normalise(run->image, clenet_picture_pixels(p), clenet_picture_height(p),
                                      clenet_picture_width(p), &why);
    clenet_picture_free(p);
    if (status != CLENET_OK) {
        (void)snprintf(error->message, sizeof error->message, "%.400s: %.600s", run->name, why.message);
        return error->status = status;
    }
    return clenet_predictor_run(run->predictor, run->image, 1, run->probabilities, error);
}

/* The most probable class other than `out`; -1: there is none. */
static int likeliest(const picture_run *run, int out) {
    int best = -1;
    for (int i = 0; i < run->classes; i++) {
        if (i != out && (best < 0 || run->probabilities[i] > run->probabilities[best])) best = i;
    }
    return best;
}

static void print_name(const char *name) {
    for (; *name != '\0'; name++) (void)putchar(iscntrl((unsigned char)*name) ? '?' : *name);
}

static void print_line(const picture_run *run) {
    char sure[TEXT_SIZE], less_sure[TEXT_SIZE];
    int best = likeliest(run, -1), next = likeliest(run, best);
    if (run->how->show) terminal_digit_draw(stdout, run->image, SIDE, SIDE);
    print_name(run->name);
    (void)printf(": %d (%s), next %d (%s)\n", best, text_percent(sure, (double)run->probabilities[best]), next,
                 text_percent(less_sure, (double)run->probabilities[next]));
}

static json_t *json_of(const picture_run *run, const clenet_error *error) {
    if (error != NULL)
        return json_pack("{s:o, s:o}", "picture", json_text(run->name), "error", json_text(error->message));
    int best = likeliest(run, -1), next = likeliest(run, best);
    json_t *all = json_array();
    for (int i = 0; i < run->classes; i++) {
        if (json_array_append_new(all, json_real((double)run->probabilities[i])) != 0) {
            json_decref(all);
            return NULL;
        }
    }
    return json_pack("{s:o, s:i, s:f, s:i, s:f, s:o}", "picture", json_text(run->name), "digit", best, "probability",
                     (double)run->probabilities[best], "next", next, "next_probability",
                     (double)run->probabilities[next], "probabilities", all);
}

/* error: the reason for no prediction, or NULL. */
static void print_json(picture_run *run, const clenet_error *error) {
    json_t *object = json_of(run, error);
    (void)printf(run->begun ? ", " : "{\"schema_version\": %d, \"pictures\": [", SCHEMA_VERSION);
    run->begun = true;
    if (object == NULL || json_dumpf(object, stdout, JSON_REAL_PRECISION(JSON_DIGITS)) != 0) {
        run->status = say_failed("cannot write the JSON of '%s': free memory, or space on the disk", run->name);
    }
    json_decref(object);
}

static void answer(picture_run *run, const char *path) {
    clenet_error error;
    run->name = strcmp(path, "-") == 0 ? "<stdin>" : path;
    clenet_status status = see(run, path, &error);
    if (status != CLENET_OK) run->status = say_error(&error);
    if (run->how->json) {
        print_json(run, status == CLENET_OK ? NULL : &error);
    } else if (status == CLENET_OK) {
        print_line(run);
    }
}

int predict_pictures(const clenet_model *model, const clenet_device *device, const predict_inputs *inputs,
                     const picture_answers *how, int copies) {
    clenet_error error;
    picture_run run = {.how = how, .classes = inputs_model_classes(model), .status = EXIT_DONE};
    run.probabilities = calloc((size_t)run.classes, sizeof *run.probabilities);
    if (run.probabilities == NULL) return say_failed("cannot have memory for the probabilities: free memory");
    if (tta_predictor_new(&run.predictor, model, device, copies, &error) != CLENET_OK) {
        run.status = say_error(&error);
    } else {
        for (size_t i = 0; i < inputs->count && !ferror(stdout); i++) answer(&run, inputs->pictures[i]);
        if (run.begun) (void)printf("]}\n");
        say_device_lost(clenet_predictor_device_lost(run.predictor));
    }
    clenet_predictor_free(run.predictor);
    free(run.probabilities);
    return run.status;
}
