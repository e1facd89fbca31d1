/* test_json_read.c - an object is read completely or not at all, even if any allocation of jansson fails. */
#include "lib/base/json_read.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static int allowed; /* allocations until one is refused; the next ones are had again */

static void *refuse_one(size_t bytes) {
    if (allowed-- != 0) return malloc(bytes);
    errno = ENOMEM;
    return NULL;
}

/* Escapes and quotes at every place where the buffer must grow: at 15, 31, 63 ... bytes of a string. */
static size_t compose(char *text, size_t room, int length) {
    int n =
        snprintf(text, room, "{\"a\": \"%.*s\\n\\\"\\\\\", \"numbers\": [1234567890123456, 0.25]}", length,
                 "................................................................................................");
    cr_assert(n > 0 && (size_t)n < room);
    return (size_t)n;
}

Test(json_read, an_object_is_whole_or_refused_at_any_allocation) {
    char text[512];
    for (int length = 0; length < 90; length++) {
        size_t size = compose(text, sizeof text, length);
        json_t *expected = json_loadb(text, size, 0, NULL);
        cr_assert_not_null(expected);
        bool refused = true;
        for (int n = 0; refused; n++) {
            json_error_t reason;
            allowed = n;
            json_set_alloc_funcs(refuse_one, free);
            json_t *got = json_read(text, size, JSON_REJECT_DUPLICATES, &reason);
            refused = allowed < 0;
            json_set_alloc_funcs(malloc, free);
            if (got != NULL)
                cr_assert(json_equal(got, expected), "%d dots, allocation %d: another object", length, n);
            else
                cr_assert_eq(json_error_code(&reason), json_error_out_of_memory, "%d dots, allocation %d", length, n);
            cr_assert(refused || got != NULL);
            json_decref(got);
        }
        json_decref(expected);
    }
}

Test(json_read, what_is_no_object_is_refused_with_a_reason) {
    static const char *const texts[] = {
        "", " ", "{", "[]", "5", "{}, 5", "{} {}", "{}]", "]", "{\"a\": 1, \"a\": 2}", "\"", "{\"a\": \"b"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_error_t reason;
        cr_expect_null(json_read(texts[i], strlen(texts[i]), JSON_REJECT_DUPLICATES, &reason), "%s", texts[i]);
        cr_expect_neq(reason.text[0], '\0', "%s", texts[i]);
        cr_expect_neq(json_error_code(&reason), json_error_out_of_memory, "%s", texts[i]);
    }
}
