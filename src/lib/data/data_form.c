/* data_form.c - see data_form.h. */
#include "lib/data/data_form.h"

#include <string.h>

#include "lib/base/memory.h"

static bool copy_text(char **to, const char *from) {
    *to = from != NULL ? memory_copy_string(from) : NULL;
    return from == NULL || *to != NULL;
}

static clenet_status fill(data_form *form, const char *label, const char *skip, double scale, bool invert,
                          bool transpose, clenet_error *error) {
    data_form fresh = {.scale = scale, .invert = invert, .transpose = transpose, .look.largest = -1};
    if (copy_text(&fresh.label, label) && copy_text(&fresh.skip, skip)) {
        *form = fresh;
        return CLENET_OK;
    }
    data_form_free(&fresh);
    return error_memory(error, (label != NULL ? strlen(label) : 0) + (skip != NULL ? strlen(skip) : 0),
                        "the names of columns");
}

clenet_status data_form_take(data_form *form, const clenet_load_options *o, clenet_error *error) {
    return fill(form, o->label, o->skip, o->scale, o->invert, o->transpose, error);
}

clenet_status data_form_copy(data_form *to, const data_form *from, clenet_error *error) {
    clenet_status status = fill(to, from->label, from->skip, from->scale, from->invert, from->transpose, error);
    if (status != CLENET_OK) return status;
    to->pictures = from->pictures;
    to->look = from->look;
    return CLENET_OK;
}

void data_form_free(data_form *form) {
    memory_free(form->label);
    memory_free(form->skip);
    *form = (data_form){.label = NULL};
}

static json_t *text(const char *given) {
    return given != NULL ? json_string(given) : json_null();
}

json_t *data_form_json(const data_form *form) {
    return json_pack("{s:o, s:o, s:f, s:b, s:b, s:b, s:f, s:f, s:f, s:f, s:i}", "label", text(form->label), "skip",
                     text(form->skip), "scale", form->scale, "invert", form->invert, "transpose", form->transpose,
                     "pictures", form->pictures, "mean", form->look.mean, "border", form->look.border, "wide",
                     form->look.wide, "tall", form->look.tall, "largest", form->look.largest);
}

bool data_form_read(data_form *form, const json_t *object) {
    double scale = json_number_value(json_object_get(object, "scale"));
    *form = (data_form){.scale = scale > 0.0 && scale <= 1e9 ? scale : 0.0,
                        .invert = json_is_true(json_object_get(object, "invert")),
                        .transpose = json_is_true(json_object_get(object, "transpose")),
                        .pictures = json_is_true(json_object_get(object, "pictures")),
                        .look = {.mean = json_number_value(json_object_get(object, "mean")),
                                 .border = json_number_value(json_object_get(object, "border")),
                                 .wide = json_number_value(json_object_get(object, "wide")),
                                 .tall = json_number_value(json_object_get(object, "tall")),
                                 .largest = -1}};
    const json_t *largest = json_object_get(object, "largest");
    if (json_is_integer(largest) && json_integer_value(largest) >= 0 && json_integer_value(largest) <= 255)
        form->look.largest = (int)json_integer_value(largest);
    return copy_text(&form->label, json_string_value(json_object_get(object, "label"))) &&
           copy_text(&form->skip, json_string_value(json_object_get(object, "skip")));
}
