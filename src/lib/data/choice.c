/* choice.c - see choice.h. A name is split into words: train-images-idx3-ubyte.gz is "train", "images", "idx3", "ubyte", "gz". */
#include "lib/data/choice.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/base/memory.h"

enum { WORD_BYTES = 32, KEY_BYTES = 128, NAMED_AT_MOST = 8 /* members that an error names */ };

typedef enum kind { KIND_ANY, KIND_IMAGES, KIND_LABELS } kind;
typedef enum part { PART_ANY, PART_TRAINING, PART_VALIDATION, PART_TEST } part;

/* What a member's name says. */
typedef struct meaning {
    bool data;  /* its extension is one of data; false also for members that are never chosen automatically */
    bool other; /* may be data if no member has an extension of data */
    kind kind;
    part part;
    char key[KEY_BYTES]; /* the words that are left: the same for images and their labels */
} meaning;

static const struct {
    const char *word;
    kind kind;
    part part;
    bool in_key;
} words[] = {
    {"x", KIND_IMAGES, PART_ANY, false},
    {"images", KIND_IMAGES, PART_ANY, false},
    {"image", KIND_IMAGES, PART_ANY, false},
    {"imgs", KIND_IMAGES, PART_ANY, false},
    {"img", KIND_IMAGES, PART_ANY, false},
    {"data", KIND_IMAGES, PART_ANY, false},
    {"features", KIND_IMAGES, PART_ANY, false},
    {"pixels", KIND_IMAGES, PART_ANY, false},
    {"y", KIND_LABELS, PART_ANY, false},
    {"labels", KIND_LABELS, PART_ANY, false},
    {"label", KIND_LABELS, PART_ANY, false},
    {"target", KIND_LABELS, PART_ANY, false},
    {"targets", KIND_LABELS, PART_ANY, false},
    {"classes", KIND_LABELS, PART_ANY, false},
    {"xtrain", KIND_IMAGES, PART_TRAINING, false},
    {"trainx", KIND_IMAGES, PART_TRAINING, false},
    {"ytrain", KIND_LABELS, PART_TRAINING, false},
    {"trainy", KIND_LABELS, PART_TRAINING, false},
    {"xtest", KIND_IMAGES, PART_TEST, false},
    {"testx", KIND_IMAGES, PART_TEST, false},
    {"ytest", KIND_LABELS, PART_TEST, false},
    {"testy", KIND_LABELS, PART_TEST, false},
    {"train", KIND_ANY, PART_TRAINING, false},
    {"training", KIND_ANY, PART_TRAINING, false},
    {"test", KIND_ANY, PART_TEST, false},
    {"testing", KIND_ANY, PART_TEST, false},
    {"t10k", KIND_ANY, PART_TEST, false},
    {"val", KIND_ANY, PART_VALIDATION, false},
    {"valid", KIND_ANY, PART_VALIDATION, false},
    {"validation", KIND_ANY, PART_VALIDATION, false},
    {"dev", KIND_ANY, PART_VALIDATION, false},
    /* formats, which images and their labels need not share */
    {"idx1", KIND_ANY, PART_ANY, false},
    {"idx2", KIND_ANY, PART_ANY, false},
    {"idx3", KIND_ANY, PART_ANY, false},
    {"idx4", KIND_ANY, PART_ANY, false},
    {"ubyte", KIND_ANY, PART_ANY, false},
    {"int", KIND_ANY, PART_ANY, false},
    {"gz", KIND_ANY, PART_ANY, false},
};

static const char *const packed_extensions[] = {".gz", ".bz2", ".xz", ".zst"};
static const char *const data_extensions[] = {".csv", ".tsv", ".npy", ".idx", ".bin", "ubyte", "-int"};
static const char *const picture_extensions[] = {".png", ".jpg", ".jpeg", ".webp", ".heic",
                                                 ".bmp", ".pgm", ".ppm",  ".gif",  ".tif"};
/* Words of members that are never chosen automatically, unless the extension shows otherwise; "submission" of Kaggle's sample_submission.csv always. */
static const char *const other_words[] = {"readme", "license", "licence", "metadata", "checksum"};

static bool ends_in(const char *text, size_t length, const char *end) {
    size_t count = strlen(end);
    return length > count && strncasecmp(text + length - count, end, count) == 0;
}

static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* The length of the name without the extension of a packing. */
static size_t unpacked_length(const char *name) {
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof packed_extensions / sizeof *packed_extensions; i++)
        if (ends_in(name, length, packed_extensions[i])) return length - strlen(packed_extensions[i]);
    return length;
}

static bool is_picture(const char *path) {
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof picture_extensions / sizeof *picture_extensions; i++)
        if (ends_in(path, length, picture_extensions[i])) return true;
    return false;
}

static bool has_data_extension(const char *name) {
    size_t length = unpacked_length(name);
    for (size_t i = 0; i < sizeof data_extensions / sizeof *data_extensions; i++)
        if (ends_in(name, length, data_extensions[i])) return true;
    return false;
}

/* Without packing and extension: "train" of train.csv.gz, "x_train" of x_train.npy. */
static size_t stem_length(const char *name) {
    size_t length = unpacked_length(name);
    for (size_t i = length; i > 1; i--)
        if (name[i - 1] == '.') return i - 1;
    return length;
}

static bool is_word_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Copies the next word of [*at, end) in lower case; false after the last. */
static bool next_word(char *word, const char **at, const char *end) {
    size_t length = 0;
    while (*at < end && !is_word_letter(**at)) (*at)++;
    if (*at == end) return false;
    for (; *at < end && is_word_letter(**at); (*at)++)
        if (length < WORD_BYTES - 1) word[length++] = lower(**at);
    word[length] = '\0';
    return true;
}

static void take_word(meaning *found, const char *word, bool *submission) {
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i].word) != 0) continue;
        if (found->kind == KIND_ANY) found->kind = words[i].kind;
        if (found->part == PART_ANY) found->part = words[i].part;
        return;
    }
    for (size_t i = 0; i < sizeof other_words / sizeof *other_words; i++)
        if (strcmp(word, other_words[i]) == 0) found->other = false;
    if (strcmp(word, "submission") == 0 || strcmp(word, "samplesubmission") == 0) *submission = true;
    size_t length = strlen(found->key);
    if (length + strlen(word) + 2 <= sizeof found->key)
        (void)snprintf(found->key + length, sizeof found->key - length, "%s ", word);
}

static meaning understand(const char *path) {
    const char *name = file_name(path);
    bool hidden = name[0] == '.' || strncmp(path, "__MACOSX/", 9) == 0, submission = false;
    meaning found = {.other = true};
    char word[WORD_BYTES];
    const char *at = name, *end = name + stem_length(name);
    while (next_word(word, &at, end)) take_word(&found, word, &submission);
    found.data = has_data_extension(name) && !hidden && !submission;
    found.other = found.other && !hidden && !submission;
    return found;
}

/* ---- choosing ----------------------------------------------------------------------------------------------------------- */

/* "'a', 'b' and 3 more" of the members for which shown[] is true. */
static void name_members(char *text, size_t bytes, const char *const *members, const bool *shown, size_t count) {
    size_t length = 0, named = 0, left = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        if (!shown[i]) continue;
        if (named == NAMED_AT_MOST || length + strlen(members[i]) + 20 > bytes) {
            left++;
            continue;
        }
        length += (size_t)snprintf(text + length, bytes - length, "%s%s", named > 0 ? ", " : "", members[i]);
        named++;
    }
    if (left > 0) (void)snprintf(text + length, bytes - length, " and %zu more", left);
}

static bool is_wanted(const char *path, const char *wanted) {
    const char *name = file_name(path);
    size_t length = strlen(wanted);
    if (strcmp(path, wanted) == 0 || strcmp(name, wanted) == 0) return true;
    return length == stem_length(name) && strncmp(name, wanted, length) == 0;
}

static size_t count_set(const bool *set, size_t count) {
    size_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += set[i];
    return sum;
}

/* Leaves in may[] only the members that `keep` says of, if there are any. */
static void narrow(bool *may, const bool *keep, size_t count) {
    bool any = false;
    for (size_t i = 0; i < count; i++) any = any || (may[i] && keep[i]);
    for (size_t i = 0; any && i < count; i++) may[i] = may[i] && keep[i];
}

/* may[count]: the members that may have the images. keep[count]: for use here. */
static void choose(bool *may, bool *keep, const meaning *means, size_t count, clenet_part asked) {
    part wanted = asked == CLENET_PART_TEST ? PART_TEST : PART_TRAINING;
    for (size_t i = 0; i < count; i++) may[i] = means[i].data;
    if (count_set(may, count) == 0)
        for (size_t i = 0; i < count; i++) may[i] = means[i].other;
    for (size_t i = 0; i < count; i++) keep[i] = means[i].kind != KIND_LABELS;
    narrow(may, keep, count);
    if (count_set(may, count) == 1) return;
    for (size_t i = 0; i < count; i++) keep[i] = means[i].part == wanted;
    narrow(may, keep, count);
}

/* The labels of the images: the same part, and the same other words. */
static size_t find_labels(const meaning *means, size_t count, size_t images) {
    size_t found = CHOICE_NONE;
    for (size_t i = 0; i < count; i++) {
        if (i == images || !means[i].data || means[i].kind != KIND_LABELS || means[i].part != means[images].part)
            continue;
        if (strcmp(means[i].key, means[images].key) != 0) continue;
        if (found != CHOICE_NONE) return CHOICE_NONE; /* two may be meant */
        found = i;
    }
    return found;
}

static clenet_status cannot_choose(const char *const *members, const bool *may, size_t count, const char *name,
                                   clenet_error *error) {
    char named[512];
    for (size_t i = 0; i < count; i++) {
        if (!may[i] || !is_picture(members[i])) continue;
        return error_set(
            error, CLENET_ERROR_FORMAT,
            "%s: has pictures, such as %s; unpack it with: unzip '%s', and name the folder with one folder per class",
            name, members[i], name);
    }
    name_members(named, sizeof named, members, may, count);
    if (count_set(may, count) == 0) {
        return error_set(error, CLENET_ERROR_FORMAT, "%s: has no file of digits; unpack it to see what it has", name);
    }
    return error_set(error, CLENET_ERROR_FORMAT, "%s: several files fit: %s; choose one with --member", name, named);
}

static clenet_status choose_wanted(bool *may, const char *const *members, size_t count, const char *name,
                                   const char *wanted, clenet_error *error) {
    char named[512];
    for (size_t i = 0; i < count; i++) may[i] = is_wanted(members[i], wanted);
    if (count_set(may, count) > 1) { /* the whole path is meant, if there is one */
        for (size_t i = 0; i < count; i++)
            if (strcmp(members[i], wanted) == 0)
                for (size_t k = 0; k < count; k++) may[k] = k == i;
    }
    if (count_set(may, count) > 0) return CLENET_OK;
    for (size_t i = 0; i < count; i++) may[i] = true;
    name_members(named, sizeof named, members, may, count);
    return error_set(error, CLENET_ERROR_FORMAT, "%s: has no file '%s'; it has %s", name, wanted,
                     count > 0 ? named : "none");
}

clenet_status choice_make(choice *chosen, const char *const *members, size_t count, const char *name, clenet_part asked,
                          const char *wanted, clenet_error *error) {
    meaning *means = memory_new(count + 1, sizeof *means);
    bool *may = memory_new(count + 1, sizeof *may), *keep = memory_new(count + 1, sizeof *keep);
    clenet_status status = CLENET_OK;
    if (means == NULL || may == NULL || keep == NULL)
        status = error_memory(error, (count + 1) * sizeof *means, "the names in an archive");
    for (size_t i = 0; status == CLENET_OK && i < count; i++) means[i] = understand(members[i]);
    if (status == CLENET_OK && wanted != NULL) status = choose_wanted(may, members, count, name, wanted, error);
    if (status == CLENET_OK && wanted == NULL) choose(may, keep, means, count, asked);
    if (status == CLENET_OK && count_set(may, count) != 1) status = cannot_choose(members, may, count, name, error);
    if (status == CLENET_OK) {
        size_t images = 0;
        while (!may[images]) images++;
        *chosen = (choice){.images = images, .labels = find_labels(means, count, images)};
    }
    memory_free(means);
    memory_free(may);
    memory_free(keep);
    return status;
}
