/* whole_file.c - see whole_file.h. The library has the same for its own files (base/output.c), which it does not show. */
#include "lib/base/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long owner; /* the process whose number is in the name; 0: this process */

void whole_file_own(long process) {
    owner = process;
}

static clenet_status cannot_write(const char *path, int reason, clenet_error *error) {
    error->status = CLENET_ERROR_IO;
    (void)snprintf(error->message, sizeof error->message, "cannot write '%s': %s", path, strerror(reason));
    return error->status;
}

/* ".clenet-PROCESS-NAME.part" in the folder of the path; NULL if out of memory. */
static char *name_beside(const char *path, long process) {
    const char *slash = strrchr(path, '/');
    int folder = slash == NULL ? 0 : (int)(slash - path) + 1;
    size_t size = strlen(path) + 64;
    char *name = malloc(size);
    if (name != NULL) (void)snprintf(name, size, "%.*s.clenet-%ld-%s.part", folder, path, process, path + folder);
    return name;
}

static int write_all(int descriptor, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

/* Returns 0, or the errno of the failure. flush: wait until the disk has the file. */
static int write_to(const char *path, int flags, const void *bytes, size_t count, bool flush) {
    int descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | flags, 0666);
    if (descriptor < 0) return errno;
    int reason = write_all(descriptor, bytes, count);
    if (reason == 0 && flush && fsync(descriptor) != 0) reason = errno;
    if (close(descriptor) != 0 && reason == 0) reason = errno;
    return reason;
}

clenet_status whole_file_write(const char *path, const void *bytes, size_t count, clenet_error *error) {
    struct stat there;
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) {
        int reason = write_to(path, 0, bytes, count, false);
        return reason == 0 ? CLENET_OK : cannot_write(path, reason, error);
    }
    char *beside = name_beside(path, owner != 0 ? owner : (long)getpid());
    if (beside == NULL) return cannot_write(path, ENOMEM, error);
    int reason = write_to(beside, O_CREAT | O_TRUNC | O_NOFOLLOW, bytes, count, true);
    if (reason == 0 && rename(beside, path) != 0) reason = errno;
    if (reason != 0) (void)unlink(beside);
    free(beside);
    return reason == 0 ? CLENET_OK : cannot_write(path, reason, error);
}

void whole_file_clean_up(const char *path, long process) {
    char *beside = name_beside(path, process);
    if (beside != NULL) (void)unlink(beside);
    free(beside);
}
