/* device_setting.c - see device_setting.h. */
#include "cmd/base/device_setting.h"

#include <stddef.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/base/say.h"

const char *const device_words[] = {"auto", "cpu", "gpu", "opencl", NULL};
const char *const device_isas[] = {"baseline", "avx2", "avx512", NULL};
const char *const device_gemms[] = {"auto", "own", "clblast", NULL};
const char *const device_tiles[] = {"auto", "vector", "vector8", "group", "plain", NULL};

typedef struct topic_arguments {
    device_arguments device;
} topic_arguments;

static const option_spec topic_options[] = {DEVICE_OPTIONS(topic_arguments)};

const help_topic device_topic = {
    .name = "device",
    .purpose = "how train, predict, evaluate and bench choose and use a device",
    .about = "A device is the CPU or an OpenCL device, such as a GPU. clenet devices lists\n"
             "them. With auto, clenet takes the fastest device for this network: it checks\n"
             "each OpenCL device once against the CPU, measures its speed, and remembers\n"
             "both in the cache folder. The other options are for experts.\n",
    .notes = "examples:\n"
             "  clenet train train.csv --device gpu\n"
             "  clenet train train.csv --device cpu --threads 4\n"
             "  clenet train train.csv --profile trace.json\n\n"
             "See also: clenet doctor (if a GPU is missing), clenet tune (faster kernels).\n",
    .mention = "threads, kernels, profile and cache",
    .options = topic_options,
    .option_count = OPTION_COUNT(topic_options),
};

static const char cache_variable[] = "CLENET_CACHE_DIR";

/* The value of the variable; NULL if it is empty or not set. */
static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Joins a and b; free() the result. NULL if out of memory. */
static char *join(const char *a, const char *b) {
    size_t size = strlen(a) + strlen(b) + 1;
    char *both = malloc(size);
    if (both != NULL) (void)snprintf(both, size, "%s%s", a, b);
    return both;
}

/* Finds the cache folder; *folder is NULL if there is none. CLENET_CACHE_DIR comes first, also if it is empty; then the user's
 * cache folder, if it is an absolute path. Returns false if out of memory. */
static bool find_cache_folder(char **folder) {
    const char *own = getenv(cache_variable), *caches = variable("XDG_CACHE_HOME"), *home = variable("HOME");
    *folder = NULL;
    if (own != NULL && own[0] == '\0') return true;
    if (own != NULL) {
        *folder = join(own, "");
    } else if (caches != NULL && caches[0] == '/') {
        *folder = join(caches, "/clenet");
    } else if (home != NULL && home[0] == '/') {
        *folder = join(home, "/.cache/clenet");
    } else {
        return true;
    }
    return *folder != NULL;
}

/* The path of this program, which is started again to check a device; NULL if the system does not tell it. */
static char *find_program(void) {
    enum { LENGTH_MOST = 4096 };
    char *path = malloc(LENGTH_MOST);
    if (path == NULL) return NULL;
    ssize_t length = readlink("/proc/self/exe", path, LENGTH_MOST);
    if (length > 0 && length < LENGTH_MOST) {
        path[length] = '\0';
        return path;
    }
    free(path);
    return NULL;
}

static void tell_check(const char *id, const char *name, void *user) {
    (void)user;
    say_line("checking device %s %s against the processor, once for this network and driver ...", id, name);
}

int device_setting_make(device_setting *setting, const device_arguments *arguments) {
    device_setting made = {.cache_folder = NULL};
    clenet_device_options_init(&made.options, sizeof made.options);
    if (arguments->no_cache && setenv(cache_variable, "", 1) != 0) return say_failed("out of memory (the environment)");
    if (!find_cache_folder(&made.cache_folder)) return say_failed("out of memory (a path)");
    made.options.threads = arguments->threads;
    made.options.isa = arguments->isa;
    const char *tiles = device_tiles[arguments->tiles];
    made.options.plain = strcmp(tiles, "plain") == 0 ? "all" : NULL;
    made.options.tiles = arguments->tiles > 0 && made.options.plain == NULL ? tiles : NULL;
    made.options.gemm = arguments->gemm > 0 ? device_gemms[arguments->gemm] : NULL;
    made.options.kernel_folder = variable("CLENET_KERNEL_DIR");
    made.options.cache_folder = made.cache_folder;
    /* Kernels from a folder are not checked: the check would say nothing about the embedded ones. */
    if (made.options.kernel_folder == NULL) made.probe_command = find_program();
    made.options.probe_command = made.probe_command;
    made.options.on_check = tell_check;
    made.options.icd_vendors = variable("OCL_ICD_VENDORS");
    made.options.icd_filenames = variable("OCL_ICD_FILENAMES");
    *setting = made;
    return EXIT_DONE;
}

void device_setting_free(device_setting *setting) {
    free(setting->cache_folder);
    free(setting->probe_command);
    *setting = (device_setting){.cache_folder = NULL};
}
