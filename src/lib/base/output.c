/* output.c - see output.h.
 *
 * A path that is not a regular file (a device, a pipe) is written directly: replacing it with a file
 * would be a surprise. A symbolic link stays, and the file that it names is replaced. */
#include "lib/base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/memory.h"

enum {
    BUFFER_BYTES = MEMORY_BLOCK(64 * 1024),
    LINKS_AT_MOST = 40,   /* the limit of Linux */
    NAMES_AT_MOST = 1000, /* tried for the temporary file */
};

struct output_file {
    int descriptor;
    char *name;      /* as given by the caller, for messages */
    char *path;      /* the real path: name with its symbolic links followed */
    char *temporary; /* in the same folder as path; NULL if path itself is written */
    mode_t mode;     /* of a new file, before the umask */
    size_t pending;  /* bytes in buffer */
    unsigned char buffer[BUFFER_BYTES];
};

/* Joins the folder of path (empty if it has no folder) and name. NULL if out of memory. */
static char *beside(const char *path, const char *name) {
    const char *slash = strrchr(path, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash - path) + 1, size = folder + strlen(name) + 1;
    char *joined = memory_new(size, 1);
    if (joined != NULL) (void)snprintf(joined, size, "%.*s%s", (int)folder, path, name);
    return joined;
}

static clenet_status cannot_write(const output_file *output, int reason, clenet_error *error) {
    const char *remedy = "name a file that can be written";
    if (reason == ENOENT || reason == ENOTDIR) remedy = "make its folder first";
    if (reason == EACCES || reason == EPERM || reason == EROFS) remedy = "change its permissions, or name another";
    if (reason == ENOSPC || reason == EDQUOT) remedy = "free space, or name a file on another disk";
    return error_set(error, CLENET_ERROR_IO, "cannot write '%s': %s; %s", output->name, strerror(reason), remedy);
}

/* Follows output->path while it is a symbolic link, also a link to a file that does not exist yet. */
static clenet_status follow_links(output_file *output, clenet_error *error) {
    char target[PATH_MAX];
    for (int links = 0; links < LINKS_AT_MOST; links++) {
        ssize_t length = readlink(output->path, target, sizeof target - 1);
        if (length < 0) return CLENET_OK;
        target[length] = '\0';
        char *next = target[0] == '/' ? memory_copy_string(target) : beside(output->path, target);
        if (next == NULL) return error_memory(error, (size_t)length + 1, "the path of an output file");
        memory_free(output->path);
        output->path = next;
    }
    return cannot_write(output, ELOOP, error);
}

/* Opens a new file in the folder of the final name. Not mkstemp: open() itself applies the umask to the mode. */
static clenet_status open_beside(output_file *output, clenet_error *error) {
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    for (long i = 0; i < NAMES_AT_MOST; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, ".clenet-%ld-%09ld.part", (long)getpid(), (now.tv_nsec + i) % 1000000000);
        output->temporary = beside(output->path, name);
        if (output->temporary == NULL) return error_memory(error, sizeof name, "the path of an output file");
        output->descriptor = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, output->mode);
        if (output->descriptor >= 0) return CLENET_OK;
        memory_free(output->temporary);
        output->temporary = NULL;
        if (errno != EEXIST) break;
    }
    return cannot_write(output, errno, error);
}

static clenet_status open_in_place(output_file *output, clenet_error *error) {
    output->descriptor = open(output->name, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
    return output->descriptor >= 0 ? CLENET_OK : cannot_write(output, errno, error);
}

static clenet_status open_target(output_file *output, clenet_error *error) {
    struct stat before, after;
    bool exists = stat(output->name, &before) == 0;
    if (!exists && errno != ENOENT) return cannot_write(output, errno, error);
    if (exists && S_ISDIR(before.st_mode)) {
        return error_set(error, CLENET_ERROR_IO, "cannot write '%s': it is a folder; name a file in it", output->name);
    }
    if (exists && !S_ISREG(before.st_mode)) return open_in_place(output, error);
    if (exists && access(output->name, W_OK) != 0) return cannot_write(output, errno, error);
    clenet_status status = follow_links(output, error);
    if (status != CLENET_OK) return status;
    /* A link below /proc may name a path that now leads elsewhere. */
    if (exists && (stat(output->path, &after) != 0 || after.st_dev != before.st_dev || after.st_ino != before.st_ino)) {
        return open_in_place(output, error);
    }
    return open_beside(output, error);
}

static clenet_status open_with_mode(output_file **output, const char *path, mode_t mode, clenet_error *error) {
    if (path == NULL || path[0] == '\0') {
        return error_set(error, CLENET_ERROR_ARGUMENT, "an output file has an empty name: name a file");
    }
    output_file *fresh = memory_new(1, sizeof *fresh);
    if (fresh == NULL) return error_memory(error, sizeof *fresh, "an output file");
    fresh->descriptor = -1;
    fresh->mode = mode;
    fresh->name = memory_copy_string(path);
    fresh->path = memory_copy_string(path);
    clenet_status status = fresh->name == NULL || fresh->path == NULL
                               ? error_memory(error, strlen(path) + 1, "the path of an output file")
                               : open_target(fresh, error);
    if (status != CLENET_OK) {
        output_abandon(fresh);
        return status;
    }
    *output = fresh;
    return CLENET_OK;
}

clenet_status output_open(output_file **output, const char *path, clenet_error *error) {
    return open_with_mode(output, path, 0666, error);
}

clenet_status output_open_private(output_file **output, const char *path, clenet_error *error) {
    return open_with_mode(output, path, 0600, error);
}

/* Returns 0, or the errno of the failure. */
static int write_all(int descriptor, const unsigned char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

static clenet_status flush(output_file *output, clenet_error *error) {
    int reason = write_all(output->descriptor, output->buffer, output->pending);
    output->pending = 0;
    return reason == 0 ? CLENET_OK : cannot_write(output, reason, error);
}

clenet_status output_write(output_file *output, const void *bytes, size_t count, clenet_error *error) {
    if (count > sizeof output->buffer - output->pending) {
        clenet_status status = flush(output, error);
        if (status != CLENET_OK) return status;
    }
    if (count > sizeof output->buffer) {
        int reason = write_all(output->descriptor, bytes, count);
        return reason == 0 ? CLENET_OK : cannot_write(output, reason, error);
    }
    if (count > 0) memcpy(output->buffer + output->pending, bytes, count);
    output->pending += count;
    return CLENET_OK;
}

/* Flushes the folder, so that the new name survives a power cut too. Some file systems cannot flush a folder. A failure is
 * ignored: the file is already complete under its name. */
static void flush_folder(const char *path) {
    char *folder = beside(path, ".");
    int descriptor = folder == NULL ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        (void)fsync(descriptor);
        (void)close(descriptor);
    }
    memory_free(folder);
}

/* Returns 0, or the errno of the failure. A pipe or a device cannot be flushed: EINVAL. */
static int flush_and_close(int descriptor) {
    int reason = fsync(descriptor) != 0 && errno != EINVAL && errno != ENOTSUP ? errno : 0;
    return close(descriptor) != 0 && errno != EINTR && reason == 0 ? errno : reason;
}

static clenet_status commit(output_file *output, clenet_error *error) {
    clenet_status status = flush(output, error);
    if (status != CLENET_OK) return status;
    int reason = flush_and_close(output->descriptor);
    output->descriptor = -1;
    if (reason != 0) return cannot_write(output, reason, error);
    if (output->temporary == NULL) return CLENET_OK;
    if (rename(output->temporary, output->path) != 0) return cannot_write(output, errno, error);
    memory_free(output->temporary);
    output->temporary = NULL;
    flush_folder(output->path);
    return CLENET_OK;
}

clenet_status output_commit(output_file *output, clenet_error *error) {
    clenet_status status = commit(output, error);
    output_abandon(output);
    return status;
}

void output_abandon(output_file *output) {
    if (output == NULL) return;
    if (output->descriptor >= 0) (void)close(output->descriptor);
    if (output->temporary != NULL) (void)unlink(output->temporary);
    memory_free(output->temporary);
    memory_free(output->path);
    memory_free(output->name);
    memory_free(output);
}

/* ---- results of the command ---- */

static long owner; /* the process whose number is in the names of temporary files; 0: this process */

void output_own(long process) {
    owner = process;
}

/* ".clenet-PROCESS-NAME.part" in the folder of the path; NULL if out of memory. */
static char *part_of(const char *path, long process) {
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    size_t size = strlen(name) + 64;
    char *part = memory_new(size, 1);
    if (part == NULL) return NULL;
    (void)snprintf(part, size, ".clenet-%ld-%s.part", process, name);
    char *joined = beside(path, part);
    memory_free(part);
    return joined;
}

/* Returns 0, or the errno of the failure. */
static int write_at(const char *path, int flags, const void *bytes, size_t count) {
    int descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | flags, 0666);
    if (descriptor < 0) return errno;
    int reason = write_all(descriptor, bytes, count), closed = flush_and_close(descriptor);
    return reason != 0 ? reason : closed;
}

clenet_status output_write_whole(const char *path, const void *bytes, size_t count, clenet_error *error) {
    struct stat there;
    int reason = 0;
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) {
        reason = write_at(path, 0, bytes, count);
    } else {
        char *part = part_of(path, owner != 0 ? owner : (long)getpid());
        reason = part == NULL ? ENOMEM : write_at(part, O_CREAT | O_TRUNC | O_NOFOLLOW, bytes, count);
        if (reason == 0 && rename(part, path) != 0) reason = errno;
        if (reason != 0 && part != NULL) (void)unlink(part);
        memory_free(part);
    }
    if (reason == 0) return CLENET_OK;
    return error_set(error, CLENET_ERROR_IO, "cannot write '%s': %s", path, strerror(reason));
}

void output_clean_up(const char *path, long process) {
    char *part = part_of(path, process);
    if (part != NULL) (void)unlink(part);
    memory_free(part);
}
