/* segments_join.c - joins the spots of a broken digit: a bar of a 5, the open strokes of a 4.
 *
 * A part is lower than a digit. It belongs to the nearest ink, if both together are not larger than a digit. */
#include <stdbool.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/data/segments.h"

/* Shares of a digit's height. */
static const double part_height = 0.55, /* a lower spot is a part */
    whole_height = 1.35,                /* of a digit with its parts, at most */
    part_distance = 0.25;               /* between a part and its digit, at most */

/* A digit that is broken into halves is much higher than its highest spot. Halves are nearer to each other than digits of two
 * lines: at most this many widths of a stroke. */
static const double halves_distance = 1.2, halves_height = 1.8;

/* Spots that share this much of their rows and columns are parts of one digit, however high they are. */
static const double entwined = 0.8;

enum { NEAR = 3, FAR = UINT16_MAX }; /* the distance between neighbours; diagonal ones have 4 */

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

static segment united(const segment *a, const segment *b) {
    return (segment){.top = smaller(a->top, b->top),
                     .bottom = larger(a->bottom, b->bottom),
                     .left = smaller(a->left, b->left),
                     .right = larger(a->right, b->right)};
}

/* The length that two intervals share; below 0, the gap between them. */
static double shared(size_t begin_a, size_t end_a, size_t begin_b, size_t end_b) {
    return (double)smaller(end_a, end_b) - (double)larger(begin_a, begin_b);
}

/* ---- parts ---- */

/* The distances from a part, in a window around it. */
typedef struct window {
    size_t top, left, height, width;
    uint16_t *distance; /* [height][width], NEAR per pixel */
} window;

static void lower(uint16_t *value, uint16_t other, int step) {
    if (other + step < *value) *value = (uint16_t)(other + step);
}

/* Borgefors's chamfer distance (1986): a pass forwards and one backwards. */
static void spread(window *w) {
    size_t last_y = w->height - 1, last_x = w->width - 1;
    for (size_t y = 0; y < w->height; y++) {
        uint16_t *row = w->distance + y * w->width, *above = row - w->width;
        for (size_t x = 0; x < w->width; x++) {
            if (x > 0) lower(&row[x], row[x - 1], NEAR);
            if (y > 0) lower(&row[x], above[x], NEAR);
            if (y > 0 && x > 0) lower(&row[x], above[x - 1], NEAR + 1);
            if (y > 0 && x < last_x) lower(&row[x], above[x + 1], NEAR + 1);
        }
    }
    for (size_t y = w->height; y-- > 0;) {
        uint16_t *row = w->distance + y * w->width, *below = row + w->width;
        for (size_t x = w->width; x-- > 0;) {
            if (x < last_x) lower(&row[x], row[x + 1], NEAR);
            if (y < last_y) lower(&row[x], below[x], NEAR);
            if (y < last_y && x < last_x) lower(&row[x], below[x + 1], NEAR + 1);
            if (y < last_y && x > 0) lower(&row[x], below[x - 1], NEAR + 1);
        }
    }
}

static bool open_window(window *w, const segments *s, uint32_t part, size_t reach) {
    const segment *a = &s->list[part];
    w->top = a->top > reach ? a->top - reach : 0;
    w->left = a->left > reach ? a->left - reach : 0;
    w->height = smaller(a->bottom + reach, s->height) - w->top;
    w->width = smaller(a->right + reach, s->width) - w->left;
    w->distance = memory_new(w->height * w->width, sizeof *w->distance);
    if (w->distance == NULL) return false;
    for (size_t y = 0; y < w->height; y++) {
        const uint32_t *label = s->label + (w->top + y) * s->width + w->left;
        for (size_t x = 0; x < w->width; x++) {
            bool inside = label[x] != 0 && segments_owner(s, label[x]) == part;
            w->distance[y * w->width + x] = inside ? 0 : FAR;
        }
    }
    spread(w);
    return true;
}

/* The other segment that is nearest to the part, and its distance in pixels; part itself if none is in the window. */
static uint32_t nearest(const segments *s, const window *w, uint32_t part, double *pixels) {
    uint32_t best = part;
    uint16_t least = FAR;
    for (size_t y = 0; y < w->height; y++) {
        const uint32_t *label = s->label + (w->top + y) * s->width + w->left;
        for (size_t x = 0; x < w->width; x++) {
            if (label[x] == 0 || w->distance[y * w->width + x] >= least) continue;
            uint32_t owner = segments_owner(s, label[x]);
            if (owner == part) continue;
            best = owner;
            least = w->distance[y * w->width + x];
        }
    }
    *pixels = (double)least / NEAR;
    return best;
}

static bool belongs(const segments *s, const segment *part, const segment *other, double pixels) {
    segment both = united(part, other);
    double height = (double)segment_height(&both), width = (double)segment_width(&both);
    if (width > whole_height * s->tall && segment_width(&both) > segment_width(other)) return false;
    if (height <= whole_height * s->tall) return pixels <= part_distance * s->tall;
    return height <= halves_height * s->tall && pixels <= halves_distance * s->stroke;
}

static clenet_status join_part(segments *s, uint32_t part, clenet_error *error) {
    double reach = part_distance * s->tall, pixels;
    if (halves_distance * s->stroke > reach) reach = halves_distance * s->stroke;
    window w;
    if (!open_window(&w, s, part, (size_t)reach + 1)) {
        return error_memory(error, w.height * w.width * sizeof *w.distance, "the distances of spots");
    }
    uint32_t other = nearest(s, &w, part, &pixels);
    if (other != part && belongs(s, &s->list[part], &s->list[other], pixels)) segments_unite(s, other, part);
    memory_free(w.distance);
    return CLENET_OK;
}

/* ---- whole digits ---- */

static bool is_one_digit(const segments *s, const segment *a, const segment *b) {
    double columns = shared(a->left, a->right, b->left, b->right), rows = shared(a->top, a->bottom, b->top, b->bottom);
    double narrow = (double)smaller(segment_width(a), segment_width(b));
    double low = (double)smaller(segment_height(a), segment_height(b));
    if (columns >= entwined * narrow && rows >= entwined * low) return true;
    segment both = united(a, b);
    return columns >= narrow / 2 && rows <= 0.0 && -rows <= halves_distance * s->stroke &&
           (double)segment_height(&both) <= halves_height * s->tall;
}

clenet_status segments_join(segments *s, clenet_error *error) {
    clenet_status status = CLENET_OK;
    for (uint32_t i = 0; i < s->count && status == CLENET_OK; i++) {
        if (s->list[i].owner != i || (double)segment_height(&s->list[i]) >= part_height * s->tall) continue;
        status = join_part(s, i, error);
    }
    for (uint32_t i = 0; i < s->count; i++) {
        for (uint32_t j = 0; j < i && s->list[i].owner == i; j++) {
            if (s->list[j].owner == j && is_one_digit(s, &s->list[i], &s->list[j])) segments_unite(s, j, i);
        }
    }
    return status;
}

/* The pair whose common box exceeds their own boxes least. */
void segments_join_to(segments *s, size_t wanted) {
    size_t left = 0;
    for (uint32_t i = 0; i < s->count; i++) left += s->list[i].owner == i;
    for (; left > wanted; left--) {
        uint32_t to = 0, from = 0;
        double least = 0.0;
        for (uint32_t i = 0; i < s->count; i++) {
            for (uint32_t j = 0; j < i; j++) {
                const segment *a = &s->list[i], *b = &s->list[j];
                if (a->owner != i || b->owner != j) continue;
                segment both = united(a, b);
                double extra = (double)(segment_height(&both) * segment_width(&both)) -
                               (double)(segment_height(a) * segment_width(a)) -
                               (double)(segment_height(b) * segment_width(b));
                if (to == from || extra < least) least = extra, to = j, from = i;
            }
        }
        if (to == from) return;
        segments_unite(s, to, from);
    }
}
