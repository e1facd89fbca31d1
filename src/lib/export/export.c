/* export.c - see export.h: what all formats of an export share. */
#include "lib/export/export.h"

#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/options_sized.h"
#include "lib/base/output.h"

static const clenet_export_options defaults = {.prefix = "digits"};

void clenet_export_options_init(clenet_export_options *options, size_t size) {
    options_sized_init(options, size, &defaults, sizeof defaults);
}

clenet_status export_options_take(clenet_export_options *taken, const clenet_export_options *given,
                                  clenet_error *error) {
    *taken = defaults;
    clenet_status status = options_sized_take(taken, sizeof *taken, given, "clenet_export_options", error);
    if (status == CLENET_OK && taken->prefix == NULL) taken->prefix = defaults.prefix;
    return status;
}

clenet_status export_new(clenet_export **exported, char *bytes, size_t count, clenet_error *error) {
    clenet_export *fresh = bytes != NULL ? memory_new(1, sizeof *fresh) : NULL;
    if (fresh == NULL) {
        memory_free(bytes);
        return error_memory(error, count + sizeof *fresh, "an export");
    }
    bytes[count] = '\0';
    fresh->bytes = bytes;
    fresh->count = count;
    *exported = fresh;
    return CLENET_OK;
}

clenet_status export_set_second(clenet_export *exported, char *second, const char *name, clenet_error *error) {
    exported->second = second;
    if (name != NULL) exported->second_name = memory_copy_string(name);
    if (second != NULL && (name == NULL || exported->second_name != NULL)) return CLENET_OK;
    return error_memory(error, name != NULL ? strlen(name) + 1 : 1, "the second file of an export");
}

void clenet_export_free(clenet_export *exported) {
    if (exported == NULL) return;
    memory_free(exported->bytes);
    memory_free(exported->second);
    memory_free(exported->second_name);
    memory_free(exported->changes);
    memory_free(exported);
}

/* ---- getters -------------------------------------------------------------------------------------------- */

const void *clenet_export_bytes(const clenet_export *exported) {
    return exported != NULL ? exported->bytes : NULL;
}

size_t clenet_export_size(const clenet_export *exported) {
    return exported != NULL ? exported->count : 0;
}

const char *clenet_export_source(const clenet_export *exported) {
    return exported != NULL ? exported->bytes : NULL;
}

const char *clenet_export_header(const clenet_export *exported) {
    return exported != NULL ? exported->second : NULL;
}

clenet_export_costs clenet_export_cost(const clenet_export *exported) {
    return exported != NULL ? exported->costs : (clenet_export_costs){.weight_bytes = 0};
}

clenet_export_check clenet_export_checked(const clenet_export *exported) {
    return exported != NULL ? exported->check : (clenet_export_check){.rows = 0};
}

const clenet_export_change *clenet_export_changes(const clenet_export *exported) {
    return exported != NULL ? exported->changes : NULL;
}

/* ---- files ---------------------------------------------------------------------------------------------- */

static clenet_status write_file(const char *path, const char *bytes, size_t count, clenet_error *error) {
    output_file *output;
    clenet_status status = output_open(&output, path, error);
    if (status != CLENET_OK) return status;
    status = output_write(output, bytes, count, error);
    if (status == CLENET_OK) return output_commit(output, error);
    output_abandon(output);
    return status;
}

/* Writes the second file into the folder of the path. */
static clenet_status write_second(const clenet_export *exported, const char *path, clenet_error *error) {
    const char *slash = strrchr(path, '/');
    size_t folder = slash != NULL ? (size_t)(slash - path) + 1 : 0, name = strlen(exported->second_name) + 1;
    char *second = memory_new(folder + name, 1);
    if (second == NULL) return error_memory(error, folder + name, "the name of the second file");
    memcpy(second, path, folder);
    memcpy(second + folder, exported->second_name, name);
    clenet_status status;
    if (strcmp(second, path) == 0)
        status = error_set(error, CLENET_ERROR_ARGUMENT, "cannot write both the source and its header to '%s'", path);
    else
        status = write_file(second, exported->second, strlen(exported->second), error);
    memory_free(second);
    return status;
}

clenet_status clenet_export_save(const clenet_export *exported, const char *path, clenet_error *error) {
    REQUIRE(exported, error);
    REQUIRE(path, error);
    clenet_status status = CLENET_OK;
    if (exported->second_name != NULL) status = write_second(exported, path, error);
    if (status == CLENET_OK) status = write_file(path, exported->bytes, exported->count, error);
    return status;
}
