/* augment.c - see augment.h. */
#include "lib/net/augment.h"

#include "lib/base/philox.h"

/* The values of strength 1, chosen with the table in docs/accuracy.md. */
static const float SHIFT = 2;                                     /* pixels */
static const float ROTATION = 0.2F, SCALE = 0.15F, SHEAR = 0.15F; /* radians (11 degrees), shares */
static const float ELASTIC = 0.7F;                                /* pixels */

/* The largest of copies: docs/accuracy.md has the other values that were tried. */
static const float COPIES_SHIFT = 1.5F, COPIES_ROTATION = 0.15F; /* pixels, radians (9 degrees) */

enum { MOST = 32767 };

static int32_t fixed(float x, float one) {
    float y = x * one + 0.5F;
    return y < MOST ? (int32_t)y : MOST;
}

static int32_t pixels(float x) {
    return fixed(x, 256);
}

static int32_t share(float x) {
    return fixed(x, 32768);
}

augmentation augmentation_of(clenet_augment kind, float strength) {
    augmentation a = {.stream = PHILOX_AUGMENT};
    if (kind == CLENET_AUGMENT_NONE) return a;
    a.shift = pixels(SHIFT * strength);
    if (kind == CLENET_AUGMENT_SHIFT) return a;
    a.rotation = share(ROTATION * strength);
    a.scale = share(SCALE * strength);
    a.shear = share(SHEAR * strength);
    if (kind == CLENET_AUGMENT_ELASTIC) a.elastic = pixels(ELASTIC * strength);
    return a;
}

augmentation augmentation_of_copies(void) {
    return (augmentation){.shift = pixels(COPIES_SHIFT), .rotation = share(COPIES_ROTATION), .stream = PHILOX_COPIES};
}
