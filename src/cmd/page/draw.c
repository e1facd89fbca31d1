/* draw.c - see draw.h. The scripts of this folder have the network's layers; this file gives them their sizes and weights. */
#include "cmd/page/draw.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/base64.h"
#include "cmd/base/class_list.h"
#include "cmd/base/text.h"
#include "cmd/page/html.h"
#include "cmd/page/page_parts.h"
#include "lib/base/json_print.h"

enum {
    NUMBERS_MOST = 8 << 20, /* weights: a page of 45 MB */
    REAL_DIGITS = 17,       /* all of a double */
    TITLE_SIZE = 64,
    LEAD_SIZE = 256
};

/* In the order in which they use each other. */
static const char *const scripts[] = {"draw_paper.js", "draw_rulings.js", "draw_digit.js", "draw_network.js",
                                      "draw_board.js", "draw_journey.js", "draw_page.js"};
enum { SCRIPTS = sizeof scripts / sizeof scripts[0] };

/* What the page is made of. */
typedef struct draw_page {
    const clenet_model *model;
    class_list classes;
    size_t numbers;         /* of each network */
    char *description;      /* the model without its weights, as JSON */
    unsigned char *weights; /* [members][numbers], little-endian floats */
} draw_page;

static size_t count_of(const clenet_tensor *tensor) {
    size_t count = 1;
    for (int i = 0; i < tensor->rank; i++) count *= tensor->shape[i];
    return count;
}

static size_t numbers_of(const clenet_model *model) {
    size_t numbers = 0;
    for (size_t i = 0; i < clenet_model_tensors(model); i++) {
        const clenet_tensor tensor = clenet_model_tensor(model, i);
        numbers += count_of(&tensor);
    }
    return numbers;
}

bool page_draw_fits(const clenet_model *model) {
    return numbers_of(model) <= NUMBERS_MOST / (size_t)clenet_model_members(model);
}

/* ---- the layers ---------------------------------------------------------------------------------------------- */

/* Windows of a layer: their size, the step between them, and the rows and columns of padding in front of the image. */
typedef struct windows {
    int tall, wide, stride, top, left;
} windows;

/* The padding in front of an image, of `total` that "same" needs: the smaller half. */
static int front_of(int in, int out, int window, int stride) {
    int total = (out - 1) * stride + window - in;
    return total > 0 ? total / 2 : 0;
}

static windows windows_of(const clenet_layer *layer, clenet_shape in, clenet_shape out) {
    bool pool = layer->kind == CLENET_MAXPOOL2D || layer->kind == CLENET_AVGPOOL2D;
    windows w = {.tall = pool ? layer->pool : layer->kernel_height, .wide = pool ? layer->pool : layer->kernel_width};
    w.stride = layer->stride;
    if (layer->padding == CLENET_SAME) {
        w.top = front_of(in.height, out.height, w.tall, w.stride);
        w.left = front_of(in.width, out.width, w.wide, w.stride);
    } else { /* 0 if the layer has none */
        w.top = layer->pad_top;
        w.left = layer->pad_left;
    }
    return w;
}

static json_t *shape_json(clenet_shape shape) {
    return json_pack("[i, i, i]", shape.height, shape.width, shape.channels);
}

/* {"kernel": [from, count], ...}: the places of the layer's weights among those of its network. */
static json_t *tensors_json(const clenet_model *model, const char *layer) {
    json_t *places = json_object();
    size_t from = 0, length = strlen(layer);
    for (size_t i = 0; i < clenet_model_tensors(model); i++) {
        const clenet_tensor tensor = clenet_model_tensor(model, i);
        size_t count = count_of(&tensor);
        bool own = strncmp(tensor.name, layer, length) == 0 && tensor.name[length] == '.';
        if (own && json_object_set_new(places, tensor.name + length + 1,
                                       json_pack("[I, I]", (json_int_t)from, (json_int_t)count)) != 0) {
            json_decref(places);
            return NULL;
        }
        from += count;
    }
    return places;
}

static json_t *layer_json(const clenet_model *model, size_t i) {
    const clenet_network *network = clenet_model_network(model);
    const clenet_layer *layer = clenet_network_layer(network, i);
    const char *name = clenet_network_layer_name(network, i), *activation = clenet_activation_word(layer->activation);
    clenet_shape in = i > 0 ? clenet_network_output(network, i - 1) : clenet_network_input(network);
    clenet_shape out = clenet_network_output(network, i);
    windows w = windows_of(layer, in, out);
    return json_pack("{s:s, s:s, s:o, s:o, s:[i, i], s:i, s:i, s:i, s:i, s:s, s:f, s:f, s:o}", "kind",
                     clenet_layer_word(layer->kind), "name", name, "in", shape_json(in), "out", shape_json(out),
                     "window", w.tall, w.wide, "stride", w.stride, "groups", layer->groups, "top", w.top, "left",
                     w.left, "activation", activation != NULL ? activation : "", "epsilon", (double)layer->epsilon,
                     "slope", (double)layer->negative_slope, "tensors", tensors_json(model, name));
}

/* ---- the model ----------------------------------------------------------------------------------------------- */

/* True if each class is one letter. */
static bool are_letters(const class_list *classes) {
    for (int i = 0; i < classes->count; i++)
        if (!isalpha((unsigned char)classes->names[i][0]) || classes->names[i][1] != '\0') return false;
    return true;
}

static json_t *names_json(const class_list *classes) {
    json_t *names = json_array();
    for (int i = 0; i < classes->count; i++) {
        if (json_array_append_new(names, json_text(classes->names[i])) == 0) continue;
        json_decref(names);
        return NULL;
    }
    return names;
}

static json_t *layers_json(const clenet_model *model) {
    json_t *layers = json_array();
    for (size_t i = 0; i < clenet_network_layers(clenet_model_network(model)); i++) {
        if (json_array_append_new(layers, layer_json(model, i)) == 0) continue;
        json_decref(layers);
        return NULL;
    }
    return layers;
}

/* free() it. NULL: out of memory. */
static char *describe(const draw_page *page) {
    clenet_load_options read;
    clenet_model_load_options(page->model, &read, sizeof read);
    json_t *model =
        json_pack("{s:o, s:o, s:b, s:b, s:b, s:b, s:b, s:i, s:o}", "input",
                  shape_json(clenet_network_input(clenet_model_network(page->model))), "classes",
                  names_json(&page->classes), "digits", page->classes.digits, "letters", are_letters(&page->classes),
                  "scales", clenet_model_scales_pictures(page->model), "invert", read.invert, "transpose",
                  read.transpose, "members", clenet_model_members(page->model), "layers", layers_json(page->model));
    char *text = json_print(model, JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS));
    json_decref(model);
    return text;
}

static unsigned char *put_float(unsigned char *to, float number) {
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    for (int shift = 0; shift < 32; shift += 8) *to++ = (unsigned char)(bits >> shift);
    return to;
}

static unsigned char *pack_weights(const draw_page *page) {
    int members = clenet_model_members(page->model);
    unsigned char *bytes = malloc((size_t)members * page->numbers * sizeof(float) + 1), *to = bytes;
    for (int member = 0; bytes != NULL && member < members; member++) {
        for (size_t i = 0; i < clenet_model_tensors(page->model); i++) {
            const clenet_tensor tensor = clenet_model_member_tensor(page->model, member, i);
            for (size_t j = 0; j < count_of(&tensor); j++) to = put_float(to, tensor.data[j]);
        }
    }
    return bytes;
}

/* ---- the page ------------------------------------------------------------------------------------------------ */

/* JSON within a script: a '<' could end it. */
static void put_json(FILE *to, const char *text) {
    for (; *text != '\0'; text++) {
        if (*text == '<')
            (void)fputs("\\u003c", to);
        else
            (void)putc(*text, to);
    }
}

static const char *title_of(const draw_page *page) {
    if (page->classes.digits) return "Draw a digit";
    return are_letters(&page->classes) ? "Draw a letter" : "Draw, or drop a picture";
}

static void describe_lead(char lead[LEAD_SIZE], const draw_page *page) {
    char numbers[TEXT_SIZE];
    int members = clenet_model_members(page->model);
    (void)text_count(numbers, page->numbers);
    if (members == 1)
        (void)snprintf(lead, LEAD_SIZE,
                       "A network of %s numbers reads it while you draw, here in your browser. "
                       "Nothing leaves this page.",
                       numbers);
    else
        (void)snprintf(lead, LEAD_SIZE,
                       "%d networks of %s numbers each read it together while you draw, here in your browser. "
                       "Nothing leaves this page.",
                       members, numbers);
}

static void put_head(FILE *to, const draw_page *page) {
    char hashes[SCRIPTS * TITLE_SIZE];
    size_t length = 0;
    for (size_t i = 0; i < SCRIPTS; i++)
        length += (size_t)snprintf(hashes + length, sizeof hashes - length, "%s'%s'", i > 0 ? " " : "",
                                   html_file(scripts[i])->hash);
    const embedded_file *style = html_file("draw.css");
    html_block(to, "draw-head", style->hash, hashes, title_of(page), (const char *)style->text);
}

static void put_page(FILE *to, const void *facts) {
    const draw_page *page = facts;
    char lead[LEAD_SIZE];
    describe_lead(lead, page);
    put_head(to, page);
    html_block(to, "draw-body", title_of(page), lead, clenet_version());
    html_block(to, "draw-model");
    put_json(to, page->description);
    html_block(to, "draw-weights");
    base64_write(to, page->weights, (size_t)clenet_model_members(page->model) * page->numbers * sizeof(float));
    html_block(to, "draw-weights-end");
    for (size_t i = 0; i < SCRIPTS; i++) html_block(to, "draw-script", (const char *)html_file(scripts[i])->text);
    html_block(to, "draw-end");
}

clenet_status page_draw_write(const char *path, const clenet_model *model, clenet_error *error) {
    if (!page_draw_fits(model)) {
        (void)snprintf(error->message, sizeof error->message,
                       "a page to draw on has at most %d weights, and the model has %zu in each of %d networks: export "
                       "a smaller one, or in another format",
                       NUMBERS_MOST, numbers_of(model), clenet_model_members(model));
        return error->status = CLENET_ERROR_ARGUMENT;
    }
    draw_page page = {.model = model, .classes = class_list_of_model(model), .numbers = numbers_of(model)};
    page.description = describe(&page);
    page.weights = pack_weights(&page);
    clenet_status status = CLENET_ERROR_MEMORY;
    if (page.description != NULL && page.weights != NULL)
        status = page_make(path, put_page, &page, error);
    else
        (void)snprintf(error->message, sizeof error->message, "out of memory (writing '%s')", path);
    error->status = status;
    free(page.description);
    free(page.weights);
    return status;
}
