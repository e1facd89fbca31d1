/* base64.h - writes bytes as base64 (RFC 4648), for data in pages. */
#ifndef CLENET_CMD_BASE_BASE64_H
#define CLENET_CMD_BASE_BASE64_H

#include <stddef.h>
#include <stdio.h>

void base64_write(FILE *to, const unsigned char *bytes, size_t count);

#endif
