/* digits.c - the digits of a picture: one image each, in reading order. */
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/options_sized.h"
#include "lib/base/status.h"
#include "lib/data/ink.h"
#include "lib/data/digit_image.h"
#include "lib/data/segments.h"

enum { PIXELS = CLENET_PICTURE_SIDE * CLENET_PICTURE_SIDE, DIGITS_MOST = 1000 };

struct clenet_picture_digits {
    size_t count;
    uint8_t *images;         /* [count][CLENET_PICTURE_SIDE][CLENET_PICTURE_SIDE] */
    clenet_picture_box *box; /* [count] */
};

static const clenet_picture_options defaults = {.size = sizeof defaults, .digits = 0};

void clenet_picture_options_init(clenet_picture_options *options, size_t size) {
    options_sized_init(options, size, &defaults, sizeof defaults);
}

static clenet_status allocate(clenet_picture_digits **digits, size_t count, clenet_error *error) {
    clenet_picture_digits *made = memory_new(1, sizeof *made);
    if (made != NULL) {
        made->count = count;
        made->images = memory_new(count, PIXELS);
        made->box = memory_new(count, sizeof *made->box);
        if (made->images != NULL && made->box != NULL) {
            *digits = made;
            return CLENET_OK;
        }
    }
    clenet_picture_digits_free(made);
    return error_memory(error, count * PIXELS, "the digits of a picture");
}

/* ---- one digit: all ink ---- */

static clenet_picture_box box_of(const ink_map *map, size_t top, size_t left, int line) {
    return (clenet_picture_box){.top = (int)(top + map->top),
                                .left = (int)(left + map->left),
                                .height = (int)(map->bottom - map->top),
                                .width = (int)(map->right - map->left),
                                .line = line};
}

static clenet_status take_all(clenet_picture_digits **digits, const ink_map *map, clenet_error *error) {
    clenet_picture_digits *made;
    clenet_status status = allocate(&made, 1, error);
    if (status != CLENET_OK) return status;
    digit_image_make(made->images, map);
    made->box[0] = box_of(map, 0, 0, 0);
    *digits = made;
    return CLENET_OK;
}

/* ---- several ---- */

/* True if the pixel is a stroke of the digit, or next to one and of no other digit: the grey edge of the stroke. */
static bool is_of(const segments *s, uint32_t label, size_t y, size_t x) {
    uint32_t own = s->label[y * s->width + x];
    if (own != 0) return own == label;
    for (size_t v = y > 0 ? y - 1 : 0; v <= y + 1 && v < s->height; v++) {
        for (size_t u = x > 0 ? x - 1 : 0; u <= x + 1 && u < s->width; u++) {
            if (s->label[v * s->width + u] == label) return true;
        }
    }
    return false;
}

/* Copies the ink of one digit, without that of its neighbours, into a map of its size. */
static clenet_status take_one(uint8_t *image, clenet_picture_box *box, const segments *s, uint32_t index,
                              const ink_map *map, clenet_error *error) {
    const segment *a = &s->list[index];
    size_t top = a->top > 0 ? a->top - 1 : 0, left = a->left > 0 ? a->left - 1 : 0;
    size_t bottom = a->bottom < s->height ? a->bottom + 1 : s->height;
    size_t right = a->right < s->width ? a->right + 1 : s->width;
    ink_map one = {.height = bottom - top, .width = right - left, .stroke = map->stroke};
    one.ink = memory_new(one.height * one.width, sizeof *one.ink);
    if (one.ink == NULL) return error_memory(error, one.height * one.width, "the ink of a digit");
    for (size_t y = 0; y < one.height; y++) {
        for (size_t x = 0; x < one.width; x++) {
            uint8_t ink = map->ink[(top + y) * map->width + left + x];
            if (ink > 0 && is_of(s, index + 1, top + y, left + x)) one.ink[y * one.width + x] = ink;
        }
    }
    ink_find_box(&one);
    digit_image_make(image, &one);
    *box = box_of(&one, top, left, a->line);
    ink_free(&one);
    return CLENET_OK;
}

static clenet_status take_each(clenet_picture_digits **digits, const segments *s, const ink_map *map,
                               clenet_error *error) {
    if (s->count == 0 || s->count > DIGITS_MOST) {
        return error_set(error, CLENET_ERROR_FORMAT,
                         "no digit found: the picture has %zu spots of ink that may be digits, and %d at most are read",
                         s->count, DIGITS_MOST);
    }
    clenet_picture_digits *made;
    clenet_status status = allocate(&made, s->count, error);
    if (status != CLENET_OK) return status;
    for (size_t i = 0; i < s->count && status == CLENET_OK; i++) {
        status = take_one(made->images + i * PIXELS, &made->box[i], s, s->order[i], map, error);
    }
    if (status != CLENET_OK) {
        clenet_picture_digits_free(made);
        return status;
    }
    *digits = made;
    return CLENET_OK;
}

static clenet_status find(clenet_picture_digits **digits, const ink_map *map, int wanted, clenet_error *error) {
    if (wanted == 1) return take_all(digits, map, error);
    segments s;
    clenet_status status = segments_find(&s, map, wanted, error);
    if (status != CLENET_OK) return status;
    status = take_each(digits, &s, map, error);
    segments_free(&s);
    return status;
}

clenet_status clenet_picture_digits_new(clenet_picture_digits **digits, const uint8_t *grey, int height, int width,
                                        const clenet_picture_options *options, clenet_error *error) {
    REQUIRE(digits, error);
    REQUIRE(grey, error);
    clenet_picture_options taken = defaults;
    clenet_status status = options_sized_take(&taken, sizeof taken, options, "clenet_picture_options", error);
    if (status == CLENET_OK) status = digit_image_check_sides(height, width, error);
    if (status != CLENET_OK) return status;
    if (taken.digits < 0 || taken.digits > DIGITS_MOST) {
        return error_set(error, CLENET_ERROR_ARGUMENT, "digits is %d: give 0 (find them) to %d", taken.digits,
                         DIGITS_MOST);
    }
    ink_map map;
    status = ink_find(&map, grey, (size_t)height, (size_t)width, error);
    if (status == CLENET_ERROR_FORMAT) {
        return error_set(error, CLENET_ERROR_FORMAT,
                         "no digit found: the picture is blank; give one with digits on paper or on a board");
    }
    if (status != CLENET_OK) return status;
    status = find(digits, &map, taken.digits, error);
    ink_free(&map);
    return status;
}

void clenet_picture_digits_free(clenet_picture_digits *digits) {
    if (digits == NULL) return;
    memory_free(digits->images);
    memory_free(digits->box);
    memory_free(digits);
}

size_t clenet_picture_digits_count(const clenet_picture_digits *digits) {
    return digits != NULL ? digits->count : 0;
}

const uint8_t *clenet_picture_digits_images(const clenet_picture_digits *digits) {
    return digits != NULL ? digits->images : NULL;
}

clenet_picture_box clenet_picture_digits_box(const clenet_picture_digits *digits, size_t i) {
    return digits != NULL && i < digits->count ? digits->box[i] : (clenet_picture_box){0};
}
