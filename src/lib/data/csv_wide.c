/* csv_wide.c - see csv_wide.h.
 *
 * A loop over cells cannot know how many digits the next one has: in digits one branch in five is mispredicted, which was
 * most of its time. Here the number in front of every byte is computed, as if each byte were a delimiter, and then the numbers at
 * the delimiters are moved together:
 *
 *     text       0 , 1 7 , 2 5 5 ,
 *     ones         0     7       5      the byte before
 *     tens               1       5      the byte two before, or 0
 *     hundreds                   2      the byte three before, or 0 if there is a delimiter after it
 *     cells        0    17     255
 *
 * Two delimiters are never neighbours, or a cell would be empty. So of each two bytes one at most is a delimiter, and 32 bytes
 * have 16 places for numbers. A table moves those of 8 places together. */
#include "lib/data/csv_wide.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))

/* ---- moving numbers together ------------------------------------------------------------------------------ */

/* The bits of mask below a bit; the byte for that bit, at its place; all 8 bytes for a mask; the table's rows. */
#define BIT(mask, bit) ((mask) >> (bit)&1)
#define BELOW(mask, bit)                                                                    \
    (((bit) > 0) * BIT(mask, 0) + ((bit) > 1) * BIT(mask, 1) + ((bit) > 2) * BIT(mask, 2) + \
     ((bit) > 3) * BIT(mask, 3) + ((bit) > 4) * BIT(mask, 4) + ((bit) > 5) * BIT(mask, 5) + \
     ((bit) > 6) * BIT(mask, 6))
#define PLACE(mask, bit) ((uint64_t)(BIT(mask, bit) * (bit)) << 8 * BELOW(mask, bit) % 64)
#define PACKING(mask)                                                                                      \
    (PLACE(mask, 0) | PLACE(mask, 1) | PLACE(mask, 2) | PLACE(mask, 3) | PLACE(mask, 4) | PLACE(mask, 5) | \
     PLACE(mask, 6) | PLACE(mask, 7))
#define PACKINGS_4(mask) PACKING(mask), PACKING((mask) + 1), PACKING((mask) + 2), PACKING((mask) + 3)
#define PACKINGS_16(mask) PACKINGS_4(mask), PACKINGS_4((mask) + 4), PACKINGS_4((mask) + 8), PACKINGS_4((mask) + 12)
#define PACKINGS_64(mask) \
    PACKINGS_16(mask), PACKINGS_16((mask) + 16), PACKINGS_16((mask) + 32), PACKINGS_16((mask) + 48)

/* [mask]: the bits that are set, one byte each. */
static const uint64_t packings[256] = {PACKINGS_64(0), PACKINGS_64(64), PACKINGS_64(128), PACKINGS_64(192)};

/* Writes the places of the low half that are in mask. Returns their number. */
AVX2 static inline unsigned put(uint8_t *cells, __m128i places, unsigned mask) {
    __m128i order = _mm_loadl_epi64((const __m128i *)(const void *)&packings[mask]);
    _mm_storel_epi64((__m128i *)(void *)cells, _mm_shuffle_epi8(places, order));
    return (unsigned)__builtin_popcount(mask);
}

/* Writes the numbers [32] at the delimiters; the others are 0. Returns the number of delimiters. */
AVX2 static inline unsigned put_all(uint8_t *cells, __m256i numbers, __m256i delimiters) {
    const __m256i low = _mm256_set1_epi16(0xFF);
    __m256i pairs = _mm256_and_si256(_mm256_or_si256(numbers, _mm256_srli_epi16(numbers, 8)), low);
    __m256i empty = _mm256_cmpeq_epi16(delimiters, _mm256_setzero_si256());
    __m128i places = _mm_packus_epi16(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
    __m128i holes = _mm_packs_epi16(_mm256_castsi256_si128(empty), _mm256_extracti128_si256(empty, 1));
    unsigned mask = (unsigned)_mm_movemask_epi8(holes) ^ 0xFFFF;
    unsigned count = put(cells, places, mask & 0xFF);
    return count + put(cells + count, _mm_unpackhi_epi64(places, places), mask >> 8);
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

/* The numbers in front of all bytes. digits: their values, or -1 of another character; before: of the 32 bytes before. *large: a
 * bit is set if the number in front of that byte is above 255. */
AVX2 static inline __m256i numbers_before(__m256i digits, __m256i before, unsigned *large) {
    const __m256i tens =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 0, 0, 0, 0, 0, 0));
    const __m256i hundreds =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 100, -56, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    /* The largest rest of a number with 0, 1 and 2 hundreds; with more of them no rest is small enough. */
    const __m256i most =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(99, 99, 55, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
    const __m256i zero = _mm256_setzero_si256(), one = _mm256_set1_epi8(1);
    __m256i joint = _mm256_permute2x128_si256(before, digits, 0x21); /* 16 bytes before, and the first 16 */
    __m256i first = _mm256_alignr_epi8(digits, joint, 15), second = _mm256_alignr_epi8(digits, joint, 14);
    __m256i third = _mm256_alignr_epi8(digits, joint, 13);
    __m256i rest = _mm256_add_epi8(first, _mm256_shuffle_epi8(tens, second)); /* a shuffle makes 0 of -1 */
    __m256i count = _mm256_sign_epi8(_mm256_max_epi8(third, zero), _mm256_add_epi8(second, one));
    *large = (unsigned)_mm256_movemask_epi8(_mm256_cmpgt_epi8(rest, _mm256_shuffle_epi8(most, count)));
    return _mm256_add_epi8(rest, _mm256_shuffle_epi8(hundreds, count));
}

bool csv_wide_usable(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}

AVX2 const uint8_t *csv_wide_row(uint8_t *cells, size_t columns, const uint8_t *text, uint8_t delimiter) {
    const __m256i numbers = _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
                                             21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
    __m256i before = _mm256_set1_epi8(-1);
    uint64_t delimiters_before = UINT32_MAX; /* a row begins as a cell does */
    for (size_t count = 0;; text += 32) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)text);
        __m256i digits = _mm256_sub_epi8(bytes, _mm256_set1_epi8('0')), ten = _mm256_set1_epi8(10);
        __m256i others = _mm256_cmpeq_epi8(_mm256_max_epu8(digits, ten), digits); /* all bits set: no digit */
        unsigned newlines = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\n')));
        unsigned delimiters =
            (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8((char)delimiter)));
        unsigned no_digits = (unsigned)_mm256_movemask_epi8(others), inside = UINT32_MAX;
        digits = _mm256_or_si256(digits, others);
        const uint8_t *next = NULL;
        if (newlines != 0) { /* the row ends here; its end counts as a delimiter */
            unsigned length = (unsigned)__builtin_ctz(newlines), last;
            next = text + length + 1;
            if (length > 0 && text[length - 1] == '\r') length--;
            last = 1U << length;
            inside = last - 1;
            if (((no_digits ^ delimiters) & inside) != 0) return NULL;
            no_digits = (no_digits & inside) | last;
            inside |= last;
            others = _mm256_and_si256(others, _mm256_cmpgt_epi8(_mm256_set1_epi8((char)(length + 1)), numbers));
        } else if (no_digits != delimiters) {
            return NULL;
        }
        uint64_t ends = (uint64_t)no_digits << 32 | delimiters_before, two = ~ends & ~ends << 1;
        bool empty_cell = (no_digits & ends >> 31) != 0, four_digits = ((two & two << 2) >> 32 & inside) != 0;
        unsigned large;
        __m256i values = numbers_before(digits, before, &large);
        if (empty_cell || four_digits || (large & no_digits) != 0) return NULL;
        count += put_all(cells + count, _mm256_and_si256(values, others), others);
        if (next != NULL) return count == columns ? next : NULL;
        before = digits;
        delimiters_before = no_digits;
    }
}

#else

bool csv_wide_usable(void) {
    return false;
}

const uint8_t *csv_wide_row(uint8_t *cells, size_t columns, const uint8_t *text, uint8_t delimiter) {
    (void)cells, (void)columns, (void)text, (void)delimiter;
    return NULL;
}

#endif
