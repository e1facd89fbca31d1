/* options.c - see options.h. */
#include "lib/train/options.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/options_sized.h"
#include "lib/base/training_options.h"

void clenet_training_options_init(clenet_training_options *options, size_t size) {
    options_sized_init(options, size, &training_defaults, sizeof training_defaults);
}

static const void *value_of(const training_option *row, const clenet_training_options *options) {
    return (const char *)options + row->offset;
}

/* ---- checks ---------------------------------------------------------------------------------------------------------- */

static clenet_status check_each(const clenet_training_options *o, clenet_error *error) {
    for (int i = 0; i < TRAINING_OPTIONS; i++) {
        const training_option *row = &training_options[i];
        char expected[SETTING_EXPECTED], value[SETTING_TEXT];
        if (setting_valid(row->kind, &row->range, row->words, value_of(row, o))) continue;
        return error_set(error, CLENET_ERROR_ARGUMENT, "training options: %s must be %s, not %s", row->field,
                         setting_expected(expected, row->kind, &row->range, row->words),
                         training_option_text(value, row, o, SETTING_DIGITS));
    }
    return CLENET_OK;
}

/* What each field may be depends on others, too. */
static clenet_status check_together(const clenet_training_options *o, clenet_error *error) {
    int parts = clenet_validation_parts(o->validation);
    bool by_validation = o->monitor == CLENET_MONITOR_VAL_ACCURACY || o->monitor == CLENET_MONITOR_VAL_LOSS;
    if (o->fold != 0 && o->fold >= parts)
        return error_set(
            error, CLENET_ERROR_ARGUMENT,
            "training options: fold must be below clenet_validation_parts(validation), which is %d, not %d", parts,
            o->fold);
    if (o->warmup > (double)o->epochs)
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "training options: warmup must be at most epochs, which is %d, not %g", o->epochs, o->warmup);
    if (o->warmup > 0 && o->schedule == CLENET_SCHEDULE_ONE_CYCLE)
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "training options: warmup must be 0 with a one-cycle schedule, not %g", o->warmup);
    if (by_validation && o->validation == 0)
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "training options: validation must be above 0 with the monitor %s, not 0",
                         training_monitors[o->monitor]);
    return CLENET_OK;
}

clenet_status training_options_take(clenet_training_options *options, const clenet_training_options *given,
                                    clenet_error *error) {
    *options = training_defaults;
    clenet_status status = options_sized_take(options, sizeof *options, given, "clenet_training_options", error);
    if (status == CLENET_OK) status = check_each(options, error);
    if (status == CLENET_OK) status = check_together(options, error);
    if (!options->own_split_seed) options->split_seed = options->seed;
    return status;
}

/* ---- in a checkpoint --------------------------------------------------------------------------------------------------- */

static json_t *write_value(const training_option *row, const void *value) {
    char text[SETTING_TEXT];
    switch (row->kind) {
    case SETTING_FLAG:
        return json_boolean(*(const bool *)value);
    case SETTING_INTEGER:
        return json_integer(*(const int *)value);
    case SETTING_FLOAT:
        return json_real((double)*(const float *)value);
    case SETTING_REAL:
        return json_real(*(const double *)value);
    case SETTING_SEED: /* has 64 bits, and a whole number of JSON 63 */
    case SETTING_CHOICE:
    case SETTING_KINDS:
        break;
    }
    return json_string(setting_text(text, row->kind, row->words, value, SETTING_DIGITS));
}

json_t *training_options_write(const clenet_training_options *o) {
    json_t *object = json_object();
    for (int i = 0; i < TRAINING_OPTIONS; i++) {
        const training_option *row = &training_options[i];
        if (row->resume == RESUME_UNSAVED) continue;
        if (json_object_set_new(object, row->field, write_value(row, value_of(row, o))) == 0) continue;
        json_decref(object);
        return NULL;
    }
    return object;
}

static bool read_seed(uint64_t *seed, const char *text) {
    char *end = NULL;
    if (!text || *text < '0' || *text > '9') return false;
    errno = 0;
    *seed = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}

/* Whether the JSON is a value of the row's kind. */
static bool read_value(const training_option *row, void *value, const json_t *json) {
    int word = -1;
    switch (row->kind) {
    case SETTING_FLAG:
        *(bool *)value = json_is_true(json);
        return json_is_boolean(json);
    case SETTING_INTEGER:
        *(int *)value = (int)json_integer_value(json);
        return json_is_integer(json) && *(int *)value == json_integer_value(json);
    case SETTING_SEED:
        return read_seed(value, json_string_value(json));
    case SETTING_FLOAT:
        *(float *)value = (float)json_number_value(json);
        return json_is_number(json);
    case SETTING_REAL:
        *(double *)value = json_number_value(json);
        return json_is_number(json);
    case SETTING_CHOICE:
        word = setting_word(row->words, json_string_value(json));
        *(int *)value = word;
        return word >= 0;
    case SETTING_KINDS:
        break;
    }
    return false;
}

const char *training_options_read(clenet_training_options *o, const json_t *object) {
    *o = training_defaults;
    for (int i = 0; i < TRAINING_OPTIONS; i++) {
        const training_option *row = &training_options[i];
        void *value = (char *)o + row->offset;
        if (row->resume == RESUME_UNSAVED) continue;
        bool read = read_value(row, value, json_object_get(object, row->field));
        if (!read || !setting_valid(row->kind, &row->range, row->words, value)) return row->field;
    }
    return check_together(o, NULL) == CLENET_OK ? NULL : "settings";
}

/* ---- in a run that is resumed ------------------------------------------------------------------------------------------ */

/* More epochs may be asked for, unless the learning rate depends on their number. */
static bool must_be_same(const training_option *row, const clenet_training_options *now) {
    if (row->offset == offsetof(clenet_training_options, epochs)) return now->schedule != CLENET_SCHEDULE_CONSTANT;
    return row->resume == RESUME_SAME;
}

const char *training_options_differ(char text[TRAINING_DIFFERENCE], const clenet_training_options *then,
                                    const clenet_training_options *now) {
    text[0] = '\0';
    for (int i = 0; i < TRAINING_OPTIONS && text[0] == '\0'; i++) {
        const training_option *row = &training_options[i];
        char before[SETTING_TEXT], after[SETTING_TEXT];
        if (!must_be_same(row, now)) continue;
        /* The text of a value is read back as the same value: values differ if their texts do. */
        (void)training_option_text(before, row, then, SETTING_DIGITS);
        (void)training_option_text(after, row, now, SETTING_DIGITS);
        if (strcmp(before, after) != 0)
            (void)snprintf(text, TRAINING_DIFFERENCE, "%s was %s, now %s", row->label, before, after);
    }
    return text;
}
