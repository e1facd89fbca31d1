/* segments_cut.c - cuts digits apart that touch.
 *
 * A cut runs from top to bottom, one pixel to a side per row at most, so that it can follow slanted digits. The best one crosses
 * the least ink (a seam, as in Avidan and Shamir 2007), and does not leave a sliver. */
#include <float.h>
#include <stdbool.h>

#include "lib/base/memory.h"
#include "lib/data/segments.h"

/* A segment this many times as wide as digits are high is more than one digit: of MNIST's digits, one in 60 is wider than 1.3 times
 * its own height, one in 400 wider than 1.6 times. */
static const double too_wide = 1.35, too_wide_alone = 1.65;

/* A part must have this share of the segment's ink and of the height of a digit. */
static const double least_ink = 0.12, least_height = 0.5;

/* Each column's distance from the place where a cut is expected, in heights of a digit, costs as much as this many widths of a
 * stroke. */
static const double cost_of_distance = 1.0;

typedef struct seam {
    size_t top, left, height, width; /* the segment's box */
    float *cost;                     /* [height][width]: of the best way from the top to here */
    size_t *cut;                     /* [height]: the first column of the right part */
} seam;

static double ink_of(const segments *s, const ink_map *map, uint32_t index, size_t y, size_t x) {
    size_t at = y * s->width + x;
    return s->label[at] == index + 1 ? (double)map->ink[at] / 255.0 : 0.0;
}

/* The column of the smallest cost among x - 1, x and x + 1 of a row. */
static size_t best_near(const float *row, size_t width, size_t x) {
    size_t best = x;
    if (x > 0 && row[x - 1] < row[best]) best = x - 1;
    if (x + 1 < width && row[x + 1] < row[best]) best = x + 1;
    return best;
}

/* The cost of a cut that is away from the places where digits of equal widths would meet. */
static double cost_of_place(const segments *s, const seam *way, size_t x, double high) {
    int parts = (int)((double)way->width / (0.9 * high) + 0.5);
    if (parts < 2) parts = 2;
    double step = (double)way->width / parts, away = DBL_MAX;
    for (int i = 1; i < parts; i++) {
        double place = i * step, distance = (double)x > place ? (double)x - place : place - (double)x;
        if (distance < away) away = distance;
    }
    return cost_of_distance * s->stroke * away / high;
}

/* Finds the way; false if every way is at the side. */
static bool find_way(const segments *s, const ink_map *map, uint32_t index, seam *way, double high) {
    const float straight = 0.01F; /* a longer way costs more, even on paper */
    for (size_t y = 0; y < way->height; y++) {
        float *row = way->cost + y * way->width;
        for (size_t x = 0; x < way->width; x++) {
            double ink = ink_of(s, map, index, way->top + y, way->left + x);
            row[x] = (float)ink;
            if (y == 0) continue;
            const float *above = row - way->width;
            size_t from = best_near(above, way->width, x);
            row[x] += above[from] + (from != x ? straight : 0.0F);
        }
    }
    size_t margin = (size_t)(0.2 * high) + 1, best = 0;
    double least = DBL_MAX;
    const float *last = way->cost + (way->height - 1) * way->width;
    for (size_t x = margin; x + margin < way->width; x++) {
        double cost = (double)last[x] + cost_of_place(s, way, x, high);
        if (cost < least) least = cost, best = x;
    }
    if (least == DBL_MAX) return false;
    for (size_t y = way->height; y-- > 0;) {
        way->cut[y] = best;
        if (y > 0) best = best_near(way->cost + (y - 1) * way->width, way->width, best);
    }
    return true;
}

static void include(segment *a, size_t y, size_t x) {
    if (a->pixels == 0 || y < a->top) a->top = y;
    if (a->pixels == 0 || x < a->left) a->left = x;
    if (a->pixels == 0 || y + 1 > a->bottom) a->bottom = y + 1;
    if (a->pixels == 0 || x + 1 > a->right) a->right = x + 1;
    a->pixels++;
}

/* Measures both parts. */
static void measure_parts(const segments *s, uint32_t index, const seam *way, segment parts[2]) {
    for (size_t y = 0; y < way->height; y++) {
        for (size_t x = 0; x < way->width; x++) {
            if (s->label[(way->top + y) * s->width + way->left + x] != index + 1) continue;
            include(&parts[x >= way->cut[y]], way->top + y, way->left + x);
        }
    }
}

static bool are_digits(const segment parts[2], double high) {
    double all = (double)(parts[0].pixels + parts[1].pixels);
    for (int i = 0; i < 2; i++) {
        if ((double)parts[i].pixels < least_ink * all) return false;
        if ((double)segment_height(&parts[i]) < least_height * high) return false;
    }
    return true;
}

static clenet_status divide(segments *s, const ink_map *map, uint32_t index, double high, seam *way, bool *done,
                            clenet_error *error) {
    segment parts[2] = {{.owner = index}, {.owner = (uint32_t)s->count}};
    if (!find_way(s, map, index, way, high)) return CLENET_OK;
    measure_parts(s, index, way, parts);
    if (!are_digits(parts, high)) return CLENET_OK;
    clenet_status status = segments_add(s, &parts[1], error);
    if (status != CLENET_OK) return status;
    s->list[index] = parts[0];
    for (size_t y = 0; y < way->height; y++) {
        uint32_t *label = s->label + (way->top + y) * s->width + way->left;
        for (size_t x = way->cut[y]; x < way->width; x++) {
            if (label[x] == index + 1) label[x] = (uint32_t)s->count;
        }
    }
    *done = true;
    return CLENET_OK;
}

/* Cuts the segment in two; *done is false if no cut leaves two digits. */
static clenet_status cut(segments *s, const ink_map *map, uint32_t index, double high, bool *done,
                         clenet_error *error) {
    const segment *a = &s->list[index];
    seam way = {.top = a->top, .left = a->left, .height = segment_height(a), .width = segment_width(a)};
    *done = false;
    way.cost = memory_new(way.height * way.width, sizeof *way.cost);
    way.cut = memory_new(way.height, sizeof *way.cut);
    clenet_status status = way.cost == NULL || way.cut == NULL
                               ? error_memory(error, way.height * way.width * sizeof *way.cost, "cuts between digits")
                               : divide(s, map, index, high, &way, done, error);
    memory_free(way.cut);
    memory_free(way.cost);
    return status;
}

static double high_of(const segments *s, uint32_t index) {
    double own = (double)segment_height(&s->list[index]);
    return own > s->tall ? own : s->tall;
}

clenet_status segments_cut(segments *s, const ink_map *map, int wanted, clenet_error *error) {
    double limit = s->count > 1 ? too_wide : too_wide_alone;
    for (uint32_t i = 0; i < s->count && wanted == 0; i++) {
        bool done = true;
        while (done && (double)segment_width(&s->list[i]) > limit * high_of(s, i)) {
            clenet_status status = cut(s, map, i, high_of(s, i), &done, error);
            if (status != CLENET_OK) return status;
        }
    }
    for (bool done = true; done && s->count < (size_t)wanted;) {
        uint32_t widest = 0;
        for (uint32_t i = 1; i < s->count; i++) {
            if (segment_width(&s->list[i]) > segment_width(&s->list[widest])) widest = i;
        }
        clenet_status status = cut(s, map, widest, high_of(s, widest), &done, error);
        if (status != CLENET_OK) return status;
    }
    return CLENET_OK;
}
