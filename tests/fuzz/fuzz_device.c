/* fuzz_device.c - what a person writes behind --device: clenet_device_open with any text, on a machine without OpenCL drivers. */
#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    return setenv("OCL_ICD_VENDORS", "/nonexistent", 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    char *spec = malloc(count + 1);
    fuzz_require(spec != NULL, "no memory for the text");
    memcpy(spec, bytes, count);
    spec[count] = '\0';
    clenet_device *device = NULL;
    clenet_device_options options;
    clenet_device_options_init(&options, sizeof options);
    clenet_error error;
    options.threads = 1;
    options.icd_vendors = "/nonexistent";
    clenet_status status = clenet_device_open(&device, spec, &options, &error);
    fuzz_check_error(status, &error);
    clenet_device_free(device);
    free(spec);
    return 0;
}
