/* fuzz_cache.c - files of the cache folder: a compiled program, and the verdict on a device, of any bytes. The first byte says
 * which. Neither ends the program; a program that counts has the key that was asked for. */
#include <sys/stat.h>

#include "backend/opencl/cache_file.h"
#include "backend/opencl/program_cache.h"
#include "backend/opencl/verdict.h"
#include "base/memory.h"
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

/* The name of the one verdict in the folder, and how its text begins: {"key": "..." */
static void find_verdict(const char *folder, const opencl_found *device, char *path, size_t size) {
    const opencl_verdict good = {.known = true, .passed = true, .images_per_second = 1.0};
    char command[512];
    verdict_write(&good, device, folder);
    (void)snprintf(command, sizeof command, "ls %s/device-*.json", folder);
    FILE *list = popen(command, "r");
    fuzz_require(list != NULL && fgets(path, (int)size, list) != NULL, "no verdict was written");
    (void)pclose(list);
    path[strcspn(path, "\n")] = '\0';
}

static void read_verdict(const char *folder, const uint8_t *bytes, size_t count) {
    static char path[512];
    static char head[4096]; /* {"key": "...", */
    static const opencl_found device = {.name = "fuzz", .vendor = "fuzz", .driver = "1"};
    if (path[0] == '\0') {
        find_verdict(folder, &device, path, sizeof path);
        FILE *file = fopen(path, "r");
        fuzz_require(file != NULL && fread(head, 1, sizeof head - 1, file) > 0, "the verdict cannot be read");
        (void)fclose(file);
        char *end = strstr(head, "\"passed\"");
        fuzz_require(end != NULL && end > strstr(head, "\"key\""), "the verdict does not begin with its key");
        *end = '\0';
    }
    size_t begin = strlen(head);
    uint8_t *text = malloc(begin + count + 1);
    fuzz_require(text != NULL, "no memory for a verdict");
    memcpy(text, head, begin);
    memcpy(text + begin, bytes, count);
    put(path, text, begin + count);
    free(text);
    const opencl_verdict verdict = verdict_read(&device, folder);
    fuzz_require(!verdict.known || verdict.passed || verdict.failure[0] != '\0', "a failure does not say why");
    fuzz_require(strnlen(verdict.failure, sizeof verdict.failure) < sizeof verdict.failure, "a failure has no end");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    static char folder[] = "/tmp/clenet-fuzz-cache-XXXXXX";
    static bool made = false;
    if (!made) fuzz_require(mkdtemp(folder) != NULL, "no folder for the cache");
    made = true;
    if (count == 0) return 0;
    if (bytes[0] % 2 == 0)
        load_program(folder, bytes + 1, count - 1);
    else
        read_verdict(folder, bytes + 1, count - 1);
    return 0;
}
