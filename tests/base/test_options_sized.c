/* test_options_sized.c - structs of programs that are older or newer than the library. */
#include "lib/base/options_sized.h"

#include <criterion/criterion.h>
#include <string.h>

/* What the library knows, and what programs before and after it were compiled with. */
typedef struct now {
    size_t size;
    double rate;
    int count, later;
} now;
typedef struct before {
    size_t size;
    double rate;
} before;
typedef struct after {
    now known;
    double new_field;
} after;

static const now defaults = {.size = sizeof(now), .rate = 0.5, .count = 3, .later = 7};
static clenet_error error;

static now take(const void *given, clenet_status wanted) {
    now options = defaults;
    error.message[0] = '\0';
    cr_expect_eq(options_sized_take(&options, sizeof options, given, "some_options", &error), wanted, "%s",
                 error.message);
    return options;
}

Test(options_sized, a_struct_is_filled_as_far_as_its_size_goes) {
    struct {
        before options;
        unsigned char behind[sizeof(now)];
    } old;
    memset(&old, 0xAA, sizeof old);
    options_sized_init(&old.options, sizeof old.options, &defaults, sizeof defaults);
    cr_expect_eq(old.options.size, sizeof(before));
    cr_expect_eq(old.options.rate, 0.5);
    for (size_t i = 0; i < sizeof old.behind; i++) cr_expect_eq(old.behind[i], 0xAA, "byte %zu is written", i);

    after new;
    memset(&new, 0xAA, sizeof new);
    options_sized_init(&new, sizeof new, &defaults, sizeof defaults);
    cr_expect_eq(new.known.size, sizeof(after));
    cr_expect_eq(new.known.later, 7);
    cr_expect_eq(new.new_field, 0.0);
}

Test(options_sized, nothing_is_filled_without_a_struct_or_without_room_for_its_size) {
    unsigned char bytes[sizeof(now)];
    memset(bytes, 0xAA, sizeof bytes);
    options_sized_init(NULL, sizeof defaults, &defaults, sizeof defaults);
    options_sized_init(bytes, sizeof(size_t) - 1, &defaults, sizeof defaults);
    for (size_t i = 0; i < sizeof bytes; i++) cr_expect_eq(bytes[i], 0xAA);
}

Test(options_sized, fields_that_an_older_program_lacks_take_their_defaults) {
    const before old = {.size = sizeof old, .rate = 0.25};
    now options = take(&old, CLENET_OK);
    cr_expect(options.size == sizeof(now) && options.rate == 0.25 && options.count == 3 && options.later == 7);
    options = take(NULL, CLENET_OK);
    cr_expect(options.rate == 0.5 && options.later == 7);
}

Test(options_sized, fields_that_a_newer_program_has_must_be_zero) {
    after new = {.known = {.size = sizeof new, .rate = 0.25, .count = 1, .later = 2}};
    now options = take(&new, CLENET_OK);
    cr_expect(options.size == sizeof(now) && options.rate == 0.25 && options.count == 1 && options.later == 2);
    new.new_field = 1.0;
    options = take(&new, CLENET_ERROR_ARGUMENT);
    cr_expect(strstr(error.message, "some_options has fields that clenet"), "said: %s", error.message);
    cr_expect(options.rate == 0.5 && options.count == 3, "a struct that is refused was copied");
}

Test(options_sized, a_size_without_a_field_is_refused) {
    static const size_t sizes[] = {0, 1, sizeof(size_t)};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const now options = {.size = sizes[i], .rate = 0.25};
        cr_expect_eq(take(&options, CLENET_ERROR_ARGUMENT).rate, 0.5);
        cr_expect(strstr(error.message, "some_options_init()"), "said: %s", error.message);
    }
}
