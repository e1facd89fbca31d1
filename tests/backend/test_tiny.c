/* The table of operations at shapes that a simulator gets through: what Oclgrind watches for reads and writes out of bounds,
 * races and barriers that diverge, and what slow implementations of OpenCL are held to. */
#include <criterion/criterion.h>

#include "check.h"
#include "operations.h"

Test(tiny, every_operation_and_fusion_computes_what_its_formula_says) {
    for (int i = 0; i < operation_count; i++) check_network(operations[i].smallest, 3);
}

/* Networks take turns between the kinds of tiles: this moves each to the other kind. */
Test(tiny, and_with_the_other_tiles) {
    check_network("input 2x3x1\nflatten\ndense 4 relu\ndense 3 softmax\n", 1);
    for (int i = 0; i < operation_count; i++) check_network(operations[i].smallest, 2);
}
