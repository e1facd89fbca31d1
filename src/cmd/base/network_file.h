/* network_file.h - reads a network from a text file.
 *
 * For --arch and summary. */
#ifndef CLENET_CMD_BASE_NETWORK_FILE_H
#define CLENET_CMD_BASE_NETWORK_FILE_H

#include <stdbool.h>

#include "clenet/clenet.h"

/* True if the name ends in ".txt", as such files do. */
bool network_file_is_text(const char *path);

/* Reads the network; clenet_network_free() it. Prints "PATH:LINE: what" if the text is wrong. Returns an exit status. */
int network_file_read(clenet_network **network, const char *path);

#endif
