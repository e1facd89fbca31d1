/* test_model.c - models are made, saved and loaded; a file that is no good model is refused in one line. */
#include "lib/net/model.h"

#include <math.h>

#include "../scratch.h"
#include "lib/net/safetensors.h"
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

/* Two models of the same network and the same values. */
static void expect_same(const clenet_model *a, const clenet_model *b) {
    cr_expect_str_eq(clenet_network_text(clenet_model_network(a)), clenet_network_text(clenet_model_network(b)));
    cr_assert_eq(clenet_model_members(a), clenet_model_members(b));
    cr_expect_arr_eq(a->values, b->values, (size_t)a->members * a->network->packed_size * sizeof(float));
}

/* Frees the model. */
static void expect_loaded_as_saved(clenet_model *model) {
    clenet_model *back = NULL;
    save(model, "m.safetensors");
    cr_assert_eq(clenet_model_load(&back, "m.safetensors", &error), CLENET_OK, "%s", error.message);
    expect_same(back, model);
    clenet_model_free(back);
    clenet_model_free(model);
}

/* Gives each value another one than any model begins with. */
static void change_values(clenet_model *model, uint64_t seed) {
    dice d = {seed};
    for (int member = 0; member < model->members; member++)
        for (int i = 0; i < model->network->parameter_count; i++) {
            float *values = model_values(model, member) + model->network->parameters[i].offset;
            for (size_t k = 0; k < model->network->parameters[i].count; k++)
                values[k] = (float)roll(&d, 1 << 20) / 7.0f;
        }
}

/* Frees the model. */
static void expect_file_says(clenet_model *model, const char *version, const char *members, size_t tensors,
                             const char *const *names) {
    safetensors_file *file = NULL;
    save(model, "m");
    cr_assert_eq(safetensors_open(&file, "m", &error), CLENET_OK);
    cr_expect_str_eq(safetensors_metadata(file, "format"), "clenet-model");
    cr_expect_str_eq(safetensors_metadata(file, "version"), version);
    if (members) cr_expect_str_eq(safetensors_metadata(file, "members"), members);
    cr_expect_str_eq(safetensors_metadata(file, "network"), "input 2x2x1\nbatchnorm\nflatten\ndense 2 softmax\n");
    cr_expect_eq(safetensors_count(file), tensors + 1);
    cr_expect_not_null(safetensors_find_bytes(file, "trained_rows"));
    for (; *names; names++) cr_expect_not_null(safetensors_find(file, *names));
    safetensors_close(file);
    clenet_model_free(model);
}

/* Frees the model. */
static void expect_every_cut_refused(clenet_model *model) {
    size_t size;
    save(model, "whole");
    clenet_model_free(model);
    char *bytes = scratch_read("whole", &size);
    for (size_t cut = 0; cut < size; cut++) {
        clenet_model *back = NULL;
        scratch_write("cut", bytes, cut);
        cr_expect_eq(clenet_model_load(&back, "cut", &error), CLENET_ERROR_FORMAT, "cut at %zu", cut);
        cr_expect_null(back);
    }
    free(bytes);
}

static void expect_bytes(const char *name, const char *wanted, size_t wanted_size, bool same) {
    size_t size;
    char *bytes = scratch_read(name, &size);
    cr_assert_eq(size, wanted_size);
    cr_expect_eq(memcmp(bytes, wanted, size) == 0, same, "%s", name);
    free(bytes);
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
        clenet_model *model = NULL;
        cr_assert_eq(clenet_model_new(&model, network, seed, &error), CLENET_OK);
        cr_expect_str_eq(clenet_network_text(clenet_model_network(model)), clenet_network_text(network));
        change_values(model, seed);
        expect_loaded_as_saved(model);
        clenet_network_free(network);
    }
}

Test(model, the_same_model_gives_the_same_file) {
    clenet_model *first = fresh(small, 3), *second = fresh(small, 3), *other = fresh(small, 4), *back = NULL;
    size_t size;
    save(first, "first");
    char *wanted = scratch_read("first", &size);
    save(second, "second");
    expect_bytes("second", wanted, size, true);
    cr_assert_eq(clenet_model_load(&back, "first", &error), CLENET_OK);
    save(back, "third");
    expect_bytes("third", wanted, size, true);
    save(other, "first");
    expect_bytes("first", wanted, size, false);
    free(wanted);
    clenet_model_free(first);
    clenet_model_free(second);
    clenet_model_free(other);
    clenet_model_free(back);
}

Test(model, the_file_says_what_it_is_and_holds_the_networks_text) {
    expect_file_says(fresh(small, 1), "1", NULL, 6, (const char *const[]){NULL});
}

Test(model, a_file_cut_at_any_byte_is_refused) {
    expect_every_cut_refused(fresh(small, 1));
}

/* The content of a file of a model: sound() or sound_pair(), with something put wrong. */
typedef struct sample {
    clenet_tensor tensors[8];
    size_t tensor_count;
    safetensors_note notes[4];
    size_t note_count;
    float values[16];
} sample;

/* One model of the small network. */
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
    cr_assert_eq(safetensors_write(name, s->tensors, s->tensor_count, NULL, s->notes, s->note_count, &error),
                 CLENET_OK);
}

/* The sample with a tensor of bytes. */
static void write_bytes(const char *tensor, const uint8_t *bytes, size_t size) {
    sample s = sound();
    for (size_t i = 0; i < s.tensor_count; i++) s.tensors[i].data = s.values;
    safetensors_bytes rows = {.name = tensor, .bytes = bytes, .size = size};
    cr_assert_eq(safetensors_write("m", s.tensors, s.tensor_count, &rows, s.notes, s.note_count, &error), CLENET_OK);
}

static void refuse(sample s, const char *message) {
    write_sample("m", &s);
    expect_refused("m", message);
}

Test(model, a_file_of_another_program_is_loaded_if_it_has_the_same_tensors) {
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

Test(model, a_file_of_an_earlier_version_does_not_know_its_rows_and_is_saved_so) {
    sample s = sound();
    clenet_model *model = NULL, *again = NULL;
    write_sample("m", &s);
    cr_assert_eq(clenet_model_load(&model, "m", &error), CLENET_OK, "%s", error.message);
    cr_expect_not(clenet_model_knows_rows(model));
    save(model, "again");
    cr_assert_eq(clenet_model_load(&again, "again", &error), CLENET_OK, "%s", error.message);
    cr_expect_not(clenet_model_knows_rows(again));
    clenet_model_free(again);
    clenet_model_free(model);
}

Test(model, a_set_of_rows_that_is_damaged_is_refused) {
    static uint8_t bytes[ROW_SET_BYTES_MOST + 1];
    clenet_model *model = NULL;
    write_bytes("trained_rows", bytes, 4);
    cr_assert_eq(clenet_model_load(&model, "m", &error), CLENET_OK, "%s", error.message);
    cr_expect(clenet_model_knows_rows(model));
    clenet_model_free(model);
    write_bytes("trained_rows", bytes, 3);
    expect_refused("m",
                   "model 'm': tensor 'trained_rows' ends before its number of rows; train again or restore a copy");
    write_bytes("trained_rows", bytes, 6);
    expect_refused("m", "model 'm': tensor 'trained_rows' has bytes after its last row; train again or restore a copy");
    write_bytes("trained_rows", (const uint8_t[]){255, 255, 255, 255, 0}, 5);
    expect_refused("m", "model 'm': tensor 'trained_rows' has more than 1,048,576 rows; train again or restore a copy");
    write_bytes("trained_rows", bytes, sizeof bytes);
    expect_refused("m", "model 'm': tensor 'trained_rows' is longer than a set of 1,048,576 rows; train again or "
                        "restore a copy");
    write_bytes("other", bytes, 4);
    expect_refused("m",
                   "model 'm' has a tensor 'other', which its network does not have; train again or restore a copy");
}

Test(model, a_safetensors_file_of_something_else_is_refused) {
    static const char message[] = "'m' is a safetensors file, but no clenet model; give one that 'clenet train' wrote";
    sample s = sound();
    s.note_count = 0;
    refuse(s, message);
    s.note_count = 1;
    refuse(s, message);
    s = sound();
    s.notes[0].text = "pt";
    refuse(s, message);
    s = sound();
    s.notes[1].text = "3";
    refuse(s, "model 'm' is of version '3', and this clenet reads versions 1 and 2; use a newer clenet");
    s = sound();
    s.note_count = 2;
    refuse(s, "model 'm' does not say its network; train again or restore a copy");
}

Test(model, a_network_in_the_file_that_is_wrong_is_refused) {
    sample s = sound();
    s.notes[2].text = "input 2x2\ndense 2 softmax\n";
    refuse(s, "model 'm': network:2: dense_1: needs a flat input, but 2x2x1 reaches it; put a flatten "
              "before it");
    s.notes[2].text = "input 2x2\nbatchnorm\n";
    refuse(s, "model 'm': the network ends in batchnorm_1; end it with a softmax over the classes");
    s.notes[2].text = "";
    refuse(s, "model 'm': network:1: there is no input; begin with a line like input 28x28x1");
}

Test(model, tensors_that_do_not_fit_the_network_are_refused) {
    sample s = sound();
    s.tensor_count = 5;
    refuse(s, "model 'm' has no tensor 'dense_1.bias', which its network needs; train again or restore a "
              "copy");
    s = sound();
    s.tensors[s.tensor_count++] = (clenet_tensor){.name = "dense_2.bias", .rank = 1, .shape = {1}};
    refuse(s, "model 'm' has a tensor 'dense_2.bias', which its network does not have; train again or "
              "restore a copy");
    s = sound();
    s.tensors[4].shape[0] = 2;
    s.tensors[4].shape[1] = 4;
    refuse(s, "model 'm': tensor 'dense_1.kernel' is 2x4, but its network needs 4x2; train again or "
              "restore a copy");
    s.tensors[4].rank = 0;
    refuse(s, "model 'm': tensor 'dense_1.kernel' is a single number, but its network needs 4x2; train "
              "again or restore a copy");
}

Test(model, values_that_are_not_finite_or_a_variance_below_0_are_refused) {
    static const float values[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 3; i++) {
        sample s = sound();
        s.values[7] = values[i]; /* the last of the kernel alone */
        refuse(s, "model 'm': tensor 'dense_1.kernel' holds a value that is not a finite number; train "
                  "again or restore a copy");
    }
    sample s = sound();
    s.values[0] = -1e-3f;
    refuse(s, "model 'm': tensor 'batchnorm_1.moving_variance' holds a variance below 0; train again or "
              "restore a copy");
}

Test(model, a_network_far_larger_than_the_file_is_refused_before_memory_is_taken) {
    sample s = sound();
    s.notes[2].text = "input 2048x2048\nbatchnorm\nflatten\ndense 256 softmax\n"; /* 4.3 GB of weights */
    size_t before = scratch_peak();
    refuse(s, "model 'm': tensor 'dense_1.kernel' is 4x2, but its network needs 4194304x256; train again "
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

/* ---- several networks ------------------------------------------------------------------------------------------ */

enum { SEVERAL = 3 };

/* Joins this many new models of the network, of seeds 1, 2, 3 ... */
static clenet_model *joined(const char *text, int members) {
    clenet_model *models[CLENET_MEMBERS_MAX], *model = NULL;
    const clenet_model *list[CLENET_MEMBERS_MAX];
    for (int i = 0; i < members; i++) list[i] = models[i] = fresh(text, (uint64_t)i + 1);
    cr_assert_eq(clenet_model_join(&model, list, (size_t)members, &error), CLENET_OK, "%s", error.message);
    for (int i = 0; i < members; i++) clenet_model_free(models[i]);
    return model;
}

Test(model, joined_models_are_copied_in_their_order_and_keep_their_networks) {
    clenet_model *first = fresh(small, 1), *second = fresh(small, 2), *pair = NULL, *all = NULL;
    cr_expect_eq(clenet_model_members(first), 1);
    cr_assert_eq(clenet_model_join(&pair, (const clenet_model *const[]){first, second}, 2, &error), CLENET_OK);
    clenet_model_free(second);
    cr_assert_eq(clenet_model_join(&all, (const clenet_model *const[]){pair, first}, 2, &error), CLENET_OK);
    clenet_model_free(first);
    clenet_model_free(pair);
    cr_assert_eq(clenet_model_members(all), SEVERAL);
    cr_expect_eq(clenet_model_tensors(all), 6);
    static const uint64_t seeds[] = {1, 2, 1};
    for (int member = 0; member < SEVERAL; member++) {
        clenet_model *wanted = fresh(small, seeds[member]);
        for (size_t i = 0; i < 6; i++) {
            clenet_tensor got = clenet_model_member_tensor(all, member, i), want = clenet_model_tensor(wanted, i);
            cr_expect_str_eq(got.name, want.name);
            cr_expect(got.rank == want.rank && got.trained == want.trained);
            cr_expect_arr_eq(got.data, want.data, wanted->network->parameters[i].count * sizeof(float));
        }
        clenet_model_free(wanted);
    }
    cr_expect_eq(clenet_model_tensor(all, 4).data, clenet_model_member_tensor(all, 0, 4).data);
    cr_expect_null(clenet_model_member_tensor(all, SEVERAL, 0).name);
    cr_expect_null(clenet_model_member_tensor(all, -1, 0).name);
    cr_expect_null(clenet_model_member_tensor(all, 0, 6).name);
    clenet_model_free(all);
}

Test(model, several_networks_are_loaded_as_they_were_saved_bit_by_bit) {
    for (uint64_t seed = 1; seed <= 10; seed++) {
        clenet_network *network = random_network(seed);
        clenet_model *model = joined(clenet_network_text(network), 2 + (int)seed);
        change_values(model, seed);
        expect_loaded_as_saved(model);
        clenet_network_free(network);
    }
}

Test(model, one_model_joined_alone_is_saved_as_it_is) {
    clenet_model *model = fresh(small, 7), *alone = NULL;
    cr_assert_eq(clenet_model_join(&alone, (const clenet_model *const[]){model}, 1, &error), CLENET_OK);
    save(model, "first");
    save(alone, "second");
    size_t size;
    char *wanted = scratch_read("first", &size);
    expect_bytes("second", wanted, size, true);
    free(wanted);
    clenet_model_free(alone);
    clenet_model_free(model);
}

Test(model, as_many_networks_as_may_be_are_saved_and_loaded_and_one_more_is_refused) {
    clenet_model *model = joined(small, CLENET_MEMBERS_MAX), *one = fresh(small, 1), *more = NULL;
    cr_expect_eq(clenet_model_join(&more, (const clenet_model *const[]){model, one}, 2, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message, "the models have more than 64 networks together; join fewer");
    cr_expect_null(more);
    clenet_model_free(one);
    expect_loaded_as_saved(model);
}

Test(model, models_of_different_networks_are_not_joined) {
    clenet_model *first = fresh(small, 1), *other = fresh("input 2x2\nbatchnorm\nflatten\ndense 3 softmax\n", 1);
    clenet_model *wide = fresh("input 2x3\nbatchnorm\nflatten\ndense 2 softmax\n", 1), *model = NULL;
    cr_expect_eq(clenet_model_join(&model, (const clenet_model *const[]){first, first, other}, 3, &error),
                 CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message,
                     "models 1 and 3 are of different networks: line 4 is 'dense 2 softmax' in the one and "
                     "'dense 3 softmax' in the other; join models of one network");
    cr_expect_eq(clenet_model_join(&model, (const clenet_model *const[]){wide, first}, 2, &error),
                 CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message, "models 1 and 2 are of different networks: line 1 is 'input 2x3x1' in the one and "
                                    "'input 2x2x1' in the other; join models of one network");
    cr_expect_eq(clenet_model_join(&model, (const clenet_model *const[]){first, NULL}, 2, &error),
                 CLENET_ERROR_ARGUMENT);
    cr_expect_eq(clenet_model_join(&model, (const clenet_model *const[]){first}, 0, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_eq(clenet_model_join(&model, NULL, 1, NULL), CLENET_ERROR_ARGUMENT);
    cr_expect_null(model);
    clenet_model_free(wide);
    clenet_model_free(other);
    clenet_model_free(first);
}

Test(model, the_file_of_several_says_how_many_and_names_each_ones_tensors) {
    expect_file_says(joined(small, SEVERAL), "2", "3", 6 * SEVERAL,
                     (const char *const[]){"member_1.batchnorm_1.gamma", "member_3.dense_1.bias", NULL});
}

Test(model, a_file_of_several_cut_at_any_byte_is_refused) {
    expect_every_cut_refused(joined(small, 2));
}

/* Two networks of one dense layer each. */
static sample sound_pair(void) {
    sample s = {.tensor_count = 4, .note_count = 4};
    static const char *const names[] = {"member_1.dense_1.kernel", "member_1.dense_1.bias", "member_2.dense_1.kernel",
                                        "member_2.dense_1.bias"};
    for (size_t i = 0; i < 4; i++) s.tensors[i] = (clenet_tensor){.name = names[i], .rank = 1, .shape = {2}};
    for (size_t i = 0; i < 4; i += 2) {
        s.tensors[i].rank = 2;
        s.tensors[i].shape[0] = 4;
        s.tensors[i].shape[1] = 2;
    }
    s.notes[0] = (safetensors_note){"format", "clenet-model"};
    s.notes[1] = (safetensors_note){"version", "2"};
    s.notes[2] = (safetensors_note){"network", "input 2x2\nflatten\ndense 2 softmax\n"};
    s.notes[3] = (safetensors_note){"members", "2"};
    return s;
}

Test(model, a_pair_of_another_program_is_loaded) {
    sample s = sound_pair();
    write_sample("m", &s);
    clenet_model *model = NULL;
    cr_assert_eq(clenet_model_load(&model, "m", &error), CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_model_members(model), 2);
    clenet_model_free(model);
}

Test(model, a_number_of_networks_that_may_not_be_is_refused) {
    static const char *const wrong[] = {"",   "0",  "1",   "65",  "02",  "-2", "+2",
                                        " 2", "2 ", "2.0", "0x2", "1e1", "a",  "18446744073709551618"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char message[256];
        sample s = sound_pair();
        s.notes[3].text = wrong[i];
        (void)snprintf(message, sizeof message,
                       "model 'm' has '%s' networks, which is not 2 to 64; train again or restore a copy", wrong[i]);
        refuse(s, message);
    }
    sample s = sound_pair();
    s.note_count = 3;
    refuse(s, "model 'm' has '' networks, which is not 2 to 64; train again or restore a copy");
}

Test(model, a_network_that_is_missing_or_too_much_is_refused) {
    sample s = sound_pair();
    s.notes[3].text = "64";
    refuse(s, "model 'm' has no tensor 'member_3.dense_1.kernel', which its network needs; train again or restore "
              "a copy");
    s = sound_pair();
    s.tensor_count = 3;
    refuse(s, "model 'm' has no tensor 'member_2.dense_1.bias', which its network needs; train again or restore "
              "a copy");
    static const char *const unknown[] = {
        "member_3.dense_1.bias",  "member_0.dense_1.bias",  "dense_1.bias", "member_1.dense_2.bias", "member_1.",
        "member_02.dense_1.bias", "member_1.member_2.bias", "member_"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        char message[256];
        s = sound_pair();
        s.tensors[s.tensor_count++] = (clenet_tensor){.name = unknown[i], .rank = 1, .shape = {2}};
        (void)snprintf(message, sizeof message,
                       "model 'm' has a tensor '%s', which its network does not have; train again or restore a copy",
                       unknown[i]);
        refuse(s, message);
    }
    s = sound_pair();
    s.notes[1].text = "1"; /* of one network: the other names are not its own */
    refuse(s, "model 'm' has no tensor 'dense_1.kernel', which its network needs; train again or restore a copy");
}

Test(model, a_network_of_several_that_differs_or_is_damaged_is_named) {
    sample s = sound_pair();
    s.tensors[2].shape[0] = 2;
    s.tensors[2].shape[1] = 4;
    refuse(s, "model 'm': tensor 'member_2.dense_1.kernel' is 2x4, but its network needs 4x2; train again or "
              "restore a copy");
    s = sound_pair();
    s.values[7] = NAN; /* the last of the kernels alone */
    s.tensors[0].data = s.tensors[1].data = s.tensors[3].data = (const float[16]){0};
    s.tensors[2].data = s.values;
    cr_assert_eq(safetensors_write("m", s.tensors, s.tensor_count, NULL, s.notes, s.note_count, &error), CLENET_OK);
    expect_refused("m", "model 'm': tensor 'member_2.dense_1.kernel' holds a value that is not a finite number; train "
                        "again or restore a copy");
    clenet_model *model = joined(small, 2);
    model_values(model, 1)[model->network->parameters[4].offset] = NAN;
    cr_expect_eq(clenet_model_save(model, "n", &error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message,
                     "cannot write model 'n': member_2.dense_1.kernel holds a value that is not a finite "
                     "number: the training diverged; use a smaller learning rate");
    clenet_model_free(model);
}

Test(model, many_networks_far_larger_than_the_file_are_refused_before_memory_is_taken) {
    sample s = sound_pair();
    s.notes[2].text = "input 1024x1024\nflatten\ndense 256 softmax\n"; /* 1.1 GB of weights each */
    s.notes[3].text = "64";
    size_t before = scratch_peak();
    refuse(s, "model 'm': tensor 'member_1.dense_1.kernel' is 4x2, but its network needs 1048576x256; train again "
              "or restore a copy");
    cr_expect_lt(scratch_peak() - before, (size_t)64 << 20);
}
