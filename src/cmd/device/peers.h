/* peers.h - how long other programs take for what clenet bench measures.
 *
 * The two times of a line were measured by turns on one machine (PEERS_MACHINE), both programs with two threads; replace them together.
 * bench/README.md has the command, all programs that were compared, and how quiet the machine was. A figure has a line for
 * each of clenet's instruction sets and each program that is shown: the fastest, or several. */
#ifndef CLENET_CMD_DEVICE_PEERS_H
#define CLENET_CMD_DEVICE_PEERS_H

#define PEERS_MACHINE "an AMD EPYC (Zen 4), 2026-11-30"

typedef enum peer_figure {
    PEER_EPOCH_32, /* 33,600 images; so have the next two */
    PEER_EPOCH_128,
    PEER_EPOCH_512,
    PEER_PREDICTION, /* 28,000 images */
    PEER_SINGLE,
    PEER_READING, /* Kaggle's train.csv: 42,000 rows */
    PEER_FIGURES
} peer_figure;

typedef struct peer {
    peer_figure figure;
    const char *isa;      /* of clenet */
    const char *name;     /* of the other program */
    double seconds, ours; /* its time, and clenet's */
} peer;

/* clang-format off */
static const peer peers[] = {
    {PEER_EPOCH_32,   "avx512", "PyTorch 2.15",     4.588,   0.284},
    {PEER_EPOCH_32,   "avx2",   "PyTorch 2.15",     4.588,   0.377},
    {PEER_EPOCH_128,  "avx512", "PyTorch 2.15",     3.114,   0.258},
    {PEER_EPOCH_128,  "avx2",   "PyTorch 2.15",     3.114,   0.396},
    {PEER_EPOCH_512,  "avx512", "PyTorch 2.15",     2.634,   0.299},
    {PEER_EPOCH_512,  "avx2",   "PyTorch 2.15",     2.634,   0.348},
    {PEER_PREDICTION, "avx512", "onnxruntime 1.32", 0.249,   0.079},
    {PEER_PREDICTION, "avx2",   "onnxruntime 1.32", 0.249,   0.105},
    {PEER_SINGLE,     "avx512", "LiteRT 2.3",       26.3e-6, 8.8e-6},
    {PEER_SINGLE,     "avx2",   "LiteRT 2.3",       26.3e-6, 11.3e-6},
    {PEER_READING,    "avx512", "pandas 3.1",       0.732,   0.038},
    {PEER_READING,    "avx2",   "pandas 3.1",       0.732,   0.038},
    {PEER_READING,    "avx512", "polars 2.1",       0.270,   0.038},
    {PEER_READING,    "avx2",   "polars 2.1",       0.270,   0.038},
};
/* clang-format on */

enum { PEERS = sizeof peers / sizeof *peers };

#endif
