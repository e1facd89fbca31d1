/* program_source.c - program_source() of program.h: a kernel's text with its includes. */
#include "lib/backend/opencl/program.h"

#include <stdio.h>
#include <string.h>

#include "lib/backend/opencl/kernels.h"
#include "lib/base/memory.h"
#include "lib/data/growing.h"
#include "lib/data/stream.h"

/* A kernel includes a few files; more than this is a mistake. It also limits the depth of includes. */
enum { FILES_AT_MOST = 32, NAME_AT_MOST = 128 };

typedef struct assembly {
    const program_settings *settings;
    growing text;
    char names[FILES_AT_MOST][NAME_AT_MOST]; /* of the files that the text includes */
    int files;
} assembly;

static clenet_status append(growing *text, const void *bytes, size_t count, clenet_error *error) {
    if (!growing_reserve(text, count)) return error_memory(error, text->count + count, "the text of a kernel");
    if (count > 0) memcpy(text->bytes + text->count, bytes, count);
    text->count += count;
    return CLENET_OK;
}

static clenet_status read_from_folder(growing *text, const char *folder, const char *name, clenet_error *error) {
    size_t size = strlen(folder) + 1 + strlen(name) + 1;
    char *path = memory_new(size, 1);
    if (path == NULL) return error_memory(error, size, "the path of a kernel file");
    (void)snprintf(path, size, "%s/%s", folder, name);
    stream *input = NULL;
    clenet_status status = stream_open(&input, path, error);
    memory_free(path);
    size_t count = 1;
    while (status == CLENET_OK && count > 0) {
        const uint8_t *bytes = NULL;
        status = stream_next(input, &bytes, &count, error);
        if (status == CLENET_OK) status = append(text, bytes, count, error);
    }
    stream_close(input);
    return status;
}

static clenet_status read_built_in(growing *text, const char *name, clenet_error *error) {
    for (size_t i = 0; i < kernel_files_count; i++) {
        if (strcmp(kernel_files[i].name, name) == 0)
            return append(text, kernel_files[i].text, kernel_files[i].size, error);
    }
    return error_set(error, CLENET_ERROR_IO,
                     "no kernel file '%s' is built into the library: name a folder of kernels that has it", name);
}

/* The name in a line '#include "name"' (with blanks as C allows them), not zero-terminated; NULL for any other line. */
static const char *included_name(const char *line, const char *end, size_t *length) {
    static const char *const words[] = {"#", "include", "\""};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        while (line < end && (*line == ' ' || *line == '\t')) line++;
        size_t size = strlen(words[i]);
        if ((size_t)(end - line) < size || memcmp(line, words[i], size) != 0) return NULL;
        line += size;
    }
    const char *quote = memchr(line, '"', (size_t)(end - line));
    if (quote == NULL) return NULL;
    *length = (size_t)(quote - line);
    return line;
}

/* A template, *.clt, is included each time that it is named: once for each layer of a program. */
static bool is_template(const char *name, size_t length) {
    static const char ending[] = ".clt";
    size_t size = sizeof ending - 1;
    return length > size && memcmp(name + length - size, ending, size) == 0;
}

/* Remembers the name. *seen is true if it was included before and must not be again. */
static clenet_status note_name(assembly *a, const char *name, size_t length, bool *seen, clenet_error *error) {
    *seen = false;
    if (length == 0 || length >= NAME_AT_MOST)
        return error_set(error, CLENET_ERROR_IO, "a kernel file's name has %zu bytes, which is not 1 to %d: rename it",
                         length, NAME_AT_MOST - 1);
    for (int i = 0; i < a->files && !*seen && !is_template(name, length); i++)
        *seen = strlen(a->names[i]) == length && memcmp(a->names[i], name, length) == 0;
    if (*seen) return CLENET_OK;
    if (a->files == FILES_AT_MOST)
        return error_set(error, CLENET_ERROR_IO, "kernel file '%s' brings in more than %d files: join some",
                         a->names[0], FILES_AT_MOST);
    memcpy(a->names[a->files], name, length);
    a->names[a->files++][length] = '\0';
    return CLENET_OK;
}

/* A #line directive: compilers then report the file that a person edits, and its line. */
static clenet_status mark_line(assembly *a, int line, const char *name, clenet_error *error) {
    char mark[NAME_AT_MOST + 32];
    int length = snprintf(mark, sizeof mark, "#line %d \"%s\"\n", line, name);
    return append(&a->text, mark, (size_t)length, error);
}

static clenet_status add_file(assembly *a, const char *name, clenet_error *error);

/* One line, [first, end), which ends with its newline if it has one. */
static clenet_status add_line(assembly *a, const char *first, const char *end, int number, const char *file,
                              clenet_error *error) {
    size_t length = 0;
    const char *name = included_name(first, end, &length);
    if (name == NULL) return append(&a->text, first, (size_t)(end - first), error);
    bool seen = false;
    int index = a->files;
    clenet_status status = note_name(a, name, length, &seen, error);
    if (status != CLENET_OK || seen) return status != CLENET_OK ? status : append(&a->text, "\n", 1, error);
    status = add_file(a, a->names[index], error);
    return status != CLENET_OK ? status : mark_line(a, number + 1, file, error);
}

static clenet_status add_lines(assembly *a, const growing *file, const char *name, clenet_error *error) {
    const char *at = (const char *)file->bytes, *end = at + file->count;
    clenet_status status = mark_line(a, 1, name, error);
    for (int number = 1; status == CLENET_OK && at < end; number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline == NULL ? end : newline + 1;
        status = add_line(a, at, next, number, name, error);
        at = next;
    }
    if (status == CLENET_OK && file->count > 0 && end[-1] != '\n') status = append(&a->text, "\n", 1, error);
    return status;
}

/* name stays valid while files are added: it is one of a->names. */
static clenet_status add_file(assembly *a, const char *name, clenet_error *error) {
    growing file = {0};
    const char *folder = a->settings->kernel_folder;
    clenet_status status =
        folder != NULL ? read_from_folder(&file, folder, name, error) : read_built_in(&file, name, error);
    if (status == CLENET_OK && file.count > 0 && memchr(file.bytes, '\0', file.count) != NULL)
        status = error_set(error, CLENET_ERROR_IO, "kernel file '%s' has a zero byte: it is not text", name);
    if (status == CLENET_OK) status = add_lines(a, &file, name, error);
    memory_free(file.bytes);
    return status;
}

clenet_status program_source(char **text, const char *name, const program_settings *settings, clenet_error *error) {
    assembly a = {.settings = settings};
    char file[NAME_AT_MOST];
    bool seen = false;
    int length = snprintf(file, sizeof file, "%s.cl", name);
    clenet_status status = note_name(&a, file, (size_t)length, &seen, error);
    if (status == CLENET_OK) status = add_file(&a, a.names[0], error);
    if (status == CLENET_OK) status = append(&a.text, "", 1, error);
    if (status != CLENET_OK) {
        memory_free(a.text.bytes);
        return status;
    }
    *text = (char *)growing_take(&a.text);
    return CLENET_OK;
}
