/* keras_weights.c - see keras_weights.h. */
#include "lib/import/keras_weights.h"

#include <stdio.h>
#include <string.h>

bool keras_weights_open(keras_weights *weights, const hdf5_content *content) {
    static const struct {
        const char *folder;
        bool numbered;
    } forms[] = {{"layers/", true}, {"_layer_checkpoint_dependencies/", true}, {"model_weights/", false}};
    *weights = (keras_weights){.content = content, .folder = ""};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (!hdf5_has_below(content, forms[i].folder)) continue;
        weights->folder = forms[i].folder;
        weights->numbered = forms[i].numbered;
        return true;
    }
    return hdf5_find_text(content, "", "layer_names") != NULL;
}

/* True if the path is folder, layer, '/', any groups, the word, and ":0" or nothing. */
static bool is_named(const char *path, const char *folder, const char *layer, const char *word) {
    size_t before = strlen(folder), length = strlen(layer), word_length = strlen(word);
    if (strncmp(path, folder, before) != 0 || strncmp(path + before, layer, length) != 0) return false;
    const char *slash = strrchr(path, '/');
    if (path[before + length] != '/' || slash < path + before + length) return false;
    const char *end = slash + 1 + word_length;
    return strncmp(slash + 1, word, word_length) == 0 && (*end == '\0' || strcmp(end, ":0") == 0);
}

const hdf5_entry *keras_weights_find(const keras_weights *weights, const char *group, const char *name, int number,
                                     const char *word) {
    const hdf5_content *content = weights->content;
    char path[KERAS_PATH_SIZE];
    if (weights->numbered) {
        (void)snprintf(path, sizeof path, "%s%s/vars/%d", weights->folder, group, number);
        return hdf5_find(content, path);
    }
    for (size_t i = 0; i < content->count; i++) {
        const hdf5_entry *entry = &content->entries[i];
        if (entry->name == NULL && is_named(entry->path, weights->folder, name, word)) return entry;
    }
    return NULL;
}

bool keras_weights_has(const keras_weights *weights, const char *group) {
    char path[KERAS_PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s%s/vars/", weights->folder, group);
    return hdf5_has_below(weights->content, path);
}

void keras_put_group(char group[KERAS_GROUP_SIZE], const char *class_group, int number) {
    if (number == 0)
        (void)snprintf(group, KERAS_GROUP_SIZE, "%s", class_group);
    else
        (void)snprintf(group, KERAS_GROUP_SIZE, "%s_%d", class_group, number);
}
