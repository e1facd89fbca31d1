/* from.c - see from.h. */
#include "cmd/train/from.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/class_list.h"
#include "cmd/base/inputs.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"

enum { NAMES_SIZE = 400 /* bytes of a list of names in a message */ };

/* ---- the model ------------------------------------------------------------------------------------------------------- */

static int check_members(const clenet_model *model, const train_arguments *a) {
    int members = clenet_model_members(model);
    if (members == 1 || members == a->models) return EXIT_DONE;
    return say_failed("'%s' has %d networks, and the run has %d: use --models %d, so that each begins with one of them",
                      a->from, members, a->models, members);
}

int train_from_load(train_from *from, const train_arguments *a, const clenet_network *held) {
    int status = inputs_load_model(&from->model, a->from);
    if (status == EXIT_DONE) status = check_members(from->model, a);
    if (status == EXIT_DONE && held == NULL && a->arch != NULL) status = network_file_read(&from->arch, a->arch);
    from->base = held != NULL ? held : from->arch != NULL ? from->arch : clenet_model_network(from->model);
    return status;
}

void train_from_free(train_from *from) {
    clenet_network_free(from->arch);
    clenet_model_free(from->model);
}

/* ---- the data -------------------------------------------------------------------------------------------------------- */

void train_from_pictures(const train_from *from, const train_arguments *a, clenet_load_options *options) {
    clenet_shape input = clenet_network_input(from->base);
    if (from->model == NULL) return;
    if (a->read.side == 0) options->picture_side = input.height;
    options->color = options->color || input.channels == 3;
}

static int check_size(const train_from *from, const train_arguments *a, const clenet_dataset *dataset,
                      const char *path) {
    clenet_shape input = clenet_network_input(from->base);
    int height = clenet_dataset_height(dataset), width = clenet_dataset_width(dataset);
    int channels = clenet_dataset_channels(dataset);
    if (height == input.height && width == input.width && channels == input.channels) return EXIT_DONE;
    return say_failed(
        "'%s' has images of %dx%dx%d, and '%s' takes %dx%dx%d: use images of that size, or train without --from", path,
        height, width, channels, a->from, input.height, input.width, input.channels);
}

/* True if the classes of the data are the first ones of the model. */
static bool begins_with(const class_list *model, const class_list *data) {
    for (int i = 0; i < data->count; i++)
        if (i >= model->count || strcmp(model->names[i], data->names[i]) != 0) return false;
    return true;
}

/* True if each class of the data is one of the model's. */
static bool has_all(const class_list *model, const class_list *data) {
    for (int i = 0; i < data->count; i++)
        if (class_list_find(model, data->names[i]) < 0) return false;
    return true;
}

/* Reads the data once more, with the labels of the model. */
static int read_again(clenet_dataset **dataset, const char *path, const clenet_load_options *options,
                      const class_list *classes) {
    clenet_load_options own = *options;
    if (strcmp(path, "-") == 0)
        return say_failed("standard input has some of the model's classes, and can be read only once: give the images "
                          "as a file, or add --new-head");
    own.classes = classes->count;
    own.class_names = classes->names;
    clenet_dataset_free(*dataset);
    *dataset = NULL;
    return inputs_load_labelled(dataset, path, &own);
}

int train_from_fit(train_from *from, const train_arguments *a, clenet_dataset **dataset, const char *path,
                   const clenet_load_options *options) {
    int status = check_size(from, a, *dataset, path);
    if (status != EXIT_DONE) return status;
    class_list model = class_list_of_model(from->model), data = class_list_of_dataset(*dataset);
    from->new_head = a->new_head;
    if (a->new_head || begins_with(&model, &data)) return EXIT_DONE;
    if (has_all(&model, &data)) return read_again(dataset, path, options, &model);
    from->new_head = true;
    return EXIT_DONE;
}

/* ---- the network ------------------------------------------------------------------------------------------------------- */

static bool has_parameters(const clenet_network *network, size_t i) {
    return clenet_network_trained(network, i) + clenet_network_moving(network, i) > 0;
}

/* The last layer whose size is the number of classes. */
static size_t head_of(const clenet_network *network) {
    size_t i = clenet_network_layers(network) - 1;
    while (i > 0 && clenet_network_layer(network, i)->kind != CLENET_DENSE &&
           clenet_network_layer(network, i)->kind != CLENET_CONV2D)
        i--;
    return i;
}

/* Adds a name to a list; one that has no room becomes "...". */
static void add_name(char names[NAMES_SIZE], const char *name) {
    enum { TAIL = sizeof ", ..." };
    size_t used = strlen(names);
    bool fits = used + strlen(name) + 2 + TAIL <= NAMES_SIZE, cut = used >= 3 && strcmp(names + used - 3, "...") == 0;
    if (!cut) (void)snprintf(names + used, NAMES_SIZE - used, "%s%s", used > 0 ? ", " : "", fits ? name : "...");
}

/* The layer with this name and parameters; the number of layers if no layer has both. */
static size_t find_layer(const clenet_network *network, const char *name, size_t length) {
    size_t layers = clenet_network_layers(network), i = 0;
    for (; i < layers; i++) {
        const char *own = clenet_network_layer_name(network, i);
        if (strlen(own) == length && strncmp(own, name, length) == 0 && has_parameters(network, i)) break;
    }
    return i;
}

static int say_unknown(const clenet_network *network, const char *name, size_t length) {
    char names[NAMES_SIZE] = "";
    for (size_t i = 0; i < clenet_network_layers(network); i++)
        if (has_parameters(network, i)) add_name(names, clenet_network_layer_name(network, i));
    return say_failed("--freeze: no layer '%.*s' has parameters; layers that have: %s", (int)length, name, names);
}

/* Marks one item of --freeze: a layer, or the layers from A to B, which may be without parameters between them. */
static int mark(bool *frozen, const clenet_network *network, const char *item, size_t length) {
    static const char to[] = "..";
    const char *range = strstr(item, to);
    if (range != NULL && (size_t)(range - item) >= length) range = NULL;
    size_t first_length = range != NULL ? (size_t)(range - item) : length;
    const char *second = range != NULL ? range + sizeof to - 1 : item;
    size_t second_length = length - (size_t)(second - item), layers = clenet_network_layers(network);
    size_t first = find_layer(network, item, first_length), last = find_layer(network, second, second_length);
    if (first == layers) return say_unknown(network, item, first_length);
    if (last == layers) return say_unknown(network, second, second_length);
    if (first > last)
        return say_failed("--freeze: %s is behind %s: give the range the other way round",
                          clenet_network_layer_name(network, first), clenet_network_layer_name(network, last));
    for (size_t i = first; i <= last; i++) frozen[i] = true;
    return EXIT_DONE;
}

/* Marks the layers of --freeze, with the layers that --arch or the resumed run has frozen. */
static int mark_all(bool *frozen /* [layers] */, const train_from *from, const train_arguments *a) {
    int status = EXIT_DONE;
    const clenet_network *network = from->base;
    bool of_model = network == clenet_model_network(from->model);
    for (size_t i = 0; i < clenet_network_layers(network); i++)
        frozen[i] = !of_model && clenet_network_layer(network, i)->frozen;
    for (const char *item = a->freeze; item != NULL && status == EXIT_DONE;) {
        size_t length = strcspn(item, ",");
        status = mark(frozen, network, item, length);
        item = item[length] == ',' ? item + length + 1 : NULL;
    }
    return status;
}

/* Checks that something is left to train, and that no new layer is frozen. */
static int check_frozen(const bool *frozen, const clenet_network *network, bool new_head) {
    bool trains = false;
    size_t head = head_of(network);
    for (size_t i = 0; i < clenet_network_layers(network); i++) {
        trains = trains || (has_parameters(network, i) && !frozen[i]);
        if (new_head && i >= head && frozen[i] && has_parameters(network, i))
            return say_failed("--freeze: %s is new, since the classes are not those of the model: do not freeze it",
                              clenet_network_layer_name(network, i));
    }
    if (trains) return EXIT_DONE;
    return say_failed("--freeze: all layers with parameters are frozen: leave one to train, such as %s",
                      clenet_network_layer_name(network, head));
}

/* Adds the layers of the base, frozen as marked; the last of them for this number of classes. */
static clenet_status add_layers(clenet_network *network, const clenet_network *base, const bool *frozen, int classes,
                                clenet_error *error) {
    clenet_status status = CLENET_OK;
    size_t layers = clenet_network_layers(base), head = head_of(base);
    for (size_t i = 0; i < layers && status == CLENET_OK; i++) {
        clenet_layer layer = *clenet_network_layer(base, i);
        layer.frozen = frozen[i];
        if (i == head && layer.kind == CLENET_DENSE) layer.units = classes;
        if (i == head && layer.kind == CLENET_CONV2D) layer.filters = classes;
        status = clenet_network_add(network, &layer, error);
    }
    return status;
}

/* The classes of a network: the numbers that its last layer makes. */
static int classes_of(const clenet_network *network) {
    return clenet_network_output(network, clenet_network_layers(network) - 1).channels;
}

int train_from_network(clenet_network **network, const train_from *from, const train_arguments *a, int classes) {
    clenet_error error;
    clenet_shape input = clenet_network_input(from->base);
    bool *frozen = calloc(clenet_network_layers(from->base) + 1, sizeof *frozen);
    clenet_network *fresh = NULL;
    if (frozen == NULL) return say_failed("out of memory (the network of '%s')", a->from);
    int status = mark_all(frozen, from, a);
    bool new_head = from->new_head || classes != classes_of(clenet_model_network(from->model));
    if (status == EXIT_DONE) status = check_frozen(frozen, from->base, new_head);
    if (status == EXIT_DONE &&
        (clenet_network_new(&fresh, input.height, input.width, input.channels, &error) != CLENET_OK ||
         add_layers(fresh, from->base, frozen, classes, &error) != CLENET_OK))
        status = say_error(&error);
    free(frozen);
    if (status == EXIT_DONE)
        *network = fresh;
    else
        clenet_network_free(fresh);
    return status;
}

int train_from_model(clenet_model **model, const train_from *from, const train_arguments *a,
                     const clenet_dataset *dataset) {
    clenet_error error;
    clenet_network *network = NULL;
    int classes = from->new_head ? clenet_dataset_classes(dataset) : classes_of(clenet_model_network(from->model));
    int member = clenet_model_members(from->model) > 1 ? a->member - 1 : 0;
    int status = train_from_network(&network, from, a, classes);
    if (status == EXIT_DONE && clenet_model_new_from(model, network, a->options.seed, from->model, member,
                                                     from->new_head, &error) != CLENET_OK)
        status = say_failed("--from '%s': %s", a->from, error.message);
    clenet_network_free(network);
    return status;
}

/* ---- what it says ------------------------------------------------------------------------------------------------------ */

static const char *class_names(char names[NAMES_SIZE], class_list list) {
    enum { MOST = 6 };
    names[0] = '\0';
    for (int i = 0; i < list.count && i < MOST; i++) add_name(names, list.names[i]);
    if (list.count > MOST) add_name(names, "...");
    return names;
}

void train_from_say(const train_from *from, const train_arguments *a, const clenet_model *model) {
    const clenet_network *network = clenet_model_network(model);
    char own[NAMES_SIZE], other[NAMES_SIZE], frozen[NAMES_SIZE] = "", trained_text[TEXT_SIZE], all_text[TEXT_SIZE];
    uint64_t trained = 0, all = 0;
    say_line("from: the weights of %s", a->from);
    if (from->new_head) {
        class_list classes = class_list_of_model(model);
        say_line("new last layer: %s, with initial weights for %d classes (%s); the model has %s",
                 clenet_network_layer_name(network, head_of(network)), classes.count, class_names(own, classes),
                 class_names(other, class_list_of_model(from->model)));
    }
    for (size_t i = 0; i < clenet_network_layers(network); i++) {
        trained += clenet_network_trained(network, i);
        all += clenet_network_trained(network, i) + clenet_network_moving(network, i);
        if (clenet_network_layer(network, i)->frozen) add_name(frozen, clenet_network_layer_name(network, i));
    }
    if (frozen[0] != '\0')
        say_line("frozen: %s; %s of %s parameters are trained", frozen, text_count(trained_text, trained),
                 text_count(all_text, all));
}

void train_from_warn(const train_from *from, const train_arguments *a, const clenet_dataset *dataset,
                     const uint32_t *rows, size_t count) {
    clenet_error error;
    size_t known = 0, seen = 0, all = clenet_dataset_rows(dataset);
    char some[TEXT_SIZE], held[TEXT_SIZE];
    if (count == 0 || !clenet_model_knows_rows(from->model)) return;
    uint8_t *trained = calloc(all, 1);
    if (trained != NULL && clenet_model_trained_rows(from->model, dataset, trained, &known, &error) == CLENET_OK)
        for (size_t i = 0; i < count; i++) seen += trained[rows[i]];
    free(trained);
    if (seen > 0)
        say_line(
            "warning: %s of the %s images held out were training images of '%s': the validation accuracy will be too "
            "good",
            text_count(some, seen), text_count(held, count), a->from);
}
