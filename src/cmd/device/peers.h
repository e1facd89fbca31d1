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
    {PEER_EPOCH_32,   "avx512", "PyTorch 2.15",     4.45,    0.361},
    {PEER_EPOCH_32,   "avx2",   "PyTorch 2.15",     4.45,    0.447},
    {PEER_EPOCH_128,  "avx512", "PyTorch 2.15",     3.44,    0.269},
    {PEER_EPOCH_128,  "avx2",   "PyTorch 2.15",     3.44,    0.334},
    {PEER_EPOCH_512,  "avx512", "PyTorch 2.15",     2.53,    0.325},
    {PEER_EPOCH_512,  "avx2",   "PyTorch 2.15",     2.53,    0.435},
    {PEER_PREDICTION, "avx512", "onnxruntime 1.32", 0.227,   0.103},
    {PEER_PREDICTION, "avx2",   "onnxruntime 1.32", 0.227,   0.136},
    {PEER_SINGLE,     "avx512", "LiteRT 2.3",       24.0e-6, 9.7e-6},
    {PEER_SINGLE,     "avx2",   "LiteRT 2.3",       24.0e-6, 12.0e-6},
    {PEER_READING,    "avx512", "pandas 3.1",       0.612,   0.049},
    {PEER_READING,    "avx2",   "pandas 3.1",       0.612,   0.049},
    {PEER_READING,    "avx512", "polars 2.1",       0.234,   0.049},
    {PEER_READING,    "avx2",   "polars 2.1",       0.234,   0.049},
};
/* clang-format on */

enum { PEERS = sizeof peers / sizeof *peers };

#endif
