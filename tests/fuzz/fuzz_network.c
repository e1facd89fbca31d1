/* fuzz_network.c - the text of a network: clenet_network_parse on any text. What it takes for a network it writes as text that
 * it reads back as the same. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    char *text = malloc(count + 1);
    fuzz_require(text != NULL, "no memory for the text");
    memcpy(text, bytes, count);
    text[count] = '\0';
    clenet_network *network = NULL, *again = NULL;
    clenet_error error;
    clenet_status status = clenet_network_parse(&network, text, "fuzz", &error);
    fuzz_check_error(status, &error);
    if (status == CLENET_OK) {
        fuzz_require(clenet_network_parse(&again, clenet_network_text(network), "again", &error) == CLENET_OK,
                     "a network's own text is refused");
        fuzz_require(strcmp(clenet_network_text(network), clenet_network_text(again)) == 0,
                     "a network's own text reads as another network");
    }
    clenet_network_free(again);
    clenet_network_free(network);
    free(text);
    return 0;
}
