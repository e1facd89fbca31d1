/* fuzz_gzip.c - a gzip stream: any bytes behind the magic of one, several members, and what is no gzip at all. */
#include "lib/data/stream.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    stream *input = NULL;
    clenet_error error;
    const uint8_t *block = NULL;
    size_t got = 1;
    clenet_status status = stream_open(&input, fuzz_file(bytes, count), &error);
    uint8_t sum = 0;
    while (status == CLENET_OK && got > 0) {
        status = stream_next(input, &block, &got, &error);
        for (size_t i = 0; status == CLENET_OK && i < got; i++)
            sum = (uint8_t)(sum ^ block[i]); /* every byte is there */
    }
    static volatile uint8_t seen; /* so that no byte's reading is left out */
    seen = sum;
    (void)seen;
    fuzz_check_error(status, &error);
    stream_close(input);
    return 0;
}
