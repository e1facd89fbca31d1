/* row_set.h - a compact set of the rows that a model was trained on.
 *
 * A row is known by a hash of its pixels, so the set finds it in any file, in any order, with any label. It is kept as a Golomb-Rice
 * coded set (as BIP 158 of Bitcoin has it): the sorted hashes, each as the distance from the one before. Each hash has 36 bits and the
 * set at most 2^20 rows, so a row that is not in it counts as one of its rows with a probability of at most 2^-16, and with
 * Kaggle's 33,600 rows of 2^-20.9; these take 23 bits each.
 *
 * A binary fuse filter of 16 bits takes 18 bits per row, but two of them cannot be joined, and the networks of a cross-validation,
 * whose sets are joined, come from different files. The sets of BIP 158 cannot either, since the range of their hashes depends on the
 * number of rows; here it is fixed. The same rows give the same bytes, in any order. */
#ifndef CLENET_LIB_DATA_ROW_SET_H
#define CLENET_LIB_DATA_ROW_SET_H

#include <stdbool.h>

#include "lib/base/status.h"

struct clenet_dataset;

enum {
    ROW_SET_MOST = 1 << 20,       /* rows */
    ROW_SET_HASH_BITS = 36,       /* the upper ones of XXH64 */
    ROW_SET_BYTES_MOST = 2359300, /* of a whole set as coded: 4, and 18 bits per row */
};

/* All zeros: nothing is known about the rows. */
typedef struct row_set {
    bool known;
    size_t count;   /* different hashes */
    size_t size;    /* bytes */
    uint8_t *bytes; /* [size] as in a file: count in 4 bytes, little-endian, then the codes; owned */
} row_set;

/* The set without rows. Errors of all: CLENET_ERROR_MEMORY; then the set is unchanged. */
clenet_status row_set_begin(row_set *set, clenet_error *error);

/* Adds rows of a data set. A set about which nothing is known, or that would have more than ROW_SET_MOST rows, says nothing
 * afterwards. */
clenet_status row_set_add(row_set *set, const struct clenet_dataset *dataset, const uint32_t *rows /* [count] */,
                          size_t count, clenet_error *error);

/* The same with all rows of another set; if nothing is known about one of the two, nothing is known about both. */
clenet_status row_set_join(row_set *set, const row_set *other, clenet_error *error);

clenet_status row_set_copy(row_set *to, const row_set *from, clenet_error *error);

/* Takes the bytes of a file, also on failure, and checks them. If they are damaged, the set is unchanged, *fault says what is wrong
 * ("ends before its last row"), and the error is not set: CLENET_ERROR_FORMAT. */
clenet_status row_set_read(row_set *set, uint8_t *bytes, size_t size, const char **fault, clenet_error *error);

/* found [rows of the data set]: 1 if the row is in the set, which must be known; otherwise 0. */
clenet_status row_set_find(const row_set *set, const struct clenet_dataset *dataset, uint8_t *found, size_t *count,
                           clenet_error *error);

void row_set_free(row_set *set);

#endif
