/* paper.c - see paper.h.
 *
 * The level of the paper is the grey-scale closing of the picture (for chalk on a board: the opening) with a square wider than any
 * stroke: at each place, of all squares that contain it, the one whose lightest cell is darkest. Ink vanishes, since each square has
 * paper around the stroke. A shadow stays, with its edge: squares fit into it. Squares may reach beyond the picture, so that a frame
 * and the dark edge of a scan count as paper, in which nothing is written. Then the mean over similar neighbours takes the grain out. */
#include "lib/data/paper.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/data/two_greys.h"

enum {
    LEVELS = GREY_LEVELS,
    CELLS_MOST = 160, /* along the longer side: enough for the edge of a shadow, and little work */
    SMALL_CELL = 2,   /* pixels: smaller cells have grain */
    BLUR_LEAST = 100, /* cells along the shorter side: in a smaller picture, strokes are thin */
    TILES = 4,        /* along each side, to compare the paper in them */
    SMOOTH = 2        /* cells to each side that the mean over similar neighbours takes */
};

/* The square's side as a part of the picture's shorter side: twice as wide as a bold pen's stroke in a digit that fills the picture. */
static const double square_share = 0.3;

/* Grey levels added before dividing, so that the grain of nearly black paper does not count as ink. */
static const double black = 8.0;

/* A frame or the edge of a scan is darker than this part of the usual paper: nothing is written on it, and its grain is no ink. */
static const double no_paper = 0.25;

/* Neighbours are similar if they differ by less than this part. */
static const double similar = 0.06;

/* A cell with ink differs from the paper by this many standard deviations of the grain, and by this part of the paper's grey. */
static const double grain_times = 6.0, ink_least = 0.05;

/* Rulings look like grain: the cells that differ most are ink even so, but by this many deviations. */
static const double ruled_grain_times = 4.8;

/* A pixel differs from the paper by up to this many times as much as the cells, of which a thin stroke fills a part. */
static const double thin_stroke = 1.6;

/* Light is even if the greys of the paper differ by less than this part of the contrast; and the contrast is more than these grey levels,
 * and than this many standard deviations of the grain. */
static const double even_spread = 0.15, even_contrast = 20.0, even_grain_times = 8.0;

double paper_difference(const paper *p, double grey, double level) {
    if (!p->light) return (grey - level) / (level + black);
    return level < no_paper * p->typical ? 0.0 : (level - grey) / (level + black);
}

static size_t at_least(size_t value, size_t least) {
    return value < least ? least : value;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

static void fill_means(paper *p, const uint8_t *grey) {
    for (size_t r = 0; r < p->rows; r++) {
        size_t bottom = smaller((r + 1) * p->cell, p->height);
        for (size_t c = 0; c < p->columns; c++) {
            size_t right = smaller((c + 1) * p->cell, p->width), sum = 0;
            for (size_t y = r * p->cell; y < bottom; y++)
                for (size_t x = c * p->cell; x < right; x++) sum += grey[y * p->width + x];
            p->mean[r * p->columns + c] = (float)sum / (float)((bottom - r * p->cell) * (right - c * p->cell));
        }
    }
}

/* A running largest value of `count` values, `stride` apart: out[i] is that of in[i] to in[i + window - 1], count - window + 1 of them. */
static void running_largest(float *out, const float *in, size_t count, size_t stride, size_t window) {
    for (size_t i = 0; i + window <= count; i++) {
        float largest = in[i * stride];
        for (size_t j = 1; j < window; j++) largest = fmaxf(largest, in[(i + j) * stride]);
        out[i * stride] = largest;
    }
}

static void running_smallest(float *out, const float *in, size_t count, size_t stride, size_t window) {
    for (size_t i = 0; i + window <= count; i++) {
        float smallest = in[i * stride];
        for (size_t j = 1; j < window; j++) smallest = fminf(smallest, in[(i + j) * stride]);
        out[i * stride] = smallest;
    }
}

/* The closing of sign * mean with a square of `side` cells, times sign; sign -1 makes it the opening. work: two planes with a margin
 * of side - 1 cells around the picture. */
static void closing(float *out /* [rows][columns] */, const paper *p, float sign, size_t side, float *work) {
    size_t margin = side - 1, height = p->rows + 2 * margin, width = p->columns + 2 * margin;
    float *a = work, *b = work + height * width;
    for (size_t i = 0; i < height * width; i++) a[i] = -INFINITY;
    for (size_t r = 0; r < p->rows; r++)
        for (size_t c = 0; c < p->columns; c++)
            a[(r + margin) * width + c + margin] = sign * p->mean[r * p->columns + c];
    for (size_t r = 0; r < height; r++) running_largest(b + r * width, a + r * width, width, 1, side);
    for (size_t c = 0; c + side <= width; c++) running_largest(a + c, b + c, height, width, side);
    /* a[r][c] is now the largest value of the square whose first cell is r - margin, c - margin of the picture */
    for (size_t r = 0; r + side <= height; r++) running_smallest(b + r * width, a + r * width, width - margin, 1, side);
    for (size_t c = 0; c < p->columns; c++) running_smallest(a + c, b + c, height - margin, width, side);
    for (size_t r = 0; r < p->rows; r++)
        for (size_t c = 0; c < p->columns; c++) out[r * p->columns + c] = sign * a[r * width + c];
}

static int grey_of(float mean) {
    return (int)(mean + 0.5f);
}

/* The medians of a window around each cell: `reach` cells to each side, less at the picture's edges. */
static void medians(float *out, const paper *p, size_t reach_rows, size_t reach_columns) {
    for (size_t r = 0; r < p->rows; r++) {
        size_t first = r > reach_rows ? r - reach_rows : 0, last = smaller(r + reach_rows + 1, p->rows);
        size_t count[LEVELS] = {0}, total = 0, below = 0; /* below: values smaller than the median */
        int median = 0;
        for (size_t c = 0; c < p->columns + reach_columns; c++) {
            for (size_t y = first; y < last; y++) {
                const float *row = p->mean + y * p->columns;
                if (c < p->columns) {
                    int in = grey_of(row[c]);
                    count[in]++, total++, below += in < median;
                }
                if (c > 2 * reach_columns) {
                    int gone = grey_of(row[c - 2 * reach_columns - 1]);
                    count[gone]--, total--, below -= gone < median;
                }
            }
            if (c < reach_columns) continue;
            while (2 * below > total) median--, below -= count[median];
            while (2 * (below + count[median]) <= total) below += count[median], median++;
            out[r * p->columns + c - reach_columns] = (float)median;
        }
    }
}

/* Finds if the ink is dark: cells that are darker than most around them, and vanish in the closing, outweigh lighter ones that vanish in
 * the opening. Neither frames nor shadows vanish. Returns if that is clear. */
static bool find_polarity(paper *p, const float *closed, const float *opened, const float *median) {
    double dark = 0.0, light = 0.0;
    for (size_t i = 0; i < p->rows * p->columns; i++) {
        double below = fmin((double)(median[i] - p->mean[i]), (double)(closed[i] - p->mean[i]));
        double above = fmin((double)(p->mean[i] - median[i]), (double)(p->mean[i] - opened[i]));
        if (below > 0.0) dark += below * below;
        if (above > 0.0) light += above * above;
    }
    p->light = dark >= light;
    return dark > 2.0 * light || light > 2.0 * dark;
}

/* Replaces each level by the mean of the cells around that are similar to it, which have no ink. */
static void smooth(float *out, const paper *p, const float *level) {
    for (size_t r = 0; r < p->rows; r++) {
        for (size_t c = 0; c < p->columns; c++) {
            double here = (double)level[r * p->columns + c], sum = 0.0, count = 0.0;
            double most = similar * (here + black);
            for (size_t v = r > SMOOTH ? r - SMOOTH : 0; v <= r + SMOOTH && v < p->rows; v++) {
                for (size_t u = c > SMOOTH ? c - SMOOTH : 0; u <= c + SMOOTH && u < p->columns; u++) {
                    double mean = (double)p->mean[v * p->columns + u];
                    if (fabs(mean - here) < most) sum += mean, count += 1.0;
                }
            }
            out[r * p->columns + c] = (float)(count > 0.0 ? sum / count : here);
        }
    }
}

/* Gives each cell the level of the neighbour that is most like ink: at the edge of a shadow, the shadow's. */
static void widen_shadows(float *out, const paper *p, const float *level) {
    for (size_t r = 0; r < p->rows; r++) {
        for (size_t c = 0; c < p->columns; c++) {
            float here = level[r * p->columns + c];
            for (size_t v = r > 0 ? r - 1 : 0; v <= r + 1 && v < p->rows; v++) {
                for (size_t u = c > 0 ? c - 1 : 0; u <= c + 1 && u < p->columns; u++) {
                    float beside = level[v * p->columns + u];
                    here = p->light ? fminf(here, beside) : fmaxf(here, beside);
                }
            }
            out[r * p->columns + c] = here;
        }
    }
}

static int compare(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Marks the cells with ink and their neighbours. sorted: room for a number per cell. */
static void find_inked(paper *p, float *sorted) {
    size_t cells = p->rows * p->columns;
    float *difference = sorted + cells;
    memcpy(sorted, p->level, cells * sizeof *sorted);
    qsort(sorted, cells, sizeof *sorted, compare);
    p->typical = (double)sorted[cells / 2];
    p->largest = 0.0;
    for (size_t i = 0; i < cells; i++) {
        difference[i] = (float)paper_difference(p, (double)p->mean[i], (double)p->level[i]);
        sorted[i] = fabsf(difference[i]);
        /* without fmax(): gcc 12 for aarch64 ends with an internal error there */
        if ((double)difference[i] > p->largest) p->largest = (double)difference[i];
    }
    qsort(sorted, cells, sizeof *sorted, compare);
    double most = p->largest;
    if (p->cell > 1) p->largest *= thin_stroke;
    p->grain = 3.139 * (double)sorted[cells / 4]; /* of a normal distribution; three quarters may have lines */
    double least = fmin(grain_times * p->grain, fmax(ruled_grain_times * p->grain, most / 2.0));
    least = fmax(least, ink_least);
    memset(p->ink, 0, cells);
    for (size_t r = 0; r < p->rows; r++) {
        for (size_t c = 0; c < p->columns; c++) {
            if ((double)difference[r * p->columns + c] < least) continue;
            for (size_t v = r > 0 ? r - 1 : 0; v <= r + 1 && v < p->rows; v++)
                for (size_t u = c > 0 ? c - 1 : 0; u <= c + 1 && u < p->columns; u++) p->ink[v * p->columns + u] = 1;
        }
    }
}

/* ---- even light ---- */

/* A picture parted by one threshold. */
typedef struct parted {
    const paper *p;
    two_greys greys;
    bool light; /* the paper is the light side: most of the picture's border is */
} parted;

static bool is_ink(const parted *all, size_t r, size_t c) {
    return ((double)all->p->mean[r * all->p->columns + c] < all->greys.threshold) == all->light;
}

/* The share of ink in a rectangle of cells. */
static double share_of_ink(const parted *all, size_t top, size_t left, size_t tall, size_t wide) {
    size_t count = 0;
    for (size_t r = top; r < top + tall; r++)
        for (size_t c = left; c < left + wide; c++) count += is_ink(all, r, c);
    return (double)count / (double)(tall * wide);
}

/* True if most of the picture's border is light. */
static bool light_border(const parted *all, const uint8_t *grey) {
    size_t light = 0, count = 0, height = all->p->height, width = all->p->width;
    for (size_t y = 0; y < height; y++) {
        bool edge = y == 0 || y == height - 1;
        size_t step = edge || width == 1 ? 1 : width - 1;
        for (size_t x = 0; x < width; x += step, count++) light += grey[y * width + x] >= all->greys.threshold;
    }
    return 2 * light >= count;
}

/* True if a frame, the edge of a scan or a shadow is on the side of the ink: one of the picture's sides or corners is full of it, or a
 * square a third larger than `side`. */
static bool has_dark_area(const parted *all, size_t side, float *run /* [columns] */) {
    const double full = 0.97;
    size_t rows = all->p->rows, columns = all->p->columns, corner = at_least(side / 2, 2), square = side + side / 3;
    if (rows < 3 || columns < 3) return false;
    if (share_of_ink(all, 0, 0, 1, columns) > full || share_of_ink(all, rows - 1, 0, 1, columns) > full ||
        share_of_ink(all, 0, 0, rows, 1) > full || share_of_ink(all, 0, columns - 1, rows, 1) > full) {
        return true;
    }
    for (int i = 0; i < 4; i++) {
        if (share_of_ink(all, i & 1 ? rows - corner : 0, i & 2 ? columns - corner : 0, corner, corner) > full)
            return true;
    }
    /* run: the side of the largest square of ink whose last cell is the one of this column, in the row above or, once seen, in this row */
    memset(run, 0, columns * sizeof *run);
    for (size_t r = 0; r < rows; r++) {
        float before = 0.0f, across = 0.0f; /* of the column before, in this row and in the row above */
        for (size_t c = 0; c < columns; c++) {
            float above = run[c];
            run[c] = is_ink(all, r, c) ? 1.0f + fminf(fminf(above, before), across) : 0.0f;
            across = above, before = run[c];
            if (run[c] >= (float)square) return true;
        }
    }
    return false;
}

/* The paper's grey in a tile: of its cells on the paper's side, one in ten is more unlike ink, and none of the others is the soft edge of
 * a stroke. False if the tile has few such cells. */
static bool paper_of_tile(float *grey, const parted *all, size_t row, size_t column, float *sorted) {
    const paper *p = all->p;
    size_t top = row * p->rows / TILES, bottom = (row + 1) * p->rows / TILES, count = 0;
    size_t left = column * p->columns / TILES, right = (column + 1) * p->columns / TILES;
    for (size_t r = top; r < bottom; r++)
        for (size_t c = left; c < right; c++)
            if (!is_ink(all, r, c)) sorted[count++] = p->mean[r * p->columns + c];
    if (3 * count < (bottom - top) * (right - left) || count == 0) return false;
    qsort(sorted, count, sizeof *sorted, compare);
    *grey = sorted[all->light ? count - 1 - count / 10 : count / 10];
    return true;
}

/* True if the paper's greys differ little between the tiles of the picture, without the lightest and the darkest tile. */
static bool has_even_paper(const parted *all, float *sorted, double most) {
    float tiles[TILES * TILES];
    size_t count = 0;
    for (size_t i = 0; i < TILES * TILES; i++) count += paper_of_tile(tiles + count, all, i / TILES, i % TILES, sorted);
    qsort(tiles, count, sizeof *tiles, compare);
    return count < 4 || (double)(tiles[count - 2] - tiles[1]) < most;
}

/* True if a quarter of the cells without ink are black, as in a drawing: light does not show on them. */
static bool is_black(const parted *all, float *sorted) {
    size_t cells = all->p->rows * all->p->columns, count = 0;
    for (size_t i = 0; i < cells; i++)
        if (!is_ink(all, i / all->p->columns, i % all->p->columns)) sorted[count++] = all->p->mean[i];
    if (count == 0) return false;
    qsort(sorted, count, sizeof *sorted, compare);
    return (double)sorted[count / 4] < black / 2.0;
}

/* True if one threshold parts ink from paper in all of the picture. Then it is surer than the estimate, which takes strokes along the
 * picture's edge for a frame. */
static bool is_even(parted *all, const paper *p, const uint8_t *grey, float *room, size_t side) {
    uint64_t histogram[LEVELS] = {0};
    for (size_t i = 0; i < p->height * p->width; i++) histogram[grey[i]]++;
    *all = (parted){.p = p, .greys = two_greys_part(histogram)};
    double contrast = all->greys.light - all->greys.dark;
    if (contrast < even_contrast || contrast < even_grain_times * p->grain * p->typical) return false;
    all->light = light_border(all, grey);
    if (!all->light && is_black(all, room)) return true;
    return !has_dark_area(all, side, room) && has_even_paper(all, room, even_spread * contrast);
}

static void use_one_level(paper *p, const parted *all, const uint8_t *grey) {
    p->light = all->light;
    size_t cells = p->rows * p->columns;
    uint8_t extreme = grey[0]; /* the side that is most like ink */
    for (size_t i = 1; i < p->height * p->width; i++) {
        if (all->light ? grey[i] < extreme : grey[i] > extreme) extreme = grey[i];
    }
    p->typical = all->light ? all->greys.light : all->greys.dark;
    for (size_t i = 0; i < cells; i++) p->level[i] = (float)p->typical;
    memset(p->ink, 1, cells);
    p->largest = paper_difference(p, extreme, p->typical);
}

/* Replaces each cell by the mean of it and its neighbours: in a small picture, a cell is too few pixels to be without grain. */
static void blur(paper *p, float *copy) {
    memcpy(copy, p->mean, p->rows * p->columns * sizeof *copy);
    for (size_t r = 1; r + 1 < p->rows; r++) {
        for (size_t c = 1; c + 1 < p->columns; c++) {
            float sum = 0.0f;
            for (size_t v = r - 1; v <= r + 1; v++)
                for (size_t u = c - 1; u <= c + 1; u++) sum += copy[v * p->columns + u];
            p->mean[r * p->columns + c] = sum / 9.0f;
        }
    }
}

/* planes: 4 of [rows][columns], and then the room of closing(). */
/* Returns if it is clear whether the ink is dark. */
static bool estimate(paper *p, float *planes, size_t side) {
    size_t cells = p->rows * p->columns;
    float *closed = planes, *opened = planes + cells, *middle = planes + 2 * cells, *work = planes + 4 * cells;
    closing(closed, p, 1.0f, side, work);
    closing(opened, p, -1.0f, side, work);
    medians(middle, p, p->rows / 3, p->columns / 3);
    bool clear = find_polarity(p, closed, opened, middle);
    smooth(middle, p, p->light ? closed : opened);
    widen_shadows(p->level, p, middle);
    find_inked(p, planes);
    return clear;
}

clenet_status paper_find(paper *p, const uint8_t *grey, size_t height, size_t width, clenet_error *error) {
    size_t longer = height > width ? height : width, cell = (longer + CELLS_MOST - 1) / CELLS_MOST;
    *p = (paper){.height = height, .width = width, .cell = cell};
    p->rows = (height + cell - 1) / cell, p->columns = (width + cell - 1) / cell;
    size_t cells = p->rows * p->columns, shorter = smaller(p->rows, p->columns);
    size_t side = at_least((size_t)(square_share * (double)shorter), 3);
    size_t padded = (p->rows + 2 * (side - 1)) * (p->columns + 2 * (side - 1));
    float *planes = memory_new(4 * cells + 2 * padded, sizeof *planes);
    p->mean = memory_new(cells, sizeof *p->mean);
    p->level = memory_new(cells, sizeof *p->level);
    p->ink = memory_new(cells, sizeof *p->ink);
    bool room = planes != NULL && p->mean != NULL && p->level != NULL && p->ink != NULL;
    if (room) {
        fill_means(p, grey);
        if (cell <= SMALL_CELL && shorter >= BLUR_LEAST) blur(p, planes);
        parted all;
        bool clear = estimate(p, planes, side);
        if (is_even(&all, p, grey, planes, side) && (!clear || p->light == all.light)) use_one_level(p, &all, grey);
    } else {
        paper_free(p);
    }
    memory_free(planes);
    return room ? CLENET_OK : error_memory(error, (6 * cells + 2 * padded) * sizeof *planes, "the paper of a picture");
}

void paper_free(paper *p) {
    memory_free(p->mean);
    memory_free(p->level);
    memory_free(p->ink);
    p->mean = p->level = NULL;
    p->ink = NULL;
}

/* The cell whose centre is at or before pixel i, and how far the pixel is from it to the next, 0 to 1. */
static size_t before(const paper *p, size_t i, size_t cells, float *share) {
    double at = ((double)i + 0.5) / (double)p->cell - 0.5;
    if (at < 0.0) at = 0.0;
    if (at > (double)(cells - 1)) at = (double)(cells - 1);
    size_t cell = (size_t)at;
    *share = (float)(at - (double)cell);
    return cell;
}

void paper_row(const paper *p, float *levels, float *between, size_t y) {
    float share;
    size_t r = before(p, y, p->rows, &share), next = smaller(r + 1, p->rows - 1);
    const float *upper = p->level + r * p->columns, *lower = p->level + next * p->columns;
    for (size_t c = 0; c < p->columns; c++) between[c] = upper[c] + share * (lower[c] - upper[c]);
    for (size_t x = 0; x < p->width; x++) {
        size_t c = before(p, x, p->columns, &share);
        levels[x] = between[c] + share * (between[smaller(c + 1, p->columns - 1)] - between[c]);
    }
}
