/* test_model_from.c - a model begins with the weights of another one. */
#include "lib/net/model.h"

#include <string.h>

#include "networks.h"

static clenet_error error;

static clenet_model *fresh(const char *text, uint64_t seed) {
    clenet_network *network = parsed(text);
    clenet_model *model = NULL;
    cr_assert_eq(clenet_model_new(&model, network, seed, &error), CLENET_OK, "%s", error.message);
    clenet_network_free(network);
    return model;
}

/* A model of the network `text`, with the seed 2 for what is new. */
static clenet_model *from(const char *text, const clenet_model *other, bool new_head) {
    clenet_network *network = parsed(text);
    clenet_model *model = NULL;
    cr_assert_eq(clenet_model_new_from(&model, network, 2, other, 0, new_head, &error), CLENET_OK, "%s", error.message);
    clenet_network_free(network);
    return model;
}

static void expect_refused(const char *text, const clenet_model *other, int member, const char *message) {
    clenet_network *network = parsed(text);
    clenet_model *model = NULL;
    cr_expect_eq(clenet_model_new_from(&model, network, 2, other, member, false, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message, message);
    cr_expect_null(model);
    clenet_network_free(network);
}

/* Compares each tensor from `first` on, below `end`. */
static void expect_same(const clenet_model *a, const clenet_model *b, size_t first, size_t end) {
    for (size_t i = first; i < end; i++) {
        clenet_tensor x = clenet_model_tensor(a, i), y = clenet_model_tensor(b, i);
        size_t count = 1;
        for (int k = 0; k < x.rank; k++) count *= x.shape[k];
        cr_expect_str_eq(x.name, y.name);
        cr_expect_arr_eq(x.data, y.data, count * sizeof *x.data, "%s", x.name);
    }
}

#define TOP "input 8x8\nconv2d 2 3x3 relu\nbatchnorm\ndropout 0.2\nflatten\ndense 4 relu\n"
enum { HEAD = 8, TENSORS = 10 }; /* of conv2d_1, batchnorm_1 and dense_1, and of dense_2 */

Test(model_from, all_weights_stay_though_layers_are_frozen_and_rates_differ) {
    clenet_model *other = fresh(TOP "dense 3 softmax\n", 1);
    clenet_model *model = from("input 8x8\nconv2d 2 3x3 relu frozen\nbatchnorm frozen\ndropout 0.5\nflatten\n"
                               "dense 4 relu\ndense 3 softmax\n",
                               other, false);
    cr_assert_eq(clenet_model_tensors(model), TENSORS);
    expect_same(model, other, 0, TENSORS);
    cr_expect_not(clenet_model_tensor(model, 0).trained);
    cr_expect(clenet_model_tensor(other, 0).trained);
    cr_expect(clenet_model_knows_rows(model));
    clenet_model_free(other);
    clenet_model_free(model);
}

Test(model_from, another_number_of_classes_makes_a_new_head) {
    clenet_model *other = fresh(TOP "dense 3 softmax\n", 1), *initial = fresh(TOP "dense 5 softmax\n", 2);
    clenet_model *model = from(TOP "dense 5 softmax\n", other, false);
    expect_same(model, other, 0, HEAD);
    expect_same(model, initial, HEAD, TENSORS);
    clenet_model_free(initial);
    clenet_model_free(other);
    clenet_model_free(model);
}

Test(model_from, and_so_does_asking_for_one) {
    clenet_model *other = fresh(TOP "dense 3 softmax\n", 1), *initial = fresh(TOP "dense 3 softmax\n", 2);
    clenet_model *model = from(TOP "dense 3 softmax\n", other, true);
    expect_same(model, other, 0, HEAD);
    expect_same(model, initial, HEAD, TENSORS);
    clenet_model_free(initial);
    clenet_model_free(other);
    clenet_model_free(model);
}

Test(model_from, the_head_may_be_a_convolution_and_what_follows_it_is_new_too) {
    static const char three[] = "input 8x8\nconv2d 2 3x3 relu\nconv2d 3 1x1\nbatchnorm\nglobalavgpool2d\nsoftmax\n";
    static const char four[] = "input 8x8\nconv2d 2 3x3 relu\nconv2d 4 1x1\nbatchnorm\nglobalavgpool2d\nsoftmax\n";
    clenet_model *other = fresh(three, 1), *initial = fresh(four, 2), *model = from(four, other, false);
    expect_same(model, other, 0, 2);
    expect_same(model, initial, 2, clenet_model_tensors(model));
    clenet_model_free(initial);
    clenet_model_free(other);
    clenet_model_free(model);
}

Test(model_from, each_network_of_an_ensemble_can_be_the_beginning) {
    clenet_model *joined = NULL, *model = NULL;
    clenet_model *two[] = {fresh(TOP "dense 3 softmax\n", 1), fresh(TOP "dense 3 softmax\n", 7)};
    const clenet_model *lent[] = {two[0], two[1]};
    cr_assert_eq(clenet_model_join(&joined, lent, 2, &error), CLENET_OK);
    const clenet_network *network = clenet_model_network(joined);
    cr_assert_eq(clenet_model_new_from(&model, network, 2, joined, 1, false, &error), CLENET_OK, "%s", error.message);
    expect_same(model, two[1], 0, TENSORS);
    expect_refused(TOP "dense 3 softmax\n", joined, 2, "member 2 is out of range: the model has 2 networks");
    clenet_model_free(two[0]);
    clenet_model_free(two[1]);
    clenet_model_free(joined);
    clenet_model_free(model);
}

Test(model_from, another_network_is_refused_by_its_first_layer_that_differs) {
    clenet_model *other = fresh(TOP "dense 3 softmax\n", 1);
    expect_refused(
        "input 8x8\nconv2d 3 3x3 relu\nbatchnorm\ndropout 0.2\nflatten\ndense 4 relu\ndense 3 softmax\n", other, 0,
        "conv2d_1 is 'conv2d 3 3x3 valid relu', and 'conv2d 2 3x3 valid relu' in the network whose weights it "
        "begins with; use the same layers");
    expect_refused(
        "input 9x8\nconv2d 2 3x3 relu\nflatten\ndense 3 softmax\n", other, 0,
        "the network takes images of 9x8x1, and the one whose weights it begins with 8x8x1; use the same size");
    expect_refused(
        TOP "dense 3\nsoftmax\n", other, 0,
        "dense_2 is 'dense 3', and 'dense 3 softmax' in the network whose weights it begins with; use the same "
        "layers");
    clenet_model_free(other);
}
