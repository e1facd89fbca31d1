/* scaled.c - see scaled.h. */
#include "cmd/predict/scaled.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/class_list.h"
#include "cmd/base/say.h"
#include "cmd/base/terminal_digit.h"
#include "cmd/base/text.h"
#include "cmd/base/tta.h"

enum {
    SCHEMA_VERSION = 1, /* of --json: changes if the output becomes incompatible */
    JSON_DIGITS = 9     /* significant digits: all of a float */
};

typedef struct scaled_run {
    const clenet_model *model;
    clenet_predictor *predictor;
    const picture_answers *how;
    clenet_shape shape; /* of the input */
    class_list classes;
    float *probabilities; /* [classes] */
    uint8_t *image;       /* [height][width][channels]: the input of the network */
    const char *name;
    int status;
    bool begun; /* an object of JSON was printed */
} scaled_run;

static clenet_status see(scaled_run *run, const char *path, clenet_error *error) {
    clenet_picture *picture = NULL;
    clenet_status status = clenet_picture_load(&picture, path, run->shape.channels, error);
    if (status == CLENET_OK) status = clenet_model_scale_picture(run->model, run->image, picture, error);
    clenet_picture_free(picture);
    if (status != CLENET_OK) return status;
    return clenet_predictor_run(run->predictor, run->image, 1, run->probabilities, error);
}

/* The most probable class other than `out`. */
static int likeliest(const scaled_run *run, int out) {
    int best = -1;
    for (int i = 0; i < run->classes.count; i++) {
        if (i != out && (best < 0 || run->probabilities[i] > run->probabilities[best])) best = i;
    }
    return best;
}

/* Draws the image; of colours their mean. */
static void draw(const scaled_run *run) {
    int channels = run->shape.channels, pixels = run->shape.height * run->shape.width;
    uint8_t *grey = malloc((size_t)pixels);
    for (int i = 0; grey != NULL && i < pixels; i++) {
        int sum = 0;
        for (int c = 0; c < channels; c++) sum += run->image[i * channels + c];
        grey[i] = (uint8_t)(sum / channels);
    }
    if (grey != NULL) terminal_digit_draw(stdout, grey, run->shape.height, run->shape.width);
    free(grey);
}

static void print_plain(const char *text) {
    for (; *text != '\0'; text++) (void)putchar(iscntrl((unsigned char)*text) ? '?' : *text);
}

static void print_line(const scaled_run *run) {
    char sure[TEXT_SIZE], less_sure[TEXT_SIZE];
    int best = likeliest(run, -1), next = likeliest(run, best);
    if (run->how->show) draw(run);
    print_plain(run->name);
    (void)printf(": %s (%s), next %s (%s)\n", run->classes.names[best],
                 text_percent(sure, (double)run->probabilities[best]), run->classes.names[next],
                 text_percent(less_sure, (double)run->probabilities[next]));
}

static json_t *label_json(const scaled_run *run, int class) {
    const char *name = run->classes.names[class];
    return run->classes.numbers ? json_integer(strtoll(name, NULL, 10)) : json_text(name);
}

static json_t *json_of(const scaled_run *run) {
    int best = likeliest(run, -1), next = likeliest(run, best);
    json_t *all = json_array();
    for (int i = 0; i < run->classes.count; i++) {
        if (json_array_append_new(all, json_real((double)run->probabilities[i])) == 0) continue;
        json_decref(all);
        return NULL;
    }
    return json_pack("{s:o, s:o, s:f, s:o, s:f, s:o}", "picture", json_text(run->name), "label", label_json(run, best),
                     "probability", (double)run->probabilities[best], "next", label_json(run, next), "next_probability",
                     (double)run->probabilities[next], "probabilities", all);
}

/* error: the reason for no prediction, or NULL. */
static void print_json(scaled_run *run, const clenet_error *error) {
    json_t *object = error == NULL
                         ? json_of(run)
                         : json_pack("{s:o, s:o}", "picture", json_text(run->name), "error", json_text(error->message));
    (void)printf(run->begun ? ", " : "{\"schema_version\": %d, \"pictures\": [", SCHEMA_VERSION);
    run->begun = true;
    if (object == NULL || json_dumpf(object, stdout, JSON_REAL_PRECISION(JSON_DIGITS)) != 0)
        run->status = say_failed("cannot write the JSON of '%s': out of memory, or the disk is full", run->name);
    json_decref(object);
}

static void answer(scaled_run *run, const char *path) {
    clenet_error error;
    run->name = strcmp(path, "-") == 0 ? "<stdin>" : path;
    clenet_status status = see(run, path, &error);
    if (status != CLENET_OK) run->status = say_error(&error);
    if (run->how->json)
        print_json(run, status == CLENET_OK ? NULL : &error);
    else if (status == CLENET_OK)
        print_line(run);
}

int predict_scaled(const clenet_model *model, const clenet_device *device, const predict_inputs *inputs,
                   const picture_answers *how, int copies) {
    clenet_error error;
    scaled_run run = {.model = model,
                      .how = how,
                      .shape = clenet_network_input(clenet_model_network(model)),
                      .classes = class_list_of_model(model),
                      .status = EXIT_DONE};
    run.probabilities = calloc((size_t)run.classes.count, sizeof *run.probabilities);
    run.image = calloc((size_t)run.shape.height * (size_t)run.shape.width, (size_t)run.shape.channels);
    if (run.probabilities == NULL || run.image == NULL) {
        run.status = say_failed("out of memory (an image of a picture)");
    } else if (tta_predictor_new(&run.predictor, model, device, copies, &error) != CLENET_OK) {
        run.status = say_error(&error);
    } else {
        for (size_t i = 0; i < inputs->count && !ferror(stdout); i++) answer(&run, inputs->pictures[i]);
        if (run.begun) (void)printf("]}\n");
        say_device_lost(clenet_predictor_device_lost(run.predictor));
    }
    clenet_predictor_free(run.predictor);
    free(run.probabilities);
    free(run.image);
    return run.status;
}
