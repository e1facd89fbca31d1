/* test_safetensors.c - what is written is read back; a file that is wrong in any way is refused in one line.
 */
#include "lib/net/safetensors.h"

#include <math.h>

#include "../scratch.h"
#include "raw_safetensors.h"

TestSuite(safetensors, .init = scratch_enter, .fini = scratch_leave);

static clenet_error error;

static safetensors_file *opened(const char *name) {
    safetensors_file *file = NULL;
    cr_assert_eq(safetensors_open(&file, name, &error), CLENET_OK, "%s", error.message);
    return file;
}

static void expect_refused(const char *name, clenet_status status, const char *message) {
    safetensors_file *file = NULL;
    error = (clenet_error){0};
    cr_expect_eq(safetensors_open(&file, name, &error), status, "not refused so: %s", message);
    cr_expect_str_eq(error.message, message);
    cr_expect_null(file);
    safetensors_close(file);
}

/* The file m, whose reason is this, behind "model 'm'" and before the remedy. */
static void expect_damaged(const char *reason) {
    char message[600];
    (void)snprintf(message, sizeof message, "model 'm'%s; train again or restore a copy", reason);
    expect_refused("m", CLENET_ERROR_FORMAT, message);
}

static const float numbers[] = {1.5f, -0.0f, 0x1p-149f, 0x1.fffffep127f, 3.0f, -7.25f, 1e-3f};

static void write_sample(const char *name) {
    const clenet_tensor tensors[] = {
        {.name = "z.kernel", .rank = 2, .shape = {2, 3}, .data = numbers},
        {.name = "a.bias", .rank = 1, .shape = {1}, .data = numbers + 6},
        {.name = "one", .rank = 0, .data = numbers},
        {.name = "none", .rank = 2, .shape = {0, 4}, .data = numbers},
    };
    const safetensors_note notes[] = {{"format", "test"}, {"text", "two\nlines \"quoted\" \xC3\xA4"}};
    cr_assert_eq(safetensors_write(name, tensors, 4, NULL, notes, 2, &error), CLENET_OK, "%s", error.message);
}

Test(safetensors, what_is_written_is_read_back_bit_by_bit) {
    write_sample("m");
    safetensors_file *file = opened("m");
    cr_assert_eq(safetensors_count(file), 4);
    const safetensors_tensor *kernel = safetensors_find(file, "z.kernel"), *bias = safetensors_find(file, "a.bias");
    cr_assert(kernel != NULL && bias != NULL);
    cr_expect(kernel->rank == 2 && kernel->shape[0] == 2 && kernel->shape[1] == 3 && kernel->count == 6);
    float values[6];
    cr_assert_eq(safetensors_read(file, kernel, values, &error), CLENET_OK);
    cr_expect_arr_eq(values, numbers, sizeof values);
    cr_assert_eq(safetensors_read(file, bias, values, &error), CLENET_OK);
    cr_expect_eq(values[0], numbers[6]);
    cr_expect(safetensors_find(file, "one")->rank == 0 && safetensors_find(file, "one")->count == 1);
    cr_expect_eq(safetensors_find(file, "none")->count, 0);
    cr_expect_eq(safetensors_read(file, safetensors_find(file, "none"), values, &error), CLENET_OK);
    cr_expect_null(safetensors_find(file, "kernel"));
    cr_expect_str_eq(safetensors_get(file, 0)->name, "a.bias");
    cr_expect_null(safetensors_get(file, 4));
    cr_expect_str_eq(safetensors_metadata(file, "text"), "two\nlines \"quoted\" \xC3\xA4");
    cr_expect_null(safetensors_metadata(file, "network"));
    safetensors_close(file);
    safetensors_close(NULL);
}

Test(safetensors, the_same_input_gives_the_same_bytes_and_numbers_begin_at_a_multiple_of_8) {
    write_sample("first");
    write_sample("second");
    size_t first_size, second_size;
    char *first = scratch_read("first", &first_size), *second = scratch_read("second", &second_size);
    cr_assert_eq(first_size, second_size);
    cr_expect_arr_eq(first, second, first_size);
    cr_expect_eq((first_size - 8 * sizeof(float)) % 8, 0);
    static const unsigned char last[] = {0x00, 0x00, 0xC0, 0x3F}; /* 1.5, little-endian */
    cr_expect_arr_eq(first + first_size - 4, last, 4);
    free(first);
    free(second);
}

Test(safetensors, a_header_without_tensors_padded_with_spaces_is_read) {
    write_header("m", "{}      ", 0);
    safetensors_file *file = opened("m");
    cr_expect_eq(safetensors_count(file), 0);
    cr_expect_null(safetensors_get(file, 0));
    cr_expect_null(safetensors_find(file, "a"));
    cr_expect_null(safetensors_metadata(file, "format"));
    safetensors_close(file);
}

Test(safetensors, what_is_no_file_is_refused) {
    expect_refused("absent", CLENET_ERROR_IO, "cannot open model 'absent': No such file or directory; check its name");
    cr_assert_eq(mkdir("folder", 0700), 0);
    expect_refused("folder", CLENET_ERROR_IO, "cannot read model 'folder': it is a folder; name a file in it");
    cr_assert_eq(mkfifo("pipe", 0600), 0);
    expect_refused("pipe", CLENET_ERROR_IO, "cannot read model 'pipe': it is not a regular file; copy it to one first");
    expect_refused("/dev/zero", CLENET_ERROR_IO,
                   "cannot read model '/dev/zero': it is not a regular file; copy it to one first");
}

Test(safetensors, what_is_no_safetensors_is_refused) {
    static const char message[] = "'m' is not a safetensors file; give a model.safetensors that 'clenet train' wrote";
    scratch_text("m", "label,pixel0,pixel1\n1,0,0\n");
    expect_refused("m", CLENET_ERROR_FORMAT, message);
    write_raw("m", UINT64_MAX, "{}", 2, 0);
    expect_refused("m", CLENET_ERROR_FORMAT, message);
    write_raw("m", SAFETENSORS_HEADER_MAX + 1, "{}", 2, 0);
    expect_refused("m", CLENET_ERROR_FORMAT, message);
    write_header("m", " {}", 0);
    expect_refused("m", CLENET_ERROR_FORMAT, message);
    write_header("m", "[]", 0);
    expect_refused("m", CLENET_ERROR_FORMAT, message);
    write_raw("m", 0, "{}", 2, 0);
    expect_refused("m", CLENET_ERROR_FORMAT, message);
    write_raw("m", 1, "{}", 2, 0);
    expect_refused("m", CLENET_ERROR_FORMAT, message);
}

Test(safetensors, an_enormous_sparse_file_is_refused_without_taking_its_memory) {
    write_header("m", "{}", 0);
    if (truncate("m", (off_t)1 << 42) != 0) cr_skip_test("the file system holds no such file");
    expect_damaged(" has bytes after its last tensor");
    write_raw("m", SAFETENSORS_HEADER_MAX, "{}", 2, 0);
    expect_damaged(" ends after 10 of at least 16,777,224 bytes: it was cut off");
}

Test(safetensors, a_file_that_was_cut_off_says_how_much_is_left) {
    scratch_text("m", "");
    expect_damaged(" is empty");
    scratch_write("m", "\x02\0\0", 3);
    expect_damaged(" ends after 3 of at least 8 bytes: it was cut off");
    write_raw("m", 2, "", 0, 0);
    expect_damaged(" ends after 8 of at least 10 bytes: it was cut off");
    write_header("m", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1000,300],\"data_offsets\":[0,1200000]}}", 99);
    expect_damaged(" ends after 174 of 1,200,075 bytes: it was cut off");
}

Test(safetensors, a_file_cut_at_any_byte_is_refused_and_so_is_one_byte_more) {
    write_sample("whole");
    size_t size;
    char *bytes = scratch_read("whole", &size);
    safetensors_file *file = NULL;
    for (size_t cut = 0; cut < size; cut++) {
        scratch_write("cut", bytes, cut);
        cr_expect_eq(safetensors_open(&file, "cut", &error), CLENET_ERROR_FORMAT, "cut at %zu", cut);
        cr_expect(strstr(error.message, cut == 0 ? "is empty" : "cut off") != NULL, "%s", error.message);
        cr_expect_null(file);
    }
    scratch_write("m", bytes, size + 1); /* scratch_read puts a zero behind */
    expect_damaged(" has bytes after its last tensor");
    free(bytes);
}

Test(safetensors, a_file_that_is_shortened_while_it_is_open_is_an_error) {
    write_sample("m");
    safetensors_file *file = opened("m");
    cr_assert_eq(truncate("m", 20), 0);
    float values[6];
    cr_expect_eq(safetensors_read(file, safetensors_find(file, "z.kernel"), values, &error), CLENET_ERROR_FORMAT);
    cr_expect(strstr(error.message, "cut off") != NULL, "%s", error.message);
    safetensors_close(file);
}

#define TENSOR(name, shape, begin, end) \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":[" begin "," end "]}"

Test(safetensors, a_header_with_false_sizes_is_refused) {
    static const struct {
        const char *header;
        size_t data_size;
        const char *reason;
    } rows[] = {
        {"{" TENSOR("a", "[2]", "0", "8") "," TENSOR("b", "[1]", "4", "8") "}", 8, ": tensor 'b' overlaps another"},
        {"{" TENSOR("a", "[1]", "0", "4") "," TENSOR("b", "[1]", "8", "12") "}", 12,
         ": tensor 'b' has unused bytes before it"},
        {"{" TENSOR("a", "[1]", "4", "8") "}", 8, ": tensor 'a' has unused bytes before it"},
        {"{" TENSOR("a", "[1]", "0", "4") "}", 5, " has bytes after its last tensor"},
        {"{" TENSOR("a", "[1]", "0", "4") "}", 3, " ends after 65 of 66 bytes: it was cut off"},
        {"{" TENSOR("a", "[1]", "8", "4") "}", 8, ": tensor 'a' ends before it begins"},
        {"{" TENSOR("a", "[2]", "0", "4") "}", 4, ": tensor 'a' has data_offsets that do not fit its shape"},
        {"{" TENSOR("a", "[1]", "0", "5") "}", 5, ": tensor 'a' has data_offsets that do not fit its shape"},
        {"{" TENSOR("a", "[1]", "-4", "0") "}", 4, ": tensor 'a' has data_offsets that are not two whole numbers"},
        {"{" TENSOR("a", "[1]", "0.0", "4") "}", 4, ": tensor 'a' has data_offsets that are not two whole numbers"},
        {"{" TENSOR("a", "[1]", "0", "4,8") "}", 4, ": tensor 'a' has data_offsets that are not two whole numbers"},
        {"{" TENSOR("a", "[1]", "0", "\"4\"") "}", 4, ": tensor 'a' has data_offsets that are not two whole numbers"},
        {"{" TENSOR("a", "[1]", "9223372036854775803", "9223372036854775807") "}", 4,
         ": tensor 'a' has unused bytes before it"},
        {"{" TENSOR("a", "[-1]", "0", "4") "}", 4, ": tensor 'a' has a shape that is not whole numbers"},
        {"{" TENSOR("a", "[1.0]", "0", "4") "}", 4, ": tensor 'a' has a shape that is not whole numbers"},
        {"{" TENSOR("a", "[null]", "0", "4") "}", 4, ": tensor 'a' has a shape that is not whole numbers"},
        {"{" TENSOR("a", "1", "0", "4") "}", 4, ": tensor 'a' has a shape that is not a list of at most 8 numbers"},
        {"{" TENSOR("a", "[1,1,1,1,1,1,1,1,1]", "0", "4") "}", 4,
         ": tensor 'a' has a shape that is not a list of at most 8 numbers"},
        {"{" TENSOR("a", "[8589934592,8589934592]", "0", "0") "}", 0,
         ": tensor 'a' has a shape of more than 2147483647 numbers"},
        {"{" TENSOR("a", "[65536,65536]", "0", "0") "}", 0, ": tensor 'a' has a shape of more than 2147483647 numbers"},
        {"{" TENSOR("a", "[65536,65536,0]", "0", "0") "}", 0,
         ": tensor 'a' has a shape of more than 2147483647 numbers"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4,
         ": tensor 'a' is not described by dtype, shape and data_offsets"},
        {"{\"a\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
         ": tensor 'a' is not described by dtype, shape and data_offsets"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"more\":1}}", 4,
         ": tensor 'a' is not described by dtype, shape and data_offsets"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"offsets\":[0,4]}}", 4,
         ": tensor 'a' has data_offsets that are not two whole numbers"},
        {"{\"a\":[0,4]}", 4, ": tensor 'a' is not described by dtype, shape and data_offsets"},
        {"{\"a\":null}", 4, ": tensor 'a' is not described by dtype, shape and data_offsets"},
        {"{\"__metadata__\":{\"version\":1}}", 0, " has metadata that are not a list of texts"},
        {"{\"__metadata__\":[]}", 0, " has metadata that are not a list of texts"},
        {"{\"__metadata__\":null}", 0, " has metadata that are not a list of texts"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_header("m", rows[i].header, rows[i].data_size);
        expect_damaged(rows[i].reason);
    }
}

Test(safetensors, a_type_that_is_not_F32_is_named) {
    write_header("m", "{\"a\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[0,2]}}", 2);
    expect_refused("m", CLENET_ERROR_FORMAT, "model 'm': tensor 'a' is of type 'BF16'; only F32 is read: convert it");
}

Test(safetensors, a_tensor_with_an_endless_name_is_refused) {
    char header[600];
    char name[300];
    memset(name, 'n', sizeof name);
    for (int length = SAFETENSORS_NAME_MAX; length <= SAFETENSORS_NAME_MAX + 1; length++) {
        (void)snprintf(header, sizeof header, "{\"%.*s\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                       length, name);
        write_header("m", header, 4);
        if (length <= SAFETENSORS_NAME_MAX) safetensors_close(opened("m"));
    }
    expect_damaged(" has a tensor whose name is longer than 255 bytes");
}

Test(safetensors, a_header_that_is_no_json_is_refused) {
    static const struct {
        const char *header;
        size_t size;
    } rows[] = {
        {"{\"a\":1,\"a\":2}", 13},                          /* twice the same name */
        {"{\"a\\u0000b\":{}}", 15},                         /* a zero in a name */
        {"{\"a\0b\":{}}", 10},                              /* a bare zero */
        {"{} {}", 5},                                       /* something behind */
        {"{}\0\0\0\0\0\0", 8},                              /* padded with zeros */
        {"{\"a\":{\"shape\":[99999999999999999999]}}", 36}, /* a number that does not fit */
        {"{\"\xFF\":1}", 7},                                /* no UTF-8 */
        {"{\"a\":NaN}", 9},
        {"{'a':1}", 7},
        {"{\"a\":", 5},
        {"{,}", 3},
        {"{\x1B}", 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        safetensors_file *file = NULL;
        write_raw("m", rows[i].size, rows[i].header, rows[i].size, 0);
        cr_expect_eq(safetensors_open(&file, "m", &error), CLENET_ERROR_FORMAT, "row %zu", i);
        cr_expect(strstr(error.message, "model 'm' has a header that is not JSON: ") == error.message, "%s",
                  error.message);
        cr_expect_null(strpbrk(error.message, "\n\x1B"));
    }
}

Test(safetensors, a_deeply_nested_header_is_refused_without_harm) {
    enum { DEPTH = 1000000 };
    char *header = malloc(DEPTH);
    cr_assert_not_null(header);
    memset(header, '[', DEPTH);
    memcpy(header, "{\"a\":", 5);
    write_raw("m", DEPTH, header, DEPTH, 0);
    free(header);
    safetensors_file *file = NULL;
    cr_expect_eq(safetensors_open(&file, "m", &error), CLENET_ERROR_FORMAT);
    cr_expect(strstr(error.message, "depth") != NULL, "%s", error.message);
}

Test(safetensors, any_single_byte_changed_gives_an_error_or_a_sound_file) {
    write_sample("whole");
    size_t size;
    char *bytes = scratch_read("whole", &size);
    float values[64];
    for (size_t at = 0; at < size; at++) {
        for (int change = 0; change < 4; change++) {
            char was = bytes[at];
            bytes[at] = (char)(change == 0 ? was ^ 1 : change == 1 ? was ^ 0x80 : change == 2 ? '"' : '9');
            scratch_write("m", bytes, size);
            bytes[at] = was;
            safetensors_file *file = NULL;
            if (safetensors_open(&file, "m", &error) != CLENET_OK) continue;
            for (size_t i = 0; i < safetensors_count(file); i++) {
                const safetensors_tensor *tensor = safetensors_get(file, i);
                cr_assert_leq(tensor->count, 64);
                if (tensor->type == SAFETENSORS_F32)
                    cr_expect_eq(safetensors_read(file, tensor, values, &error), CLENET_OK);
            }
            safetensors_close(file);
        }
    }
    free(bytes);
}

Test(safetensors, many_tensors_are_found_by_name) {
    enum { COUNT = 5000 };
    static char names[COUNT][16];
    static clenet_tensor tensors[COUNT];
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(names[i], sizeof names[i], "t%d", i * 7919 % COUNT);
        tensors[i] = (clenet_tensor){.name = names[i], .rank = 1, .shape = {1}, .data = &numbers[i % 7]};
    }
    cr_assert_eq(safetensors_write("m", tensors, COUNT, NULL, NULL, 0, &error), CLENET_OK, "%s", error.message);
    safetensors_file *file = opened("m");
    for (int i = 0; i < COUNT; i++) {
        float value = NAN;
        cr_assert_eq(safetensors_read(file, safetensors_find(file, names[i]), &value, &error), CLENET_OK);
        cr_assert_eq(value, numbers[i % 7]);
    }
    safetensors_close(file);
}

Test(safetensors, a_file_that_cannot_be_written_leaves_nothing_behind) {
    const clenet_tensor tensor = {.name = "a", .rank = 1, .shape = {1}, .data = numbers};
    cr_expect_eq(safetensors_write("absent/m", &tensor, 1, NULL, NULL, 0, &error), CLENET_ERROR_IO);
    cr_expect(strstr(error.message, "absent/m") != NULL, "%s", error.message);
    cr_expect_eq(scratch_count(), 0);
}

Test(safetensors, a_header_larger_than_is_read_is_not_written) {
    enum { LENGTH = SAFETENSORS_HEADER_MAX };
    char *text = malloc(LENGTH + 1);
    cr_assert_not_null(text);
    memset(text, 'a', LENGTH);
    text[LENGTH] = '\0';
    const safetensors_note note = {"note", text};
    cr_expect_eq(safetensors_write("m", NULL, 0, NULL, &note, 1, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message, "cannot write model 'm': its header would be of 16,777,248 bytes, and no more than "
                                    "16,777,216 are read; give it fewer layers or networks");
    cr_expect_eq(scratch_count(), 0);
    text[LENGTH - 64] = '\0';
    cr_assert_eq(safetensors_write("m", NULL, 0, NULL, &note, 1, &error), CLENET_OK, "%s", error.message);
    safetensors_close(opened("m"));
    free(text);
}

Test(safetensors, bytes_are_written_after_the_numbers_and_read_back) {
    static const uint8_t wanted[3] = {1, 128, 255};
    float value = 0.5f;
    clenet_tensor tensor = {.name = "z", .rank = 1, .shape = {1}, .data = &value};
    safetensors_bytes bytes = {.name = "a", .bytes = wanted, .size = sizeof wanted};
    cr_assert_eq(safetensors_write("m", &tensor, 1, &bytes, NULL, 0, &error), CLENET_OK, "%s", error.message);
    safetensors_file *file = NULL;
    uint8_t got[3] = {0};
    cr_assert_eq(safetensors_open(&file, "m", &error), CLENET_OK, "%s", error.message);
    const safetensors_tensor *found = safetensors_find_bytes(file, "a");
    cr_assert_not_null(found);
    cr_expect(found->rank == 1 && found->count == 3 && found->begin == 4);
    cr_expect_null(safetensors_find(file, "a"));
    cr_expect_null(safetensors_find_bytes(file, "z"));
    cr_assert_eq(safetensors_read_bytes(file, found, got, &error), CLENET_OK);
    cr_expect_arr_eq(got, wanted, sizeof wanted);
    cr_assert_eq(safetensors_read(file, safetensors_find(file, "z"), &value, &error), CLENET_OK);
    cr_expect_eq(value, 0.5f);
    safetensors_close(file);
}

Test(safetensors, bytes_whose_offsets_do_not_fit_their_shape_are_refused) {
    write_header("m", "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8);
    expect_refused("m", CLENET_ERROR_FORMAT,
                   "model 'm': tensor 'a' has data_offsets that do not fit its shape; train again or restore a copy");
}
