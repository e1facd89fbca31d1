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
#include "backend/opencl/opencl.h"
#include "backend/opencl/probe.h"
#include "base/memory.h"

enum { FILE_MOST = 1 << 16 }; /* bytes: several times the longest key and failure */

/* Names that stand in a list and on a command line: letters, digits, '_' and commas. */
static bool is_list(const char *text) {
    return strlen(text) < OPENCL_PLAIN && strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789,") == strlen(text);
}

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
    const char *plain = json_string_value(json_object_get(object, "plain"));
    if (plain != NULL && !is_list(plain)) return false;
    if (plain != NULL) (void)snprintf(read.plain, sizeof read.plain, "%s", plain);
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
    static const char form[] = "{s:s, s:b, s:f, s:s, s:s}";
    json_t *object = json_pack(form, "key", key, "passed", verdict->passed, "images_per_second",
                               verdict->images_per_second, "plain", verdict->plain, "failure", failure);
    if (object == NULL) { /* not UTF-8 */
        make_ascii(failure);
        object = json_pack(form, "key", key, "passed", verdict->passed, "images_per_second", verdict->images_per_second,
                           "plain", verdict->plain, "failure", failure);
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

/* The list under the name in the line of a child; "" where there is none. */
static void put_list(char list[OPENCL_PLAIN], const char *line, const char *name) {
    json_t *object = json_loads(line, 0, NULL);
    const char *text = json_string_value(json_object_get(object, name));
    (void)snprintf(list, OPENCL_PLAIN, "%s", text != NULL && is_list(text) ? text : "");
    json_decref(object);
}

/* What a child came to, and whom it blames. */
static opencl_verdict judge(char blame[OPENCL_PLAIN], const probe_result *ran, double seconds) {
    opencl_verdict verdict = {.known = true};
    put_list(blame, ran->line, ran->end == PROBE_EXITED ? "blame" : "checking");
    const char *at = blame[0] != '\0' ? " in " : "";
    if (ran->end == PROBE_HUNG) {
        (void)snprintf(verdict.failure, VERDICT_TEXT, "the check did not end within %.0f seconds%s%s, and was stopped",
                       seconds, at, blame);
        return verdict;
    }
    if (ran->end == PROBE_KILLED) {
        const char *name = strsignal(ran->code);
        (void)snprintf(verdict.failure, VERDICT_TEXT, "the check crashed%s%s: signal %d (%s)", at, blame, ran->code,
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

/* Adds the names of the blame that are not plain yet; false where there is none, or no room. */
static bool add_plain(char plain[OPENCL_PLAIN], const char *blame) {
    bool added = false;
    for (const char *at = blame; *at != '\0';) {
        size_t length = strcspn(at, ","), used = strlen(plain);
        char name[OPENCL_PLAIN] = "";
        if (used + length + 2 > OPENCL_PLAIN) return false;
        memcpy(name, at, length);
        if (length > 0 && !opencl_is_plain(plain, name)) {
            if (used > 0) plain[used++] = ',';
            memcpy(plain + used, name, length + 1);
            added = true;
        }
        at += length + (at[length] == ',');
    }
    return added;
}

/* What one child, told to use plain kernels for the list, comes to; whom it blames, or, where it passed, by which library it made
 * its products. */
static clenet_status ask_once(opencl_verdict *verdict, char named[OPENCL_PLAIN], const opencl_found *device,
                              const char *command, const char *plain, double seconds, clenet_error *error) {
    char id[32];
    (void)snprintf(id, sizeof id, "%d.%d", device->platform_number, device->device_number);
    const char *const arguments[] = {command, "check-device", id, plain[0] != '\0' ? "--plain" : NULL, plain, NULL};
    probe_result ran;
    clenet_status status = probe_run(&ran, arguments, seconds, error);
    if (status != CLENET_OK) return status;
    if (ran.end == PROBE_KILLED && was_sent(ran.code))
        return error_set(error, CLENET_ERROR_DEVICE, "the check of device %s %s was stopped by signal %d; start again",
                         id, device->name, ran.code);
    *verdict = judge(named, &ran, seconds);
    if (ran.end == PROBE_HUNG) memcpy(named, "all", sizeof "all"); /* one more such wait, and not nine */
    if (verdict->passed) put_list(named, ran.line, "products");
    return CLENET_OK;
}

clenet_status verdict_ask_within(opencl_verdict *verdict, const opencl_found *device, const char *command,
                                 double seconds, clenet_error *error) {
    char plain[OPENCL_PLAIN] = "", named[OPENCL_PLAIN];
    opencl_verdict own;
    clenet_status status;
    do {
        status = ask_once(verdict, named, device, command, plain, seconds, error);
        if (status != CLENET_OK) return status;
    } while (!verdict->passed && add_plain(plain, named));
    if (!verdict->passed) return CLENET_OK;
    memcpy(verdict->plain, plain, sizeof plain);
    /* A library made the products: is it faster than our own kernels? */
    if (!add_plain(plain, named)) return CLENET_OK;
    status = ask_once(&own, named, device, command, plain, seconds, error);
    if (status != CLENET_OK || !own.passed || own.images_per_second < verdict->images_per_second) return status;
    *verdict = own;
    memcpy(verdict->plain, plain, sizeof plain);
    return CLENET_OK;
}

clenet_status verdict_ask(opencl_verdict *verdict, const opencl_found *device, const char *command,
                          clenet_error *error) {
    return verdict_ask_within(verdict, device, command, VERDICT_SECONDS, error);
}
