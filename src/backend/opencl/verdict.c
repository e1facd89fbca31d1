/* verdict.c - see verdict.h. A file: {"key": ..., "passed": ..., "images_per_second": ..., "failure": ...}. */
#include "backend/opencl/verdict.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/opencl/cache_file.h"
#include "backend/opencl/kernels.h"
#include "backend/opencl/probe.h"
#include "base/memory.h"

enum { FILE_MOST = 1 << 16 }; /* bytes: several times the longest key and failure */

/* Copies one line of UTF-8 that jansson checked; where it is too long it is cut between two characters. */
static void put_failure(char failure[VERDICT_TEXT], const char *text) {
    size_t length = strlen(text);
    if (length > VERDICT_TEXT - 1) length = VERDICT_TEXT - 1;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) length--;
    for (size_t i = 0; i < length; i++) failure[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7F ? ' ' : text[i];
    failure[length] = '\0';
}

/* Reads an object of verdict.h's form. False where it is none: a verdict that failed says why. */
static bool parse(opencl_verdict *verdict, const json_t *object) {
    const json_t *passed = json_object_get(object, "passed");
    const json_t *speed = json_object_get(object, "images_per_second");
    const char *failure = json_string_value(json_object_get(object, "failure"));
    if (!json_is_boolean(passed) || (speed != NULL && !json_is_number(speed))) return false;
    opencl_verdict read = {.known = true, .passed = json_is_true(passed)};
    if (speed != NULL) read.images_per_second = json_number_value(speed);
    if (!isfinite(read.images_per_second) || read.images_per_second < 0.0) return false;
    if (!read.passed && (failure == NULL || failure[0] == '\0')) return false;
    if (!read.passed) put_failure(read.failure, failure);
    *verdict = read;
    return true;
}

/* ---- remembering -------------------------------------------------------------------------------------------------- */

/* jansson takes UTF-8 alone, and a driver's name may be anything. */
static void make_ascii(char *text) {
    for (; *text != '\0'; text++)
        if ((unsigned char)*text >= 0x80) *text = '?';
}

/* NULL where memory is short; memory_free() it. */
static char *make_key(const opencl_found *device) {
    uint64_t hash = CACHE_HASH_START;
    for (size_t i = 0; i < kernel_file_count; i++) {
        hash = cache_hash(hash, kernel_files[i].name, strlen(kernel_files[i].name) + 1);
        hash = cache_hash(hash, kernel_files[i].text, kernel_files[i].size + 1);
    }
    char kernels[32];
    (void)snprintf(kernels, sizeof kernels, "%016" PRIx64, hash);
    const char *const parts[] = {clenet_version(), kernels};
    char *key = cache_key(device, parts, sizeof parts / sizeof parts[0]);
    if (key != NULL) make_ascii(key);
    return key;
}

static char *file_path(const char *folder, const char *key) {
    return cache_path(folder, "device-", key, ".json");
}

/* The object in the file, if there is one that counts; json_decref() it. */
static json_t *load(const char *path) {
    uint64_t size = 0;
    int file = cache_open(path, &size);
    if (file < 0) return NULL;
    json_t *object = NULL;
    char *text = size <= FILE_MOST ? memory_new((size_t)size + 1, 1) : NULL;
    if (text != NULL && cache_read(file, text, (size_t)size))
        object = json_loadb(text, (size_t)size, JSON_REJECT_DUPLICATES, NULL);
    memory_free(text);
    (void)close(file);
    return object;
}

opencl_verdict verdict_read(const opencl_found *device, const char *cache_folder) {
    opencl_verdict verdict = {0};
    char *key = cache_folder != NULL ? make_key(device) : NULL;
    char *path = key != NULL ? file_path(cache_folder, key) : NULL;
    json_t *object = path != NULL ? load(path) : NULL;
    const char *stored = json_string_value(json_object_get(object, "key"));
    if (stored != NULL && key != NULL && strcmp(stored, key) == 0) (void)parse(&verdict, object);
    json_decref(object);
    memory_free(path);
    memory_free(key);
    return verdict;
}

/* free() it; NULL where memory is short. */
static char *make_text(const opencl_verdict *verdict, const char *key) {
    char failure[VERDICT_TEXT];
    memcpy(failure, verdict->failure, sizeof failure);
    failure[VERDICT_TEXT - 1] = '\0';
    json_t *object = json_pack("{s:s, s:b, s:f, s:s}", "key", key, "passed", verdict->passed, "images_per_second",
                               verdict->images_per_second, "failure", failure);
    if (object == NULL) { /* not UTF-8 */
        make_ascii(failure);
        object = json_pack("{s:s, s:b, s:f, s:s}", "key", key, "passed", verdict->passed, "images_per_second",
                           verdict->images_per_second, "failure", failure);
    }
    char *text = object != NULL ? json_dumps(object, JSON_INDENT(2)) : NULL;
    json_decref(object);
    return text;
}

void verdict_write(const opencl_verdict *verdict, const opencl_found *device, const char *cache_folder) {
    if (cache_folder == NULL || !verdict->known) return;
    char *key = make_key(device);
    char *path = key != NULL ? file_path(cache_folder, key) : NULL;
    char *text = path != NULL ? make_text(verdict, key) : NULL;
    if (text != NULL) {
        const cache_part parts[] = {{text, strlen(text)}, {"\n", 1}};
        cache_replace(path, cache_folder, parts, sizeof parts / sizeof parts[0]);
    }
    free(text);
    memory_free(path);
    memory_free(key);
}

/* ---- asking ------------------------------------------------------------------------------------------------------- */

/* Signals by which people and systems end a process, which say nothing about a driver. */
static bool was_sent(int number) {
    return number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT;
}

static opencl_verdict judge(const probe_result *ran, double seconds) {
    opencl_verdict verdict = {.known = true};
    if (ran->end == PROBE_HUNG) {
        (void)snprintf(verdict.failure, VERDICT_TEXT, "the check did not end within %.0f seconds, and was stopped",
                       seconds);
        return verdict;
    }
    if (ran->end == PROBE_KILLED) {
        const char *name = strsignal(ran->code);
        (void)snprintf(verdict.failure, VERDICT_TEXT, "the check crashed: signal %d (%s)", ran->code,
                       name != NULL ? name : "unknown");
        return verdict;
    }
    opencl_verdict said = {0};
    json_t *object = json_loads(ran->line, 0, NULL);
    bool valid = object != NULL && parse(&said, object);
    json_decref(object);
    if (valid && said.passed == (ran->code == 0)) return said;
    (void)snprintf(verdict.failure, VERDICT_TEXT, "the check ended with status %d and %s", ran->code,
                   valid ? "another verdict" : "without a verdict");
    return verdict;
}

clenet_status verdict_ask_within(opencl_verdict *verdict, const opencl_found *device, const char *command,
                                 double seconds, clenet_error *error) {
    char id[32];
    (void)snprintf(id, sizeof id, "%d.%d", device->platform_number, device->device_number);
    const char *const arguments[] = {command, "check-device", id, NULL};
    probe_result ran;
    clenet_status status = probe_run(&ran, arguments, seconds, error);
    if (status != CLENET_OK) return status;
    if (ran.end == PROBE_KILLED && was_sent(ran.code))
        return error_set(error, CLENET_ERROR_DEVICE, "the check of device %s %s was stopped by signal %d; start again",
                         id, device->name, ran.code);
    *verdict = judge(&ran, seconds);
    return CLENET_OK;
}

clenet_status verdict_ask(opencl_verdict *verdict, const opencl_found *device, const char *command,
                          clenet_error *error) {
    return verdict_ask_within(verdict, device, command, VERDICT_SECONDS, error);
}
