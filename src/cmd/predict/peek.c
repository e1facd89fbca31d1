/* peek.c - see peek.h. A file is set back to its start. A pipe cannot be: it is replaced with a new pipe, which a thread fills
 * with the bytes read and then with the rest. */
#include "cmd/predict/peek.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum { COPY_BYTES = 64 * 1024 };

typedef struct refilling {
    int from, to;
} refilling;

static size_t read_some(int file, uint8_t *bytes, size_t size) {
    size_t count = 0;
    while (count < size) {
        ssize_t got = read(file, bytes + count, size - count);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        count += (size_t)got;
    }
    return count;
}

/* Ends when the input ends, or with the process. */
static void *refill(void *context) {
    refilling r = *(refilling *)context;
    free(context);
    static uint8_t bytes[COPY_BYTES];
    for (;;) {
        ssize_t got = read(r.from, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        for (ssize_t sent = 0, n = 0; sent < got; sent += n) {
            n = write(r.to, bytes + sent, (size_t)(got - sent));
            if (n < 0 && errno != EINTR) return NULL;
            if (n < 0) n = 0;
        }
    }
    (void)close(r.from);
    (void)close(r.to);
    return NULL;
}

static bool start(refilling r) {
    refilling *context = malloc(sizeof *context);
    pthread_t thread;
    if (context == NULL) return false;
    *context = r;
    if (pthread_create(&thread, NULL, refill, context) != 0) {
        free(context);
        return false;
    }
    (void)pthread_detach(thread);
    return true;
}

/* The bytes read fit into an empty pipe. */
static bool replace_stdin(const uint8_t *first, size_t count) {
    int ends[2];
    if (pipe(ends) != 0) return false;
    refilling r = {fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1), ends[1]};
    bool done = r.from >= 0 && fcntl(r.to, F_SETFD, FD_CLOEXEC) == 0 && write(r.to, first, count) == (ssize_t)count &&
                dup2(ends[0], STDIN_FILENO) == STDIN_FILENO && start(r);
    (void)close(ends[0]);
    if (done) return true;
    if (r.from >= 0) (void)close(r.from);
    (void)close(r.to);
    return false;
}

size_t peek_stdin(uint8_t *first, size_t size) {
    size_t count = read_some(STDIN_FILENO, first, size < PIPE_BUF ? size : PIPE_BUF);
    if (count == 0 || lseek(STDIN_FILENO, -(off_t)count, SEEK_CUR) >= 0) return count;
    if (replace_stdin(first, count)) return count;
    (void)close(STDIN_FILENO);
    return 0;
}
