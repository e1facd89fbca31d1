/* The vectors of vec.h, for the instruction set that this file is compiled for: the baseline here, NEON in tests/aarch64.sh. */
#define CPU_ISA baseline
#include "lib/backend/cpu/vec.h"

#include <criterion/criterion.h>
#include <math.h>

/* The distance of got from the true value, in units in the last place of a float. */
static double units_off(float got, double expected) {
    int exponent;
    (void)frexp(expected, &exponent);
    return fabs((double)got - expected) / ldexp(1, exponent - 24);
}

Test(vec, a_reciprocal_and_a_reciprocal_square_root_are_off_by_two_units_in_the_last_place_at_most) {
    double root = 0, reciprocal = 0;
    for (float x = 1e-30F; x < 1e30F; x *= 1.0173F) {
        vec roots = vec_reciprocal_sqrt(vec_all(x)), reciprocals = vec_reciprocal(vec_all(x));
        for (int i = 0; i < LANES; i++) {
            root = fmax(root, units_off(roots[i], 1 / sqrt((double)x)));
            reciprocal = fmax(reciprocal, units_off(reciprocals[i], 1 / (double)x));
        }
    }
    cr_expect(root <= 2, "1 / sqrt(x) is off by %g", root);
    cr_expect(reciprocal <= 2, "1 / x is off by %g", reciprocal);
}

Test(vec, bytes_become_numbers_and_numbers_bytes) {
    for (int first = 0; first + LANES <= 256; first++) {
        _Alignas(LANES) uint8_t bytes[LANES], back[LANES];
        for (int i = 0; i < LANES; i++) bytes[i] = (uint8_t)(first + i);
        vec_int numbers = vec_int_from_bytes(bytes);
        vec floats = vec_from_bytes(bytes);
        vec_int_to_bytes(back, numbers);
        for (int i = 0; i < LANES; i++)
            cr_expect(numbers[i] == first + i && floats[i] == (float)(first + i) && back[i] == bytes[i]);
    }
}

Test(vec, the_larger_of_two_numbers_is_the_second_if_one_is_not_a_number) {
    vec none = vec_all(NAN), one = vec_all(1), two = vec_all(2);
    for (int i = 0; i < LANES; i++) {
        cr_expect(vec_larger(one, two)[i] == 2 && vec_larger(two, one)[i] == 2);
        cr_expect(vec_larger(none, one)[i] == 1 && isnan(vec_larger(one, none)[i]));
    }
}

Test(vec, sums_are_those_of_the_lanes_and_transposing_exchanges_rows_and_columns) {
    _Alignas(64) float numbers[LANES * LANES];
    vec square[LANES];
    for (int i = 0; i < LANES * LANES; i++) numbers[i] = (float)i;
    for (int i = 0; i < LANES; i++) square[i] = vec_load(numbers + i * LANES);
    vec sums = vec_sums(numbers);
    for (int i = 0; i < LANES; i++) cr_expect(sums[i] == vec_sum(square[i]));
    vec_transpose(square);
    for (int row = 0; row < LANES; row++)
        for (int column = 0; column < LANES; column++) cr_expect(square[row][column] == numbers[column * LANES + row]);
}
