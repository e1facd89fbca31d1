/* Memory that cannot be had: each allocation of a whole run fails once, and each time the run ends with that error, or goes on
 * without what it asked for; nothing crashes, and nothing leaks (the build with AddressSanitizer sees to that). The linker puts
 * the functions below in front of base/memory.h's (--wrap). */
#include <stdlib.h>
#include <string.h>

#include "clenet/clenet.h"
#include "faulty_memory.h"
#include "scratch.h"

/* What a run holds; all NULL at first. */
typedef struct holdings {
    clenet_dataset *dataset;
    clenet_network *network;
    clenet_model *model, *loaded, *joined;
    clenet_device *device;
    clenet_device_list *list;
    clenet_trainer *trainer;
    clenet_predictor *predictor, *mean; /* of the one, and of several */
} holdings;

static const char *const NETWORK = "input 6x6x1\nconv2d 3 3x3 same relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.1\n"
                                   "conv2d 2 3x3 same\nbatchnorm\nrelu\nmaxpool2d 3x3\nflatten\ndense 4 relu\ndropout "
                                   "0.5\ndense 3 softmax\n";

/* A model of two networks, through its file. */
static clenet_status ask_several(holdings *h, clenet_error *error) {
    clenet_evaluation evaluation;
    uint64_t confusion[9];
    const clenet_model *both[] = {h->model, h->loaded};
    clenet_status status = clenet_model_join(&h->joined, both, 2, error);
    if (status == CLENET_OK) status = clenet_model_save(h->joined, "joined.safetensors", error);
    clenet_model *again = NULL;
    if (status == CLENET_OK) status = clenet_model_load(&again, "joined.safetensors", error);
    clenet_model_free(again);
    if (status == CLENET_OK) status = clenet_predictor_new(&h->mean, h->joined, h->device, error);
    if (status == CLENET_OK) status = clenet_predictor_set_copies(h->mean, 2, 1, error);
    if (status == CLENET_OK) status = clenet_predictor_evaluate(h->mean, h->dataset, &evaluation, confusion, error);
    return status;
}

/* From a CSV to a submission, through every part of the library. */
static clenet_status run(holdings *h, const char *spec, const char *cache, clenet_error *error) {
    clenet_training_options options;
    clenet_training_options_init(&options, sizeof options);
    clenet_device_options device;
    clenet_device_options_init(&device, sizeof device);
    clenet_evaluation evaluation;
    uint64_t confusion[9];
    uint8_t classes[8];
    options.epochs = 1;
    device.threads = 2;
    device.cache_folder = cache;
    clenet_status status = clenet_dataset_load(&h->dataset, "digits.csv", NULL, error);
    if (status == CLENET_OK) status = clenet_network_parse(&h->network, NETWORK, "net", error);
    if (status == CLENET_OK) status = clenet_model_new(&h->model, h->network, 1, error);
    if (status == CLENET_OK) status = clenet_device_list_new(&h->list, &device, error);
    if (status == CLENET_OK) status = clenet_device_open(&h->device, spec, &device, error);
    clenet_dataset *few = NULL;
    if (status == CLENET_OK)
        status = clenet_dataset_new(&few, clenet_dataset_images(h->dataset), clenet_dataset_labels(h->dataset), 8, 6, 6,
                                    1, 3, error);
    clenet_dataset_free(h->dataset);
    h->dataset = few;
    if (status == CLENET_OK) status = clenet_trainer_new(&h->trainer, h->model, few, h->device, &options, error);
    if (status == CLENET_OK) status = clenet_trainer_run(h->trainer, NULL, error);
    if (status == CLENET_OK) status = clenet_model_save(h->model, "model.safetensors", error);
    if (status == CLENET_OK) status = clenet_model_load(&h->loaded, "model.safetensors", error);
    if (status == CLENET_OK) status = clenet_predictor_new(&h->predictor, h->loaded, h->device, error);
    if (status == CLENET_OK) status = clenet_predictor_evaluate(h->predictor, few, &evaluation, confusion, error);
    if (status == CLENET_OK) status = clenet_predictor_classify(h->predictor, few, classes, error);
    if (status == CLENET_OK) status = ask_several(h, error);
    if (status == CLENET_OK) status = clenet_submission_write("submission.csv", classes, 8, error);
    return status;
}

static void let_go(const holdings *h) {
    clenet_predictor_free(h->mean);
    clenet_predictor_free(h->predictor);
    clenet_trainer_free(h->trainer);
    clenet_device_free(h->device);
    clenet_device_list_free(h->list);
    clenet_model_free(h->joined);
    clenet_model_free(h->loaded);
    clenet_model_free(h->model);
    clenet_network_free(h->network);
    clenet_dataset_free(h->dataset);
}

/* Eight rows of 6x6 pixels with labels 0 to 2. */
static void write_digits(void) {
    FILE *file = fopen("digits.csv", "w");
    cr_assert_not_null(file);
    fputs("label", file);
    for (int i = 0; i < 36; i++) fprintf(file, ",pixel%d", i);
    for (int row = 0; row < 8; row++) {
        fprintf(file, "\n%d", row % 3);
        for (int i = 0; i < 36; i++) fprintf(file, ",%d", (row * 37 + i * 11) % 256);
    }
    fclose(file);
}

/* Every allocation fails once; a `stride` above 1 skips some. */
static void fail_each(const char *spec, const char *cache, int stride) {
    write_digits();
    holdings whole = {0};
    clenet_error error = {.message = ""};
    allocations = failing = 0;
    cr_assert(run(&whole, spec, cache, &error) == CLENET_OK, "%s", error.message);
    int all = allocations, refusals = 0;
    let_go(&whole);
    cr_assert(all > 50, "%d allocations", all);
    for (int i = 1; i <= all; i += stride) {
        holdings h = {0};
        allocations = 0;
        failing = i;
        clenet_status status = run(&h, spec, cache, &error);
        cr_expect(status == CLENET_ERROR_MEMORY || status == CLENET_OK, "allocation %d: %s", i, error.message);
        refusals += status == CLENET_ERROR_MEMORY;
        let_go(&h);
    }
    failing = 0;
    cr_expect(refusals > 25, "%d of %d", refusals, all); /* what only a cache asked for is no loss */
}

TestSuite(memory_faults, .init = scratch_enter, .fini = scratch_leave);

Test(memory_faults, every_allocation_of_a_run_on_the_cpu_may_fail) {
    fail_each("cpu", NULL, 1);
}

Test(memory_faults, allocations_of_a_run_on_an_opencl_device_may_fail) {
    const char *spec = getenv("CLENET_TEST_DEVICE");
    if (!spec) cr_skip_test("CLENET_TEST_DEVICE names no device");
    fail_each(spec, "cache", 3);
}

/* One-hot labels in UTF-16, with fractions: everything that a CSV may need memory for. */
static void write_table(void) {
    static const char text[] = "id,cat,dog,pixel0,pixel3,pixel2,pixel1\n1,0,1,0,.5,1,1\n2,1,0,1,0,0,\"0\"\n";
    FILE *file = fopen("table.csv", "w");
    cr_assert_not_null(file);
    fputs("\xFF\xFE", file);
    for (const char *c = text; *c != '\0'; c++) fprintf(file, "%c%c", *c, '\0');
    fclose(file);
}

Test(memory_faults, every_allocation_for_a_table_may_fail) {
    static const unsigned char labels[] = {1, 0}, pixels[] = {0, 255, 255, 128, 255, 0, 0, 0};
    int all = 1, refusals = 0;
    write_table();
    for (failing = 0; failing <= all; failing++) {
        clenet_dataset *dataset = NULL;
        clenet_error error = {.message = ""};
        allocations = 0;
        clenet_status status = clenet_dataset_load(&dataset, "table.csv", NULL, &error);
        cr_assert(status == CLENET_ERROR_MEMORY || status == CLENET_OK, "allocation %d: %s", failing, error.message);
        refusals += status == CLENET_ERROR_MEMORY;
        if (failing == 0) all = allocations;
        if (status != CLENET_OK) continue;
        cr_expect_arr_eq(clenet_dataset_labels(dataset), labels, sizeof labels, "allocation %d", failing);
        cr_expect_arr_eq(clenet_dataset_images(dataset), pixels, sizeof pixels, "allocation %d", failing);
        clenet_dataset_free(dataset);
    }
    failing = 0;
    cr_expect(refusals > 15, "%d", refusals);
}
