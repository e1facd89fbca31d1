/* inputs.c - see inputs.h. */
#include "cmd/predict/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "clenet/clenet.h"
#include "lib/base/picture_name.h"

/* ---- the first bytes of standard input ----
 * A file is set back to its start. A pipe cannot be: it is replaced with a new pipe, which a thread fills
 * with the bytes read and then with the rest. */

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

/* Fills first with up to size bytes, fewer only at the end. Returns their number; 0 also if there is no input, or if it could not
 * be put back and is closed. */
static size_t peek_stdin(uint8_t *first, size_t size) {
    size_t count = read_some(STDIN_FILENO, first, size < PIPE_BUF ? size : PIPE_BUF);
    if (count == 0 || lseek(STDIN_FILENO, -(off_t)count, SEEK_CUR) >= 0) return count;
    if (replace_stdin(first, count)) return count;
    (void)close(STDIN_FILENO);
    return 0;
}

/* ---- operands ---- */

typedef enum input_kind { INPUT_DATA, INPUT_PICTURE, INPUT_FOLDER } input_kind;

static bool is_stdin(const char *path) {
    return strcmp(path, "-") == 0;
}

enum { FIRST_BYTES = 16 }; /* enough to detect the format */

/* Reads the first bytes of a file; returns their number, 0 also if it cannot be read. */
static size_t first_bytes(const char *path, uint8_t first[FIRST_BYTES]) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file < 0) return 0;
    ssize_t got = read(file, first, FIRST_BYTES);
    (void)close(file);
    return got > 0 ? (size_t)got : 0;
}

/* A file that has the name of a picture but is not one is data if it begins as data: two numbers or words with a comma, or the
 * first bytes of gzip or IDX. Otherwise it is a broken picture. */
static bool begins_as_data(const uint8_t *first, size_t count) {
    if (count >= 2 && first[0] == 0x1f && first[1] == 0x8b) return true;
    if (count >= 3 && first[0] == 0 && first[1] == 0 && first[2] == 8) return true;
    return memchr(first, ',', count) != NULL;
}

static input_kind kind_of(const char *path);

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_hidden(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* A folder of folders is data, with a folder of pictures per class, unless it has pictures itself. */
static input_kind kind_of_folder(const char *folder) {
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, not_hidden, by_name);
    bool pictures = false, folders = false;
    for (int i = 0; i < count; i++) {
        char *path = pictures ? NULL : results_path(folder, entries[i]->d_name);
        struct stat found;
        if (path != NULL && stat(path, &found) == 0) {
            folders |= S_ISDIR(found.st_mode);
            pictures |= S_ISREG(found.st_mode) && kind_of(path) == INPUT_PICTURE;
        }
        free(path);
        free(entries[i]);
    }
    free(entries);
    return folders && !pictures ? INPUT_DATA : INPUT_FOLDER;
}

/* A named pipe is data: bytes that are read from it to detect the format would be lost. */
static input_kind kind_of(const char *path) {
    uint8_t first[FIRST_BYTES];
    struct stat found;
    size_t count = 0;
    if (is_stdin(path)) {
        count = peek_stdin(first, sizeof first);
    } else if (stat(path, &found) == 0) {
        if (S_ISDIR(found.st_mode)) return kind_of_folder(path);
        if (!S_ISREG(found.st_mode)) return INPUT_DATA;
        count = first_bytes(path, first);
    }
    if (clenet_picture_format(first, count) != NULL) return INPUT_PICTURE;
    return picture_name_ends(path) && !begins_as_data(first, count) ? INPUT_PICTURE : INPUT_DATA;
}

static int no_memory(void) {
    return say_failed("out of memory (the pictures' names)");
}

/* Takes ownership of path, which is from malloc() or NULL. */
static int add(predict_inputs *inputs, char *path) {
    enum { FIRST_ROOM = 16 };
    size_t count = inputs->count;
    if (path != NULL && (count & (count - 1)) == 0) { /* full if the count is a power of two */
        size_t room = count < FIRST_ROOM ? FIRST_ROOM : 2 * count;
        char **more = realloc(inputs->pictures, room * sizeof *more);
        if (more != NULL) {
            inputs->pictures = more;
        } else {
            free(path);
            path = NULL;
        }
    }
    if (path == NULL) return no_memory();
    inputs->pictures[inputs->count++] = path;
    return PREDICT_READY;
}

/* Adds the pictures in a folder, and files named as pictures; other files and folders are ignored. */
static int add_folder(predict_inputs *inputs, const char *folder) {
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, not_hidden, by_name), status = PREDICT_READY;
    if (count < 0) {
        return say_failed("cannot list the folder '%s': %s; change its permissions", folder, strerror(errno));
    }
    size_t before = inputs->count;
    for (int i = 0; i < count; i++) {
        char *path = status == PREDICT_READY ? results_path(folder, entries[i]->d_name) : NULL;
        if (status == PREDICT_READY && path == NULL) status = no_memory();
        if (path != NULL && kind_of(path) == INPUT_PICTURE) {
            status = add(inputs, path);
        } else {
            free(path);
        }
        free(entries[i]);
    }
    free(entries);
    if (status == PREDICT_READY && inputs->count == before) {
        return say_failed("the folder '%s' has no pictures: put PNG or JPEG files into it", folder);
    }
    return status;
}

/* Checks that either all operands are pictures, or none is. */
static int check_mix(const input_kind *kinds, const char *const *operands, int count, bool *pictures) {
    int data = -1, standard = 0;
    for (int i = 0; i < count; i++) {
        *pictures |= kinds[i] != INPUT_DATA;
        if (kinds[i] == INPUT_DATA && data < 0) data = i;
    }
    for (int i = 0; i < count; i++) standard += is_stdin(operands[i]);
    if (standard > 1) return say_wrong_usage("predict", "'-' is given twice: standard input can be read once");
    if (!*pictures && count > 1) {
        return say_wrong_usage("predict", "unexpected argument '%s': give one data file, or pictures", operands[1]);
    }
    if (!*pictures || data < 0) return PREDICT_READY;
    if (access(operands[data], R_OK) != 0 && !is_stdin(operands[data])) {
        return say_failed("'%s' cannot be read: %s; check the name", operands[data], strerror(errno));
    }
    return say_failed("'%s' is not a picture: give data and pictures in separate commands", operands[data]);
}

static int find_pictures(predict_inputs *inputs, const input_kind *kinds, const char *const *operands, int count) {
    int status = PREDICT_READY;
    for (int i = 0; i < count && status == PREDICT_READY; i++) {
        status = kinds[i] == INPUT_FOLDER ? add_folder(inputs, operands[i]) : add(inputs, strdup(operands[i]));
    }
    return status;
}

int predict_inputs_find(predict_inputs *inputs, const char *const *operands, int count) {
    *inputs = (predict_inputs){0};
    input_kind *kinds = calloc((size_t)count, sizeof *kinds);
    if (kinds == NULL) return no_memory();
    bool pictures = false, peeked = false;
    for (int i = 0; i < count; i++) {
        if (is_stdin(operands[i]) && peeked) continue;
        peeked |= is_stdin(operands[i]);
        kinds[i] = kind_of(operands[i]);
    }
    int status = check_mix(kinds, operands, count, &pictures);
    if (status == PREDICT_READY && !pictures) inputs->data = operands[0];
    if (status == PREDICT_READY && pictures) status = find_pictures(inputs, kinds, operands, count);
    free(kinds);
    return status;
}

void predict_inputs_free(predict_inputs *inputs) {
    for (size_t i = 0; i < inputs->count; i++) free(inputs->pictures[i]);
    free(inputs->pictures);
    *inputs = (predict_inputs){0};
}
