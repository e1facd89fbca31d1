/* ranking.c - see ranking.h. */
#include "cmd/predict/ranking.h"

#include <stdlib.h>

#include "cmd/base/text.h"

static bool has(const int *order, int count, int class) {
    for (int i = 0; i < count; i++)
        if (order[i] == class) return true;
    return false;
}

void ranking_fill(int *order, int count, const float *probabilities, int classes) {
    for (int k = 0; k < count; k++) {
        int best = -1;
        for (int i = 0; i < classes; i++)
            if (!has(order, k, i) && (best < 0 || probabilities[i] > probabilities[best])) best = i;
        order[k] = best;
    }
}

json_t *ranking_label(const clenet_model *model, bool numbers, int class) {
    const char *name = clenet_model_class_name(model, class);
    return numbers ? json_integer(strtoll(name, NULL, 10)) : json_text(name);
}

json_t *ranking_json(const clenet_model *model, bool numbers, const int *order, int count, const float *probabilities) {
    json_t *list = json_array();
    for (int k = 0; k < count; k++) {
        json_t *entry = json_pack("{s:o, s:f}", "label", ranking_label(model, numbers, order[k]), "probability",
                                  (double)probabilities[order[k]]);
        if (json_array_append_new(list, entry) == 0) continue;
        json_decref(list);
        return NULL;
    }
    return list;
}
