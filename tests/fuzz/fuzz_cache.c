/* fuzz_cache.c - files of the cache folder: a compiled program, the verdict on a device, and what is remembered of its tuning, of
 * any bytes. The first byte says which. None ends the program; a program that counts has the key that was asked for. */
#include <sys/stat.h>

#include "lib/backend/opencl/disk/cache_file.h"
#include "lib/backend/opencl/disk/program_cache.h"
#include "lib/backend/opencl/tuning.h"
#include "lib/backend/opencl/disk/verdict.h"
#include "lib/base/memory.h"
#include "fuzz.h"

static const char key[] = "the key\n";

static void put(const char *path, const uint8_t *bytes, size_t count) {
    fuzz_require(path != NULL, "no memory for a path");
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, S_IRUSR | S_IWUSR);
    fuzz_require(file >= 0 && write(file, bytes, count) == (ssize_t)count && close(file) == 0,
                 "the cache's file cannot be written");
}

static void load_program(const char *folder, const uint8_t *bytes, size_t count) {
    size_t size = 0;
    char *path = cache_path(folder, "", key, ".bin");
    put(path, bytes, count);
    unsigned char *binary = cache_load(&size, folder, key);
    fuzz_require(binary == NULL || (size > 0 && size < count), "a program is larger than its file");
    memory_free(binary);
    memory_free(path);
}

static const opencl_found device = {.name = "fuzz", .vendor = "fuzz", .driver = "1", .max_group = 256};

/* A record of the device: its file, and how its text begins: {"key": "...", */
typedef struct record {
    char path[512], head[4096];
} record;

static void find_record(record *r, const char *folder, const char *kind, const char *first_word) {
    char command[512];
    (void)snprintf(command, sizeof command, "ls %s/%s-*.json", folder, kind);
    FILE *list = popen(command, "r");
    fuzz_require(list != NULL && fgets(r->path, sizeof r->path, list) != NULL, "no record was written");
    (void)pclose(list);
    r->path[strcspn(r->path, "\n")] = '\0';
    FILE *file = fopen(r->path, "r");
    fuzz_require(file != NULL && fread(r->head, 1, sizeof r->head - 1, file) > 0, "the record cannot be read");
    (void)fclose(file);
    char *end = strstr(r->head, first_word);
    fuzz_require(end != NULL && end > strstr(r->head, "\"key\""), "the record does not begin with its key");
    *end = '\0';
}

/* The record's key, and then the bytes. */
static void put_record(const record *r, const uint8_t *bytes, size_t count) {
    size_t begin = strlen(r->head);
    uint8_t *text = malloc(begin + count + 1);
    fuzz_require(text != NULL, "no memory for a record");
    memcpy(text, r->head, begin);
    memcpy(text + begin, bytes, count);
    put(r->path, text, begin + count);
    free(text);
}

static void read_verdict(const char *folder, const uint8_t *bytes, size_t count) {
    static record r;
    const opencl_verdict good = {.known = true, .passed = true, .images_per_second = 1.0};
    if (r.path[0] == '\0') {
        verdict_write(&good, "job", &device, folder);
        find_record(&r, folder, "device", "\"jobs\"");
    }
    put_record(&r, bytes, count);
    json_t *verdicts = verdicts_read(&device, folder);
    const opencl_verdict verdict = verdicts_find(verdicts, NULL);
    json_decref(verdicts);
    fuzz_require(!verdict.known || verdict.passed || verdict.failure[0] != '\0', "a failure does not say why");
    fuzz_require(strnlen(verdict.failure, sizeof verdict.failure) < sizeof verdict.failure, "a failure has no end");
}

static void read_tuning(const char *folder, const uint8_t *bytes, size_t count) {
    static record r;
    const opencl_tuning good = {.chosen = "vector"};
    opencl_tuning tuning;
    opencl_tiles tiles;
    if (r.path[0] == '\0') {
        tuning_write(&good, &device, folder);
        find_record(&r, folder, "tiles", "\"complete\"");
    }
    put_record(&r, bytes, count);
    bool chosen = tuning_recall(&tuning, &tiles, &device, folder);
    fuzz_require(tuning.count >= 0 && tuning.count <= TUNING_TRIALS, "more trials than there is room for");
    for (int i = 0; i < tuning.count; i++) {
        fuzz_require(strnlen(tuning.trials[i].tiles, TILES_TEXT) < TILES_TEXT, "a trial's tiles have no end");
        fuzz_require(tuning.trials[i].images_per_second >= 0, "a trial was faster than nothing, or not a number");
    }
    fuzz_require(!chosen || (tiles.lanes % tiles.width == 0 && tiles.group <= 256),
                 "tiles that no kernel can be built with");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    static char folder[] = "/dev/shm/clenet-fuzz-cache-XXXXXX";
    static bool made = false;
    if (!made) fuzz_require(mkdtemp(folder) != NULL, "no folder for the cache");
    made = true;
    if (count == 0) return 0;
    void (*const readers[])(const char *, const uint8_t *, size_t) = {load_program, read_verdict, read_tuning};
    readers[bytes[0] % 3](folder, bytes + 1, count - 1);
    return 0;
}
