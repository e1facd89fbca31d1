/* network_file.h - a network that was written as text into a file: what --arch and summary take. */
#ifndef CLENET_CMD_BASE_NETWORK_FILE_H
#define CLENET_CMD_BASE_NETWORK_FILE_H

#include <stdbool.h>

#include "clenet/clenet.h"

/* Whether a name is that of such a file: it ends in ".txt". */
bool network_file_is_text(const char *path);

/* Reads the network; clenet_network_free() it. Says "PATH:LINE: what" where the text is wrong. Gives an exit status. */
int network_file_read(clenet_network **network, const char *path);

#endif
