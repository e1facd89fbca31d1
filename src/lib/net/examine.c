/* examine.c - looks for what may be wrong with data that can be read.
 *
 * The bounds were chosen so that no finding is wrong for MNIST: of its rows, 10 % are wider than high and 80 % higher than wide; of 20
 * drawn rows, in 2,000 draws, at most 45 % were wide. EMNIST's files have the digits of MNIST with rows and columns swapped. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hash.h"
#include "lib/base/memory.h"
#include "lib/base/number.h"
#include "lib/data/dataset.h"
#include "lib/data/labels.h"
#include "lib/net/model.h"

static const double light_border = 192.0, dark_border = 64.0; /* mean of its pixels */
static const double many_wide = 0.6, few_wide = 0.35;         /* share of images */
static const double much_lighter = 2.5;                       /* factor of the mean */

enum {
    FULL_FROM = 128,  /* the largest pixel of images with the whole range is at least this */
    IMAGES_LEAST = 10 /* a judgement on shares needs as many */
};

typedef struct examination {
    const clenet_dataset *data;
    const clenet_model *model; /* NULL: none */
    data_look now, then;       /* then.largest is -1 if there is no model, or if it knows nothing */
    clenet_finding_callback *on_finding;
    void *user;
} examination;

static void __attribute__((format(printf, 4, 5)))
tell(const examination *e, clenet_finding_kind kind, double scale, const char *format, ...) {
    clenet_finding finding = {.kind = kind, .scale = scale};
    va_list arguments;
    va_start(arguments, format);
    (void)number_print_list(finding.message, sizeof finding.message, format, arguments);
    va_end(arguments);
    e->on_finding(&finding, e->user);
}

static bool has_model(const examination *e) {
    return e->then.largest >= 0;
}

/* ---- light and dark ---- */

static void look_for_inversion(const examination *e) {
    if (e->data->channels != 1 || e->now.border < light_border || e->now.largest < FULL_FROM) return;
    if (has_model(e) && e->then.border > dark_border) return;
    tell(e, CLENET_FINDING_INVERTED, 0.0, "the border of the images is light (%.0f of 255)%s: their ink may be dark",
         e->now.border, has_model(e) ? ", and the model was trained on a dark one" : "");
}

static void look_for_scale(const examination *e) {
    int largest = e->now.largest;
    if (largest == 0 || largest >= FULL_FROM || (has_model(e) && e->then.largest < FULL_FROM)) return;
    if (has_model(e))
        tell(e, CLENET_FINDING_SCALE, 255.0 / largest,
             "the largest pixel is %d, and was %d in what the model was trained on", largest, e->then.largest);
    else
        tell(e, CLENET_FINDING_SCALE, 255.0 / largest, "the largest pixel is %d, not 255", largest);
}

static void look_for_transposition(const examination *e) {
    if (e->data->channels != 1 || e->data->height != e->data->width || e->data->rows < IMAGES_LEAST) return;
    if (e->now.wide < many_wide || e->now.wide < 2.0 * e->now.tall || e->now.border > dark_border) return;
    if (has_model(e) && e->then.wide > few_wide) return;
    tell(e, CLENET_FINDING_TRANSPOSED, 0.0, "of the images %.0f %% are wider than high: they may lie on their side",
         100.0 * e->now.wide);
}

static void look_for_change(const examination *e) {
    if (!has_model(e) || e->data->rows < IMAGES_LEAST || e->now.largest < FULL_FROM) return;
    double then = e->then.mean + 1.0, now = e->now.mean + 1.0;
    bool inverted = e->now.border >= light_border && e->then.border <= dark_border;
    if (inverted || (now < then * much_lighter && then < now * much_lighter)) return;
    tell(e, CLENET_FINDING_CHANGED, 0.0,
         "the mean pixel is %.0f, and was %.0f in what the model was trained on: are these images of the same kind?",
         e->now.mean, e->then.mean);
}

/* ---- single images ---- */

static size_t image_bytes(const clenet_dataset *d) {
    return (size_t)d->height * (size_t)d->width * (size_t)d->channels;
}

static void look_for_blank(const examination *e) {
    const clenet_dataset *d = e->data;
    size_t bytes = image_bytes(d), blank = 0, first = 0;
    for (size_t row = 0; row < d->rows && bytes > 1; row++) {
        const uint8_t *image = d->images + row * bytes;
        if (memcmp(image, image + 1, bytes - 1) != 0) continue;
        if (blank++ == 0) first = row + 1;
    }
    if (blank == 1)
        tell(e, CLENET_FINDING_BLANK, 0.0, "the image of row %zu is blank: all its pixels are the same", first);
    else if (blank > 1)
        tell(e, CLENET_FINDING_BLANK, 0.0, "%zu images are blank, the first in row %zu", blank, first);
}

/* An image by its hash. Images with the same hash are compared byte by byte. */
typedef struct hashed {
    uint64_t hash;
    uint32_t row;
} hashed;

static int by_hash(const void *one, const void *other) {
    const hashed *a = one, *b = other;
    if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static void count_repeated(const examination *e, const hashed *images) {
    const clenet_dataset *d = e->data;
    size_t bytes = image_bytes(d), repeated = 0, contradicted = 0, first = 0, again = 0;
    for (size_t i = 1; i < d->rows; i++) {
        size_t one = images[i - 1].row, other = images[i].row;
        if (images[i].hash != images[i - 1].hash) continue;
        if (memcmp(d->images + one * bytes, d->images + other * bytes, bytes) != 0) continue;
        if (repeated++ == 0) first = one + 1, again = other + 1;
        contradicted += d->labels != NULL && d->labels[one] != d->labels[other];
    }
    if (repeated == 0) return;
    char other_labels[64] = "";
    if (contradicted > 0)
        (void)snprintf(other_labels, sizeof other_labels, ", %zu of them with another label", contradicted);
    tell(e, CLENET_FINDING_REPEATED, 0.0, "%zu image%s there more than once%s: row %zu is that of row %zu", repeated,
         repeated == 1 ? " is" : "s are", other_labels, again, first);
}

static clenet_status look_for_repeated(const examination *e, clenet_error *error) {
    const clenet_dataset *d = e->data;
    hashed *images = memory_new(d->rows, sizeof *images);
    if (images == NULL) return error_memory(error, d->rows * sizeof *images, "a look at the images");
    for (size_t row = 0; row < d->rows; row++) {
        images[row].hash = hash_64(d->images + row * image_bytes(d), image_bytes(d));
        images[row].row = (uint32_t)row;
    }
    qsort(images, d->rows, sizeof *images, by_hash);
    count_repeated(e, images);
    memory_free(images);
    return CLENET_OK;
}

/* ---- classes ---- */

static void look_for_classes(const examination *e) {
    const clenet_dataset *d = e->data;
    bool there[CLASSES_AT_MOST] = {false};
    int missing = 0, first = -1;
    if (d->labels == NULL || e->model != NULL) return;
    for (size_t row = 0; row < d->rows; row++) there[d->labels[row]] = true;
    for (int i = 0; i < d->classes; i++) {
        if (there[i]) continue;
        if (missing++ == 0) first = i;
    }
    if (missing == 0) return;
    char more[48] = "";
    if (missing > 1)
        (void)snprintf(more, sizeof more, ", nor of %d other class%s", missing - 1, missing == 2 ? "" : "es");
    tell(e, CLENET_FINDING_MISSING_CLASS, 0.0, "there is no image of '%s'%s: it will never be predicted",
         d->class_names[first], more);
}

clenet_status clenet_dataset_examine(const clenet_dataset *dataset, const clenet_model *model,
                                     clenet_finding_callback *on_finding, void *user, clenet_error *error) {
    REQUIRE(dataset, error);
    REQUIRE(on_finding, error);
    examination e = {.data = dataset, .model = model, .on_finding = on_finding, .user = user};
    e.now = data_look_at(dataset);
    e.then.largest = -1;
    if (model != NULL) e.then = model->form.look;
    look_for_inversion(&e);
    look_for_scale(&e);
    look_for_transposition(&e);
    look_for_blank(&e);
    clenet_status status = look_for_repeated(&e, error);
    if (status != CLENET_OK) return status;
    look_for_classes(&e);
    look_for_change(&e);
    return CLENET_OK;
}
