/* facts_drivers.c - see facts.h. Drivers are loaded in child processes only: first each alone, then all together, as the
 * loader does. */
#include "cmd/doctor/facts.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "clenet/clenet.h"
#include "lib/base/child.h"

static const char vendors_variable[] = "OCL_ICD_VENDORS", filenames_variable[] = "OCL_ICD_FILENAMES";

static bool contains(const char *text, const char *part) {
    size_t length = strlen(part);
    for (; *text != '\0'; text++)
        if (strncasecmp(text, part, length) == 0) return true;
    return false;
}

static driver_kind kind_of(const char *library) {
    static const struct {
        const char *part;
        driver_kind kind;
    } parts[] = {{"pocl", DRIVER_POCL},     {"rusticl", DRIVER_RUSTICL}, {"mesaopencl", DRIVER_CLOVER},
                 {"nvidia", DRIVER_NVIDIA}, {"igdrcl", DRIVER_INTEL},    {"intel", DRIVER_INTEL},
                 {"amdocl", DRIVER_AMD}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (contains(library, parts[i].part)) return parts[i].kind;
    return DRIVER_OTHER;
}

/* ---- finding drivers ----------------------------------------------------------------------------------------------- */

static void find_drivers(doctor_facts *facts, const char *root) {
    icd_driver drivers[ICD_MOST];
    char system[FACT_TEXT];
    const char *set = getenv(vendors_variable);
    facts->vendors_set = set != NULL && set[0] != '\0';
    (void)snprintf(system, sizeof system, "%s%s", root, icd_system_vendors);
    (void)snprintf(facts->vendors, FACT_TEXT, "%s", facts->vendors_set ? set : system);
    facts->system_vendors = icd_list(drivers, system, NULL) > 0;
    facts->driver_count = icd_list(drivers, facts->vendors, getenv(filenames_variable));
    for (int i = 0; i < facts->driver_count; i++) {
        driver_facts *driver = &facts->drivers[i];
        memcpy(driver->icd, drivers[i].file, FACT_TEXT);
        memcpy(driver->library, drivers[i].library, FACT_TEXT);
        driver->by_variable = strncmp(driver->icd, "OCL_ICD_", 8) == 0;
        driver->kind = kind_of(driver->library);
        driver->state = driver->library[0] != '\0' ? DRIVER_LOADS : DRIVER_NAMELESS;
    }
}

/* ---- asking drivers, in a child ----------------------------------------------------------------------------------- */

typedef struct question {
    const char *vendors;      /* for OCL_ICD_VENDORS; NULL: unchanged */
    const char *library;      /* is loaded first; NULL: none */
    const char *cache_folder; /* the folder of verdicts, or NULL */
    const char *icd_vendors;  /* the folder, .icd file or library of all drivers, for the reason; NULL: not needed */
} question;

static void say_devices(FILE *to, const clenet_device_list *list) {
    int devices = 0, gpus = 0;
    for (size_t i = 0; i < clenet_device_list_count(list); i++) {
        const clenet_device_info *device = clenet_device_list_get(list, i);
        if (strcmp(device->id, "cpu") == 0) continue;
        devices++;
        gpus += strcmp(device->type, "gpu") == 0;
        if (device->checked && !device->passed) (void)fprintf(to, "failed %s %.300s\n", device->id, device->failure);
    }
    (void)fprintf(to, "devices %d\ngpus %d\nreason %s\n", devices, gpus, clenet_device_list_opencl(list));
}

static void answer(FILE *to, const void *context) {
    const question *asked = context;
    if (asked->library != NULL && dlopen(asked->library, RTLD_LAZY | RTLD_LOCAL) == NULL) {
        const char *reason = dlerror();
        (void)fprintf(to, "missing %s\n", reason != NULL ? reason : "it cannot be opened");
        return;
    }
    if (asked->vendors != NULL && setenv(vendors_variable, asked->vendors, 1) != 0) return;
    if (asked->library != NULL && unsetenv(filenames_variable) != 0) return;
    clenet_device_options options;
    clenet_device_options_init(&options, sizeof options);
    clenet_device_list *list = NULL;
    options.cache_folder = asked->cache_folder;
    options.icd_vendors = asked->icd_vendors;
    options.icd_filenames = getenv(filenames_variable);
    if (clenet_device_list_new(&list, &options, NULL) != CLENET_OK) return;
    say_devices(to, list);
    (void)fflush(to); /* because a driver may crash below */
    clenet_device_list_free(list);
}

/* Copies the text after "WORD " at the start of a line, up to the end of the line; false if there is no such line. */
static bool find_line(char text[FACT_TEXT], const char *said, const char *word) {
    size_t length = strlen(word);
    for (const char *line = said; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncmp(line, word, length) != 0 || line[length] != ' ') continue;
        (void)snprintf(text, FACT_TEXT, "%.*s", (int)strcspn(line + length + 1, "\n"), line + length + 1);
        return true;
    }
    return false;
}

static int find_number(const char *said, const char *word) {
    char text[FACT_TEXT];
    return find_line(text, said, word) ? (int)strtol(text, NULL, 10) : 0;
}

static void take_answer(driver_facts *driver, const child_result *child) {
    if (find_line(driver->detail, child->said, "missing")) {
        driver->state = DRIVER_MISSING;
    } else if (child->crashed) {
        driver->state = DRIVER_CRASHES;
        (void)snprintf(driver->detail, FACT_TEXT, "%s", child->how);
    } else {
        driver->devices = find_number(child->said, "devices");
    }
}

/* Loads the driver alone: from a folder that has its .icd file only. */
static bool ask_driver(driver_facts *driver, const char *folder) {
    char icd[FACT_TEXT];
    (void)snprintf(icd, sizeof icd, "%s/driver.icd", folder);
    FILE *file = fopen(icd, "w");
    if (file == NULL) return false;
    bool written = fprintf(file, "%s\n", driver->library) > 0;
    written = fclose(file) == 0 && written;
    const question alone = {.vendors = folder, .library = driver->library};
    child_result child;
    bool asked = written && child_run(&child, answer, &alone);
    if (asked) take_answer(driver, &child);
    (void)unlink(icd);
    return asked;
}

static bool ask_each(doctor_facts *facts) {
    const char *place = getenv("TMPDIR");
    char folder[FACT_TEXT / 2];
    int length = snprintf(folder, sizeof folder, "%s/clenet-XXXXXX", place != NULL && place[0] == '/' ? place : "/tmp");
    if (length >= (int)sizeof folder || mkdtemp(folder) == NULL) return false;
    bool asked = true;
    for (int i = 0; asked && i < facts->driver_count; i++)
        if (facts->drivers[i].state == DRIVER_LOADS) asked = ask_driver(&facts->drivers[i], folder);
    (void)rmdir(folder);
    return asked;
}

static void take_failed(doctor_facts *facts, const char *said) {
    for (const char *line = said; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
        char failure[FACT_TEXT];
        if (strncmp(line, "failed ", 7) != 0 || facts->failed_count == FAILED_MOST) continue;
        failed_device *failed = &facts->failed[facts->failed_count++];
        (void)find_line(failure, line, "failed");
        size_t id = strcspn(failure, " ");
        (void)snprintf(failed->id, sizeof failed->id, "%.*s", (int)(id < 31 ? id : 31), failure);
        (void)snprintf(failed->failure, FACT_TEXT, "%s", failure + id + (failure[id] == ' '));
    }
}

static bool ask_all(doctor_facts *facts, const char *root, const char *cache_folder) {
    const question together = {.vendors = root[0] != '\0' ? facts->vendors : NULL,
                               .cache_folder = cache_folder,
                               .icd_vendors = facts->vendors};
    child_result child;
    if (!child_run(&child, answer, &together)) return false;
    if (child.crashed) (void)snprintf(facts->crash, FACT_TEXT, "%s", child.how);
    (void)find_line(facts->reason, child.said, "reason");
    facts->devices = find_number(child.said, "devices");
    facts->gpus = find_number(child.said, "gpus");
    take_failed(facts, child.said);
    return true;
}

bool facts_gather_drivers(doctor_facts *facts, const char *root, const char *cache_folder) {
    find_drivers(facts, root);
    return ask_each(facts) && ask_all(facts, root, cache_folder);
}
