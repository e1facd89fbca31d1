/* discover.c - see discover.h. If a driver fails, it does not write the count, and may return fewer objects than it counted: so
 * counts begin at 0, lists at NULL. */
#include "lib/backend/opencl/discover.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/child.h"
#include "lib/base/icd.h"
#include "lib/base/memory.h"

/* Calls clGetPlatformInfo or clGetDeviceInfo, depending on the object. */
typedef struct asked {
    const opencl_api *api;
    cl_platform_id platform;
    cl_device_id device; /* NULL: queries the platform */
} asked;

static cl_int ask(const asked *who, cl_uint what, size_t size, void *value, size_t *needed) {
    if (who->device == NULL) return who->api->clGetPlatformInfo(who->platform, what, size, value, needed);
    return who->api->clGetDeviceInfo(who->device, what, size, value, needed);
}

/* Cuts text to OPENCL_TEXT, removes blanks from both ends, and replaces control characters with blanks. */
static void tidy(char text[OPENCL_TEXT], const char *raw, size_t length) {
    size_t blanks = 0;
    while (blanks < length && (unsigned char)raw[blanks] <= ' ') blanks++;
    raw += blanks;
    length -= blanks;
    if (length > OPENCL_TEXT - 1) length = OPENCL_TEXT - 1;
    for (size_t i = 0; i < length; i++) text[i] = (unsigned char)raw[i] < ' ' || raw[i] == 0x7F ? ' ' : raw[i];
    while (length > 0 && text[length - 1] == ' ') length--;
    text[length] = '\0';
}

/* Empty if the driver does not tell it. Drivers refuse a buffer that is too small, so the whole text is read. */
static clenet_status ask_text(const asked *who, cl_uint what, char text[OPENCL_TEXT], clenet_error *error) {
    size_t size = 0;
    if (ask(who, what, 0, NULL, &size) != CL_SUCCESS || size == 0) return CLENET_OK;
    char *raw = memory_new(size, 1);
    if (raw == NULL) return error_memory(error, size, "the name of an OpenCL device");
    if (ask(who, what, size, raw, NULL) == CL_SUCCESS) {
        const char *end = memchr(raw, '\0', size);
        tidy(text, raw, end == NULL ? size : (size_t)(end - raw));
    }
    memory_free(raw);
    return CLENET_OK;
}

/* Values that the driver does not tell stay 0. */
static void ask_numbers(const asked *who, opencl_found *found) {
    cl_device_type type = 0;
    cl_uint units = 0, width = 0;
    cl_ulong memory = 0, local = 0;
    size_t group = 0;
    cl_bool available = CL_FALSE, compiler = CL_FALSE;
    const struct {
        cl_device_info what;
        size_t size;
        void *value;
    } questions[] = {
        {CL_DEVICE_TYPE, sizeof type, &type},
        {CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units},
        {CL_DEVICE_GLOBAL_MEM_SIZE, sizeof memory, &memory},
        {CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof group, &group},
        {CL_DEVICE_LOCAL_MEM_SIZE, sizeof local, &local},
        {CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, sizeof width, &width},
        {CL_DEVICE_AVAILABLE, sizeof available, &available},
        {CL_DEVICE_COMPILER_AVAILABLE, sizeof compiler, &compiler},
    };
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
        (void)ask(who, questions[i].what, questions[i].size, questions[i].value, NULL);
    found->type = type;
    found->compute_units = units;
    found->memory = memory;
    found->max_group = group;
    found->local_memory = local;
    found->vector_width = width;
    found->available = available != CL_FALSE;
    found->has_compiler = compiler != CL_FALSE;
}

static clenet_status ask_texts(const asked *who, opencl_found *found, clenet_error *error) {
    const asked platform = {who->api, who->platform, NULL};
    const struct {
        const asked *who;
        cl_uint what;
        char *text;
    } questions[] = {
        {&platform, CL_PLATFORM_NAME, found->platform_name},
        {&platform, CL_PLATFORM_VERSION, found->platform_version},
        {who, CL_DEVICE_NAME, found->name},
        {who, CL_DEVICE_VENDOR, found->vendor},
        {who, CL_DEVICE_VERSION, found->version},
        {who, CL_DRIVER_VERSION, found->driver},
    };
    clenet_status status = CLENET_OK;
    for (size_t i = 0; status == CLENET_OK && i < sizeof questions / sizeof questions[0]; i++)
        status = ask_text(questions[i].who, questions[i].what, questions[i].text, error);
    return status;
}

static clenet_status add_device(opencl_devices *devices, const asked *who, unsigned platform, unsigned device,
                                clenet_error *error) {
    opencl_found *list = memory_resize(devices->list, devices->count + 1, sizeof *list);
    if (list == NULL) return error_memory(error, (devices->count + 1) * sizeof *list, "the OpenCL devices");
    devices->list = list;
    opencl_found *found = &list[devices->count++];
    *found = (opencl_found){.platform = who->platform, .device = who->device};
    (void)snprintf(found->id, sizeof found->id, "%u.%u", platform, device);
    ask_numbers(who, found);
    return ask_texts(who, found, error);
}

static clenet_status add_platform(opencl_devices *devices, const opencl_api *api, cl_platform_id platform,
                                  unsigned number, clenet_error *error) {
    cl_uint count = 0;
    if (api->clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, NULL, &count) != CL_SUCCESS || count == 0)
        return CLENET_OK;
    cl_device_id *ids = memory_new(count, sizeof(cl_device_id));
    if (ids == NULL) return error_memory(error, count * sizeof(cl_device_id), "the OpenCL devices");
    clenet_status status = CLENET_OK;
    if (api->clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count, ids, NULL) != CL_SUCCESS) count = 0;
    for (cl_uint i = 0; status == CLENET_OK && i < count; i++) {
        const asked who = {api, platform, ids[i]};
        if (ids[i] != NULL) status = add_device(devices, &who, number, i, error);
    }
    memory_free(ids);
    return status;
}

clenet_status opencl_discover(opencl_devices *devices, const opencl_api *api, clenet_error *error) {
    opencl_devices fresh = {0};
    cl_uint count = 0;
    /* Without any driver the loader returns CL_PLATFORM_NOT_FOUND_KHR: no platforms is a valid result, not an error. */
    if (api->clGetPlatformIDs(0, NULL, &count) != CL_SUCCESS) count = 0;
    cl_platform_id *ids = memory_new(count, sizeof(cl_platform_id));
    if (ids == NULL) return error_memory(error, count * sizeof(cl_platform_id), "the OpenCL platforms");
    if (count > 0 && api->clGetPlatformIDs(count, ids, NULL) != CL_SUCCESS) count = 0;
    clenet_status status = CLENET_OK;
    for (cl_uint i = 0; status == CLENET_OK && i < count; i++) {
        if (ids[i] == NULL) continue;
        fresh.platforms++;
        status = add_platform(&fresh, api, ids[i], i, error);
    }
    memory_free(ids);
    if (status != CLENET_OK) {
        opencl_devices_free(&fresh);
        return status;
    }
    *devices = fresh;
    return CLENET_OK;
}

void opencl_devices_free(opencl_devices *devices) {
    memory_free(devices->list);
    *devices = (opencl_devices){0};
}

const char *opencl_type_name(cl_device_type type) {
    if (type & CL_DEVICE_TYPE_GPU) return "gpu";
    if (type & CL_DEVICE_TYPE_CPU) return "cpu";
    return "accelerator";
}

/* Writes why the library of the driver cannot be loaded, or nothing. */
static void load_driver(FILE *to, const void *context) {
    const icd_driver *driver = context;
    if (dlopen(driver->library, RTLD_LAZY | RTLD_LOCAL) != NULL) return;
    (void)fprintf(to, "%.160s names %.160s, which cannot be loaded: %s", driver->file, driver->library,
                  on_demand_reason(driver->library));
}

bool opencl_broken_driver(char text[OPENCL_REASON], const clenet_device_options *options) {
    icd_driver drivers[ICD_MOST];
    int count = icd_list(drivers, options->icd_vendors, options->icd_filenames);
    for (int i = 0; i < count; i++) {
        child_result tried;
        /* Each in a child process: a driver may end the process that loads it, for example if another one has LLVM, too. */
        if (drivers[i].library[0] == '\0' || !child_run(&tried, load_driver, &drivers[i]) || tried.said[0] == '\0')
            continue;
        (void)snprintf(text, OPENCL_REASON, "%.*s", OPENCL_REASON - 1, tried.said);
        return true;
    }
    return false;
}

void opencl_why_none(char reason[OPENCL_REASON], const opencl_devices *devices, const clenet_device_options *options) {
    reason[0] = '\0';
    if (devices->count > 0 || opencl_broken_driver(reason, options)) return;
    (void)snprintf(reason, OPENCL_REASON, "%s",
                   devices->platforms > 0 ? "no platform here has a device" : "no platform is installed (no .icd)");
}
