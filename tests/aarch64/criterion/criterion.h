/* criterion.h - the part of Criterion that the tests of tests/aarch64.sh use.
 *
 * Debian has Criterion for the machine's own architecture only. Here all tests run in one process, and a failed cr_assert ends it. */
#ifndef CLENET_TESTS_AARCH64_CRITERION_H
#define CLENET_TESTS_AARCH64_CRITERION_H

#include <stdlib.h>
#include <string.h>

/* Adds a test to the list that main() runs (main.c). */
void criterion_add(const char *suite, const char *name, void (*run)(void));

/* Prints what failed. format: of printf, or "". */
void criterion_failed(const char *file, int line, const char *condition, const char *format, ...);

#define Test(suite, name)                                                 \
    static void suite##_##name(void);                                     \
    __attribute__((constructor)) static void add_##suite##_##name(void) { \
        criterion_add(#suite, #name, suite##_##name);                     \
    }                                                                     \
    static void suite##_##name(void)

#define cr_expect(condition, ...) \
    ((condition) ? (void)0 : criterion_failed(__FILE__, __LINE__, #condition, "" __VA_ARGS__))
#define cr_assert(condition, ...) \
    ((condition) ? (void)0 : (criterion_failed(__FILE__, __LINE__, #condition, "" __VA_ARGS__), exit(1)))
#define cr_expect_eq(a, b, ...) cr_expect((a) == (b), "" __VA_ARGS__)
#define cr_assert_eq(a, b, ...) cr_assert((a) == (b), "" __VA_ARGS__)
#define cr_assert_geq(a, b, ...) cr_assert((a) >= (b), "" __VA_ARGS__)
#define cr_expect_str_eq(a, b, ...) cr_expect(strcmp(a, b) == 0, "" __VA_ARGS__)
#define cr_skip_test(...) return

#endif
