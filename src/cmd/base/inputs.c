/* inputs.c - see inputs.h. */
#include "cmd/base/inputs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/base/results.h"
#include "cmd/base/say.h"

/* ---- data sets ---- */

static int load(clenet_dataset **dataset, const char *path, const clenet_load_options *options) {
    clenet_error error;
    return clenet_dataset_load(dataset, path, options, &error) == CLENET_OK ? EXIT_DONE : say_error(&error);
}

static void say_reading(const clenet_dataset *dataset, const char *path) {
    const char *reading = clenet_dataset_reading(dataset);
    if (reading != NULL) say_line("%s: %s", path, reading);
}

int inputs_load(clenet_dataset **dataset, const char *path, const clenet_load_options *options) {
    int status = load(dataset, path, options);
    if (status == EXIT_DONE) say_reading(*dataset, path);
    return status;
}

int inputs_load_labelled(clenet_dataset **dataset, const char *path, const clenet_load_options *options) {
    clenet_dataset *loaded = NULL;
    int status = load(&loaded, path, options);
    bool has_parts = options->part == CLENET_PART_TEST && options->member == NULL && strcmp(path, "-") != 0;
    if (status == EXIT_DONE && clenet_dataset_labels(loaded) == NULL && has_parts) {
        clenet_load_options training = *options; /* of Kaggle's archive only the training part has labels */
        training.part = CLENET_PART_TRAINING;
        clenet_dataset_free(loaded);
        status = load(&loaded, path, &training);
    }
    if (status != EXIT_DONE) return status;
    say_reading(loaded, path);
    if (clenet_dataset_labels(loaded) == NULL) {
        clenet_dataset_free(loaded);
        return say_failed(
            "'%s' has no labels: give a CSV with a column \"label\", or IDX or NumPy images with --labels FILE", path);
    }
    *dataset = loaded;
    return EXIT_DONE;
}

/* ---- runs ---- */

static bool is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

char *inputs_of_run(const char *path, const char *name) {
    return is_folder(path) ? results_path(path, name) : strdup(path);
}

int inputs_load_model(clenet_model **model, const char *path) {
    static const char name[] = "model.safetensors";
    clenet_error error;
    char *file = inputs_of_run(path, name);
    if (file == NULL) return say_failed("out of memory (the name of the model '%s')", path);
    int status = EXIT_DONE;
    if (is_folder(path) && access(file, F_OK) != 0)
        status = say_failed("the folder '%s' has no %s: name the folder of a run that clenet train wrote, or a model",
                            path, name);
    else if (clenet_model_load(model, file, &error) != CLENET_OK)
        status = say_error(&error);
    free(file);
    return status;
}

int inputs_model_classes(const clenet_model *model) {
    const clenet_network *network = clenet_model_network(model);
    return clenet_network_output(network, clenet_network_layers(network) - 1).channels;
}

/* ---- networks written as text ---- */

/* Bytes of the largest file: the thousand layers of the largest network, each with a long comment. */
enum { FILE_MOST = 256 * 1024 };

static const char suffix[] = ".txt";

bool network_file_is_text(const char *path) {
    size_t length = strlen(path), end = sizeof suffix - 1;
    return length > end && strcmp(path + length - end, suffix) == 0;
}

/* Fills text, FILE_MOST + 1 bytes. Reading fails if the path is a folder. */
static int read_bytes(char *text, size_t *size, const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return say_failed("cannot open '%s': %s; check its name", path, strerror(errno));
    errno = 0;
    *size = fread(text, 1, FILE_MOST + 1, file);
    int reason = ferror(file) ? errno : 0;
    (void)fclose(file);
    if (reason != 0) return say_failed("cannot read '%s': %s", path, strerror(reason));
    if (*size <= FILE_MOST) return EXIT_DONE;
    return say_failed("'%s' is longer than %d bytes: it is not a network as text (one layer per line)", path,
                      (int)FILE_MOST);
}

/* The library reads up to the first zero byte, so text after it would be ignored. */
static int check_text(const char *text, size_t size, const char *path) {
    size_t end = strlen(text);
    if (end >= size) return EXIT_DONE;
    int line = 1;
    for (size_t i = 0; i < end; i++) line += text[i] == '\n';
    return say_failed("%s:%d: there is a zero byte: this is not text; write the network as text, one layer per line",
                      path, line);
}

int network_file_read(clenet_network **network, const char *path) {
    size_t size = 0;
    clenet_error error;
    char *text = malloc(FILE_MOST + 2);
    if (text == NULL) return say_failed("out of memory (the network in '%s')", path);
    int status = read_bytes(text, &size, path);
    if (status == EXIT_DONE) {
        text[size] = '\0';
        status = check_text(text, size, path);
    }
    if (status == EXIT_DONE && clenet_network_parse(network, text, path, &error) != CLENET_OK)
        status = say_error(&error);
    free(text);
    return status;
}
