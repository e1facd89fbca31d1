/* The learning rate of each step: tests/golden/schedules.json holds PyTorch's. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "lib/train/schedule.h"

Test(schedule, cosine_and_one_cycle_are_pytorch_s) {
    json_t *cases = json_load_file(CLENET_SOURCE_DIR "/tests/golden/schedules.json", 0, NULL), *test_case;
    size_t i;
    cr_assert(json_array_size(cases) == 8);
    json_array_foreach(cases, i, test_case) {
        bool cosine = strcmp(json_string_value(json_object_get(test_case, "schedule")), "cosine") == 0;
        const json_t *rates = json_object_get(test_case, "rates");
        schedule s = {.kind = cosine ? CLENET_SCHEDULE_COSINE : CLENET_SCHEDULE_ONE_CYCLE,
                      .rate = json_real_value(json_object_get(test_case, "rate")),
                      .steps = (double)json_array_size(rates)};
        for (size_t step = 0; step < json_array_size(rates); step++) {
            double expected = json_real_value(json_array_get(rates, step)), got = schedule_rate(&s, (uint32_t)step);
            cr_expect(fabs(got - expected) <= 1e-12, "case %zu: step %zu has %.17g, not %.17g", i, step, got, expected);
        }
    }
    json_decref(cases);
}

Test(schedule, a_constant_rate_is_the_same_number_in_every_step) {
    schedule s = {.kind = CLENET_SCHEDULE_CONSTANT, .rate = 0.1, .steps = 10};
    for (uint32_t step = 0; step < 20; step++) cr_expect(schedule_rate(&s, step) == 0.1);
}

Test(schedule, the_warm_up_rises_evenly_and_the_rest_begins_at_the_whole_rate) {
    static const clenet_schedule kinds[] = {CLENET_SCHEDULE_CONSTANT, CLENET_SCHEDULE_COSINE};
    for (int i = 0; i < 2; i++) {
        schedule s = {.kind = kinds[i], .rate = 0.5, .warmup = 5, .steps = 25};
        for (uint32_t step = 0; step < 5; step++)
            cr_expect(fabs(schedule_rate(&s, step) - 0.1 * (step + 1)) < 1e-12, "step %u", step);
        cr_expect(schedule_rate(&s, 5) == 0.5);
    }
    schedule s = {.kind = CLENET_SCHEDULE_COSINE, .rate = 0.5, .warmup = 5, .steps = 25};
    cr_expect(fabs(schedule_rate(&s, 15) - 0.25) < 1e-12, "the middle of what is behind the warm-up has half the rate");
    cr_expect(schedule_rate(&s, 24) > 0 && schedule_rate(&s, 24) < 0.004);
}

Test(schedule, a_warm_up_of_a_part_of_a_step_or_of_the_whole_run_is_finite) {
    schedule part = {.kind = CLENET_SCHEDULE_COSINE, .rate = 0.5, .warmup = 0.3, .steps = 4};
    schedule whole = {.kind = CLENET_SCHEDULE_COSINE, .rate = 0.5, .warmup = 4, .steps = 4};
    for (uint32_t step = 0; step < 4; step++) {
        cr_expect(schedule_rate(&part, step) > 0 && schedule_rate(&part, step) <= 0.5);
        cr_expect(fabs(schedule_rate(&whole, step) - 0.125 * (step + 1)) < 1e-12);
    }
    schedule one = {.kind = CLENET_SCHEDULE_ONE_CYCLE, .rate = 0.5, .steps = 1};
    cr_expect(isfinite(schedule_rate(&one, 0)));
}
