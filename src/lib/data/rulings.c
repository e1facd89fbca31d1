/* rulings.c - see rulings.h.
 *
 * A smaller copy of the picture is searched for tracks: thin runs of ink in neighbouring columns (rows), which follow each other nearly
 * straight. A track is a line of the paper if each of its ends is at the picture's border, or at the end of such a track in the other
 * direction, as the sides of a box are. Strokes of a digit have free ends. */
#include "lib/data/rulings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"

enum {
    CELLS_MOST = 400,  /* along the longer side of the copy */
    CELLS_LEAST = 60,  /* along both sides: in a smaller picture, lines are as thin as strokes */
    TRACKS_MOST = 256, /* more are no rulings */
    PASSES = 3,
    INKED = 40, /* mean ink of a cell in a line */
    EDGE = 24,  /* ink of a pixel at a line's edge */
    BACK = 80   /* columns that a track's slope is measured over */
};

static const double thick_least = 3.0,
                    thick_share = 0.015;               /* cells: the thickest line, with a part of the longer side */
static const double shortest = 0.15, gap_share = 0.04; /* of a track, and of a gap in it, as parts of the longer side */
static const double margin_share = 0.03;               /* ends are together or at the border within this distance */
static const double covered = 0.35;                    /* the least part of a track that has a thin run */
static const double bend_least = 2.0,
                    bend_share = 0.02; /* cells: how far a track may be from straight, with a part of its length */

/* A picture's plane, upright or turned: steps to the next pixel along the lines and across them. */
typedef struct plane {
    size_t length, breadth; /* along, across */
    size_t along, across;
} plane;

typedef struct track {
    size_t first, last; /* columns, if the lines are horizontal */
    int16_t *at;        /* [columns]: rows */
    bool vertical, kept;
    size_t group; /* of tracks that meet; the number of one of them */
} track;

typedef struct search {
    uint8_t *cell; /* [rows][columns]: 1 if inked */
    uint8_t *thin; /* [rows][columns]: 1 if in a thin run, in the direction of the present search */
    int16_t *at;   /* [TRACKS_MOST][CELLS_MOST] */
    track tracks[TRACKS_MOST];
    size_t count, rows, columns, size; /* size: cells along the longer side of the picture */
    size_t side;                       /* pixels along a cell */
} search;

static size_t part_of(double share, size_t size) {
    return (size_t)(share * (double)size);
}

static void fill_cells(search *s, const uint8_t *ink, size_t width) {
    for (size_t r = 0; r < s->rows; r++) {
        for (size_t c = 0; c < s->columns; c++) {
            size_t sum = 0;
            for (size_t y = 0; y < s->side; y++)
                for (size_t x = 0; x < s->side; x++) sum += ink[(r * s->side + y) * width + c * s->side + x];
            s->cell[r * s->columns + c] = sum >= INKED * s->side * s->side;
        }
    }
}

static plane cells_of(const search *s, bool vertical) {
    return vertical ? (plane){s->rows, s->columns, s->columns, 1} : (plane){s->columns, s->rows, 1, s->columns};
}

/* Marks the cells of runs across the lines that are thin. */
static void mark_thin(search *s, const plane *p) {
    size_t most = (size_t)(thick_least + thick_share * (double)s->size);
    memset(s->thin, 0, s->rows * s->columns);
    for (size_t i = 0; i < p->length; i++) {
        for (size_t j = 0; j < p->breadth; j++) {
            size_t end = j;
            while (end < p->breadth && s->cell[i * p->along + end * p->across]) end++;
            if (end - j <= most)
                for (size_t k = j; k < end; k++) s->thin[i * p->along + k * p->across] = 1;
            if (end > j) j = end;
        }
    }
}

/* The middle of the thin run in column i that is nearest to row j, within reach; -1 if there is no run. */
static long nearest_run(const search *s, const plane *p, size_t i, double j, long reach) {
    long middle = (long)(j + 0.5);
    for (long d = 0; d <= reach; d++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            long k = middle + sign * d;
            if (k < 0 || k >= (long)p->breadth || !s->thin[i * p->along + (size_t)k * p->across]) continue;
            long low = k, high = k;
            while (low > 0 && s->thin[i * p->along + (size_t)(low - 1) * p->across]) low--;
            while (high + 1 < (long)p->breadth && s->thin[i * p->along + (size_t)(high + 1) * p->across]) high++;
            return (low + high) / 2;
        }
    }
    return -1;
}

static bool is_inked(const search *s, const plane *p, size_t i, double j) {
    long k = (long)(j + 0.5);
    return k >= 0 && k < (long)p->breadth && s->cell[i * p->along + (size_t)k * p->across];
}

/* True if no row of the track is far from the straight line between its ends. */
static bool is_straight(const track *t) {
    double length = (double)(t->last - t->first), rise = t->at[t->last] - t->at[t->first];
    double most = bend_least + bend_share * length;
    for (size_t i = t->first; i <= t->last; i++) {
        double off = t->at[i] - (t->at[t->first] + rise * (double)(i - t->first) / length);
        if (off > most || off < -most) return false;
    }
    return rise < 0.15 * length && rise > -0.15 * length;
}

/* Marks the thin run at column i, row j as visited; returns if it was not. */
static bool visit(search *s, const plane *p, size_t i, long j) {
    uint8_t *column = s->thin + i * p->along;
    bool fresh = column[(size_t)j * p->across] == 1;
    for (long k = j; k >= 0 && column[(size_t)k * p->across]; k--) column[(size_t)k * p->across] = 2;
    for (long k = j + 1; k < (long)p->breadth && column[(size_t)k * p->across]; k++) column[(size_t)k * p->across] = 2;
    return fresh;
}

/* Follows a line from the thin run at column i, row j, and marks its runs as visited. Returns if it is long and straight. */
static bool follow(search *s, const plane *p, track *t, size_t i, long j) {
    size_t gap_most = part_of(gap_share, s->size) + 2, gap = 0, hits = 0, fresh = 0;
    double row = (double)j, slope = 0.0;
    t->first = t->last = i;
    for (; i < p->length && row >= 0.0 && row <= (double)(p->breadth - 1); i++) {
        size_t away = i - t->last;
        long reach = away > 16 ? 2 : 1, found = nearest_run(s, p, i, row, reach);
        if (found >= 0 && labs(found - (long)(row + 0.5)) <= reach) {
            row = (double)found, gap = 0, hits++, t->last = i;
            fresh += visit(s, p, i, found);
        } else if (!is_inked(s, p, i, row) && ++gap > gap_most) {
            break;
        }
        t->at[i] = (int16_t)(row + 0.5);
        size_t back = i - t->first < BACK ? i - t->first : BACK;
        if (t->last == i && back >= BACK / 2) slope = (row - t->at[i - back]) / (double)back;
        row += slope;
    }
    size_t length = t->last - t->first + 1;
    return length >= part_of(shortest, s->size) && length > 1 && (double)hits >= covered * (double)length &&
           2 * fresh >= hits && is_straight(t);
}

static void find_tracks(search *s, bool vertical) {
    plane p = cells_of(s, vertical);
    mark_thin(s, &p);
    for (size_t i = 0; i < p.length; i++) {
        for (size_t j = 0; j < p.breadth && s->count < TRACKS_MOST; j++) {
            if (s->thin[i * p.along + j * p.across] != 1) continue;
            track *t = &s->tracks[s->count];
            *t = (track){.at = s->at + s->count * CELLS_MOST, .vertical = vertical, .kept = true};
            if (follow(s, &p, t, i, nearest_run(s, &p, i, (double)j, 0))) s->count++;
        }
    }
}

/* Row and column of the track's end. */
static void end_of(const track *t, int end, long *row, long *column) {
    size_t i = end ? t->last : t->first;
    *row = t->vertical ? (long)i : t->at[i];
    *column = t->vertical ? t->at[i] : (long)i;
}

static bool at_border(const search *s, const track *t, int end, long near) {
    long row, column;
    end_of(t, end, &row, &column);
    return row <= near || column <= near || row + near + 1 >= (long)s->rows || column + near + 1 >= (long)s->columns;
}

/* True if b continues a straight from this end, after a stroke that hides the line. */
static bool goes_on(const track *a, int end, const track *b, long near) {
    const track *left = end ? a : b, *right = end ? b : a;
    long gap = (long)right->first - (long)left->last, aside = labs(left->at[left->last] - right->at[right->first]);
    return gap >= -near && aside <= 2 + labs(gap) / 20;
}

/* True if this end of a meets b: at a corner, or because they are one line. */
static bool meets(const track *a, int end, const track *b, long near) {
    long row, column, other_row, other_column;
    if (!b->kept || a == b) return false;
    if (a->vertical == b->vertical) return goes_on(a, end, b, near);
    end_of(a, end, &row, &column);
    for (int other = 0; other < 2; other++) {
        end_of(b, other, &other_row, &other_column);
        if (labs(row - other_row) <= near && labs(column - other_column) <= near) return true;
    }
    return false;
}

/* Drops tracks with a free end, until none has one. */
static size_t keep_lines(search *s) {
    long near = (long)part_of(margin_share, s->size) + 1;
    size_t kept = s->count;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < s->count; i++) {
            track *t = &s->tracks[i];
            for (int end = 0; end < 2 && t->kept; end++) {
                bool held = at_border(s, t, end, near);
                for (size_t j = 0; !held && j < s->count; j++) held = meets(t, end, &s->tracks[j], near);
                if (!held) t->kept = false, kept--, changed = true;
            }
        }
    }
    return kept;
}

/* ---- boxes ---- */

/* Gives tracks that meet the same group. */
static void group_lines(search *s, long near) {
    for (size_t i = 0; i < s->count; i++) s->tracks[i].group = i;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < s->count; i++) {
            for (size_t j = 0; j < s->count; j++) {
                track *a = &s->tracks[i], *b = &s->tracks[j];
                if (!a->kept || a->group <= b->group || !(meets(a, 0, b, near) || meets(a, 1, b, near))) continue;
                a->group = b->group, changed = true;
            }
        }
    }
}

typedef struct area {
    long top, left, bottom, right; /* cells; the last ones belong to it */
    bool open;                     /* a line of it goes to the picture's border */
} area;

static area area_of(const search *s, size_t group, long near) {
    area a = {(long)s->rows, (long)s->columns, 0, 0, false};
    for (size_t i = 0; i < s->count; i++) {
        const track *t = &s->tracks[i];
        if (!t->kept || t->group != group) continue;
        for (int end = 0; end < 2; end++) {
            long row, column;
            end_of(t, end, &row, &column);
            a.open = a.open || at_border(s, t, end, near);
            a.top = row < a.top ? row : a.top, a.bottom = row > a.bottom ? row : a.bottom;
            a.left = column < a.left ? column : a.left, a.right = column > a.right ? column : a.right;
        }
    }
    return a;
}

static bool has_ink_inside(const search *s, const area *a, long margin) {
    for (long r = a->top + margin; r <= a->bottom - margin; r++)
        for (long c = a->left + margin; c <= a->right - margin; c++)
            if (s->cell[(size_t)r * s->columns + (size_t)c]) return true;
    return false;
}

/* Drops the sides of boxes with nothing in them: such a one may be a digit. */
static void drop_empty_boxes(search *s) {
    long near = (long)part_of(margin_share, s->size) + 1,
         margin = (long)(thick_least + thick_share * (double)s->size) + 2;
    group_lines(s, near);
    for (size_t i = 0; i < s->count; i++) {
        if (!s->tracks[i].kept || s->tracks[i].group != i) continue;
        area a = area_of(s, i, near);
        if (a.open || has_ink_inside(s, &a, margin)) continue;
        for (size_t j = 0; j < s->count; j++)
            if (s->tracks[j].group == i) s->tracks[j].kept = false;
    }
}

/* ---- in the picture itself ---- */

typedef struct run {
    size_t first, end;
} run;

/* The run of ink across the line in column i near row j. */
static bool run_at(run *r, const uint8_t *ink, const uint8_t *gone, const plane *p, size_t i, double j, size_t reach) {
    long middle = (long)j, found = -1;
    for (long d = 0; found < 0 && d <= (long)reach; d++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            long k = middle + sign * d;
            size_t pixel = i * p->along + (size_t)k * p->across;
            if (k >= 0 && k < (long)p->breadth && ink[pixel] >= INKED && !gone[pixel]) found = k;
        }
    }
    if (found < 0) return false;
    r->first = (size_t)found, r->end = (size_t)found + 1;
    while (r->first > 0 && ink[i * p->along + (r->first - 1) * p->across] >= EDGE &&
           !gone[i * p->along + (r->first - 1) * p->across])
        r->first--;
    while (r->end < p->breadth && ink[i * p->along + r->end * p->across] >= EDGE &&
           !gone[i * p->along + r->end * p->across])
        r->end++;
    return true;
}

/* The row of the track at pixel column i. */
static double row_at(const search *s, const track *t, size_t i) {
    double at = ((double)i + 0.5) / (double)s->side - 0.5;
    if (at < (double)t->first) at = (double)t->first;
    if (at > (double)t->last) at = (double)t->last;
    size_t c = (size_t)at, next = c < t->last ? c + 1 : c;
    double share = at - (double)c;
    return ((1.0 - share) * t->at[c] + share * t->at[next] + 0.5) * (double)s->side;
}

/* Marks the runs of the line as removed, except runs much longer than most: there a stroke crosses it. */
static void mark_gone(uint8_t *gone, const search *s, const track *t, const uint8_t *ink, const plane *p) {
    enum { LONGEST = 128 };
    size_t count[LONGEST] = {0}, total = 0, most = 0;
    size_t first = t->first * s->side, end = (t->last + 1) * s->side, reach = s->side + 1;
    if (first < 2 * s->side) first = 0;
    if (end + 3 * s->side > p->length) end = p->length;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = first; i < end; i++) {
            run r;
            if (!run_at(&r, ink, gone, p, i, row_at(s, t, i), reach)) continue;
            size_t length = r.end - r.first;
            if (pass == 0) count[length < LONGEST ? length : LONGEST - 1]++, total++;
            if (pass == 0 || length > most) continue;
            for (size_t j = r.first; j < r.end; j++) gone[i * p->along + j * p->across] = 1;
        }
        size_t usual = 0, below = 0; /* a quarter is as thin: strokes may hide the others */
        while (usual < LONGEST - 1 && 4 * (below += count[usual]) < total) usual++;
        most = usual + usual / 2 + 2;
        if (4 * total < end - first || most > (size_t)(2.0 * (thick_least + thick_share * (double)s->size)) * s->side)
            break;
    }
}

/* Removes the lines if ink remains: a digit may be drawn as a box. */
static size_t remove_kept(search *s, uint8_t *ink, uint8_t *gone, size_t height, size_t width) {
    size_t lines = 0, after = 0;
    for (size_t i = 0; i < s->count; i++) {
        track *t = &s->tracks[i];
        plane p = t->vertical ? (plane){height, width, width, 1} : (plane){width, height, 1, width};
        if (t->kept) mark_gone(gone, s, t, ink, &p), lines++;
    }
    for (size_t i = 0; i < height * width; i++) after += ink[i] >= INKED && !gone[i];
    if (after * 2000 < height * width) return 0;
    for (size_t i = 0; i < height * width; i++)
        if (gone[i]) ink[i] = 0;
    return lines;
}

clenet_status rulings_remove(size_t *lines, uint8_t *ink, size_t height, size_t width, clenet_error *error) {
    *lines = 0;
    size_t longer = height > width ? height : width;
    search s = {.side = (longer + CELLS_MOST - 1) / CELLS_MOST};
    s.rows = height / s.side, s.columns = width / s.side, s.size = longer / s.side;
    if (s.rows < CELLS_LEAST || s.columns < CELLS_LEAST) return CLENET_OK;
    size_t cells = s.rows * s.columns, room = (size_t)TRACKS_MOST * CELLS_MOST;
    s.cell = memory_new(2 * cells, sizeof *s.cell);
    s.at = memory_new(room, sizeof *s.at);
    uint8_t *gone = s.cell != NULL && s.at != NULL ? memory_new(height * width, sizeof *gone) : NULL;
    if (gone != NULL) {
        s.thin = s.cell + cells;
        /* without the lines that crossed it, a line is followed further */
        size_t found = 1;
        for (int pass = 0; pass < PASSES && found > 0; pass++) {
            s.count = 0;
            fill_cells(&s, ink, width);
            find_tracks(&s, false);
            find_tracks(&s, true);
            found = keep_lines(&s);
            if (found > 0) drop_empty_boxes(&s);
            if (found > 0) found = remove_kept(&s, ink, gone, height, width);
            *lines += found;
        }
    }
    bool done = gone != NULL;
    memory_free(gone);
    memory_free(s.at);
    memory_free(s.cell);
    return done ? CLENET_OK
                : error_memory(error, 2 * cells + room * sizeof *s.at + height * width, "the lines of a picture");
}
