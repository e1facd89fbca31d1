/* test_c.c - exported C code predicts as the library does, and its arena is the least. */
#include "lib/export/stages.h"

#include <math.h>

#include "export/exported.h"

enum { NETWORKS = 24, IMAGES = 3 };

static clenet_export *exported_of(const clenet_model *model, const char *prefix, bool logits) {
    clenet_export *exported = NULL;
    clenet_export_options options;
    clenet_export_options_init(&options, sizeof options);
    options.prefix = prefix;
    options.logits = logits;
    succeeds(clenet_export_c(&exported, model, &options, &error));
    return exported;
}

typedef int predict_function(const uint8_t *image, float *answers);
typedef int predict_with_function(const uint8_t *image, float *answers, float *arena);
typedef int self_test_function(void);

/* Compares the code with the library on some images. */
static void compare(void *library, const char *prefix, const clenet_model *model, const clenet_device *device,
                    dice *d) {
    predict_function *predict;
    predict_with_function *predict_with;
    self_test_function *self_test;
    find(library, prefix, "predict", &predict);
    find(library, prefix, "predict_with", &predict_with);
    find(library, prefix, "self_test", &self_test);
    const char *text = clenet_network_text(model->network);
    cr_expect_eq(self_test(), 0, "the self-test of\n%s", text);
    clenet_predictor *predictor = NULL;
    clenet_export *exported = exported_of(model, prefix, false);
    size_t size = shape_size(model->network->input);
    size_t classes = clenet_export_cost(exported).answer_bytes / sizeof(float);
    float *arena = malloc(clenet_export_cost(exported).arena_bytes + sizeof(float)), wanted[256], got[256], again[256];
    uint8_t *image = malloc(size);
    succeeds(clenet_predictor_new(&predictor, model, device, &error));
    for (int k = 0; k < IMAGES; k++) {
        for (size_t i = 0; i < size; i++) image[i] = (uint8_t)roll(d, 256);
        succeeds(clenet_predictor_run(predictor, image, 1, wanted, &error));
        int class = predict(image, got);
        cr_expect_eq(class, predict_with(image, again, arena));
        for (size_t c = 0; c < classes; c++) {
            cr_expect(fabsf(got[c] - wanted[c]) <= 1e-5F, "%s, class %zu: %.9g in place of %.9g by\n%s", prefix, c,
                      (double)got[c], (double)wanted[c], text);
            cr_expect_eq(got[c], again[c]);
            cr_expect(got[class] >= got[c]);
        }
    }
    free(arena);
    free(image);
    clenet_export_free(exported);
    clenet_predictor_free(predictor);
}

Test(export_c, any_network_predicts_as_in_the_library, .init = scratch_enter, .fini = scratch_leave) {
    clenet_model *models[NETWORKS];
    clenet_device *device = NULL;
    dice d = {12345};
    FILE *all = fopen("all.c", "w");
    succeeds(clenet_device_open(&device, "cpu", NULL, &error));
    for (int i = 0; i < NETWORKS; i++) {
        char prefix[16], path[16];
        (void)snprintf(prefix, sizeof prefix, "n%d", i);
        (void)snprintf(path, sizeof path, "n%d.c", i);
        models[i] = model_of(random_network((uint64_t)i), 1 + i % 3 % 2 * 2, &d);
        clenet_export *exported = exported_of(models[i], prefix, false);
        succeeds(clenet_export_save(exported, path, &error));
        clenet_export_free(exported);
        (void)fprintf(all, "#define N%d_SELF_TEST\n", i);
    }
    (void)fclose(all);
    void *library = compiled("-include all.c n*.c");
    for (int i = 0; i < NETWORKS; i++) {
        char prefix[16];
        (void)snprintf(prefix, sizeof prefix, "n%d", i);
        compare(library, prefix, models[i], device, &d);
        clenet_model_free(models[i]);
    }
    clenet_device_free(device);
    (void)dlclose(library);
}

/* Where batch norm and pooling meet whatever may be around them. */
static const char *const odd_networks[] = {
    "input 6x6x2\nbatchnorm\nconv2d 3 3x3 same\nbatchnorm\nrelu\nbatchnorm\nmaxpool2d 2x2\nflatten\ndense 3 softmax\n",
    "input 6x5x1\nmaxpool2d 2x2\nbatchnorm\nflatten\nbatchnorm\ndense 3\nbatchnorm\nsoftmax\n",
    ("input 8x8x1\nconv2d 4 1x1 tanh\nbatchnorm\nconv2d 2 1x1 same\nbatchnorm\navgpool2d 2x2\nbatchnorm\n"
     "avgpool2d 2x2\nmaxpool2d 2x2\nflatten\ndense 4 softmax\n"),
    "input 9x9x1\nconv2d 5 2x2 same leaky_relu\nmaxpool2d 2x2\nmaxpool2d 2x2\nglobalavgpool2d\nsoftmax\n",
    "input 4x4x3\nflatten\nbatchnorm\nrelu\nbatchnorm\nsigmoid\ndropout 0.5\ndense 2 softmax\n",
    "input 2x2x1\nflatten\nsoftmax\n",
    "input 7x7x1\nconv2d 3 7x7 relu\nbatchnorm\nmaxpool2d 1x1\nflatten\nbatchnorm\ntanh\ndense 2\nrelu\nsoftmax\n",
    "input 1x9x2\nconv2d 3 2x3 same\nbatchnorm\nflatten\nbatchnorm\nbatchnorm\nleaky_relu 0.5\ndense 2 softmax\n",
    ("input 11x9x2\nbatchnorm\nzeropad2d 1,2,0,1\nconv2d 6 3x3 stride=2 groups=2 relu\nbatchnorm\n"
     "conv2d 6 3x3 same groups=6\nbatchnorm\nleaky_relu\nmaxpool2d 3x3 stride=2 same\nconv2d 4 1x1\n"
     "avgpool2d 2x2 stride=1 padding=1\nflatten\ndense 3 softmax\n"),
    ("input 9x10x3\nconv2d 6 3x3 padding=0,2,1,0 stride=3 groups=3 tanh\nzeropad2d 1\nmaxpool2d 3x3 stride=2\n"
     "batchnorm\nrelu\nzeropad2d 0,1,2,0\navgpool2d 2x2 stride=3\nglobalavgpool2d\nbatchnorm\nsoftmax\n"),
    "input 5x5x1\nzeropad2d 2\nbatchnorm\nconv2d 2 3x3 same\nmaxpool2d 4x4 padding=3\nflatten\ndense 2 softmax\n",
    "input 6x7x2\nzeropad2d 1\nflatten\ndense 4 sigmoid\ndense 3 softmax\n",
    ("input 8x8x4\navgpool2d 2x2 same\nconv2d 8 2x2 stride=2 groups=4\navgpool2d 2x2 padding=1\nmaxpool2d 1x1 "
     "stride=2\n"
     "batchnorm\nflatten\ndense 2 softmax\n")};

Test(export_c, batchnorm_and_pooling_may_be_anywhere, .init = scratch_enter, .fini = scratch_leave) {
    enum { COUNT = sizeof odd_networks / sizeof odd_networks[0] };
    clenet_model *models[COUNT];
    clenet_device *device = NULL;
    dice d = {777};
    FILE *all = fopen("all.c", "w");
    succeeds(clenet_device_open(&device, "cpu", NULL, &error));
    for (int i = 0; i < COUNT; i++) {
        char prefix[16], path[16];
        (void)snprintf(prefix, sizeof prefix, "odd%d", i);
        (void)snprintf(path, sizeof path, "n%d.c", i);
        models[i] = model_of(parsed(odd_networks[i]), 1, &d);
        clenet_export *exported = exported_of(models[i], prefix, false);
        succeeds(clenet_export_save(exported, path, &error));
        clenet_export_free(exported);
        (void)fprintf(all, "#define ODD%d_SELF_TEST\n", i);
    }
    (void)fclose(all);
    void *library = compiled("-include all.c n*.c");
    for (int i = 0; i < COUNT; i++) {
        char prefix[16];
        (void)snprintf(prefix, sizeof prefix, "odd%d", i);
        compare(library, prefix, models[i], device, &d);
        clenet_model_free(models[i]);
    }
    clenet_device_free(device);
    (void)dlclose(library);
}

/* ---- stages --------------------------------------------------------------------------------------------- */

Test(export_c, lenet_is_five_stages_without_a_batchnorm) {
    dice d = {5};
    clenet_model *model = model_of(lenet(), 1, &d);
    stage_list list;
    succeeds(stage_list_new(&list, model, &error));
    cr_expect_eq(list.count, 5);
    cr_expect_eq(stage_list_numbers(&list), 61706); /* 61,794 less four numbers for each of 22 channels */
    cr_expect_eq(list.arena, 14 * 14 * 6 + 5 * 5 * 16);
    cr_expect_eq(list.multiply_adds, 28 * 28 * 6 * 25 + 10 * 10 * 16 * 150 + 400 * 120 + 120 * 84 + 84 * 10);
    stage_list_free(&list);
    clenet_model_free(model);
}

/* What must be in the arena while stage i runs, at the least. */
static size_t live(const stage_list *list, int i) {
    const stage *s = &list->stages[i];
    size_t in = i > 0 ? shape_size(s->in) : 0, out = i + 1 < list->count ? shape_size(s->out) : 0;
    return s->in_place || i == 0 || i + 1 == list->count ? (in > out ? in : out) : in + out;
}

Test(export_c, the_arena_is_the_least_in_which_no_live_numbers_overlap) {
    dice d = {99};
    for (uint64_t seed = 0; seed < 300; seed++) {
        clenet_model *model = model_of(random_network(seed), 1, &d);
        stage_list list;
        size_t least = 0;
        succeeds(stage_list_new(&list, model, &error));
        for (int i = 0; i < list.count; i++) {
            const stage *s = &list.stages[i];
            size_t in = shape_size(s->in), out = shape_size(s->out);
            if (live(&list, i) > least) least = live(&list, i);
            cr_expect_eq(s->reads_bytes, i == 0);
            if (i > 0) cr_expect(s->x == list.stages[i - 1].y && s->x + in <= list.arena);
            if (i + 1 == list.count) continue;
            cr_expect(s->y + out <= list.arena);
            if (i == 0) continue;
            if (s->in_place && s->backward) cr_expect_eq(s->x + in, s->y + out);
            if (s->in_place && !s->backward) cr_expect_eq(s->x, s->y);
            if (!s->in_place) cr_expect(s->x + in <= s->y || s->y + out <= s->x);
        }
        cr_expect_eq(list.arena, least, "network %llu: %zu in place of %zu", (unsigned long long)seed, list.arena,
                     least);
        stage_list_free(&list);
        clenet_model_free(model);
    }
}

/* ---- names and errors ----------------------------------------------------------------------------------- */

static clenet_status try(const clenet_model *model, const char *prefix, const char *header, bool logits) {
    clenet_export *exported = NULL;
    clenet_export_options options;
    clenet_export_options_init(&options, sizeof options);
    options.prefix = prefix;
    options.header = header;
    options.logits = logits;
    error.message[0] = '\0';
    clenet_status status = clenet_export_c(&exported, model, &options, &error);
    cr_expect_eq(exported != NULL, status == CLENET_OK);
    clenet_export_free(exported);
    return status;
}

Test(export_c, names_that_c_does_not_have_are_refused) {
    static const char *const bad[] = {"",    "3d",       "_a",  "a-b",
                                      "a b", "\303\244", "a*/", "a234567890b234567890c234567890d234567890e"};
    static const char *const bad_headers[] = {"", "a/b.h", "a\"b.h", "a\\b.h", "a\nb.h"};
    dice d = {5};
    clenet_model *model = model_of(lenet(), 1, &d);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(try(model, bad[i], NULL, false), CLENET_ERROR_ARGUMENT, "'%s'", bad[i]);
        cr_expect_not_null(strstr(error.message, "begins no name in C"));
    }
    for (size_t i = 0; i < sizeof bad_headers / sizeof bad_headers[0]; i++) {
        cr_expect_eq(try(model, NULL, bad_headers[i], false), CLENET_ERROR_ARGUMENT, "'%s'", bad_headers[i]);
        cr_expect_not_null(strstr(error.message, "is no name of a file"));
    }
    cr_expect_eq(try(model, "a234567890b234567890c234567890d234567890", "my net.h", true), CLENET_OK);
    clenet_model_free(model);
}

Test(export_c, an_ensemble_has_no_logits) {
    dice d = {5};
    clenet_model *model = model_of(parsed("input 4x4x1\nflatten\ndense 2 softmax\n"), 3, &d);
    cr_expect_eq(try(model, NULL, NULL, true), CLENET_ERROR_ARGUMENT);
    cr_expect_not_null(strstr(error.message, "3 networks"));
    clenet_model_free(model);
}

Test(export_c, weights_too_large_for_a_float_are_refused) {
    dice d = {5};
    clenet_model *model = model_of(parsed("input 4x4x1\nflatten\ndense 2\nbatchnorm epsilon=1e-30\nsoftmax\n"), 1, &d);
    const clenet_network *network = model->network;
    for (int i = 0; i < network->parameter_count; i++) {
        const parameter *p = &network->parameters[i];
        for (size_t k = 0; k < p->count; k++)
            model_values(model, 0)[p->offset + k] = p->role == PARAMETER_MOVING_VARIANCE ? 0 : 1e30F;
    }
    cr_expect_eq(try(model, NULL, NULL, false), CLENET_ERROR_ARGUMENT);
    cr_expect_not_null(strstr(error.message, "dense_1"), "%s", error.message);
    clenet_model_free(model);
}

Test(export_c, the_header_goes_into_the_folder_of_the_source, .init = scratch_enter, .fini = scratch_leave) {
    dice d = {5};
    size_t count;
    clenet_model *model = model_of(parsed("input 4x4x1\nflatten\ndense 2 softmax\n"), 1, &d);
    clenet_export *exported = exported_of(model, "digits", false);
    succeeds(clenet_export_save(exported, "any.c", &error));
    char *source = scratch_read("any.c", &count), *header = scratch_read("digits.h", &count);
    cr_expect_str_eq(source, clenet_export_source(exported));
    cr_expect_str_eq(header, clenet_export_header(exported));
    cr_expect_eq(clenet_export_save(exported, "digits.h", &error), CLENET_ERROR_ARGUMENT);
    cr_expect_eq(clenet_export_save(exported, "none/any.c", &error), CLENET_ERROR_IO);
    cr_expect_eq(scratch_count(), 2);
    free(source);
    free(header);
    clenet_export_free(exported);
    clenet_model_free(model);
}
