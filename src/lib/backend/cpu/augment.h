/* augment.h - moves images a little, pixel by pixel, for gather.c.
 *
 * src/lib/net/augment.h gives the formulas. All numbers are 32-bit integers. L pixels of a row are computed side by side; their
 * neighbours are loaded one by one. With AVX2 an image of 28x28 takes 6 to 9 us, a seventh of a training step's time per image.
 * If images are only shifted, every pixel has the same weights, and neighbours are loaded L at a time.
 * Signed numbers are shifted right as gcc, clang and OpenCL do: towards minus infinity. Twin: cl/augment.clh */
#ifndef CLENET_LIB_BACKEND_CPU_AUGMENT_H
#define CLENET_LIB_BACKEND_CPU_AUGMENT_H

#include "lib/backend/cpu/vec.h"
#include "lib/base/philox.h"
#include "lib/net/plan.h"

/* Positions in the grid, * 2^20. The share between two of its points has 11 binary places. */
enum { GRID_PLACES = 20, SHARE_PLACES = 11, SHARE = 1 << SHARE_PLACES, GRID_STEP = (AUGMENT_GRID - 1) << GRID_PLACES };

/* The move of one image. x comes before y. */
typedef struct image_move {
    int across[2], down[2];                      /* * 2^15: the step in the image for 2 pixels of the moved image */
    int centre[2];                               /* * 2^16: the point of the image that moves to the centre */
    int elastic;                                 /* pixels * 2^8 */
    int step[2];                                 /* * 2^20: from pixel to pixel, in units of the grid */
    uint8_t grid[2][AUGMENT_GRID][AUGMENT_GRID]; /* pushes + 2^7 */
} image_move;

INLINE philox_block augment_block(const augmentation *a, uint32_t i, uint32_t row, uint32_t round, uint64_t seed) {
    const uint32_t counter[4] = {i, row, round, a->stream};
    return philox(seed, counter);
}

/* most * half-word k of the block, as a number from -2^15. */
INLINE int augment_part(const philox_block *block, int k, int most) {
    return most * ((int)(block->word[k / 2] >> (k % 2 * 16) & 0xFFFF) - 0x8000);
}

/* x and y of R S, from angle, scales and shear, all * 2^15; Taylor's series: the next terms are below 2^-11 at half a radian. */
INLINE void augment_matrix(image_move *move, int angle, int scale_across, int scale_down, int shear) {
    int square = (angle * angle) >> 15;
    int cosine = 0x8000 - (square >> 1) + ((square * square) >> 15) / 24;
    int sine = angle - ((square * angle) >> 15) / 6;
    int x = 0x8000 + scale_across, y = 0x8000 + scale_down;
    move->across[0] = (cosine * x) >> 15;
    move->across[1] = (sine * x) >> 15;
    move->down[0] = ((cosine * shear) >> 15) - ((sine * y) >> 15);
    move->down[1] = ((sine * shear) >> 15) + ((cosine * y) >> 15);
}

/* Draws the move of the row's image in this round. */
INLINE void augment_draw(image_move *move, const augmentation *a, clenet_shape shape, uint32_t row, uint32_t round,
                         uint64_t seed) {
    philox_block block = {{0x80008000, 0x80008000, 0x80008000, 0x80008000}}; /* for parts that are 0 */
    if (round > 0) block = augment_block(a, 0, row, round, seed);
    augment_matrix(move, augment_part(&block, 2, a->rotation) >> 15, augment_part(&block, 3, a->scale) >> 15,
                   augment_part(&block, 4, a->scale) >> 15, augment_part(&block, 5, a->shear) >> 15);
    move->centre[0] = ((shape.width - 1) << 15) + (augment_part(&block, 0, a->shift) >> 7);
    move->centre[1] = ((shape.height - 1) << 15) + (augment_part(&block, 1, a->shift) >> 7);
    move->elastic = round > 0 ? a->elastic : 0;
    move->step[0] = GRID_STEP / shape.width;
    move->step[1] = GRID_STEP / shape.height;
    memset(move->grid, 0, sizeof move->grid);
    if (move->elastic == 0) return;
    uint8_t *grid = &move->grid[0][0][0];
    for (uint32_t i = 0; i < sizeof move->grid; i++) {
        if (i % sizeof block == 0) block = augment_block(a, 1 + i / sizeof block, row, round, seed);
        grid[i] = (uint8_t)(block.word[i % sizeof block / 4] >> (i % 4 * 8));
    }
}

/* The numbers of one row of the moved image. */
typedef struct moved_row {
    int start[2];              /* * 2^16: the point of the image that its centre shows */
    int push[2][AUGMENT_GRID]; /* * 2^18: of the grid's columns at this row */
} moved_row;

INLINE void row_begin(moved_row *row, const image_move *move, clenet_shape shape, int y) {
    int down = y * move->step[1], line = down >> GRID_PLACES,
        share = down >> (GRID_PLACES - SHARE_PLACES) & (SHARE - 1);
    for (int axis = 0; axis < 2; axis++) {
        row->start[axis] = move->centre[axis] + move->down[axis] * (2 * y - (shape.height - 1));
        for (int k = 0; k < AUGMENT_GRID; k++) {
            int above = move->grid[axis][line][k];
            row->push[axis][k] = (above - 0x80) * SHARE + (move->grid[axis][line + 1][k] - above) * share;
        }
    }
}

/* L neighbouring numbers of one row of the moved image. */
typedef struct moved_run {
    vec_int column, channel; /* of each number */
    vec_int at[2];           /* * 2^16: x and y in the image */
    vec_int place[2][2];     /* of the neighbours: [before, after] along x, and along y */
    vec_int weight[2][2];    /* * 2^8; 0 outside of the image */
} moved_run;

INLINE vec_int int_all(int x) {
    return x - (vec_int){0};
}

INLINE vec_int int_select(vec_int mask, vec_int yes, vec_int no) {
    return (mask & yes) | (~mask & no);
}

INLINE vec_int int_clamp(vec_int x, int least, int most) {
    x = int_select(x < least, int_all(least), x);
    return int_select(x > most, int_all(most), x);
}

/* Sets the numbers: i of the row and the following. Past the end of the row it is the last pixel, which is not read. */
INLINE void run_begin(moved_run *run, clenet_shape shape, int i) {
    vec_int number = vec_lane_numbers() + i;
    run->column = number;
    if (shape.channels > 1) run->column = number / shape.channels; /* slow */
    run->channel = number - run->column * shape.channels;
    run->column = int_clamp(run->column, 0, shape.width - 1);
}

/* at[axis] += the pushes. Between points k and k + 1 of the grid's line, clamp gives the share of the way along the row. */
INLINE void run_push(moved_run *run, const image_move *move, const moved_row *row, int axis) {
    const int *push = row->push[axis];
    vec_int way = run->column * move->step[0] >> (GRID_PLACES - SHARE_PLACES), sum = int_all(push[0] * SHARE);
    for (int k = 0; k + 1 < AUGMENT_GRID; k++) sum += (push[k + 1] - push[k]) * int_clamp(way - k * SHARE, 0, SHARE);
    run->at[axis] += ((sum >> 14) * move->elastic) >> 7; /* sum is the push * 2^29 */
}

INLINE void run_neighbours(moved_run *run, int axis, int side) {
    vec_int first = (run->at[axis] + 0x80) >> 16, share = (run->at[axis] + 0x80) >> 8 & 0xFF;
    vec_int weight[2] = {0x100 - share, share};
    for (int k = 0; k < 2; k++) {
        run->place[axis][k] = int_clamp(first + k, 0, side - 1);
        run->weight[axis][k] = weight[k] & (first + k == run->place[axis][k]);
    }
}

/* The images' bytes in line `line` (0 or 1) of the neighbours, interpolated between the columns before and after. */
INLINE vec_int run_between(const moved_run *run, const uint8_t *image, clenet_shape shape, int line) {
    vec_int sum = {0};
    for (int k = 0; k < 2; k++) {
        vec_int from = (run->place[1][line] * shape.width + run->place[0][k]) * shape.channels + run->channel;
        int32_t place[LANES], pixel[LANES];
        memcpy(place, &from, sizeof place);
        for (int i = 0; i < LANES; i++) pixel[i] = image[place[i]];
        vec_int pixels;
        memcpy(&pixels, pixel, sizeof pixels);
        sum += pixels * run->weight[0][k];
    }
    return sum;
}

/* Makes numbers i to i + count, at most L, of a row of the moved image. */
INLINE void augment_run(uint8_t *moved, const image_move *move, const moved_row *row, const uint8_t *image,
                        clenet_shape shape, int i, int count) {
    moved_run run;
    run_begin(&run, shape, i);
    for (int axis = 0; axis < 2; axis++) {
        run.at[axis] = row->start[axis] + move->across[axis] * (2 * run.column - (shape.width - 1));
        if (move->elastic > 0) run_push(&run, move, row, axis);
        run_neighbours(&run, axis, axis == 0 ? shape.width : shape.height);
    }
    vec_int sum =
        run_between(&run, image, shape, 0) * run.weight[1][0] + run_between(&run, image, shape, 1) * run.weight[1][1];
    uint8_t bytes[LANES] __attribute__((aligned(LANES)));
    vec_int_to_bytes(bytes, (sum + 0x8000) >> 16);
    memcpy(moved, bytes, (size_t)count);
}

/* ---- images that are only shifted ------------------------------------------------------------------------------- */

INLINE bool move_is_shift(const image_move *move) {
    bool upright = move->across[1] == 0 && move->down[0] == 0;
    return upright && move->across[0] == 0x8000 && move->down[1] == 0x8000 && move->elastic == 0;
}

/* The shift along an axis: by `whole` numbers of a row, or rows, and then between two neighbours with these weights (* 2^8). */
typedef struct image_shift {
    int whole, weight[2];
} image_shift;

INLINE image_shift shift_along(const image_move *move, int axis, int side) {
    int at = move->centre[axis] - ((side - 1) << 15) + 0x80, share = at >> 8 & 0xFF;
    return (image_shift){.whole = at >> 16, .weight = {0x100 - share, share}};
}

/* L numbers of row y of the image from number i on; outside of the image there is 0. */
INLINE vec_int shifted_numbers(const uint8_t *image /* [height][line] */, int height, int line, int y, int i) {
    vec_int number = vec_lane_numbers() + i, inside = (number >= 0) & (number < line);
    uint8_t bytes[LANES] __attribute__((aligned(LANES))) = {0};
    if (y < 0 || y >= height) return (vec_int){0};
    int first = y * line + i;
    if (first >= 0 && first + LANES <= height * line)
        memcpy(bytes, image + first, LANES); /* with numbers of the neighbouring rows, which are not inside */
    else
        for (int k = 0; k < LANES; k++) bytes[k] = i + k >= 0 && i + k < line ? image[first + k] : 0;
    return vec_int_from_bytes(bytes) & inside;
}

/* Makes numbers i to i + L of row y of the shifted image. */
INLINE void shift_run(uint8_t *bytes /* [L], aligned */, const image_shift *across, const image_shift *down,
                      const uint8_t *image, clenet_shape shape, int y, int i) {
    vec_int sum = {0};
    int line = shape.width * shape.channels;
    for (int k = 0; k < 2; k++) {
        int row = y + down->whole + k, from = i + across->whole * shape.channels;
        vec_int before = shifted_numbers(image, shape.height, line, row, from);
        vec_int after = shifted_numbers(image, shape.height, line, row, from + shape.channels);
        sum += (before * across->weight[0] + after * across->weight[1]) * down->weight[k];
    }
    vec_int_to_bytes(bytes, (sum + 0x8000) >> 16);
}

/* augment_image for such images. */
INLINE void shift_image(uint8_t *moved, const image_move *move, const uint8_t *image, clenet_shape shape, int begin,
                        int end) {
    int line = shape.width * shape.channels, y = begin / line, i = begin % line, left = end - begin;
    image_shift across = shift_along(move, 0, shape.width), down = shift_along(move, 1, shape.height);
    for (; left > 0; y++, i = 0) {
        int stop = i + left < line ? i + left : line;
        for (; i < stop; i += LANES) {
            uint8_t bytes[LANES] __attribute__((aligned(LANES)));
            int count = stop - i < LANES ? stop - i : LANES;
            shift_run(bytes, &across, &down, image, shape, y, i);
            if (left >= LANES)
                memcpy(moved, bytes, LANES); /* the next row overwrites what is too much */
            else
                memcpy(moved, bytes, (size_t)count);
            moved += count;
            left -= count;
        }
    }
}

/* ---- all images ------------------------------------------------------------------------------------------------- */

/* Makes the bytes begin .. end of the moved image. */
INLINE void augment_image(uint8_t *moved, const image_move *move, const uint8_t *image, clenet_shape shape, int begin,
                          int end) {
    int line = shape.width * shape.channels, y = begin / line, i = begin % line, left = end - begin;
    if (move_is_shift(move)) {
        shift_image(moved, move, image, shape, begin, end);
        return;
    }
    for (; left > 0; y++, i = 0) {
        moved_row row;
        row_begin(&row, move, shape, y);
        int stop = i + left < line ? i + left : line;
        for (; i < stop; i += LANES) {
            int count = stop - i < LANES ? stop - i : LANES;
            augment_run(moved, move, &row, image, shape, i, count);
            moved += count;
            left -= count;
        }
    }
}

#endif
