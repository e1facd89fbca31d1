/* test_cores.c - the number of cores is that of the process, not of the machine. */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* sched_setaffinity */
#endif
#include "lib/base/cores.h"

#include <criterion/criterion.h>
#include <sched.h>

Test(cores, there_is_at_least_one) {
    cr_expect(cores_usable() >= 1 && cores_usable() <= CORES_AT_MOST);
}

#if defined(__linux__)
Test(cores, a_process_that_is_bound_to_one_core_has_one) {
    cpu_set_t set, one;
    cr_assert_eq(sched_getaffinity(0, sizeof set, &set), 0);
    CPU_ZERO(&one);
    for (size_t core = 0; core < CPU_SETSIZE && CPU_COUNT(&one) == 0; core++) {
        if (CPU_ISSET(core, &set)) CPU_SET(core, &one);
    }
    cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
    cr_expect_eq(cores_usable(), 1);
}
#endif
