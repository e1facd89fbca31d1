/* ink.c - see ink.h. A threshold by Otsu (1979, "A threshold selection method from gray-level histograms") separates dark from
 * light; the background is the side that most of the picture's border belongs to. */
#include "lib/data/ink.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/memory.h"

enum {
    LEVELS = 256,
    EDGE = 24,           /* a pixel next to a stroke belongs to the stroke if it has at least this much ink */
    INKED = LEVELS / 2,  /* a pixel with at least this much ink is inside a stroke */
    CONTRAST_LEAST = 20, /* grey levels between paper and ink: a smaller difference is the paper's grain */
    SPECK_SHARE = 50,    /* a spot with fewer pixels than one part in 50 of the largest spot's is dirt */
    CLEAR = 0,
    STROKE = 1, /* marks of a pixel: in a stroke; in a spot that was visited; in a spot that is kept */
    SEEN = 2,
    KEPT = 3
};

/* Ink begins at this share of the way from the paper's mean grey to the ink's, and is full at the other share. With these values
 * MNIST's own digits keep all but 6 % of their ink; with 0.25 and 0.75 they lose 18 %. */
static const double ink_begins = 0.05, ink_full = 1.1;

typedef struct two_greys {
    double dark, light; /* the means of both sides */
    int threshold;      /* the first level of the light side */
} two_greys;

/* Otsu's threshold: it makes the variance between both sides largest. If several do, the middle one. */
static two_greys part(const uint64_t histogram[LEVELS]) {
    double total = 0.0, sum = 0.0, below = 0.0, below_sum = 0.0, best = -1.0;
    for (int i = 0; i < LEVELS; i++) total += (double)histogram[i], sum += (double)histogram[i] * i;
    two_greys greys = {sum / total, sum / total, 0};
    int first = 0;
    for (int t = 1; t < LEVELS; t++) {
        below += (double)histogram[t - 1];
        below_sum += (double)histogram[t - 1] * (t - 1);
        double above = total - below;
        if (below == 0.0 || above == 0.0) continue;
        double dark = below_sum / below, light = (sum - below_sum) / above;
        double between = below * above * (light - dark) * (light - dark);
        if (between > best) {
            best = between;
            first = t;
            greys = (two_greys){dark, light, t};
        } else if (between == best) {
            greys.threshold = (first + t) / 2;
        }
    }
    return greys;
}

/* True if most of the border is light. */
static bool light_border(const uint8_t *grey, size_t height, size_t width, int threshold) {
    size_t light = 0, count = 0;
    for (size_t y = 0; y < height; y++) {
        bool edge = y == 0 || y == height - 1;
        size_t step = edge || width == 1 ? 1 : width - 1;
        for (size_t x = 0; x < width; x += step, count++) light += grey[y * width + x] >= threshold;
    }
    return 2 * light >= count;
}

/* The ink of each grey level. */
static void fill_table(uint8_t table[LEVELS], double paper, double ink) {
    for (int level = 0; level < LEVELS; level++) {
        double way = (level - paper) / (ink - paper);
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

/* The box around the ink, with the grey edge of strokes, as in MNIST's boxes. */
static void find_box(ink_map *map) {
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
        find_box(map);
        map->stroke = stroke_width(&s);
    }
    bool done = s.todo != NULL;
    memory_free(s.todo);
    memory_free(s.mark);
    return done ? CLENET_OK : error_memory(error, pixels * (1 + sizeof *s.todo), "the strokes of a picture");
}

clenet_status ink_find(ink_map *map, const uint8_t *grey, size_t height, size_t width, clenet_error *error) {
    uint64_t histogram[LEVELS] = {0};
    uint8_t table[LEVELS];
    size_t pixels = height * width;
    if (pixels > UINT32_MAX) {
        return error_set(error, CLENET_ERROR_ARGUMENT, "a picture of %zu pixels is out of range: give %lu or fewer",
                         pixels, (unsigned long)UINT32_MAX);
    }
    for (size_t i = 0; i < pixels; i++) histogram[grey[i]]++;
    two_greys greys = part(histogram);
    if (greys.light - greys.dark < CONTRAST_LEAST) {
        return error_set(error, CLENET_ERROR_FORMAT,
                         "no ink is to be seen: the picture is blank; give one with a digit on paper or on a board");
    }
    bool light = light_border(grey, height, width, greys.threshold);
    fill_table(table, light ? greys.light : greys.dark, light ? greys.dark : greys.light);
    *map = (ink_map){.height = height, .width = width, .ink = memory_new(pixels, sizeof *map->ink)};
    if (map->ink == NULL) return error_memory(error, pixels, "the ink of a picture");
    for (size_t i = 0; i < pixels; i++) map->ink[i] = table[grey[i]];
    clenet_status status = clean(map, error);
    if (status != CLENET_OK) ink_free(map);
    return status;
}

void ink_free(ink_map *map) {
    memory_free(map->ink);
    map->ink = NULL;
}
