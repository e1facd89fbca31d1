/* row_set.c - see row_set.h. */
#include "lib/data/row_set.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/hash.h"
#include "lib/base/memory.h"
#include "lib/data/dataset.h"

enum { COUNT_BYTES = 4, BYTE_BITS = 8, PEEK_BITS = 57, PREFIX_BITS_MOST = 3 /* of a code, on average */ };

_Static_assert(ROW_SET_BYTES_MOST ==
                   COUNT_BYTES + (size_t)ROW_SET_MOST / BYTE_BITS * (ROW_SET_HASH_BITS - 21 + PREFIX_BITS_MOST),
               "a set of 2^20 rows, whose number has 21 bits");

static clenet_status no_memory(size_t bytes, clenet_error *error) {
    return error_memory(error, bytes, "the rows that a model was trained on");
}

/* ---- hashes ------------------------------------------------------------------------------------------------- */

/* Sorted, without repetitions. */
typedef struct hash_list {
    uint64_t *hashes; /* [count] */
    size_t count;
} hash_list;

static uint64_t hash_of_row(const clenet_dataset *d, size_t row) {
    size_t bytes = (size_t)d->height * (size_t)d->width * (size_t)d->channels;
    return hash_64(d->images + row * bytes, bytes) >> (64 - ROW_SET_HASH_BITS);
}

static int by_value(const void *one, const void *other) {
    uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
    return (a > b) - (a < b);
}

static void sort(hash_list *list) {
    size_t kept = 0;
    qsort(list->hashes, list->count, sizeof *list->hashes, by_value);
    for (size_t i = 0; i < list->count; i++) {
        if (kept == 0 || list->hashes[i] != list->hashes[kept - 1]) list->hashes[kept++] = list->hashes[i];
    }
    list->count = kept;
}

/* ---- Golomb-Rice codes ---------------------------------------------------------------------------------------- */

/* A distance d has d >> rest_bits ones, a zero, and the lower rest_bits bits of d. The mean distance is 1 to 2 times 2^rest_bits, for
 * which this number of bits is the best. The distance between two neighbours counts the hashes between them. */
static int rest_bits_of(size_t count) {
    int bits = ROW_SET_HASH_BITS;
    for (; count > 0; count /= 2) bits--;
    return bits;
}

/* Bits in bytes, the highest of a byte first. */
typedef struct bit_place {
    uint8_t *bytes;
    size_t at, end; /* in bits */
} bit_place;

static void put_bits(bit_place *to, uint64_t value, int count) {
    for (int i = count - 1; i >= 0; i--, to->at++)
        if (value >> i & 1) to->bytes[to->at / BYTE_BITS] |= (uint8_t)(0x80U >> to->at % BYTE_BITS);
}

/* The next bits, at least PEEK_BITS, from the highest on; after the end there are zeros. */
static uint64_t peek(const bit_place *from) {
    size_t first = from->at / BYTE_BITS, end = from->end / BYTE_BITS;
    uint64_t bits = 0;
    for (size_t i = first; i < first + sizeof bits; i++) bits = bits << BYTE_BITS | (i < end ? from->bytes[i] : 0U);
    return bits << from->at % BYTE_BITS;
}

/* The number of ones before the next zero; moves behind the zero. */
static uint64_t get_ones(bit_place *from) {
    uint64_t ones = 0, run;
    do {
        uint64_t zeros = ~peek(from) | 1; /* a bit must be set; the lowest one is after PEEK_BITS */
        run = (uint64_t)__builtin_clzll(zeros);
        run = run < PEEK_BITS ? run : PEEK_BITS;
        from->at += run;
        ones += run;
    } while (run == PEEK_BITS);
    from->at++;
    return ones;
}

static uint64_t get_bits(bit_place *from, int count /* 1 to PEEK_BITS */) {
    uint64_t bits = peek(from) >> (64 - count);
    from->at += (size_t)count;
    return bits;
}

static size_t coded_bits(const hash_list *list, int rest_bits) {
    size_t bits = 0;
    uint64_t next = 0;
    for (size_t i = 0; i < list->count; i++) {
        bits += (size_t)(((list->hashes[i] - next) >> rest_bits) + 1) + (size_t)rest_bits;
        next = list->hashes[i] + 1;
    }
    return bits;
}

/* Replaces the set by that of the list. */
static clenet_status code(row_set *set, const hash_list *list, clenet_error *error) {
    int rest_bits = rest_bits_of(list->count);
    size_t bits = coded_bits(list, rest_bits), size = COUNT_BYTES + (bits + BYTE_BITS - 1) / BYTE_BITS;
    row_set fresh = {.known = true, .count = list->count, .size = size, .bytes = memory_new(size, 1)};
    if (fresh.bytes == NULL) return no_memory(size, error);
    for (int i = 0; i < COUNT_BYTES; i++) fresh.bytes[i] = (uint8_t)(list->count >> (BYTE_BITS * i) & 0xFF);
    bit_place to = {.bytes = fresh.bytes + COUNT_BYTES};
    uint64_t next = 0;
    for (size_t i = 0; i < list->count; i++) {
        uint64_t distance = list->hashes[i] - next;
        for (uint64_t ones = distance >> rest_bits; ones > 0; ones--) put_bits(&to, 1, 1);
        put_bits(&to, 0, 1);
        put_bits(&to, distance, rest_bits);
        next = list->hashes[i] + 1;
    }
    row_set_free(set);
    *set = fresh;
    return CLENET_OK;
}

/* Reads the codes into list->hashes [list->count]; what is wrong with them, or NULL. */
static const char *decode(hash_list *list, const uint8_t *bytes, size_t size) {
    int rest_bits = rest_bits_of(list->count);
    bit_place from = {.bytes = (uint8_t *)(uintptr_t)bytes + COUNT_BYTES, .end = (size - COUNT_BYTES) * BYTE_BITS};
    uint64_t next = 0;
    for (size_t i = 0; i < list->count; i++) {
        uint64_t ones = get_ones(&from), rest = get_bits(&from, rest_bits);
        if (from.at > from.end) return "ends before its last row";
        next += ones << rest_bits | rest;
        if (next >> ROW_SET_HASH_BITS != 0) return "has a hash of more than 36 bits";
        list->hashes[i] = next++;
    }
    if (from.end - from.at >= BYTE_BITS) return "has bytes after its last row";
    return peek(&from) == 0 ? NULL : "has bits after its last row";
}

/* The hashes of a known set, with room for `more` after them; memory_free() them. */
static clenet_status unpack(hash_list *list, const row_set *set, size_t more, clenet_error *error) {
    size_t room = set->count + more;
    *list = (hash_list){.hashes = memory_new(room, sizeof *list->hashes), .count = set->count};
    if (list->hashes == NULL) return no_memory(room * sizeof *list->hashes, error);
    (void)decode(list, set->bytes, set->size); /* was checked when the set was made */
    return CLENET_OK;
}

/* ---- sets ----------------------------------------------------------------------------------------------------- */

clenet_status row_set_begin(row_set *set, clenet_error *error) {
    return code(set, &(hash_list){.count = 0}, error);
}

void row_set_free(row_set *set) {
    memory_free(set->bytes);
    *set = (row_set){.known = false};
}

clenet_status row_set_copy(row_set *to, const row_set *from, clenet_error *error) {
    row_set fresh = *from;
    if (from->known) {
        fresh.bytes = memory_new(from->size, 1);
        if (fresh.bytes == NULL) return no_memory(from->size, error);
        memcpy(fresh.bytes, from->bytes, from->size);
    }
    row_set_free(to);
    *to = fresh;
    return CLENET_OK;
}

/* Sorts the list, and makes a set of it, unless it is too large. Frees the list. */
static clenet_status take(row_set *set, hash_list *list, clenet_error *error) {
    clenet_status status = CLENET_OK;
    sort(list);
    if (list->count > ROW_SET_MOST)
        row_set_free(set);
    else
        status = code(set, list, error);
    memory_free(list->hashes);
    return status;
}

clenet_status row_set_add(row_set *set, const clenet_dataset *dataset, const uint32_t *rows, size_t count,
                          clenet_error *error) {
    hash_list list;
    if (count > ROW_SET_MOST) row_set_free(set);
    if (!set->known) return CLENET_OK;
    clenet_status status = unpack(&list, set, count, error);
    if (status != CLENET_OK) return status;
    for (size_t i = 0; i < count; i++) list.hashes[list.count++] = hash_of_row(dataset, rows[i]);
    return take(set, &list, error);
}

clenet_status row_set_join(row_set *set, const row_set *other, clenet_error *error) {
    hash_list list, more;
    if (!other->known) row_set_free(set);
    if (!set->known) return CLENET_OK;
    clenet_status status = unpack(&list, set, other->count, error);
    if (status != CLENET_OK) return status;
    more = (hash_list){.hashes = list.hashes + list.count, .count = other->count};
    (void)decode(&more, other->bytes, other->size);
    list.count += other->count;
    return take(set, &list, error);
}

/* What is wrong with a set in a file, before memory is allocated for its hashes; or NULL. */
static const char *find_fault(const row_set *set) {
    size_t bits = (set->size - COUNT_BYTES) * BYTE_BITS;
    if (set->count > ROW_SET_MOST) return "has more than 1,048,576 rows";
    if (set->count * ((size_t)rest_bits_of(set->count) + 1) > bits) return "ends before its last row";
    return NULL;
}

clenet_status row_set_read(row_set *set, uint8_t *bytes, size_t size, const char **fault, clenet_error *error) {
    row_set fresh = {.known = true, .size = size, .bytes = bytes};
    for (size_t i = 0; i < COUNT_BYTES && i < size; i++) fresh.count |= (size_t)bytes[i] << (BYTE_BITS * i);
    const char *wrong = size < COUNT_BYTES ? "ends before its number of rows" : find_fault(&fresh);
    if (wrong == NULL) {
        hash_list list = {.hashes = memory_new(fresh.count + 1, sizeof *list.hashes), .count = fresh.count};
        if (list.hashes == NULL) {
            memory_free(bytes);
            return no_memory(fresh.count * sizeof *list.hashes, error);
        }
        wrong = decode(&list, bytes, size);
        memory_free(list.hashes);
    }
    if (wrong != NULL) {
        *fault = wrong;
        memory_free(bytes);
        return CLENET_ERROR_FORMAT;
    }
    row_set_free(set);
    *set = fresh;
    return CLENET_OK;
}

clenet_status row_set_find(const row_set *set, const clenet_dataset *dataset, uint8_t *found, size_t *count,
                           clenet_error *error) {
    hash_list list;
    clenet_status status = unpack(&list, set, 0, error);
    if (status != CLENET_OK) return status;
    size_t trained = 0;
    for (size_t row = 0; row < dataset->rows; row++) {
        uint64_t hash = hash_of_row(dataset, row);
        found[row] = bsearch(&hash, list.hashes, list.count, sizeof hash, by_value) != NULL;
        trained += found[row];
    }
    *count = trained;
    memory_free(list.hashes);
    return CLENET_OK;
}
