/* test_model_memory.c - a model in memory has the bytes of its file, and its tensors can be set. */
#include "lib/net/model.h"

#include <math.h>

#include "../scratch.h"
#include "networks.h"

TestSuite(model_memory, .init = scratch_enter, .fini = scratch_leave);

static clenet_error error;

static clenet_model *fresh(uint64_t seed) {
    clenet_network *network = parsed("input 4x4\nconv2d 2 3x3 same\nbatchnorm\nflatten\ndense 3 softmax\n");
    clenet_model *model = NULL;
    cr_assert_eq(clenet_model_new(&model, network, seed, &error), CLENET_OK, "%s", error.message);
    clenet_network_free(network);
    return model;
}

Test(model_memory, the_bytes_in_memory_are_those_of_the_file_and_load_as_the_same_model) {
    clenet_model *model = fresh(3), *back = NULL;
    size_t size = 0, file_size = 0, again = 0;
    cr_assert_eq(clenet_model_save_memory(model, NULL, 0, &size, &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(clenet_model_save(model, "m", &error), CLENET_OK);
    char *file = scratch_read("m", &file_size), *bytes = malloc(size);
    cr_assert(size == file_size && bytes != NULL);
    cr_assert_eq(clenet_model_save_memory(model, bytes, size, &again, &error), CLENET_OK);
    cr_expect_eq(again, size);
    cr_expect_arr_eq(bytes, file, size);
    cr_assert_eq(clenet_model_load_memory(&back, bytes, size, &error), CLENET_OK, "%s", error.message);
    cr_expect_arr_eq(back->values, model->values, model->network->packed_size * sizeof(float));
    cr_expect(clenet_model_knows_rows(back));
    cr_expect_eq(clenet_model_save_memory(model, bytes, size - 1, &again, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_not_null(strstr(error.message, "bytes, but there is room for"));
    clenet_model_free(back);
    clenet_model_free(model);
    free(bytes);
    free(file);
}

Test(model_memory, bytes_cut_anywhere_are_refused_in_one_line) {
    clenet_model *model = fresh(3), *back = NULL;
    size_t size = 0;
    cr_assert_eq(clenet_model_save_memory(model, NULL, 0, &size, &error), CLENET_OK);
    char *bytes = malloc(size);
    cr_assert_eq(clenet_model_save_memory(model, bytes, size, &size, &error), CLENET_OK);
    for (size_t cut = 0; cut < size; cut++) {
        char *part = malloc(cut + 1); /* so that a sanitizer sees one byte too many */
        memcpy(part, bytes, cut);
        cr_expect_eq(clenet_model_load_memory(&back, part, cut, &error), CLENET_ERROR_FORMAT, "cut at %zu", cut);
        cr_expect_not_null(strstr(error.message, "<memory>"), "%s", error.message);
        free(part);
    }
    cr_expect_null(back);
    clenet_model_free(model);
    free(bytes);
}

Test(model_memory, a_tensor_is_set_by_its_name_and_the_rows_are_no_longer_known) {
    clenet_model *one = fresh(1), *other = fresh(2), *model = NULL;
    const clenet_model *both[] = {one, other};
    cr_assert_eq(clenet_model_join(&model, both, 2, &error), CLENET_OK);
    const float values[] = {1.0f, -2.0f, 0.5f};
    const size_t shape[] = {3};
    cr_expect(clenet_model_knows_rows(model));
    cr_assert_eq(clenet_model_set_tensor(model, 1, "dense_1.bias", values, shape, 1, &error), CLENET_OK);
    for (size_t i = 0; i < clenet_model_tensors(model); i++) {
        clenet_tensor changed = clenet_model_member_tensor(model, 1, i), kept = clenet_model_member_tensor(model, 0, i);
        bool bias = strcmp(changed.name, "dense_1.bias") == 0;
        if (bias) cr_expect_arr_eq(changed.data, values, sizeof values);
        if (bias) cr_expect_eq(kept.data[0], 0.0f);
    }
    cr_expect_not(clenet_model_knows_rows(model));
    clenet_model_free(model);
    clenet_model_free(one);
    clenet_model_free(other);
}

Test(model_memory, a_tensor_that_does_not_fit_is_refused_and_nothing_changes) {
    static const float good[3], infinite[] = {0, INFINITY, 0}, negative[] = {1, -1};
    const size_t three[] = {3}, two[] = {2}, wide[] = {1, 3};
    clenet_model *model = fresh(1);
    const struct {
        int member;
        const char *name;
        const float *values;
        const size_t *shape;
        int rank;
        const char *message;
    } cases[] = {
        {1, "dense_1.bias", good, three, 1, "member 1 is out of range 0..0"},
        {-1, "dense_1.bias", good, three, 1, "member -1 is out of range 0..0"},
        {0, "dense_2.bias", good, three, 1,
         "the network has no tensor 'dense_2.bias'; clenet_model_tensor() lists them"},
        {0, "dense_1.bias", good, two, 1, "tensor 'dense_1.bias' is 2, but its network needs 3"},
        {0, "dense_1.bias", good, wide, 2, "tensor 'dense_1.bias' is 1x3, but its network needs 3"},
        {0, "dense_1.bias", good, three, 0, "tensor 'dense_1.bias': rank 0 is out of range 1..4"},
        {0, "dense_1.bias", good, three, 5, "tensor 'dense_1.bias': rank 5 is out of range 1..4"},
        {0, "dense_1.bias", infinite, three, 1, "tensor 'dense_1.bias' holds a value that is not a finite number"},
        {0, "batchnorm_1.moving_variance", negative, two, 1,
         "tensor 'batchnorm_1.moving_variance' holds a variance below 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_eq(clenet_model_set_tensor(model, cases[i].member, cases[i].name, cases[i].values, cases[i].shape,
                                             cases[i].rank, &error),
                     CLENET_ERROR_ARGUMENT);
        cr_expect_str_eq(error.message, cases[i].message);
    }
    cr_expect(clenet_model_knows_rows(model));
    clenet_model_free(model);
}
