/* Early stopping against Keras's own callback: tests/golden/early_stopping.json holds when that stopped. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "lib/train/early_stopping.h"

static clenet_monitor monitor_of(const char *name) {
    static const char *const names[] = {"accuracy", "loss", "val_accuracy", "val_loss"};
    for (int i = 0; i < 4; i++)
        if (strcmp(name, names[i]) == 0) return (clenet_monitor)i;
    cr_assert_fail("unknown monitor %s", name);
    return CLENET_MONITOR_LOSS;
}

/* The epoch, from 1, after which the run ends, or 0. */
static int stops_after(const json_t *test_case) {
    early_stopping stopping = {.monitor = monitor_of(json_string_value(json_object_get(test_case, "monitor"))),
                               .patience = (int)json_integer_value(json_object_get(test_case, "patience"))};
    size_t i;
    json_t *value;
    json_array_foreach(json_object_get(test_case, "values"), i, value) {
        double v = json_is_string(value) ? (double)NAN : json_number_value(value);
        clenet_epoch epoch = {.epoch = (int)i + 1};
        *(double *[]){&epoch.accuracy, &epoch.loss, &epoch.val_accuracy, &epoch.val_loss}[stopping.monitor] = v;
        if (early_stopping_after(&stopping, &epoch)) return epoch.epoch;
    }
    return 0;
}

Test(early_stopping, stops_when_keras_stops) {
    json_t *cases = json_load_file(CLENET_SOURCE_DIR "/tests/golden/early_stopping.json", 0, NULL);
    cr_assert(json_array_size(cases) > 100);
    size_t i;
    json_t *test_case;
    json_array_foreach(cases, i, test_case) {
        int stopped = stops_after(test_case), expected = (int)json_integer_value(json_object_get(test_case, "stopped"));
        cr_expect(stopped == expected, "case %zu: stopped after %d, not %d", i, stopped, expected);
    }
    json_decref(cases);
}

Test(early_stopping, a_patience_of_minus_1_never_stops) {
    early_stopping stopping = {.monitor = CLENET_MONITOR_ACCURACY, .patience = -1};
    for (int i = 1; i < 1000; i++) cr_assert_not(early_stopping_after(&stopping, &(clenet_epoch){.epoch = i}));
}
