/* model.h - a model inside the library. */
#ifndef CLENET_NET_MODEL_H
#define CLENET_NET_MODEL_H

#include "net/network.h"

struct clenet_model {
    clenet_network *network; /* the model's own */
    float *values;           /* [network->packed_size], packed as network.h says */
};

/* Fills packed values with the initial weights of a seed (net/init.c). */
void network_initialise(const clenet_network *network, uint64_t seed, float *values /* [packed_size] */);

#endif
