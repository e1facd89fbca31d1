/* program.c - see program.h. program_source.c has the text, program_cache.c the files. */
#include "lib/backend/opencl/program.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/backend/opencl/disk/cache_file.h"
#include "lib/backend/opencl/disk/program_cache.h"
#include "lib/base/memory.h"

/* The program to compile; the request owns all three. */
typedef struct request {
    char *source, *options;
    char *key; /* the cache's */
} request;

static void request_free(request *r) {
    memory_free(r->source);
    memory_free(r->options);
    memory_free(r->key);
    *r = (request){0};
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The options for Apple's compiler, which does not accept two spaces: words with one space between. The language's version is
 * added if it is missing, and nothing else: no option that lets the compiler change results (-cl-fast-relaxed-math,
 * -cl-mad-enable) is used unless the caller asks for it. NULL if out of memory. */
static char *clean_options(const char *options) {
    static const char standard[] = "-cl-std=CL1.2";
    char *clean = memory_new(strlen(options) + 1 + sizeof standard, 1);
    if (clean == NULL) return NULL;
    size_t length = 0;
    for (const char *at = options; *at != '\0'; at++) {
        if (is_blank(*at)) continue;
        if (length > 0 && is_blank(at[-1])) clean[length++] = ' ';
        clean[length++] = *at;
    }
    if (strstr(clean, "-cl-std=") == NULL) {
        if (length > 0) clean[length++] = ' ';
        memcpy(clean + length, standard, sizeof standard);
    }
    return clean;
}

/* request_free() it, also after a failure. */
static clenet_status request_make(request *r, const opencl_found *device, const char *name, const char *options,
                                  const program_settings *settings, clenet_error *error) {
    *r = (request){0};
    clenet_status status = program_source(&r->source, name, settings, error);
    if (status != CLENET_OK) return status;
    r->options = clean_options(options);
    if (r->options != NULL) {
        /* Complete lines: discover.c leaves no newline in a name, clean_options() none in the options. */
        const char *const parts[] = {r->options, r->source};
        r->key = cache_key(device, parts, sizeof parts / sizeof parts[0]);
    }
    if (r->key == NULL) return error_memory(error, strlen(r->source) + strlen(options), "the build of a kernel");
    return CLENET_OK;
}

/* ---- the compiler's log --------------------------------------------------------------------------------------------- */

/* The first line of log that contains word, ignoring case, without blanks around it. NULL: none. */
static char *find_line(char *log, const char *word) {
    size_t size = strlen(word);
    for (char *line = log; *line != '\0';) {
        size_t length = strcspn(line, "\r\n");
        char *end = line + length;
        while (line < end && is_blank(*line)) line++;
        for (char *at = line; line < end && at + size <= end; at++) {
            if (strncasecmp(at, word, size) != 0) continue;
            while (end > line && is_blank(end[-1])) end--;
            *end = '\0';
            return line;
        }
        line = end + strspn(end, "\r\n");
    }
    return NULL;
}

char *program_log(const opencl_api *api, cl_program program, cl_device_id device) {
    size_t size = 0;
    if (api->clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) != CL_SUCCESS) return NULL;
    char *log = memory_new(size + 1, 1);
    if (log == NULL) return NULL;
    if (api->clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, size, log, NULL) == CL_SUCCESS) return log;
    memory_free(log);
    return NULL;
}

static clenet_status build_error(const opencl_api *api, cl_program program, const opencl_found *device,
                                 const char *name, cl_int code, clenet_error *error) {
    /* "error:" first: an earlier warning may quote a line of the source with the word "error". */
    static const char *const words[] = {"error:", "error", ""};
    char *log = program_log(api, program, device->device), *line = NULL;
    for (size_t i = 0; log != NULL && line == NULL && i < sizeof words / sizeof words[0]; i++)
        line = find_line(log, words[i]);
    if (line == NULL) line = "the compiler does not say why";
    (void)error_set(error, CLENET_ERROR_DEVICE, "kernel file '%s.cl' does not compile on %s: %s (%d): %s", name,
                    device->name, opencl_error_name(code), (int)code, line);
    memory_free(log);
    return CLENET_ERROR_DEVICE;
}

/* ---- building ------------------------------------------------------------------------------------------------------- */

/* The program from the cache's binary, or NULL: then the source is compiled. */
static cl_program build_from_cache(const opencl_api *api, cl_context context, const opencl_found *device,
                                   const request *r, const char *folder) {
    size_t size = 0;
    unsigned char *binary = cache_load(&size, folder, r->key);
    if (binary == NULL) return NULL;
    cl_int taken = CL_INVALID_BINARY, code = CL_INVALID_BINARY;
    cl_program program = api->clCreateProgramWithBinary(context, 1, &device->device, &size,
                                                        (const unsigned char **)&binary, &taken, &code);
    memory_free(binary);
    if (program != NULL && code == CL_SUCCESS && taken == CL_SUCCESS &&
        api->clBuildProgram(program, 1, &device->device, r->options, NULL, NULL) == CL_SUCCESS)
        return program;
    if (program != NULL) (void)api->clReleaseProgram(program);
    cache_forget(folder, r->key);
    return NULL;
}

static clenet_status build_from_source(cl_program *program, const opencl_api *api, cl_context context,
                                       const opencl_found *device, const char *name, const request *r,
                                       clenet_error *error) {
    const char *source = r->source;
    cl_int code = CL_OUT_OF_HOST_MEMORY;
    cl_program fresh = api->clCreateProgramWithSource(context, 1, &source, NULL, &code);
    if (fresh == NULL || code != CL_SUCCESS)
        return opencl_error(error, code, "clCreateProgramWithSource", device->name);
    code = api->clBuildProgram(fresh, 1, &device->device, r->options, NULL, NULL);
    if (code != CL_SUCCESS) {
        clenet_status status = build_error(api, fresh, device, name, code, error);
        (void)api->clReleaseProgram(fresh);
        return status;
    }
    *program = fresh;
    return CLENET_OK;
}

clenet_status program_build(cl_program *program, const opencl_api *api, cl_context context, const opencl_found *device,
                            const char *name, const char *options, const program_settings *settings,
                            clenet_error *error) {
    request r;
    clenet_status status = request_make(&r, device, name, options, settings, error);
    if (status == CLENET_OK) {
        cl_program cached = build_from_cache(api, context, device, &r, settings->cache_folder);
        if (cached != NULL) {
            *program = cached;
        } else {
            status = build_from_source(program, api, context, device, name, &r, error);
        }
    }
    request_free(&r);
    return status;
}

/* ---- keeping -------------------------------------------------------------------------------------------------------- */

/* NULL if the driver has no binary, or if out of memory; memory_free() it. */
static unsigned char *fetch_binary(size_t *size, cl_program program, const opencl_api *api) {
    cl_uint devices = 0;
    size_t bytes = 0;
    if (api->clGetProgramInfo(program, CL_PROGRAM_NUM_DEVICES, sizeof devices, &devices, NULL) != CL_SUCCESS ||
        devices != 1) /* clenet's contexts have one device; the queries below answer for each */
        return NULL;
    if (api->clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof bytes, &bytes, NULL) != CL_SUCCESS || bytes == 0)
        return NULL;
    unsigned char *binary = memory_new(bytes, 1);
    if (binary == NULL) return NULL;
    if (api->clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL) != CL_SUCCESS) {
        memory_free(binary);
        return NULL;
    }
    *size = bytes;
    return binary;
}

void program_keep(cl_program program, const opencl_api *api, const opencl_found *device, const char *name,
                  const char *options, const program_settings *settings) {
    if (settings->cache_folder == NULL) return;
    request r;
    if (request_make(&r, device, name, options, settings, NULL) == CLENET_OK) {
        size_t size = 0;
        unsigned char *stored = cache_load(&size, settings->cache_folder, r.key);
        unsigned char *binary = stored == NULL ? fetch_binary(&size, program, api) : NULL;
        if (binary != NULL) cache_store(settings->cache_folder, r.key, binary, size);
        memory_free(binary);
        memory_free(stored);
    }
    request_free(&r);
}
