/* nearest.c - see nearest.h: edit distance (Damerau and Levenshtein; neighbours are swapped at most once). */
#include "cmd/base/nearest.h"

#include <string.h>

enum {
    NEAREST_LENGTH = 31, /* letters: longer words are not compared */
    NEAREST_EDITS = 3    /* with more edits it is a different word */
};

static int smaller(int a, int b) {
    return a < b ? a : b;
}

static int edits(const char *a, const char *b) {
    size_t rows = strlen(a), columns = strlen(b);
    if (rows > NEAREST_LENGTH || columns > NEAREST_LENGTH) return NEAREST_EDITS + 1;
    int d[NEAREST_LENGTH + 1][NEAREST_LENGTH + 1]; /* [letters of a][letters of b] */
    for (size_t i = 0; i <= rows; i++) d[i][0] = (int)i;
    for (size_t j = 0; j <= columns; j++) d[0][j] = (int)j;
    for (size_t i = 1; i <= rows; i++) {
        for (size_t j = 1; j <= columns; j++) {
            d[i][j] = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = smaller(d[i][j], smaller(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                d[i][j] = smaller(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
    }
    return d[rows][columns];
}

int nearest_word(const char *typed, const char *const *words, size_t count) {
    int nearest = -1, fewest = NEAREST_EDITS + 1;
    for (size_t i = 0; i < count; i++) {
        int distance = edits(typed, words[i]);
        /* At least half of the letters must be right; otherwise any short word would be close to any other. */
        if (distance < fewest && (size_t)distance * 2 <= strlen(words[i])) {
            fewest = distance;
            nearest = (int)i;
        }
    }
    return nearest;
}
