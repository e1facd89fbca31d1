/* nearest.h - what a mistyped word was meant to be. */
#ifndef CLENET_CMD_BASE_NEAREST_H
#define CLENET_CMD_BASE_NEAREST_H

#include <stddef.h>

/* The index of the word that is fewest edits (a letter inserted, removed, replaced; two neighbours swapped)
 * from typed, or -1 where none is near enough to be what was meant. */
int nearest_word(const char *typed, const char *const *words, size_t count);

#endif
