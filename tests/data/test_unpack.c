/* test_unpack.c - bzip2, xz and zstd files and zip archives are read as the files in them; what is broken says how. */
#include "lib/data/stream.h"
#include "lib/data/zip.h"

#include "../scratch.h"

TestSuite(unpack, .init = scratch_enter, .fini = scratch_leave);

static clenet_error error;

static void expect_refused(const char *path, clenet_status status, const char *message) {
    clenet_dataset *dataset = NULL;
    cr_expect_eq(clenet_dataset_load(&dataset, path, NULL, &error), status);
    cr_expect_null(dataset);
    cr_expect_str_eq(error.message, message);
}

#ifndef CLENET_HAVE_ARCHIVE

Test(unpack, without_libarchive_an_error_names_the_command) {
    scratch_write("a.csv.xz",
                  "\xFD"
                  "7zXZ\0rest",
                  10);
    expect_refused(
        "a.csv.xz", CLENET_ERROR_FORMAT,
        "a.csv.xz: is packed with xz, and this clenet was built without libarchive; unpack it with: xz -dk 'a.csv.xz'");
    scratch_write("a.zip", "PK\x03\x04rest", 8);
    expect_refused(
        "a.zip", CLENET_ERROR_FORMAT,
        "a.zip: is packed with zip, and this clenet was built without libarchive; unpack it with: unzip 'a.zip'");
}

#else

#include "pack.h"

static const char csv[] = "label,pixel0\n3,200\n4,201\n";

static const struct {
    const char *name;
    int filter;
} kinds[] = {{"bzip2", ARCHIVE_FILTER_BZIP2}, {"xz", ARCHIVE_FILTER_XZ}, {"zstd", ARCHIVE_FILTER_ZSTD}};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void expect_csv(const char *path, const char *reading) {
    clenet_dataset *dataset = NULL;
    cr_assert_eq(clenet_dataset_load(&dataset, path, NULL, &error), CLENET_OK, "%s: %s", path, error.message);
    cr_expect_eq(clenet_dataset_rows(dataset), 2);
    cr_expect_eq(clenet_dataset_images(dataset)[1], 201);
    if (reading == NULL)
        cr_expect_null(clenet_dataset_reading(dataset));
    else
        cr_expect_str_eq(clenet_dataset_reading(dataset), reading);
    clenet_dataset_free(dataset);
}

static void redirect(const char *path) {
    int descriptor = open(path, O_RDONLY);
    cr_assert_geq(descriptor, 0);
    cr_assert_eq(dup2(descriptor, STDIN_FILENO), STDIN_FILENO);
    close(descriptor);
}

/* Reads all; the bytes are free()d by the caller. */
static clenet_status read_all(const char *path, size_t *total, size_t most, char *all) {
    stream *input = NULL;
    const uint8_t *bytes = NULL;
    size_t count = 0;
    *total = 0;
    clenet_status status = stream_open(&input, path, &error);
    do {
        if (status == CLENET_OK) status = stream_next(input, &bytes, &count, &error);
        if (status != CLENET_OK) break;
        if (count > 0 && *total + count <= most) memcpy(all + *total, bytes, count);
        *total += count;
    } while (count > 0);
    stream_close(input);
    return status;
}

/* Bytes that hardly shrink. */
static char *noise(size_t count) {
    char *bytes = malloc(count);
    cr_assert_not_null(bytes);
    uint32_t state = 1;
    for (size_t i = 0; i < count; i++) bytes[i] = (char)((state = state * 1664525u + 1013904223u) >> 24);
    return bytes;
}

Test(unpack, each_packing_is_known_by_its_content) {
    for (int i = 0; i < KINDS; i++) {
        pack_file("a.csv", kinds[i].filter, csv, sizeof csv - 1);
        expect_csv("a.csv", NULL);
        redirect("a.csv");
        expect_csv("-", NULL);
    }
}

Test(unpack, every_byte_arrives_once_and_in_order) {
    enum { BYTES = 1000003 };
    char *bytes = noise(BYTES), *copy = malloc(BYTES);
    for (int i = 0; i < KINDS; i++) {
        size_t total = 0;
        pack_file("a", kinds[i].filter, bytes, BYTES);
        cr_assert_eq(read_all("a", &total, BYTES, copy), CLENET_OK, "%s", error.message);
        cr_expect_eq(total, BYTES);
        cr_expect(memcmp(bytes, copy, BYTES) == 0);
    }
    free(bytes);
    free(copy);
}

Test(unpack, packings_may_be_nested_three_deep) {
    size_t count;
    scratch_gzip("a.gz", "wb", csv, sizeof csv - 1);
    for (int layers = 2; layers <= 5; layers++) {
        char *packed = scratch_read("a.gz", &count);
        scratch_gzip("a.gz", "wb", packed, count);
        free(packed);
        if (layers <= 4)
            expect_csv("a.gz", NULL); /* the first layer is zlib's */
        else
            expect_refused("a.gz", CLENET_ERROR_FORMAT,
                           "a.gz: is packed more than 3 times; unpack it with: gzip -dk 'a.gz'");
    }
}

Test(unpack, a_packed_file_that_is_cut_off_is_refused) {
    enum { BYTES = 300000 };
    char *bytes = noise(BYTES);
    for (int i = 0; i < KINDS; i++) {
        size_t count, total;
        pack_file("whole", kinds[i].filter, bytes, BYTES);
        char *packed = scratch_read("whole", &count);
        const size_t cuts[] = {6, 10, 15, 100, count / 2, count - 9, count - 1};
        for (size_t k = 0; k < sizeof cuts / sizeof *cuts; k++) {
            scratch_write("cut", packed, cuts[k]);
            cr_expect_eq(read_all("cut", &total, 0, NULL), CLENET_ERROR_FORMAT, "%s cut at %zu", kinds[i].name,
                         cuts[k]);
            cr_expect(strstr(error.message, "cut: is cut off: the ") == error.message, "%s cut at %zu: %s",
                      kinds[i].name, cuts[k], error.message);
        }
        free(packed);
    }
    free(bytes);
}

Test(unpack, a_packed_file_that_is_damaged_is_refused) {
    enum { BYTES = 300000 };
    char *bytes = noise(BYTES);
    for (int i = 0; i < KINDS; i++) {
        size_t count, total;
        pack_file("a", kinds[i].filter, bytes, BYTES);
        char *packed = scratch_read("a", &count);
        packed[count / 2] ^= 0x10;
        scratch_write("a", packed, count);
        free(packed);
        clenet_status status = read_all("a", &total, 0, NULL);
        if (kinds[i].filter == ARCHIVE_FILTER_ZSTD && status == CLENET_OK) continue; /* without a checksum */
        cr_expect_eq(status, CLENET_ERROR_FORMAT, "%s", kinds[i].name);
        cr_expect(strstr(error.message, "a: is damaged: the ") == error.message, "%s: %s", kinds[i].name,
                  error.message);
    }
    free(bytes);
}

Test(unpack, a_small_file_that_unpacks_without_end_is_refused_in_layers_too) {
    enum { BYTES = 300 * 1024 * 1024 };
    char *zeros = calloc(BYTES, 1);
    size_t total, count;
    cr_assert_not_null(zeros);
    pack_file("bomb", ARCHIVE_FILTER_ZSTD, zeros, BYTES);
    free(zeros);
    for (int layers = 1; layers <= 2; layers++) {
        cr_expect_eq(read_all("bomb", &total, 0, NULL), CLENET_ERROR_FORMAT);
        cr_expect_str_eq(error.message,
                         "bomb: unpacks to more than 200 times its size, which digits do not; if that is right, "
                         "unpack it with zstd");
        char *packed = scratch_read("bomb", &count);
        pack_file("bomb", ARCHIVE_FILTER_XZ, packed, count);
        free(packed);
    }
}

Test(unpack, text_that_begins_as_a_packed_file_is_refused) {
    size_t total;
    scratch_text("a.bz2", "BZh9 is not a digit but a text of some length\n");
    cr_expect_eq(read_all("a.bz2", &total, 0, NULL), CLENET_ERROR_FORMAT);
    cr_expect_str_eq(error.message,
                     "a.bz2: is damaged: the bzip2 data are wrong after 0 bytes of content (no first block); fetch or "
                     "copy it again");
}

Test(unpack, a_packed_file_without_content_is_empty) {
    for (int i = 0; i < KINDS; i++) {
        size_t total = 1;
        pack_file("empty", kinds[i].filter, "", 0);
        cr_expect_eq(read_all("empty", &total, 0, NULL), CLENET_OK, "%s: %s", kinds[i].name, error.message);
        cr_expect_eq(total, 0);
    }
}

Test(unpack, a_zip_archive_is_read_as_its_file) {
    const pack_member one = {"train.csv", csv, sizeof csv - 1};
    pack_zip("a.zip", &one, 1);
    expect_csv("a.zip", "train.csv, the only file");
    redirect("a.zip");
    expect_csv("-", "train.csv, the only file");
}

Test(unpack, a_zip_archive_is_read_from_a_pipe) {
    const pack_member one = {"folder/train.csv", csv, sizeof csv - 1};
    size_t count;
    int ends[2];
    pack_zip("a.zip", &one, 1);
    char *packed = scratch_read("a.zip", &count);
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], packed, count), (ssize_t)count);
    close(ends[1]);
    cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    free(packed);
    expect_csv("-", "folder/train.csv, the only file");
}

Test(unpack, a_packed_member_of_a_zip_archive_is_unpacked_too) {
    size_t count;
    scratch_gzip("train.csv.gz", "wb", csv, sizeof csv - 1);
    char *packed = scratch_read("train.csv.gz", &count);
    const pack_member members[] = {{"train.csv.gz", packed, count}, {"README.txt", "digits", 6}};
    pack_zip("a.zip", members, 2);
    free(packed);
    expect_csv("a.zip", "train.csv.gz of 2 files");
}

Test(unpack, images_and_labels_of_mnist_in_a_zip_archive_belong_together) {
    static const uint8_t images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 9, 201},
                         labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 7, 9};
    const pack_member members[] = {{"t10k-images-idx3-ubyte", "no IDX", 6},
                                   {"t10k-labels-idx1-ubyte", "no IDX", 6},
                                   {"train-images.idx3-ubyte", images, sizeof images},
                                   {"train-labels.idx1-ubyte", labels, sizeof labels}};
    pack_zip("mnist.zip", members, 4);
    clenet_dataset *dataset = NULL;
    cr_assert_eq(clenet_dataset_load(&dataset, "mnist.zip", NULL, &error), CLENET_OK, "%s", error.message);
    cr_expect_str_eq(clenet_dataset_class_name(dataset, clenet_dataset_labels(dataset)[1]), "9");
    cr_expect_eq(clenet_dataset_images(dataset)[1], 201);
    cr_expect_str_eq(clenet_dataset_reading(dataset), "train-images.idx3-ubyte and train-labels.idx1-ubyte of 4 files");
    clenet_dataset_free(dataset);
}

Test(unpack, a_path_may_have_any_letters) {
    /* Of zip's own making, since libarchive writes paths in the letters of the locale. */
    static const char name[] = "donn\xC3\xA9"
                               "es/\xE6\x97\xA5/train.csv";
    uint8_t file[300] = "PK\x03\x04\x14\0\0\x08\0\0\0\0\x21\0", *at = file + 14;
    enum { NAME = sizeof name - 1, DATA = sizeof csv - 1 };
    uLong sum = crc32(0, (const Bytef *)csv, DATA);
    const uint8_t sizes[] = {(uint8_t)sum,
                             (uint8_t)(sum >> 8),
                             (uint8_t)(sum >> 16),
                             (uint8_t)(sum >> 24),
                             DATA,
                             0,
                             0,
                             0,
                             DATA,
                             0,
                             0,
                             0,
                             NAME,
                             0,
                             0,
                             0};
    memcpy(at, sizes, sizeof sizes);
    memcpy(at + sizeof sizes, name, NAME);
    memcpy(at + sizeof sizes + NAME, csv, DATA);
    at += sizeof sizes + NAME + DATA;
    size_t list = (size_t)(at - file);
    memcpy(at, "PK\x01\x02\x14\0\x14\0\0\x08\0\0\0\0\x21\0", 16);
    memcpy(at + 16, sizes, sizeof sizes);
    memcpy(at + 46, name, NAME);
    at += 46 + NAME;
    memcpy(at, "PK\x05\x06\0\0\0\0\1\0\1\0", 12);
    at[12] = 46 + NAME;
    at[16] = (uint8_t)list;
    scratch_write("a.zip", file, (size_t)(at + 22 - file));
    expect_csv("a.zip", "donn\xC3\xA9"
                        "es/\xE6\x97\xA5/train.csv, the only file");
}

Test(unpack, an_error_names_archive_and_member) {
    const pack_member one = {"train.csv", "label,pixel0\n3,x\n", 17};
    pack_zip("a.zip", &one, 1);
    expect_refused("a.zip", CLENET_ERROR_FORMAT, "a.zip/train.csv:2:2: pixel value 'x' is not a number 0..255");
}

Test(unpack, a_broken_zip_archive_is_refused) {
    size_t count;
    char *bytes = noise(5000);
    memcpy(bytes, csv, sizeof csv - 1);
    const pack_member one = {"train.csv", bytes, 5000};
    pack_zip("a.zip", &one, 1);
    free(bytes);
    char *packed = scratch_read("a.zip", &count);
    scratch_write("cut.zip", packed, count - 30);
    expect_refused("cut.zip", CLENET_ERROR_FORMAT,
                   "cut.zip: is cut off: the zip data end after 0 bytes of content; fetch or copy it again");
    packed[count / 2] ^= 1;
    scratch_write("bad.zip", packed, count);
    free(packed);
    clenet_dataset *dataset = NULL;
    cr_expect_eq(clenet_dataset_load(&dataset, "bad.zip", NULL, &error), CLENET_ERROR_FORMAT);
    cr_expect(strstr(error.message, "bad.zip/train.csv: is damaged: the zip data are wrong after ") == error.message,
              "%s", error.message);
}

Test(unpack, a_zip_bomb_is_refused) {
    enum { BYTES = 300 * 1024 * 1024 };
    char *zeros = calloc(BYTES, 1);
    cr_assert_not_null(zeros);
    const pack_member one = {"train.csv", zeros, BYTES};
    pack_zip("bomb.zip", &one, 1);
    free(zeros);
    stream *input = NULL, *member = NULL;
    zip *archive = NULL;
    const uint8_t *bytes = NULL;
    size_t count = 0;
    cr_assert_eq(stream_open(&input, "bomb.zip", &error), CLENET_OK);
    cr_assert_eq(zip_open(&archive, input, &error), CLENET_OK);
    cr_assert_eq(zip_count(archive), 1);
    cr_assert_eq(zip_open_member(&member, archive, 0, &error), CLENET_OK);
    clenet_status status = CLENET_OK;
    do status = stream_next(member, &bytes, &count, &error);
    while (status == CLENET_OK && count > 0);
    cr_expect_eq(status, CLENET_ERROR_FORMAT);
    cr_expect_str_eq(
        error.message,
        "bomb.zip/train.csv: unpacks to more than 200 times its size, which digits do not; if that is right, "
        "unpack it with zip");
    stream_close(member);
    zip_close(archive);
    stream_close(input);
}

#endif
