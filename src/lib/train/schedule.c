/* schedule.c - see schedule.h. */
#include "lib/train/schedule.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

/* PyTorch's OneCycleLR with its defaults: for 30 % of the steps it rises from 1/25 of the rate, then it falls to 1/10,000 of
 * that. */
static const double RISING = 0.3, START = 1.0 / 25, END = 1.0 / 25 / 1e4;

/* From a to b as x goes from 0 to 1, along half a cosine. */
static double between(double a, double b, double x) {
    return b + (a - b) / 2 * (1 + cos(PI * x));
}

static double one_cycle(double steps, double step) {
    double top = RISING * steps - 1, last = steps - 1;
    return step <= top ? between(START, 1, step / top) : between(1, END, (step - top) / (last - top));
}

double schedule_rate(const schedule *s, uint32_t step) {
    double at = (double)step;
    if (at + 1 < s->warmup) return s->rate * (at + 1) / s->warmup; /* only its last step has the whole rate */
    switch (s->kind) {
    case CLENET_SCHEDULE_COSINE:
        return s->rate * between(1, 0, at < s->warmup ? 0 : (at - s->warmup) / (s->steps - s->warmup));
    case CLENET_SCHEDULE_ONE_CYCLE:
        return s->rate * one_cycle(s->steps, at);
    case CLENET_SCHEDULE_CONSTANT:
        break;
    }
    return s->rate;
}
