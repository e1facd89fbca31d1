/* nearest.h - finds the word that a typing error was meant to be. */
#ifndef CLENET_CMD_BASE_NEAREST_H
#define CLENET_CMD_BASE_NEAREST_H

#include <stddef.h>

/* The index of the word with the fewest edits (a letter inserted, removed, replaced; two neighbours swapped) from typed; -1 if no
 * word is close enough. */
int nearest_word(const char *typed, const char *const *words, size_t count);

#endif
