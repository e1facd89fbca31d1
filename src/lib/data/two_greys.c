/* two_greys.c - see two_greys.h. */
#include "lib/data/two_greys.h"

two_greys two_greys_part(const uint64_t histogram[GREY_LEVELS]) {
    double total = 0.0, sum = 0.0, below = 0.0, below_sum = 0.0, best = -1.0;
    for (int i = 0; i < GREY_LEVELS; i++) total += (double)histogram[i], sum += (double)histogram[i] * i;
    two_greys greys = {sum / total, sum / total, 0};
    int first = 0;
    for (int t = 1; t < GREY_LEVELS; t++) {
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
