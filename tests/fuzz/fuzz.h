/* fuzz.h - what the fuzzers share. Each is a file fuzz_<name>.c with libFuzzer's LLVMFuzzerTestOneInput, its first inputs in
 * seeds/<name>/ and, if words help, a dictionary <name>.dict. tests/fuzz/CMakeLists.txt runs them. What a fuzzer finds becomes a test
 * beside those of the file that it was found in. */
#ifndef CLENET_TESTS_FUZZ_H
#define CLENET_TESTS_FUZZ_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clenet/clenet.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count); /* libFuzzer's name for it */

/* What must hold whatever the input is. */
static inline void fuzz_require(bool holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

/* A failure has a status and one line; success is no failure. */
static inline void fuzz_check_error(clenet_status status, const clenet_error *error) {
    if (status == CLENET_OK) return;
    fuzz_require(error->status == status, "the error has another status than was returned");
    size_t length = strnlen(error->message, sizeof error->message);
    fuzz_require(length > 0 && length < sizeof error->message, "the error has no message, or one without an end");
    fuzz_require(strchr(error->message, '\n') == NULL, "the message has more than one line");
}

/* The path of this process's own file, which holds these bytes until the next call. */
static inline const char *fuzz_file(const uint8_t *bytes, size_t count) {
    static char path[] = "/dev/shm/clenet-fuzz-XXXXXX"; /* in memory: a disk is a hundred times slower */
    static int file = -1;
    if (file < 0) file = mkstemp(path);
    fuzz_require(file >= 0 && ftruncate(file, 0) == 0 && pwrite(file, bytes, count, 0) == (ssize_t)count,
                 "the input's file cannot be written");
    return path;
}

#endif
