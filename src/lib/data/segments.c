/* segments.c - see segments.h: finds the spots, and puts the digits in the order of reading. */
#include "lib/data/segments.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"

enum {
    STROKE_INK = 96,   /* a pixel with at least this much ink is inside a stroke */
    SPOTS_MOST = 2000, /* more than a page of digits has; noise has tens of thousands */
    SPECK_SHARE = 60,  /* a spot with fewer pixels than one part in 60 of the largest spot's is dirt */
    ROOM_FIRST = 64    /* segments in the first allocation */
};

/* Digits that are lower than this share of the page's digits are marks: a dash, a comma. */
static const double mark_height = 0.4;

void segments_unite(segments *s, uint32_t to, uint32_t from) {
    segment *a = &s->list[to], *b = &s->list[from];
    if (b->top < a->top) a->top = b->top;
    if (b->left < a->left) a->left = b->left;
    if (b->bottom > a->bottom) a->bottom = b->bottom;
    if (b->right > a->right) a->right = b->right;
    a->pixels += b->pixels;
    b->owner = to;
}

uint32_t segments_owner(const segments *s, uint32_t label) {
    uint32_t i = label - 1;
    while (s->list[i].owner != i) i = s->list[i].owner;
    return i;
}

/* ---- spots ---- */

clenet_status segments_add(segments *s, const segment *made, clenet_error *error) {
    if (s->count == s->room) {
        size_t room = s->room > 0 ? 2 * s->room : ROOM_FIRST;
        segment *more = memory_resize(s->list, room, sizeof *more);
        if (more == NULL) return error_memory(error, room * sizeof *more, "the spots of a picture");
        s->list = more;
        s->room = room;
    }
    s->list[s->count++] = *made;
    return CLENET_OK;
}

/* Gives all pixels of the spot that contains `start` the label of a new segment. */
static segment flood(segments *s, const ink_map *map, uint32_t *todo, uint32_t start, uint32_t label) {
    segment spot = {.top = SIZE_MAX, .left = SIZE_MAX, .owner = label - 1};
    const size_t width = s->width;
    size_t waiting = 0;
    s->label[start] = label;
    todo[waiting++] = start;
    while (waiting > 0 && width > 0) { /* width is: the analyzer does not know */
        size_t at = todo[--waiting], y = at / width, x = at % width;
        spot.pixels++;
        if (y < spot.top) spot.top = y;
        if (x < spot.left) spot.left = x;
        if (y + 1 > spot.bottom) spot.bottom = y + 1;
        if (x + 1 > spot.right) spot.right = x + 1;
        for (size_t v = y > 0 ? y - 1 : 0; v <= y + 1 && v < s->height; v++) {
            for (size_t u = x > 0 ? x - 1 : 0; u <= x + 1 && u < width; u++) {
                size_t next = v * width + u;
                if (s->label[next] != 0 || map->ink[next] < STROKE_INK) continue;
                s->label[next] = label;
                todo[waiting++] = (uint32_t)next;
            }
        }
    }
    return spot;
}

/* Labels the spots, and removes specks. */
static clenet_status find_spots(segments *s, const ink_map *map, clenet_error *error) {
    size_t pixels = s->height * s->width, inked = 0, largest = 0;
    for (size_t i = 0; i < pixels; i++) inked += map->ink[i] >= STROKE_INK;
    uint32_t *todo = memory_new(inked + 1, sizeof *todo);
    if (todo == NULL) return error_memory(error, inked * sizeof *todo, "the spots of a picture");
    clenet_status status = CLENET_OK;
    for (size_t i = 0; i < pixels && status == CLENET_OK; i++) {
        if (map->ink[i] < STROKE_INK || s->label[i] != 0) continue;
        segment spot = flood(s, map, todo, (uint32_t)i, (uint32_t)s->count + 1);
        if (spot.pixels > largest) largest = spot.pixels;
        status = segments_add(s, &spot, error);
    }
    memory_free(todo);
    for (size_t i = 0; i < s->count; i++) {
        if (s->list[i].pixels * SPECK_SHARE < largest) s->list[i].pixels = 0;
    }
    return status;
}

/* Keeps the segments that are neither specks nor joined to another. Labels change accordingly. */
static clenet_status compact(segments *s, clenet_error *error) {
    uint32_t *renamed = memory_new(s->count + 1, sizeof *renamed);
    if (renamed == NULL) return error_memory(error, s->count * sizeof *renamed, "the spots of a picture");
    size_t kept = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->list[i].owner == i && s->list[i].pixels > 0) renamed[i + 1] = (uint32_t)++kept;
    }
    for (size_t i = 0; i < s->height * s->width; i++) {
        if (s->label[i] != 0) s->label[i] = renamed[segments_owner(s, s->label[i]) + 1];
    }
    for (uint32_t i = 0; i < s->count; i++) {
        if (renamed[i + 1] == 0) continue;
        s->list[renamed[i + 1] - 1] = s->list[i];
        s->list[renamed[i + 1] - 1].owner = renamed[i + 1] - 1;
    }
    s->count = kept;
    memory_free(renamed);
    return CLENET_OK;
}

/* ---- order ---- */

static int by_number(const void *a, const void *b) {
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* The height that a quarter of the segments exceeds, of those at least half as high as the highest: parts of digits are lower. */
static clenet_status measure(segments *s, clenet_error *error) {
    size_t *heights = memory_new(s->count + 1, sizeof *heights), most = 0, count = 0;
    if (heights == NULL) return error_memory(error, s->count * sizeof *heights, "the spots of a picture");
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->list[i].owner == i && segment_height(&s->list[i]) > most) most = segment_height(&s->list[i]);
    }
    for (uint32_t i = 0; i < s->count; i++) {
        size_t height = segment_height(&s->list[i]);
        if (s->list[i].owner == i && 2 * height >= most) heights[count++] = height;
    }
    qsort(heights, count, sizeof *heights, by_number);
    size_t quarter = 3 * count / 4;
    s->tall = count > 0 ? (double)heights[quarter] : 0.0;
    memory_free(heights);
    return CLENET_OK;
}

/* A digit that is far lower than the others is a mark. */
static void remove_marks(segments *s) {
    for (size_t i = 0; i < s->count; i++) {
        if ((double)segment_height(&s->list[i]) < mark_height * s->tall) s->list[i].pixels = 0;
    }
}

/* The rows that both have, as a share of the lower one. */
static double share_of_rows(const segment *a, const segment *b) {
    size_t top = a->top > b->top ? a->top : b->top, bottom = a->bottom < b->bottom ? a->bottom : b->bottom;
    size_t lower = segment_height(a) < segment_height(b) ? segment_height(a) : segment_height(b);
    return bottom > top ? (double)(bottom - top) / (double)lower : 0.0;
}

/* The segment to the left of segment i, in the same line: the nearest that shares half of the rows; i if there is none. */
static uint32_t left_neighbour(const segments *s, uint32_t i) {
    const segment *a = &s->list[i];
    uint32_t best = i;
    for (uint32_t j = 0; j < s->count; j++) {
        const segment *b = &s->list[j];
        bool is_left = b->left < a->left || (b->left == a->left && j < i);
        if (!is_left || share_of_rows(a, b) < 0.5) continue;
        if (best == i || b->left > s->list[best].left) best = j;
    }
    return best;
}

typedef struct place {
    size_t left;
    double middle;
    uint32_t index, first; /* the segment, and the first of its line */
} place;

static int by_left(const void *a, const void *b) {
    const place *x = a, *y = b;
    if (x->left != y->left) return x->left > y->left ? 1 : -1;
    return (x->index > y->index) - (x->index < y->index);
}

static int by_line(const void *a, const void *b) {
    const place *x = a, *y = b;
    if (x->first == y->first) return by_left(a, b);
    if (x->middle != y->middle) return x->middle > y->middle ? 1 : -1;
    return x->first > y->first ? 1 : -1;
}

/* Fills `first` and `middle` of places, which are sorted by their left: a left neighbour's line is known. A line's middle is the mean
 * of its digits' middles, so that a rising line keeps its place among the others. */
static void find_lines(const segments *s, place *places, uint32_t *first_of /* [count] */) {
    for (size_t i = 0; i < s->count; i++) {
        uint32_t index = places[i].index, before = left_neighbour(s, index);
        places[i].first = first_of[index] = before == index ? index : first_of[before];
    }
    for (size_t i = 0; i < s->count; i++) {
        double sum = 0.0;
        int members = 0;
        for (size_t j = 0; j < s->count; j++) {
            if (first_of[j] != places[i].first) continue;
            sum += (double)(s->list[j].top + s->list[j].bottom) / 2.0;
            members++;
        }
        places[i].middle = sum / members;
    }
}

static clenet_status order(segments *s, clenet_error *error) {
    place *places = memory_new(s->count + 1, sizeof *places);
    s->order = memory_new(s->count + 1, sizeof *s->order);
    if (places == NULL || s->order == NULL) {
        memory_free(places);
        return error_memory(error, s->count * sizeof *places, "the digits of a picture");
    }
    for (uint32_t i = 0; i < s->count; i++) places[i] = (place){.left = s->list[i].left, .index = i};
    qsort(places, s->count, sizeof *places, by_left);
    find_lines(s, places, s->order);
    qsort(places, s->count, sizeof *places, by_line);
    int line = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (i > 0 && places[i].first != places[i - 1].first) line++;
        s->order[i] = places[i].index;
        s->list[places[i].index].line = line;
    }
    memory_free(places);
    return CLENET_OK;
}

/* ---- all ---- */

static clenet_status find(segments *s, const ink_map *map, int wanted, clenet_error *error) {
    clenet_status status = find_spots(s, map, error);
    if (status == CLENET_OK) status = compact(s, error);
    if (status == CLENET_OK && s->count > SPOTS_MOST) {
        return error_set(error, CLENET_ERROR_FORMAT,
                         "no digit found: the picture has %zu spots, as noise has; give one with digits on plain paper",
                         s->count);
    }
    if (status == CLENET_OK) status = measure(s, error);
    if (status == CLENET_OK) status = segments_join(s, error);
    if (status == CLENET_OK) status = compact(s, error);
    if (status == CLENET_OK) status = measure(s, error);
    if (status != CLENET_OK) return status;
    remove_marks(s);
    status = compact(s, error);
    if (status == CLENET_OK) status = segments_cut(s, map, wanted, error);
    if (status != CLENET_OK) return status;
    if (wanted > 0) segments_join_to(s, (size_t)wanted);
    status = compact(s, error);
    return status == CLENET_OK ? order(s, error) : status;
}

clenet_status segments_find(segments *s, const ink_map *map, int wanted, clenet_error *error) {
    size_t pixels = map->height * map->width;
    *s = (segments){.height = map->height, .width = map->width, .stroke = map->stroke};
    s->label = memory_new(pixels, sizeof *s->label);
    if (s->label == NULL) return error_memory(error, pixels * sizeof *s->label, "the spots of a picture");
    clenet_status status = find(s, map, wanted, error);
    if (status != CLENET_OK) segments_free(s);
    return status;
}

void segments_free(segments *s) {
    memory_free(s->label);
    memory_free(s->list);
    memory_free(s->order);
    *s = (segments){0};
}
