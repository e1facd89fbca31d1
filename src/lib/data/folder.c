/* folder.c - see folder.h: lists the pictures, then reads them with several threads. */
#include "lib/data/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cores.h"
#include "lib/base/memory.h"
#include "lib/base/picture_name.h"
#include "lib/data/growing.h"
#include "lib/data/labels.h"
#include "lib/picture/picture.h"

/* The names in a folder, sorted. */
typedef struct name_list {
    struct dirent **entries;
    int count;
} name_list;

typedef struct folder_reading {
    const char *path;
    const clenet_load_options *options;
    clenet_dataset *dataset;
    clenet_error *error;
    growing files; /* char * [count]: the pictures' paths */
    size_t count;
    label_set labels; /* [count] */
} folder_reading;

bool folder_is(const char *path) {
    struct stat found;
    return strcmp(path, "-") != 0 && stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

/* ---- listing --------------------------------------------------------------------------------------------- */

static bool is_number(const char *name) {
    return name[0] != '\0' && name[strspn(name, "0123456789")] == '\0';
}

/* Numbers by their values (2 before 10), then all others by their bytes. */
static int by_name(const struct dirent **one, const struct dirent **other) {
    const char *a = (*one)->d_name, *b = (*other)->d_name;
    bool number = is_number(a);
    if (number != is_number(b)) return number ? -1 : 1;
    if (number) {
        const char *from_a = a + strspn(a, "0"), *from_b = b + strspn(b, "0");
        size_t digits_a = strlen(from_a), digits_b = strlen(from_b);
        if (digits_a != digits_b) return digits_a < digits_b ? -1 : 1;
        int order = strcmp(from_a, from_b);
        if (order != 0) return order;
    }
    return strcmp(a, b);
}

static int is_visible(const struct dirent *entry) {
    return entry->d_name[0] != '.' && strcmp(entry->d_name, "__MACOSX") != 0;
}

static clenet_status list_names(name_list *list, const char *path, clenet_error *error) {
    list->count = scandir(path, &list->entries, is_visible, by_name);
    if (list->count >= 0) return CLENET_OK;
    list->count = 0;
    return error_set(error, CLENET_ERROR_IO, "%s: cannot list the folder: %s; change its permissions", path,
                     strerror(errno));
}

static void free_names(name_list *list) {
    for (int i = 0; i < list->count; i++) free(list->entries[i]); /* from scandir() */
    free(list->entries);
}

/* NULL if out of memory; memory_free() it. */
static char *join(const char *folder, const char *name) {
    size_t length = strlen(folder), size = length + sizeof "/" + strlen(name);
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    char *path = memory_new(size, 1);
    if (path != NULL) (void)snprintf(path, size, "%s%s%s", folder, slash, name);
    return path;
}

/* A file that is named as a picture is one even if it cannot be read: that is then an error. */
static bool is_picture(const char *path) {
    enum { FIRST_BYTES = 16 };
    uint8_t first[FIRST_BYTES];
    struct stat found;
    if (stat(path, &found) != 0 || !S_ISREG(found.st_mode)) return false;
    if (picture_name_ends(path)) return true;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t count = file >= 0 ? read(file, first, sizeof first) : -1;
    if (file >= 0) (void)close(file);
    return count > 0 && clenet_picture_format(first, (size_t)count) != NULL;
}

static clenet_status no_memory(const folder_reading *reading) {
    return error_memory(reading->error, reading->files.count, "the names of pictures");
}

/* Takes ownership of the path, also on failure. */
static clenet_status add_picture(folder_reading *reading, char *path, const char *class_name) {
    if (!growing_reserve(&reading->files, sizeof path)) {
        memory_free(path);
        return no_memory(reading);
    }
    memcpy(reading->files.bytes + reading->files.count, &path, sizeof path);
    reading->files.count += sizeof path;
    reading->count++;
    clenet_error why;
    clenet_status status = labels_text(&reading->labels, class_name, strlen(class_name), &why);
    if (status == CLENET_OK) return status;
    return error_set(reading->error, status, "%.300s/%.300s: %.300s", reading->path, class_name, why.message);
}

/* Adds the pictures of one class. */
static clenet_status list_class(folder_reading *reading, const char *folder, const char *name) {
    name_list list = {0};
    size_t before = reading->count;
    clenet_status status = list_names(&list, folder, reading->error);
    for (int i = 0; i < list.count && status == CLENET_OK; i++) {
        char *path = join(folder, list.entries[i]->d_name);
        if (path == NULL) {
            status = no_memory(reading);
        } else if (is_picture(path)) {
            status = add_picture(reading, path, name);
        } else {
            memory_free(path);
        }
    }
    free_names(&list);
    if (status != CLENET_OK || reading->count > before) return status;
    return error_set(reading->error, CLENET_ERROR_FORMAT,
                     "%.400s: the folder has no pictures; a data folder needs one folder of pictures per class",
                     folder);
}

static clenet_status list_folder(folder_reading *reading) {
    name_list list = {0};
    bool loose = false; /* there are pictures without a class */
    clenet_status status = list_names(&list, reading->path, reading->error);
    for (int i = 0; i < list.count && status == CLENET_OK; i++) {
        char *path = join(reading->path, list.entries[i]->d_name);
        if (path == NULL) {
            status = no_memory(reading);
        } else if (folder_is(path)) {
            status = list_class(reading, path, list.entries[i]->d_name);
        } else {
            loose |= is_picture(path);
        }
        memory_free(path);
    }
    free_names(&list);
    if (status != CLENET_OK || reading->count > 0) return status;
    return error_set(reading->error, CLENET_ERROR_FORMAT,
                     "%.400s: %s; put the pictures of each class into a folder that is named as the class",
                     reading->path, loose ? "the folder has pictures, but no classes" : "the folder has no folders");
}

static const char *file_of(const folder_reading *reading, size_t i) {
    const char *path;
    memcpy(&path, reading->files.bytes + i * sizeof path, sizeof path);
    return path;
}

static void free_files(folder_reading *reading) {
    for (size_t i = 0; i < reading->count; i++) {
        char *path;
        memcpy(&path, reading->files.bytes + i * sizeof path, sizeof path);
        memory_free(path);
    }
    memory_free(reading->files.bytes);
    labels_free(&reading->labels);
}

/* ---- reading --------------------------------------------------------------------------------------------- */

/* Threads that take the next picture each, until all are read or one fails. */
typedef struct folder_team {
    const folder_reading *reading;
    pthread_mutex_t lock; /* of the members below */
    size_t next, failed;  /* the first picture that failed; the count of all if none did */
    clenet_error why;
} folder_team;

static clenet_status read_picture(const folder_reading *reading, size_t i, clenet_error *error) {
    const clenet_dataset *dataset = reading->dataset;
    size_t image = (size_t)dataset->height * (size_t)dataset->width * (size_t)dataset->channels;
    clenet_picture *picture = NULL;
    clenet_status status = clenet_picture_load(&picture, file_of(reading, i), dataset->channels, error);
    if (status == CLENET_OK) picture_scale(dataset->images + i * image, picture, dataset->height, dataset->width);
    clenet_picture_free(picture);
    return status;
}

/* Pictures are read in their order, so that the first one that cannot be read is always found. */
static void *read_pictures(void *argument) {
    folder_team *team = argument;
    pthread_mutex_lock(&team->lock);
    while (team->next < team->failed) {
        clenet_error error;
        size_t i = team->next++;
        pthread_mutex_unlock(&team->lock);
        clenet_status status = read_picture(team->reading, i, &error);
        pthread_mutex_lock(&team->lock);
        if (status != CLENET_OK && i < team->failed) {
            team->failed = i;
            team->why = error;
        }
    }
    pthread_mutex_unlock(&team->lock);
    return NULL;
}

/* Starts up to `count` threads, in which signals are blocked: the host's own threads handle them. Returns their number. */
static int start_threads(pthread_t *threads, int count, folder_team *team) {
    sigset_t all, before;
    int started = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (started < count && pthread_create(&threads[started], NULL, read_pictures, team) == 0) started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static clenet_status read_all(const folder_reading *reading) {
    enum { THREADS_MOST = 64 };
    pthread_t threads[THREADS_MOST];
    folder_team team = {.reading = reading, .failed = reading->count};
    int count = reading->options->threads > 0 ? reading->options->threads : cores_for_reading();
    if (count > THREADS_MOST) count = THREADS_MOST;
    pthread_mutex_init(&team.lock, NULL);
    int started = start_threads(threads, count - 1, &team);
    (void)read_pictures(&team);
    for (int i = 0; i < started; i++) (void)pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&team.lock);
    if (team.failed == reading->count) return CLENET_OK;
    return error_set(reading->error, team.why.status, "%s", team.why.message);
}

static clenet_status read_images(folder_reading *reading) {
    clenet_dataset *dataset = reading->dataset;
    dataset->rows = reading->count;
    dataset->height = dataset->width = reading->options->picture_side;
    dataset->channels = reading->options->color ? 3 : 1;
    dataset->form.pictures = true;
    size_t image = (size_t)dataset->height * (size_t)dataset->width * (size_t)dataset->channels;
    dataset->images = memory_resize(NULL, dataset->rows, image);
    if (dataset->images == NULL) return error_memory(reading->error, dataset->rows * image, "the pictures of a folder");
    return read_all(reading);
}

/* "the classes are its 3 folders, cat to horse; 60 pictures, scaled to 28x28, grey". */
static clenet_status say_reading(const folder_reading *reading) {
    enum { LINE_BYTES = 256 };
    clenet_dataset *dataset = reading->dataset;
    dataset->reading = memory_new(LINE_BYTES, 1);
    if (dataset->reading == NULL) return error_memory(reading->error, LINE_BYTES, "a line");
    (void)snprintf(dataset->reading, LINE_BYTES,
                   "%zu pictures in folders of %d classes, '%s' to '%s', scaled to %dx%d, %s", dataset->rows,
                   dataset->classes, dataset->class_names[0], dataset->class_names[dataset->classes - 1],
                   dataset->width, dataset->height, dataset->channels == 1 ? "grey" : "in colour");
    return CLENET_OK;
}

clenet_status folder_dataset(clenet_dataset *dataset, const char *path, const clenet_load_options *options,
                             clenet_error *error) {
    folder_reading reading = {.path = path, .options = options, .dataset = dataset, .error = error};
    if (options->labels_path != NULL)
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "%.400s: the labels are the names of its folders: remove '%.300s'", path,
                         options->labels_path);
    clenet_status status = list_folder(&reading);
    if (status == CLENET_OK) /* it frees the labels */
        status = labels_finish(&reading.labels, dataset, options->classes, options->class_names, path, error);
    if (status == CLENET_OK && dataset->classes < 2)
        status = error_set(error, CLENET_ERROR_FORMAT, "%.400s: there is only one class, '%s'; add a second folder",
                           path, dataset->class_names[0]);
    if (status == CLENET_OK) status = read_images(&reading);
    if (status == CLENET_OK) status = say_reading(&reading);
    free_files(&reading);
    return status;
}
