/* c_files.c - see c_files.h. */
#include "lib/export/c_files.h"

#include <string.h>

#include "lib/export/c_int8.h"
#include "lib/export/c_parts.h"
#include "lib/export/c_stages.h"
#include "lib/net/layer.h"

enum { COMMENT_COLUMNS = 100 };

static clenet_shape input_of(const c_file *file) {
    return file->list->model->network->input;
}

static int classes_of(const c_file *file) {
    return network_classes(file->list->model->network);
}

static const char *answers_of(const c_file *file) {
    return file->logits ? "logits" : "probabilities";
}

static bool is_int8(const c_file *file) {
    return file->list->int8 != NULL;
}

/* The types of the answers and of the arena. */
static const char *answer_type(const c_file *file) {
    return !is_int8(file) ? "float" : file->logits ? "int8_t" : "uint8_t";
}

static const char *arena_type(const c_file *file) {
    return is_int8(file) ? "int8_t" : "float";
}

static size_t weight_bytes(const c_file *file) {
    const stage_list *list = file->list;
    return is_int8(file) ? int8_network_bytes(list->int8) : stage_list_numbers(list) * sizeof(float);
}

static size_t arena_bytes(const c_file *file) {
    return file->list->arena * (is_int8(file) ? 1 : sizeof(float));
}

/* ---- the header ----------------------------------------------------------------------------------------- */

/* The network's text, a layer per line. */
static void write_network(text_buffer *t, const c_file *file) {
    const char *line = file->list->model->network->text;
    int members = file->list->model->members;
    if (members > 1)
        text_add(t, " * The mean of %d networks of these layers:\n", members);
    else
        text_add(t, " * Layers:\n");
    while (*line != '\0') {
        int length = (int)strcspn(line, "\n");
        text_add(t, " *   %.*s\n", length, line);
        line += length + (line[length] == '\n');
    }
}

/* How an image is made, from what the model keeps of its training data. */
static void write_image_form(text_buffer *t, const c_file *file) {
    const data_form *form = &file->list->model->form;
    clenet_shape in = input_of(file);
    text_add(t, " * image is [%d rows][%d columns][%d channel%s], bytes as clenet_predictor_run() takes them:\n",
             in.height, in.width, in.channels, in.channels == 1 ? "" : "s");
    if (form->pictures)
        text_add(t, " * 0 (black) to 255 (white), of a picture that is scaled to this size as it is.");
    else
        text_add(t, " * 0 (background) to 255 (ink).");
    text_add(t, " The code divides them by 255 itself.\n");
    if (form->scale > 0)
        text_add(t, " * The pixels of the training data were multiplied by %.9g before.\n", form->scale);
    if (form->invert)
        text_add(t, " * The training data had dark ink on light paper: give 255 - pixel for such pixels.\n");
    if (form->transpose)
        text_add(t, " * Rows and columns of the training data were swapped: swap those of such images.\n");
}

static void write_declarations(text_buffer *t, const c_file *file) {
    const char *prefix = file->prefix, *capitals = file->capitals, *answers = answers_of(file);
    const char *type = answer_type(file);
    text_add(t, "/* The names of the classes, in UTF-8. */\n");
    text_add(t, "extern const char *const %s_classes[%s_CLASSES];\n\n", prefix, capitals);
    text_add(t, "/* Fills %s, and returns the index of the largest: the class of the image.\n", answers);
    if (file->logits)
        text_add(t, " * Logits are the numbers in front of the softmax: the larger, the likelier the class.\n *\n");
    else if (is_int8(file))
        text_add(t, " * Probabilities are in units of 1/256, and at most 255. Equal ones may be of different logits: "
                    "the class\n"
                    " * that is returned has the largest.\n *\n");
    else
        text_add(t, " * Probabilities are 0 to 1, and their sum is 1.\n *\n");
    write_image_form(t, file);
    text_add(t, " *\n * It uses a static arena: one thread at a time, and no interrupt that calls it, too. */\n");
    text_add(t, "int %s_predict(const uint8_t image[%s_IMAGE], %s %s[%s_CLASSES]);\n\n", prefix, capitals, type,
             answers, capitals);
    text_add(t,
             "/* The same with an arena of the caller, whose content does not matter: it may be called from several\n"
             " * threads at once, each with a separate arena. */\n");
    text_add(t,
             "int %s_predict_with(const uint8_t image[%s_IMAGE], %s %s[%s_CLASSES],\n"
             "    %s arena[%s_ARENA]);\n\n",
             prefix, capitals, type, answers, capitals, arena_type(file), capitals);
    text_add(t, "#ifdef %s_SELF_TEST\n", capitals);
    text_add(t,
             "/* Predicts a drawn zero, and returns 0 if the answers are the ones that clenet computed%s;\n"
             " * otherwise 1 + the first class whose answer differs. */\n",
             is_int8(file) ? "" : " in double precision");
    text_add(t, "int %s_self_test(void);\n#endif\n", prefix);
}

/* What a byte of the logits is. No code uses it. */
static void write_logit_unit(text_buffer *t, const c_file *file) {
    int8_quantity unit = file->list->int8->stages[file->list->count - 1].out;
    text_add(t, "#define %s_LOGIT_ZERO %s%d%s\n", file->capitals, unit.zero < 0 ? "(" : "", unit.zero,
             unit.zero < 0 ? ")" : "");
    text_add(t, "#define %s_LOGIT_SCALE ", file->capitals);
    text_add_float(t, (float)unit.scale);
    text_add(t, " /* a logit is the scale times (byte - zero) */\n");
}

void c_write_header(text_buffer *t, const c_file *file) {
    const char *capitals = file->capitals;
    const stage_list *list = file->list;
    clenet_shape in = input_of(file);
    text_add(t, "/* %s - predicts the class of an image by a network that clenet %s trained and wrote as C99.\n *\n",
             file->header_name, clenet_version());
    write_network(t, file);
    text_add(t, " *\n * Weights: %zu bytes of constants. Arena: %zu bytes. Multiply-adds per image: %llu. */\n",
             weight_bytes(file), arena_bytes(file), (unsigned long long)list->multiply_adds);
    text_add(t, "#ifndef %s_H\n#define %s_H\n\n#include <stdint.h>\n\n", capitals, capitals);
    text_add(t, "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    text_add(t, "#define %s_HEIGHT %d\n#define %s_WIDTH %d\n#define %s_CHANNELS %d\n", capitals, in.height, capitals,
             in.width, capitals, in.channels);
    text_add(t, "#define %s_IMAGE %zu /* bytes: height x width x channels */\n", capitals, shape_size(in));
    text_add(t, "#define %s_CLASSES %d\n", capitals, classes_of(file));
    text_add(t, "#define %s_ARENA %zu /* numbers of %s */\n", capitals, list->arena > 0 ? list->arena : 1,
             arena_type(file));
    if (is_int8(file) && file->logits) write_logit_unit(t, file);
    text_add(t, "\n");
    write_declarations(t, file);
    text_add(t, "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}

/* ---- the source file ------------------------------------------------------------------------------------ */

static void write_includes(text_buffer *t, const c_file *file, c_needs needs) {
    text_add(t, "/* The code of %s: see there. Written by clenet %s. C99%s. */\n", file->header_name, clenet_version(),
             needs.expf ? ", with expf() of the C library" : ", without the C library");
    text_add(t, "#include \"%s\"\n\n", file->header_name);
    if (needs.float_max) text_add(t, "#include <float.h>\n");
    if (needs.expf) text_add(t, "#include <math.h>\n");
    if (needs.float_max || needs.expf) text_add(t, "\n");
}

/* Compilers for 8-bit machines refuse large arrays one by one; this says why at once. */
static void write_size_check(text_buffer *t, const c_file *file) {
    enum { SMALL_MOST = 32767 }; /* bytes of an object there */
    size_t bytes = weight_bytes(file) + arena_bytes(file);
    if (bytes <= SMALL_MOST) return;
    text_add(t, "#if UINTPTR_MAX <= 0xFFFF\n");
    text_add(t, "#error \"the network needs %zu bytes, more than a machine with 16-bit addresses has\"\n#endif\n\n",
             bytes);
}

static void write_helpers(text_buffer *t, c_needs needs) {
    if (needs.relu) text_add(t, "static float relu(float x) {\n    return x > 0.0F ? x : 0.0F;\n}\n\n");
    if (needs.leaky_relu)
        text_add(t, "static float leaky_relu(float x, float slope) {\n    return x > 0.0F ? x : slope * x;\n}\n\n");
    if (needs.sigmoid) text_add(t, "static float sigmoid(float x) {\n    return 1.0F / (1.0F + expf(-x));\n}\n\n");
    if (needs.tanh)
        text_add(t, "static float tanh_of(float x) {\n    return 1.0F - 2.0F / (expf(2.0F * x) + 1.0F);\n}\n\n");
}

static void write_softmax(text_buffer *t, int classes) {
    text_add(t,
             "/* Logits become probabilities. The largest is subtracted, so that expf() cannot overflow. */\n"
             "static void softmax(float *x /* [%d] */) {\n"
             "    float largest = x[0], sum = 0.0F;\n"
             "    for (int c = 1; c < %d; c++)\n"
             "        if (x[c] > largest) largest = x[c];\n"
             "    for (int c = 0; c < %d; c++) {\n"
             "        x[c] = expf(x[c] - largest);\n"
             "        sum += x[c];\n"
             "    }\n"
             "    for (int c = 0; c < %d; c++) x[c] /= sum;\n"
             "}\n\n",
             classes, classes, classes, classes);
}

static void write_classes(text_buffer *t, const c_file *file) {
    int classes = classes_of(file);
    size_t begin = t->count;
    text_add(t, "const char *const %s_classes[%s_CLASSES] = {", file->prefix, file->capitals);
    for (int i = 0; i < classes; i++) {
        if (i > 0) text_add(t, t->count - begin > COMMENT_COLUMNS ? ",\n    " : ", ");
        if (t->count - begin > COMMENT_COLUMNS) begin = t->count;
        text_add_literal(t, file->list->model->class_names[i]);
    }
    text_add(t, "};\n\n");
}

static void write_one_network(text_buffer *t, const c_file *file) {
    if (is_int8(file) && !file->logits) text_add(t, "    int8_t logits[%s_CLASSES];\n", file->capitals);
    if (is_int8(file)) {
        c_write_calls(t, file->list, 4, "logits");
        if (!file->logits) text_add(t, "    softmax(probabilities, logits);\n");
        return;
    }
    c_write_calls(t, file->list, 4, answers_of(file));
    if (!file->logits) text_add(t, "    softmax(probabilities);\n");
}

static void write_ensemble(text_buffer *t, const c_file *file) {
    int members = file->list->model->members, classes = classes_of(file);
    text_add(t, "    float of_member[%s_CLASSES];\n", file->capitals);
    text_add(t, "    for (int c = 0; c < %d; c++) probabilities[c] = 0.0F;\n", classes);
    text_add(t, "    for (int member = 0; member < %d; member++) {\n", members);
    c_write_calls(t, file->list, 8, "of_member");
    text_add(t, "        softmax(of_member);\n");
    text_add(t, "        for (int c = 0; c < %d; c++) probabilities[c] += of_member[c] / %d.0F;\n    }\n", classes,
             members);
}

static void write_predict(text_buffer *t, const c_file *file) {
    const char *prefix = file->prefix, *capitals = file->capitals, *answers = answers_of(file);
    const char *type = answer_type(file), *compared = is_int8(file) ? "logits" : answers;
    text_add(t, "int %s_predict_with(const uint8_t image[%s_IMAGE], %s %s[%s_CLASSES],\n    %s arena[%s_ARENA]) {\n",
             prefix, capitals, type, answers, capitals, arena_type(file), capitals);
    if (file->list->arena == 0) text_add(t, "    (void)arena;\n");
    if (file->list->model->members > 1)
        write_ensemble(t, file);
    else
        write_one_network(t, file);
    text_add(t, "    int largest = 0;\n");
    text_add(t, "    for (int c = 1; c < %d; c++)\n        if (%s[c] > %s[largest]) largest = c;\n", classes_of(file),
             compared, compared);
    text_add(t, "    return largest;\n}\n\n");
    text_add(t, "int %s_predict(const uint8_t image[%s_IMAGE], %s %s[%s_CLASSES]) {\n", prefix, capitals, type, answers,
             capitals);
    text_add(t, "    static %s arena[%s_ARENA];\n", arena_type(file), capitals);
    text_add(t, "    return %s_predict_with(image, %s, arena);\n}\n", prefix, answers);
}

/* ---- the self-test -------------------------------------------------------------------------------------- */

/* A ring, wider than high in its coordinates: -100 .. 100 across, -70 .. 70 down. */
enum { ACROSS = 100, DOWN = 70, INNER = 1000, OUTER = 3000, DARKEST = 128 };

uint8_t c_self_test_pixel(clenet_shape shape, int row, int column, int channel) {
    long u = (2L * column + 1 - shape.width) * ACROSS / shape.width;
    long v = (2L * row + 1 - shape.height) * DOWN / shape.height;
    long r = u * u + v * v;
    return (uint8_t)(r > INNER && r < OUTER ? DARKEST + (row + 2L * column + 40L * channel) % DARKEST : 0);
}

static void write_self_test(text_buffer *t, const c_file *file) {
    clenet_shape in = input_of(file);
    const char *capitals = file->capitals;
    int classes = classes_of(file);
    text_add(t, "\n#ifdef %s_SELF_TEST\n", capitals);
    text_add(t, "/* A zero, whose ink differs from pixel to pixel. */\n");
    text_add(t, "static uint8_t self_test_pixel(int row, int column, int channel) {\n");
    text_add(
        t,
        "    const long u = (2L * column + 1 - %d) * %d / %d, v = (2L * row + 1 - %d) * %d / %d, r = u * u + v * v;\n",
        in.width, (int)ACROSS, in.width, in.height, (int)DOWN, in.height);
    text_add(t, "    return (uint8_t)(r > %d && r < %d ? %d + (row + 2L * column + 40L * channel) %% %d : 0);\n}\n\n",
             (int)INNER, (int)OUTER, (int)DARKEST, (int)DARKEST);
    text_add(t, "int %s_self_test(void) {\n", file->prefix);
    text_add(t, "    static const %s expected[%d] = {\n", answer_type(file), classes);
    for (int c = 0; c < classes; c++) {
        text_add(t, c % 8 == 0 ? "        " : " ");
        if (is_int8(file))
            text_add(t, "%d", (int)file->expected[c]);
        else
            text_add_float(t, (float)file->expected[c]);
        text_add(t, c + 1 == classes ? "\n    };\n" : c % 8 == 7 ? ",\n" : ",");
    }
    text_add(t, "    static uint8_t image[%s_IMAGE];\n    %s answers[%s_CLASSES];\n", capitals, answer_type(file),
             capitals);
    text_add(t, "    uint8_t *pixel = image;\n");
    text_add(t, "    for (int row = 0; row < %d; row++)\n        for (int column = 0; column < %d; column++)\n",
             in.height, in.width);
    text_add(t,
             "            for (int channel = 0; channel < %d; channel++) *pixel++ = self_test_pixel(row, column, "
             "channel);\n",
             in.channels);
    text_add(t, "    (void)%s_predict(image, answers);\n", file->prefix);
    if (is_int8(file)) {
        text_add(t, "    for (int c = 0; c < %d; c++)\n        if (answers[c] != expected[c]) return 1 + c;\n",
                 classes);
        text_add(t, "    return 0;\n}\n#endif\n");
        return;
    }
    text_add(t, "    for (int c = 0; c < %d; c++) {\n", classes);
    text_add(t, "        const float difference = answers[c] - expected[c];\n");
    text_add(t, "        const float size = expected[c] < 0.0F ? -expected[c] : expected[c];\n");
    text_add(t, "        const float limit = 1e-4F * (1.0F + size); /* a NaN is not below it */\n");
    text_add(
        t,
        "        if (!(difference < limit && -difference < limit)) return 1 + c;\n    }\n    return 0;\n}\n#endif\n");
}

void c_write_source(text_buffer *t, const c_file *file) {
    c_needs needs = {.expf = false};
    if (!is_int8(file)) needs = c_needs_of(file->list, !file->logits);
    write_includes(t, file, needs);
    write_size_check(t, file);
    write_classes(t, file);
    if (is_int8(file)) {
        c_int8_write_weights(t, file->list->int8);
        c_int8_write_helpers(t, file->list->int8);
        c_int8_write_functions(t, file->list->int8);
        if (!file->logits) c_int8_write_softmax(t, file->list->int8);
    } else {
        c_write_weights(t, file->list);
        write_helpers(t, needs);
        c_write_functions(t, file->list);
        if (!file->logits) write_softmax(t, classes_of(file));
    }
    write_predict(t, file);
    write_self_test(t, file);
}
