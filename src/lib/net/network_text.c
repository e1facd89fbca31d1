/* network_text.c - writes a network as text, and reads it.
 *
 * input HxW[xC]
 * conv2d FILTERS KHxKW [same|valid|padding=SIDES] [stride=N] [groups=N] [relu|tanh|sigmoid|leaky_relu]
 * maxpool2d PxP [same|valid|padding=SIDES] [stride=N]
 * avgpool2d PxP [same|valid|padding=SIDES] [stride=N]
 * zeropad2d SIDES
 * batchnorm [momentum=0.99] [epsilon=0.001]
 * dropout RATE
 * flatten
 * dense UNITS [relu|tanh|sigmoid|leaky_relu|softmax]
 * relu
 * tanh
 * sigmoid
 * leaky_relu [SLOPE]
 * softmax
 *
 * SIDES is one number for all four sides, or TOP,BOTTOM,LEFT,RIGHT.
 *
 * conv2d, dense and batchnorm may end in "frozen".
 *
 * One statement per line; '#' begins a comment. clenet_network_add checks that a layer fits. */
#include "lib/net/layer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/number.h"

enum {
    LINE_MAX_BYTES = 1000,
    WORDS_MAX = 8,  /* of a statement: more than any has */
    DIGITS_MAX = 9, /* of a whole number: it fits an int */
    QUOTE_MAX = 60  /* bytes of a statement that an error shows */
};

#define LAYER(KIND, word, keras, input, fields, shape, parameters, statement, operations) ", " #word
static const char known_words[] = "input"
#include "lib/net/layers.def"
    ;

/* ---- numbers ------------------------------------------------------------------------------------------ */

/* A number above or equal to 0, as 0.1, 1e-3: no sign, no name, no hexadecimal. */
static bool read_float(const char *word, float *value) {
    if (strspn(word, "0123456789.eE+-") != strlen(word)) return false;
    if (word[0] != '.' && (word[0] < '0' || word[0] > '9')) return false;
    char *end = NULL;
    *value = number_read(word, &end);
    return end != word && *end == '\0';
}

/* Reads a whole number, digits only; *word then points after it. */
static bool read_digits(const char **word, int *value) {
    size_t digits = strspn(*word, "0123456789");
    if (digits < 1 || digits > DIGITS_MAX) return false;
    *value = (int)strtol(*word, NULL, 10);
    *word += digits;
    return true;
}

/* The same, from 1. */
static bool read_count(const char **word, int *value) {
    return read_digits(word, value) && *value >= 1;
}

static bool read_whole_count(const char *word, int *value) {
    return read_count(&word, value) && *word == '\0';
}

/* Reads "5x5", whole numbers with an x between; returns their count, 0 if the word is something else. */
static int read_sides(const char *word, int *sides, int most) {
    for (int count = 1; count <= most; count++) {
        if (!read_count(&word, &sides[count - 1])) return 0;
        if (*word == '\0') return count;
        if (*word++ != 'x') return 0;
    }
    return 0;
}

/* Reads "2" or "0,1,0,1", the padding of all sides, or of top, bottom, left and right. */
static bool read_pads(const char *word, clenet_layer *spec) {
    int pads[4];
    int count = 0;
    do {
        if (!read_digits(&word, &pads[count++])) return false;
    } while (count < 4 && *word == ',' && word++);
    if (*word != '\0' || (count != 1 && count != 4)) return false;
    bool alike = count == 1;
    spec->pad_top = pads[0];
    spec->pad_bottom = alike ? pads[0] : pads[1];
    spec->pad_left = alike ? pads[0] : pads[2];
    spec->pad_right = alike ? pads[0] : pads[3];
    return true;
}

/* ---- writing ------------------------------------------------------------------------------------------ */

/* A blank and the activation's word, or nothing. */
static const char *activation_text(clenet_activation activation) {
    switch (activation) {
#define ACTIVATION(KIND, word)     \
    case CLENET_ACTIVATION_##KIND: \
        return " " #word;
#include "lib/net/layers.def"
    case CLENET_ACTIVATION_SOFTMAX:
        return " softmax";
    case CLENET_ACTIVATION_NONE:
        break;
    }
    return "";
}

static void write_bare(char line[LAYER_LINE_SIZE], const clenet_layer *spec) {
    (void)snprintf(line, LAYER_LINE_SIZE, "%s\n", clenet_layer_word(spec->kind));
}

enum { OPTION_SIZE = 40 }; /* bytes of " padding=64,64,64,64" and the like */

static void pads_text(char text[OPTION_SIZE], const char *before, const clenet_layer *spec) {
    bool alike =
        spec->pad_top == spec->pad_bottom && spec->pad_top == spec->pad_left && spec->pad_top == spec->pad_right;
    if (alike)
        (void)snprintf(text, OPTION_SIZE, "%s%d", before, spec->pad_top);
    else
        (void)snprintf(text, OPTION_SIZE, "%s%d,%d,%d,%d", before, spec->pad_top, spec->pad_bottom, spec->pad_left,
                       spec->pad_right);
}

/* A blank and the padding; nothing if it is `usual`. */
static void padding_text(char text[OPTION_SIZE], const clenet_layer *spec, const char *usual) {
    if (spec->padding == CLENET_PADDED)
        pads_text(text, " padding=", spec);
    else
        (void)snprintf(text, OPTION_SIZE, "%s", spec->padding == CLENET_SAME ? " same" : usual);
}

/* A blank and the option, or nothing if its value is the usual one. */
static void option_text(char text[OPTION_SIZE], const char *name, int value, int usual) {
    text[0] = '\0';
    if (value != usual) (void)snprintf(text, OPTION_SIZE, " %s=%d", name, value);
}

static void write_conv2d(char line[LAYER_LINE_SIZE], const clenet_layer *spec) {
    char padding[OPTION_SIZE], stride[OPTION_SIZE], groups[OPTION_SIZE];
    padding_text(padding, spec, " valid");
    option_text(stride, "stride", spec->stride, 1);
    option_text(groups, "groups", spec->groups, 1);
    (void)snprintf(line, LAYER_LINE_SIZE, "conv2d %d %dx%d%s%s%s%s\n", spec->filters, spec->kernel_height,
                   spec->kernel_width, padding, stride, groups, activation_text(spec->activation));
}

static void write_pool2d(char line[LAYER_LINE_SIZE], const clenet_layer *spec) {
    char padding[OPTION_SIZE], stride[OPTION_SIZE];
    padding_text(padding, spec, "");
    option_text(stride, "stride", spec->stride, spec->pool);
    (void)snprintf(line, LAYER_LINE_SIZE, "%s %dx%d%s%s\n", clenet_layer_word(spec->kind), spec->pool, spec->pool,
                   padding, stride);
}

static void write_zeropad2d(char line[LAYER_LINE_SIZE], const clenet_layer *spec) {
    char pads[OPTION_SIZE];
    pads_text(pads, "", spec);
    (void)snprintf(line, LAYER_LINE_SIZE, "zeropad2d %s\n", pads);
}

static void write_dropout(char line[LAYER_LINE_SIZE], const clenet_layer *spec) {
    char number[NUMBER_FLOAT_SIZE];
    number_print_float(number, spec->rate);
    (void)snprintf(line, LAYER_LINE_SIZE, "dropout %s\n", number);
}

static void write_leaky_relu(char line[LAYER_LINE_SIZE], const clenet_layer *spec) {
    char number[NUMBER_FLOAT_SIZE];
    number_print_float(number, spec->negative_slope);
    (void)snprintf(line, LAYER_LINE_SIZE, "leaky_relu %s\n", number);
}

static void write_dense(char line[LAYER_LINE_SIZE], const clenet_layer *spec) {
    (void)snprintf(line, LAYER_LINE_SIZE, "dense %d%s\n", spec->units, activation_text(spec->activation));
}

static void write_batchnorm(char line[LAYER_LINE_SIZE], const clenet_layer *spec) {
    char momentum[NUMBER_FLOAT_SIZE], epsilon[NUMBER_FLOAT_SIZE];
    bool usual_momentum = spec->momentum == LAYER_MOMENTUM, usual_epsilon = spec->epsilon == LAYER_EPSILON;
    number_print_float(momentum, spec->momentum);
    number_print_float(epsilon, spec->epsilon);
    (void)snprintf(line, LAYER_LINE_SIZE, "batchnorm%s%s%s%s\n",
                   usual_momentum ? "" : " momentum=", usual_momentum ? "" : momentum,
                   usual_epsilon ? "" : " epsilon=", usual_epsilon ? "" : epsilon);
}

static const char frozen_word[] = "frozen", frozen_end[] = " frozen\n";

void layer_line(char line[LAYER_LINE_SIZE], const clenet_layer *spec) {
    static void (*const write[])(char line[LAYER_LINE_SIZE], const clenet_layer *spec) = {
#define LAYER(KIND, word, keras, input, fields, shape, parameters, statement, operations) \
    [CLENET_##KIND] = write_##statement,
#include "lib/net/layers.def"
    };
    write[spec->kind](line, spec);
    size_t end = strlen(line) - 1; /* of the words: a newline follows */
    if (spec->frozen) (void)snprintf(line + end, LAYER_LINE_SIZE - end, "%s", frozen_end);
}

/* ---- reading ------------------------------------------------------------------------------------------ */

/* The current statement. */
typedef struct statement {
    const char *name; /* of the text, for errors */
    int line;         /* from 1 */
    char quote[QUOTE_MAX + 4];
    char bytes[LINE_MAX_BYTES + 1]; /* the line, cut into words */
    char *words[WORDS_MAX + 1];
    int word_count;
} statement;

/* "NAME:LINE: 'STATEMENT' PROBLEM" */
static clenet_status refuse(const statement *s, const char *problem, clenet_error *error) {
    return error_set(error, CLENET_ERROR_FORMAT, "%s:%d: '%s' %s", s->name, s->line, s->quote, problem);
}

static clenet_status refuse_option(const statement *s, const char *word, const char *options, clenet_error *error) {
    return error_set(error, CLENET_ERROR_FORMAT, "%s:%d: '%s' has '%.40s', which is %s", s->name, s->line, s->quote,
                     word, options);
}

/* Refuses a second option for the same field. taken: one bit per option. */
static bool take_once(unsigned *taken, unsigned bit) {
    bool first = (*taken & bit) == 0;
    *taken |= bit;
    return first;
}

/* Reads an activation that a layer in the middle may have. */
static bool read_activation(const char *word, clenet_activation *activation) {
#define ACTIVATION(KIND, known)                 \
    if (strcmp(word, #known) == 0) {            \
        *activation = CLENET_ACTIVATION_##KIND; \
        return true;                            \
    }
#include "lib/net/layers.def"
    return false;
}

#define ACTIVATION(KIND, word) ", " #word
static const char conv2d_options[] = "none of same, valid, padding=2, stride=2, groups=2"
#include "lib/net/layers.def"
    ;

#define ACTIVATION(KIND, word) #word ", "
static const char dense_options[] = "none of "
#include "lib/net/layers.def"
                                    "softmax";

static clenet_status read_bare(const statement *s, clenet_layer *spec, clenet_error *error) {
    (void)spec;
    return s->word_count == 1 ? CLENET_OK : refuse_option(s, s->words[1], "unexpected", error);
}

/* Options of conv2d and pools, a bit each. */
enum { OPTION_PADDING = 1, OPTION_STRIDE = 2, OPTION_GROUPS = 4, OPTION_ACTIVATION = 8 };

/* The text after "NAME=", or NULL if the word is something else. */
static const char *value_of(const char *word, const char *name) {
    size_t length = strlen(name);
    return strncmp(word, name, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

/* Reads one option of `allowed`. Returns its bit, or 0 if the word is another one. */
static unsigned read_window_option(const char *word, unsigned allowed, clenet_layer *spec) {
    const char *value = NULL;
    if (strcmp(word, "same") == 0 || strcmp(word, "valid") == 0) {
        spec->padding = word[0] == 's' ? CLENET_SAME : CLENET_VALID;
        return OPTION_PADDING;
    }
    if ((value = value_of(word, "padding")) != NULL && read_pads(value, spec)) {
        spec->padding = CLENET_PADDED;
        return OPTION_PADDING;
    }
    if ((value = value_of(word, "stride")) != NULL && read_whole_count(value, &spec->stride)) return OPTION_STRIDE;
    if ((allowed & OPTION_GROUPS) != 0 && (value = value_of(word, "groups")) != NULL &&
        read_whole_count(value, &spec->groups))
        return OPTION_GROUPS;
    return (allowed & OPTION_ACTIVATION) != 0 && read_activation(word, &spec->activation) ? OPTION_ACTIVATION : 0;
}

/* Reads the options from word `first` on. known: what they may be, for errors. */
static clenet_status read_window_options(const statement *s, int first, unsigned allowed, const char *known,
                                         clenet_layer *spec, clenet_error *error) {
    unsigned taken = 0;
    for (int i = first; i < s->word_count; i++) {
        const char *word = s->words[i];
        unsigned option = read_window_option(word, allowed, spec);
        if (option == 0) return refuse_option(s, word, known, error);
        if (!take_once(&taken, option)) {
            bool activation = (allowed & OPTION_ACTIVATION) != 0;
            return refuse_option(s, word,
                                 activation ? "unexpected; give one padding and one activation"
                                            : "unexpected; give each option once",
                                 error);
        }
    }
    return CLENET_OK;
}

static clenet_status read_conv2d(const statement *s, clenet_layer *spec, clenet_error *error) {
    int sides[2];
    if (s->word_count < 2 || !read_whole_count(s->words[1], &spec->filters))
        return refuse(s, "needs a number of filters and a kernel, like conv2d 6 5x5", error);
    if (s->word_count < 3 || read_sides(s->words[2], sides, 2) != 2) return refuse(s, "needs a kernel like 5x5", error);
    spec->kernel_height = sides[0];
    spec->kernel_width = sides[1];
    return read_window_options(s, 3, OPTION_PADDING | OPTION_STRIDE | OPTION_GROUPS | OPTION_ACTIVATION, conv2d_options,
                               spec, error);
}

static clenet_status read_pool2d(const statement *s, clenet_layer *spec, clenet_error *error) {
    int sides[2];
    if (s->word_count < 2 || read_sides(s->words[1], sides, 2) != 2) return refuse(s, "needs a window like 2x2", error);
    if (sides[0] != sides[1]) return refuse(s, "has a window that is not square; use one like 2x2", error);
    spec->pool = sides[0];
    return read_window_options(s, 2, OPTION_PADDING | OPTION_STRIDE, "none of same, valid, padding=1, stride=2", spec,
                               error);
}

static clenet_status read_zeropad2d(const statement *s, clenet_layer *spec, clenet_error *error) {
    if (s->word_count == 2 && read_pads(s->words[1], spec)) return CLENET_OK;
    return refuse(s, "needs the zeros of all sides, like zeropad2d 2, or of top, bottom, left and right, like 0,1,0,1",
                  error);
}

static clenet_status read_batchnorm(const statement *s, clenet_layer *spec, clenet_error *error) {
    enum { MOMENTUM = 1, EPSILON = 2 };
    static const char momentum[] = "momentum=", epsilon[] = "epsilon=";
    unsigned taken = 0;
    for (int i = 1; i < s->word_count; i++) {
        const char *word = s->words[i];
        bool is_momentum = strncmp(word, momentum, sizeof momentum - 1) == 0;
        bool is_epsilon = strncmp(word, epsilon, sizeof epsilon - 1) == 0;
        if (!is_momentum && !is_epsilon)
            return refuse_option(s, word, "neither momentum=0.99 nor epsilon=0.001", error);
        if (!take_once(&taken, is_momentum ? MOMENTUM : EPSILON))
            return refuse_option(s, word, "unexpected; give each once", error);
        float *value = is_momentum ? &spec->momentum : &spec->epsilon;
        /* Zero would mean the default. */
        if (!read_float(strchr(word, '=') + 1, value) || *value == 0.0f)
            return refuse_option(s, word, "no number above 0, like momentum=0.99 or epsilon=0.001", error);
    }
    return CLENET_OK;
}

static clenet_status read_dropout(const statement *s, clenet_layer *spec, clenet_error *error) {
    if (s->word_count != 2 || !read_float(s->words[1], &spec->rate))
        return refuse(s, "needs a rate from 0 to below 1, like 0.1, and no more", error);
    return CLENET_OK;
}

static clenet_status read_leaky_relu(const statement *s, clenet_layer *spec, clenet_error *error) {
    if (s->word_count == 1) return CLENET_OK;
    /* Zero would mean the default. */
    if (s->word_count != 2 || !read_float(s->words[1], &spec->negative_slope) || spec->negative_slope == 0.0f)
        return refuse(s, "needs a slope above 0, like 0.1, and no more", error);
    return CLENET_OK;
}

static clenet_status read_dense(const statement *s, clenet_layer *spec, clenet_error *error) {
    if (s->word_count < 2 || !read_whole_count(s->words[1], &spec->units))
        return refuse(s, "needs a number of units, like dense 120", error);
    if (s->word_count == 2) return CLENET_OK;
    if (s->word_count > 3) return refuse_option(s, s->words[3], "unexpected", error);
    if (read_activation(s->words[2], &spec->activation)) return CLENET_OK;
    if (strcmp(s->words[2], "softmax") != 0) return refuse_option(s, s->words[2], dense_options, error);
    spec->activation = CLENET_ACTIVATION_SOFTMAX;
    return CLENET_OK;
}

/* Takes a last word "frozen" away. */
static bool read_frozen(statement *s) {
    bool frozen = s->word_count > 1 && strcmp(s->words[s->word_count - 1], frozen_word) == 0;
    s->word_count -= frozen;
    return frozen;
}

static clenet_status read_layer(statement *s, clenet_layer *spec, clenet_error *error) {
    bool frozen = read_frozen(s);
#define LAYER(KIND, word, keras, input, fields, shape, parameters, statement, operations)              \
    if (strcmp(s->words[0], #word) == 0) {                                                             \
        *spec = (clenet_layer){.kind = CLENET_##KIND, .frozen = frozen};                               \
        if (frozen && !layer_kind_learns(spec->kind))                                                  \
            return refuse(s, "has no parameters that could be frozen; remove the word frozen", error); \
        return read_##statement(s, spec, error);                                                       \
    }
#include "lib/net/layers.def"
    if (strcmp(s->words[0], "input") == 0)
        return refuse(s, "is a second input; give one input line, before the layers", error);
    return error_set(error, CLENET_ERROR_FORMAT, "%s:%d: '%.40s' is not known; use %s", s->name, s->line, s->words[0],
                     known_words);
}

/* Adds the place in the text before the error of clenet_network_new or _add. */
static clenet_status place(const statement *s, clenet_status status, const clenet_error *reason, clenet_error *error) {
    if (status == CLENET_OK) return CLENET_OK;
    if (status == CLENET_ERROR_ARGUMENT) status = CLENET_ERROR_FORMAT;
    return error_set(error, status, "%s:%d: %s", s->name, s->line, reason->message);
}

static clenet_status read_input(const statement *s, clenet_network **network, clenet_error *error) {
    int sides[3] = {0, 0, 1};
    clenet_error reason;
    if (strcmp(s->words[0], "input") != 0)
        return refuse(s, "comes before the input; begin with a line like input 28x28x1", error);
    if (s->word_count != 2 || read_sides(s->words[1], sides, 3) < 2)
        return refuse(s, "needs a size like 28x28x1 (height, width, channels), and no more", error);
    clenet_status status = clenet_network_new(network, sides[0], sides[1], sides[2], &reason);
    return place(s, status, &reason, error);
}

static clenet_status read_statement(statement *s, clenet_network **network, clenet_error *error) {
    clenet_layer spec;
    clenet_error reason;
    if (*network == NULL) return read_input(s, network, error);
    clenet_status status = read_layer(s, &spec, error);
    if (status != CLENET_OK) return status;
    return place(s, clenet_network_add(*network, &spec, &reason), &reason, error);
}

/* Copies the line, without its comment, and splits it into words. */
static clenet_status split_line(statement *s, const char *line, size_t length, clenet_error *error) {
    if (length > LINE_MAX_BYTES) {
        return error_set(error, CLENET_ERROR_FORMAT, "%s:%d: the line is longer than %d bytes; shorten it", s->name,
                         s->line, (int)LINE_MAX_BYTES);
    }
    memcpy(s->bytes, line, length);
    s->bytes[length] = '\0';
    if (length > 0 && s->bytes[length - 1] == '\r') s->bytes[length - 1] = '\0';
    s->bytes[strcspn(s->bytes, "#")] = '\0';

    const char *first = s->bytes + strspn(s->bytes, " \t");
    size_t shown = strlen(first);
    while (shown > 0 && strchr(" \t", first[shown - 1]) != NULL) shown--;
    bool cut = shown > QUOTE_MAX;
    (void)snprintf(s->quote, sizeof s->quote, "%.*s%s", cut ? (int)QUOTE_MAX : (int)shown, first, cut ? "..." : "");

    s->word_count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(s->bytes, " \t", &rest); word != NULL; word = strtok_r(NULL, " \t", &rest)) {
        if (s->word_count == WORDS_MAX) return refuse(s, "has too many words", error);
        s->words[s->word_count++] = word;
    }
    return CLENET_OK;
}

static clenet_status read_lines(statement *s, const char *text, clenet_network **network, clenet_error *error) {
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    if (strncmp(text, byte_order_mark, sizeof byte_order_mark - 1) == 0) text += sizeof byte_order_mark - 1;
    for (s->line = 1;; s->line++) {
        size_t length = strcspn(text, "\n");
        clenet_status status = split_line(s, text, length, error);
        if (status == CLENET_OK && s->word_count > 0) status = read_statement(s, network, error);
        if (status != CLENET_OK) return status;
        if (text[length] == '\0') break;
        text += length + 1;
    }
    if (*network != NULL) return CLENET_OK;
    return error_set(error, CLENET_ERROR_FORMAT, "%s:%d: there is no input; begin with a line like input 28x28x1",
                     s->name, s->line);
}

clenet_status clenet_network_parse(clenet_network **network, const char *text, const char *name, clenet_error *error) {
    REQUIRE(network, error);
    REQUIRE(text, error);
    REQUIRE(name, error);
    clenet_network *fresh = NULL;
    statement s = {.name = name};
    clenet_status status = read_lines(&s, text, &fresh, error);
    if (status != CLENET_OK) {
        clenet_network_free(fresh);
        return status;
    }
    *network = fresh;
    return CLENET_OK;
}
