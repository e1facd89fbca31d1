/* peers.h - how long other programs take for what clenet bench measures.
 *
 * Both times of a row were measured by turns on one machine with two threads (PEERS_MACHINE). bench/README.md has the command, all
 * programs that were compared, and how quiet the machine was. Each row has the fastest of them. Replace a row's two times
 * together. */
#ifndef CLENET_CMD_DEVICE_PEERS_H
#define CLENET_CMD_DEVICE_PEERS_H

#define PEERS_MACHINE "2 cores of an AMD EPYC (Zen 4, AVX-512), 2026-11-30, bench/README.md"

typedef enum peer_row {
    PEER_EPOCH_32,
    PEER_EPOCH_128,
    PEER_EPOCH_512,
    PEER_PREDICTION,
    PEER_SINGLE,
    PEER_ROWS
} peer_row;

typedef struct peer {
    const char *name;
    double seconds, ours; /* of the same work on that machine */
} peer;

static const peer peers[] = {
    [PEER_EPOCH_32] = {"PyTorch 2.15", 4.45, 0.361},        /* 33,600 images */
    [PEER_EPOCH_128] = {"PyTorch 2.15", 3.44, 0.269},       /* the same */
    [PEER_EPOCH_512] = {"PyTorch 2.15", 2.53, 0.325},       /* the same */
    [PEER_PREDICTION] = {"onnxruntime 1.32", 0.227, 0.103}, /* 28,000 images */
    [PEER_SINGLE] = {"LiteRT 2.3", 24.0e-6, 9.7e-6},
};
_Static_assert(sizeof peers / sizeof *peers == PEER_ROWS, "a row for each figure");

#endif
