/* embedded.h - the files that the build embeds in the program (cmake/Embed.cmake). */
#ifndef CLENET_LIB_BASE_EMBEDDED_H
#define CLENET_LIB_BASE_EMBEDDED_H

#include <stddef.h>

typedef struct embedded_file {
    const char *name;          /* "conv2d.cl" */
    const unsigned char *text; /* [size + 1], the last one 0 */
    size_t size;               /* bytes */
    const char
        *hash; /* of a style sheet or script: "sha256-" and base64, as a content security policy has it; else "" */
} embedded_file;

#endif
