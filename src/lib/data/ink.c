/* ink.c - see ink.h. Otsu's threshold (two_greys.h) separates ink from paper,
 * in the differences between the pixels and the paper around them. */
#include "lib/data/ink.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/data/paper.h"
#include "lib/data/rulings.h"
#include "lib/data/two_greys.h"

enum {
    LEVELS = GREY_LEVELS,
    EDGE = 24,            /* a pixel next to a stroke belongs to the stroke if it has at least this much ink */
    INKED = LEVELS / 2,   /* a pixel with at least this much ink is inside a stroke */
    DIFFERENCE_NONE = 32, /* no difference from the paper; grain is on both sides of it */
    SPECK_SHARE = 50,     /* a spot with fewer pixels than one part in 50 of the largest spot's is dirt */
    CLEAR = 0,
    STROKE = 1, /* marks of a pixel: in a stroke; in a spot that was visited; in a spot that is kept */
    SEEN = 2,
    KEPT = 3
};

/* Ink begins at this share of the way from the paper's mean grey to the ink's, and is full at the other share. With these values
 * MNIST's own digits keep all but 6 % of their ink; with 0.25 and 0.75 they lose 18 %. */
static const double ink_begins = 0.05, ink_full = 1.1;

/* A smaller difference between ink and paper, as a part of the paper's grey, is the paper's grain. */
static const double difference_least = 0.08;

/* The ink of each grey level. */
static void fill_table(uint8_t table[LEVELS], double none, double full) {
    for (int level = 0; level < LEVELS; level++) {
        double way = (level - none) / (full - none);
        double value = (way - ink_begins) / (ink_full - ink_begins) * (LEVELS - 1);
        table[level] = (uint8_t)(value <= 0.0 ? 0.0 : value >= LEVELS - 1 ? LEVELS - 1 : value + 0.5);
    }
}

/* A spot: pixels of strokes that touch each other, corners included. */
typedef struct spots {
    uint8_t *mark;  /* [height][width] */
    uint32_t *todo; /* pixels whose neighbours are not visited yet: room for every pixel of a stroke */
    size_t height, width;
} spots;

/* Changes the marks of the spot that contains the pixel start; returns its number of pixels. */
static size_t flood(spots *s, uint32_t start, uint8_t from, uint8_t to) {
    size_t waiting = 0, count = 0;
    s->mark[start] = to;
    s->todo[waiting++] = start;
    while (waiting > 0) {
        size_t at = s->todo[--waiting], y = at / s->width, x = at % s->width;
        count++;
        for (size_t v = y > 0 ? y - 1 : 0; v <= y + 1 && v < s->height; v++) {
            for (size_t u = x > 0 ? x - 1 : 0; u <= x + 1 && u < s->width; u++) {
                if (s->mark[v * s->width + u] != from) continue;
                s->mark[v * s->width + u] = to;
                s->todo[waiting++] = (uint32_t)(v * s->width + u);
            }
        }
    }
    return count;
}

/* Marks the spots that are not dirt as KEPT. */
static void keep_large(spots *s) {
    size_t pixels = s->height * s->width, largest = 0;
    for (size_t i = 0; i < pixels; i++) {
        if (s->mark[i] != STROKE) continue;
        size_t size = flood(s, (uint32_t)i, STROKE, SEEN);
        if (size > largest) largest = size;
    }
    for (size_t i = 0; i < pixels; i++) {
        if (s->mark[i] != SEEN) continue;
        if (flood(s, (uint32_t)i, SEEN, KEPT) * SPECK_SHARE < largest) (void)flood(s, (uint32_t)i, KEPT, CLEAR);
    }
}

static bool kept(const spots *s, size_t y, size_t x) {
    return s->mark[y * s->width + x] == KEPT;
}

/* Removes ink that is not next to a kept pixel. The grey edge of a stroke stays. */
static void clear_specks(ink_map *map, const spots *s) {
    for (size_t y = 0; y < s->height; y++) {
        for (size_t x = 0; x < s->width; x++) {
            bool near = false;
            for (size_t v = y > 0 ? y - 1 : 0; !near && v <= y + 1 && v < s->height; v++)
                for (size_t u = x > 0 ? x - 1 : 0; !near && u <= x + 1 && u < s->width; u++) near = kept(s, v, u);
            if (!near) map->ink[y * s->width + x] = 0;
        }
    }
}

void ink_find_box(ink_map *map) {
    map->top = map->height, map->left = map->width, map->bottom = map->right = 0;
    for (size_t y = 0; y < map->height; y++) {
        for (size_t x = 0; x < map->width; x++) {
            if (map->ink[y * map->width + x] < EDGE) continue;
            if (y < map->top) map->top = y;
            if (x < map->left) map->left = x;
            if (y + 1 > map->bottom) map->bottom = y + 1;
            if (x + 1 > map->right) map->right = x + 1;
        }
    }
}

/* The approximate width of strokes: a line has two long sides, which on the grid, over all directions, have 4/pi times their
 * length. */
static double stroke_width(const spots *s) {
    const double grid = 1.2732; /* 4/pi */
    size_t area = 0, edges = 0;
    for (size_t y = 0; y < s->height; y++) {
        for (size_t x = 0; x < s->width; x++) {
            if (!kept(s, y, x)) continue;
            area++;
            edges += (size_t)(y == 0 || !kept(s, y - 1, x)) + (size_t)(y + 1 == s->height || !kept(s, y + 1, x)) +
                     (size_t)(x == 0 || !kept(s, y, x - 1)) + (size_t)(x + 1 == s->width || !kept(s, y, x + 1));
        }
    }
    return 2.0 * grid * (double)area / (double)edges;
}

static clenet_status clean(ink_map *map, clenet_error *error) {
    size_t pixels = map->height * map->width, inked = 0;
    spots s = {.height = map->height, .width = map->width, .mark = memory_new(pixels, sizeof *s.mark)};
    for (size_t i = 0; s.mark != NULL && i < pixels; i++) inked += s.mark[i] = map->ink[i] >= INKED ? STROKE : CLEAR;
    if (s.mark != NULL) s.todo = memory_new(inked + 1, sizeof *s.todo);
    if (s.todo != NULL) {
        keep_large(&s);
        clear_specks(map, &s);
        ink_find_box(map);
        map->stroke = stroke_width(&s);
    }
    bool done = s.todo != NULL;
    memory_free(s.todo);
    memory_free(s.mark);
    return done ? CLENET_OK : error_memory(error, pixels * (1 + sizeof *s.todo), "the strokes of a picture");
}

/* Writes the difference of each pixel from its paper into map->ink: DIFFERENCE_NONE for the paper, more for ink, full for `most`. */
static void fill_differences(ink_map *map, const paper *p, const uint8_t *grey, float *levels, float *between,
                             double most) {
    for (size_t y = 0; y < map->height; y++) {
        paper_row(p, levels, between, y);
        for (size_t x = 0; x < map->width; x++) {
            double part = paper_difference(p, grey[y * map->width + x], (double)levels[x]) / most;
            double value = DIFFERENCE_NONE + part * (LEVELS - 1 - DIFFERENCE_NONE) + 0.5;
            map->ink[y * map->width + x] = (uint8_t)(value <= 0.0 ? 0.0 : value >= LEVELS - 1 ? LEVELS - 1 : value);
        }
    }
}

/* The histogram of the pixels near ink: there, ink and paper are about as frequent, so that the threshold lies between them. */
static size_t count_near_ink(uint64_t histogram[LEVELS], const ink_map *map, const paper *p) {
    size_t count = 0;
    for (size_t y = 0; y < map->height; y++) {
        const uint8_t *inked = p->ink + y / p->cell * p->columns;
        for (size_t x = 0; x < map->width; x++) {
            if (inked[x / p->cell]) histogram[map->ink[y * map->width + x]]++, count++;
        }
    }
    return count;
}

static clenet_status no_digit(clenet_error *error) {
    return error_set(error, CLENET_ERROR_FORMAT,
                     "no digit found: the picture is blank; give one with a digit on paper or on a board");
}

/* Finds the ink in the differences from the paper. */
static clenet_status find_on_paper(ink_map *map, const paper *p, const uint8_t *grey, clenet_error *error) {
    float *levels = memory_new(map->width + p->columns, sizeof *levels);
    if (levels == NULL) return error_memory(error, (map->width + p->columns) * sizeof *levels, "a row of a picture");
    double most = p->largest + 0.02;
    fill_differences(map, p, grey, levels, levels + map->width, most);
    memory_free(levels);
    uint64_t histogram[LEVELS] = {0};
    if (count_near_ink(histogram, map, p) == 0) return no_digit(error);
    two_greys greys = two_greys_part(histogram);
    double unit = most / (LEVELS - 1 - DIFFERENCE_NONE); /* of a difference */
    double contrast = (greys.light - DIFFERENCE_NONE) * unit;
    map->contrast = contrast * p->typical;
    map->grain = p->grain * p->typical;
    if (contrast < difference_least) return no_digit(error);
    uint8_t table[LEVELS];
    fill_table(table, DIFFERENCE_NONE, greys.light);
    for (size_t i = 0; i < map->height * map->width; i++) map->ink[i] = table[map->ink[i]];
    return CLENET_OK;
}

clenet_status ink_find(ink_map *map, const uint8_t *grey, size_t height, size_t width, clenet_error *error) {
    size_t pixels = height * width;
    if (pixels > UINT32_MAX) {
        return error_set(error, CLENET_ERROR_ARGUMENT, "a picture of %zu pixels is out of range: give %lu or fewer",
                         pixels, (unsigned long)UINT32_MAX);
    }
    paper p;
    clenet_status status = paper_find(&p, grey, height, width, error);
    if (status != CLENET_OK) return status;
    *map = (ink_map){.height = height, .width = width, .ink = memory_new(pixels, sizeof *map->ink)};
    status =
        map->ink != NULL ? find_on_paper(map, &p, grey, error) : error_memory(error, pixels, "the ink of a picture");
    paper_free(&p);
    if (status == CLENET_OK) status = rulings_remove(&map->lines, map->ink, height, width, error);
    if (status == CLENET_OK) status = clean(map, error);
    if (status != CLENET_OK) ink_free(map);
    return status;
}

void ink_free(ink_map *map) {
    memory_free(map->ink);
    map->ink = NULL;
}
