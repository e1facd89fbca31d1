/* test_model.c - models are made, saved and loaded; a file that is no good model is refused in one line. */
#include "net/model.h"

#include <math.h>

#include "../scratch.h"
#include "net/safetensors.h"
#include "networks.h"
#include "raw_safetensors.h"

TestSuite(model, .init = scratch_enter, .fini = scratch_leave);

static clenet_error error;

static clenet_model *fresh(const char *text, uint64_t seed) {
    clenet_network *network = parsed(text);
    clenet_model *model = NULL;
    cr_assert_eq(clenet_model_new(&model, network, seed, &error), CLENET_OK, "%s", error.message);
    clenet_network_free(network);
    return model;
}

static const char small[] = "input 2x2\nbatchnorm\nflatten\ndense 2 softmax\n";

static void save(const clenet_model *model, const char *name) {
    cr_assert_eq(clenet_model_save(model, name, &error), CLENET_OK, "%s", error.message);
}

static void expect_refused(const char *name, const char *message) {
    clenet_model *model = NULL;
    error = (clenet_error){0};
    cr_expect_eq(clenet_model_load(&model, name, &error), CLENET_ERROR_FORMAT, "not refused so: %s", message);
    cr_expect_str_eq(error.message, message);
    cr_expect_null(model);
    clenet_model_free(model);
}

Test(model, a_new_lenet_lists_its_tensors_in_keras_layouts) {
    clenet_network *network = lenet();
    clenet_model *model = NULL;
    cr_assert_eq(clenet_model_new(&model, network, 1, &error), CLENET_OK);
    clenet_network_free(network);
    cr_expect_eq(clenet_network_layers(clenet_model_network(model)), 12);
    cr_assert_eq(clenet_model_tensors(model), 18);
    size_t trained = 0, moving = 0;
    for (size_t i = 0; i < 18; i++) {
        clenet_tensor tensor = clenet_model_tensor(model, i);
        size_t count = 1;
        for (int k = 0; k < tensor.rank; k++) count *= tensor.shape[k];
        *(tensor.trained ? &trained : &moving) += count;
    }
    cr_expect_eq(trained, 61750);
    cr_expect_eq(moving, 44);
    clenet_tensor kernel = clenet_model_tensor(model, 6), variance = clenet_model_tensor(model, 5);
    cr_expect_str_eq(kernel.name, "conv2d_2.kernel");
    cr_expect(kernel.rank == 4 && kernel.shape[0] == 5 && kernel.shape[1] == 5 && kernel.shape[2] == 6 &&
              kernel.shape[3] == 16 && kernel.trained);
    cr_expect_str_eq(variance.name, "batchnorm_1.moving_variance");
    cr_expect(variance.rank == 1 && variance.shape[0] == 6 && !variance.trained && variance.data[5] == 1.0f);
    cr_expect_null(clenet_model_tensor(model, 18).name);
    clenet_model_free(model);
    clenet_model_free(NULL);
}

Test(model, a_network_that_does_not_end_in_a_softmax_makes_no_model) {
    clenet_network *network = parsed("input 2x2\nflatten\ndense 2\n");
    clenet_model *model = NULL;
    cr_expect_eq(clenet_model_new(&model, network, 1, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message, "the network ends in dense_1; end it with a softmax over the classes");
    cr_expect_null(model);
    clenet_network_free(network);
}

Test(model, a_model_is_loaded_as_it_was_saved_bit_by_bit) {
    for (uint64_t seed = 1; seed <= 30; seed++) {
        clenet_network *network = random_network(seed);
        clenet_model *model = NULL, *back = NULL;
        cr_assert_eq(clenet_model_new(&model, network, seed, &error), CLENET_OK);
        dice d = {seed};
        for (int i = 0; i < network->parameter_count; i++) { /* other values than any model begins with */
            float *values = model->values + network->parameters[i].offset;
            for (size_t k = 0; k < network->parameters[i].count; k++) values[k] = (float)roll(&d, 1 << 20) / 7.0f;
        }
        save(model, "m.safetensors");
        cr_assert_eq(clenet_model_load(&back, "m.safetensors", &error), CLENET_OK, "%s", error.message);
        cr_expect_str_eq(clenet_network_text(clenet_model_network(back)), clenet_network_text(network));
        cr_expect_arr_eq(back->values, model->values, network->packed_size * sizeof(float));
        clenet_model_free(back);
        clenet_model_free(model);
        clenet_network_free(network);
    }
}

Test(model, the_same_model_gives_the_same_file) {
    clenet_model *first = fresh(small, 3), *second = fresh(small, 3), *other = fresh(small, 4), *back = NULL;
    size_t first_size, size;
    save(first, "first");
    char *expected = scratch_read("first", &first_size);
    save(second, "second");
    char *bytes = scratch_read("second", &size);
    cr_assert_eq(size, first_size);
    cr_expect_arr_eq(bytes, expected, size);
    free(bytes);
    cr_assert_eq(clenet_model_load(&back, "first", &error), CLENET_OK);
    save(back, "third");
    bytes = scratch_read("third", &size);
    cr_assert_eq(size, first_size);
    cr_expect_arr_eq(bytes, expected, size);
    free(bytes);
    save(other, "first");
    bytes = scratch_read("first", &size);
    cr_assert_eq(size, first_size);
    cr_expect_arr_neq(bytes, expected, size);
    free(bytes);
    free(expected);
    clenet_model_free(first);
    clenet_model_free(second);
    clenet_model_free(other);
    clenet_model_free(back);
}

Test(model, the_file_says_what_it_is_and_holds_the_networks_text) {
    clenet_model *model = fresh(small, 1);
    save(model, "m");
    safetensors_file *file = NULL;
    cr_assert_eq(safetensors_open(&file, "m", &error), CLENET_OK);
    cr_expect_str_eq(safetensors_metadata(file, "format"), "clenet-model");
    cr_expect_str_eq(safetensors_metadata(file, "version"), "1");
    cr_expect_str_eq(safetensors_metadata(file, "network"), "input 2x2x1\nbatchnorm\nflatten\ndense 2 softmax\n");
    cr_expect_eq(safetensors_count(file), 6);
    safetensors_close(file);
    clenet_model_free(model);
}

Test(model, a_file_cut_at_any_byte_is_refused) {
    clenet_model *model = fresh(small, 1);
    save(model, "whole");
    clenet_model_free(model);
    size_t size;
    char *bytes = scratch_read("whole", &size);
    for (size_t cut = 0; cut < size; cut++) {
        clenet_model *back = NULL;
        scratch_write("cut", bytes, cut);
        cr_expect_eq(clenet_model_load(&back, "cut", &error), CLENET_ERROR_FORMAT, "cut at %zu", cut);
        cr_expect_null(back);
    }
    free(bytes);
}

/* Values of six tensors, in the order of the layers of the small network, with something put wrong. */
typedef struct sample {
    clenet_tensor tensors[8];
    size_t tensor_count;
    safetensors_note notes[3];
    size_t note_count;
    float values[16];
} sample;

static sample sound(void) {
    sample s = {.tensor_count = 6, .note_count = 3};
    static const char *const names[] = {"batchnorm_1.gamma",           "batchnorm_1.beta", "batchnorm_1.moving_mean",
                                        "batchnorm_1.moving_variance", "dense_1.kernel",   "dense_1.bias"};
    for (size_t i = 0; i < 6; i++) s.tensors[i] = (clenet_tensor){.name = names[i], .rank = 1, .shape = {1}};
    s.tensors[4].rank = 2;
    s.tensors[4].shape[0] = 4;
    s.tensors[4].shape[1] = 2;
    s.tensors[5].shape[0] = 2;
    s.notes[0] = (safetensors_note){"format", "clenet-model"};
    s.notes[1] = (safetensors_note){"version", "1"};
    s.notes[2] = (safetensors_note){"network", small};
    return s;
}

/* Every tensor holds the sample's values from the first on. */
static void write_sample(const char *name, sample *s) {
    for (size_t i = 0; i < s->tensor_count; i++) s->tensors[i].data = s->values;
    cr_assert_eq(safetensors_write(name, s->tensors, s->tensor_count, s->notes, s->note_count, &error), CLENET_OK);
}

Test(model, a_file_of_another_program_is_loaded_where_it_holds_the_same) {
    sample s = sound();
    s.values[0] = 0.5f;
    clenet_tensor first = s.tensors[0];
    s.tensors[0] = s.tensors[5];
    s.tensors[5] = first;
    write_sample("m", &s);
    clenet_model *model = NULL;
    cr_assert_eq(clenet_model_load(&model, "m", &error), CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_model_tensor(model, 0).data[0], 0.5f);
    clenet_model_free(model);
}

Test(model, a_safetensors_file_of_something_else_is_refused) {
    static const char message[] = "'m' is a safetensors file, but no clenet model; give one that 'clenet train' wrote";
    sample s = sound();
    s.note_count = 0;
    write_sample("m", &s);
    expect_refused("m", message);
    s.note_count = 1;
    write_sample("m", &s);
    expect_refused("m", message);
    s = sound();
    s.notes[0].text = "pt";
    write_sample("m", &s);
    expect_refused("m", message);
    s = sound();
    s.notes[1].text = "2";
    write_sample("m", &s);
    expect_refused("m", "model 'm' is of version '2', and this clenet reads version 1; use a newer clenet");
    s = sound();
    s.note_count = 2;
    write_sample("m", &s);
    expect_refused("m", "model 'm' does not say its network; train again or restore a copy");
}

Test(model, a_network_in_the_file_that_is_wrong_is_refused) {
    sample s = sound();
    s.notes[2].text = "input 2x2\ndense 2 softmax\n";
    write_sample("m", &s);
    expect_refused("m", "model 'm': network:2: dense_1: needs a flat input, but 2x2x1 reaches it; put a flatten "
                        "before it");
    s.notes[2].text = "input 2x2\nbatchnorm\n";
    write_sample("m", &s);
    expect_refused("m", "model 'm': the network ends in batchnorm_1; end it with a softmax over the classes");
    s.notes[2].text = "";
    write_sample("m", &s);
    expect_refused("m", "model 'm': network:1: there is no input; begin with a line like input 28x28x1");
}

Test(model, tensors_that_do_not_fit_the_network_are_refused) {
    sample s = sound();
    s.tensor_count = 5;
    write_sample("m", &s);
    expect_refused("m", "model 'm' has no tensor 'dense_1.bias', which its network needs; train again or restore a "
                        "copy");
    s = sound();
    s.tensors[s.tensor_count++] = (clenet_tensor){.name = "dense_2.bias", .rank = 1, .shape = {1}};
    write_sample("m", &s);
    expect_refused("m", "model 'm' has a tensor 'dense_2.bias', which its network does not have; train again or "
                        "restore a copy");
    s = sound();
    s.tensors[4].shape[0] = 2;
    s.tensors[4].shape[1] = 4;
    write_sample("m", &s);
    expect_refused("m", "model 'm': tensor 'dense_1.kernel' is 2x4, but its network needs 4x2; train again or "
                        "restore a copy");
    s.tensors[4].rank = 0;
    write_sample("m", &s);
    expect_refused("m", "model 'm': tensor 'dense_1.kernel' is a single number, but its network needs 4x2; train "
                        "again or restore a copy");
}

Test(model, values_that_are_not_finite_or_a_variance_below_0_are_refused) {
    static const float values[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 3; i++) {
        sample s = sound();
        s.values[7] = values[i]; /* the last of the kernel alone */
        write_sample("m", &s);
        expect_refused("m", "model 'm': tensor 'dense_1.kernel' holds a value that is not a finite number; train "
                            "again or restore a copy");
    }
    sample s = sound();
    s.values[0] = -1e-3f;
    write_sample("m", &s);
    expect_refused("m", "model 'm': tensor 'batchnorm_1.moving_variance' holds a variance below 0; train again or "
                        "restore a copy");
}

Test(model, a_network_far_larger_than_the_file_is_refused_before_memory_is_taken) {
    sample s = sound();
    s.notes[2].text = "input 2048x2048\nbatchnorm\nflatten\ndense 256 softmax\n"; /* 4.3 GB of weights */
    write_sample("m", &s);
    size_t before = scratch_peak();
    expect_refused("m", "model 'm': tensor 'dense_1.kernel' is 4x2, but its network needs 4194304x256; train again "
                        "or restore a copy");
    cr_expect_lt(scratch_peak() - before, (size_t)64 << 20);
}

Test(model, what_is_not_there_or_no_file_is_an_input_error) {
    clenet_model *model = NULL;
    cr_expect_eq(clenet_model_load(&model, "absent.safetensors", &error), CLENET_ERROR_IO);
    cr_expect_str_eq(error.message,
                     "cannot open model 'absent.safetensors': No such file or directory; check its name");
    cr_expect_null(model);
}

Test(model, a_model_that_diverged_is_not_written_and_the_older_file_stays) {
    clenet_model *model = fresh(small, 1), *back = NULL;
    save(model, "m");
    model->values[model->network->parameters[4].offset] = NAN;
    cr_expect_eq(clenet_model_save(model, "m", &error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message, "cannot write model 'm': dense_1.kernel holds a value that is not a finite number: "
                                    "the training diverged; use a smaller learning rate");
    cr_expect_eq(clenet_model_load(&back, "m", &error), CLENET_OK);
    clenet_model_free(back);
    clenet_model_free(model);
}

Test(model, a_model_that_cannot_be_written_says_so) {
    clenet_model *model = fresh(small, 1);
    cr_expect_eq(clenet_model_save(model, "absent/m", &error), CLENET_ERROR_IO);
    cr_expect(strstr(error.message, "absent/m") != NULL, "%s", error.message);
    clenet_model_free(model);
}

Test(model, a_model_too_large_for_the_memory_is_a_memory_error) {
    if (SCRATCH_SANITIZED) cr_skip_test("sanitizers need the memory that this test takes away");
    clenet_network *network = parsed("input 100x100\nflatten\ndense 10000\ndense 2 softmax");
    clenet_model *model = NULL;
    scratch_limit((rlim_t)64 << 20);
    clenet_status status = clenet_model_new(&model, network, 1, &error);
    scratch_limit(RLIM_INFINITY);
    cr_expect_eq(status, CLENET_ERROR_MEMORY);
    cr_expect_null(model);
    clenet_network_free(network);
}
