/* test_foreign.c - a file that clenet does not read is named for what it is, with the command that helps. */
#include "lib/data/foreign.h"

#include "../scratch.h"

TestSuite(foreign, .init = scratch_enter, .fini = scratch_leave);

static clenet_error error;

/* The file of these bytes is refused, as this. */
static void expect(const char *bytes, size_t count, const char *what) {
    clenet_dataset *dataset = NULL;
    char message[300];
    scratch_write("file", bytes, count);
    cr_expect_eq(clenet_dataset_load(&dataset, "file", NULL, &error), CLENET_ERROR_FORMAT, "%s", what);
    cr_expect_null(dataset);
    (void)snprintf(message, sizeof message, "file: is %s; ", what);
    cr_expect(strncmp(error.message, message, strlen(message)) == 0, "%s: %s", what, error.message);
}

#define EXPECT(bytes, what) expect(bytes, sizeof(bytes) - 1, what)

Test(foreign, tables_of_other_programs_are_named) {
    EXPECT("PAR1[...", "a Parquet file");
    EXPECT("ARROW1\0\0", "an Arrow file");
    EXPECT("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....", "an Excel workbook (.xls), or another Office document");
    EXPECT("\x89HDF\r\n\x1A\n....", "an HDF5 file");
    EXPECT("MATLAB 5.0 MAT-file, Platform", "a MATLAB file");
    EXPECT("SQLite format 3\0", "an SQLite database");
    EXPECT("@RELATION mnist_784\n\n@ATTRIBUTE pixel1 real\n", "an ARFF file");
    EXPECT("% MNIST\n%\n@relation mnist_784\n", "an ARFF file");
    EXPECT("5 153:3 154:18\n", "a table in LIBSVM's sparse form");
    EXPECT("[[0, 1], [2, 3]]", "a JSON file");
    EXPECT(" {\"code\": 404, \"message\": \"Not found\"}", "a JSON file");
    EXPECT("\x80\x04\x95....",
           "a Python pickle, which may run any code when it is read, so that clenet does not read it");
}

Test(foreign, pages_and_pointers_are_named) {
    EXPECT("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 76775041\n",
           "a Git LFS pointer, not the data");
    EXPECT("<!DOCTYPE html>\n<html><head><title>Login | Kaggle</title>", "an HTML page, not the data");
    EXPECT("\xEF\xBB\xBF\r\n<HTML>", "an HTML page, not the data");
    EXPECT("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "an XML file");
    EXPECT("%PDF-1.7\n", "a PDF");
}

Test(foreign, archives_are_named) {
    char tar[512] = "data_batch_1.bin";
    memcpy(tar + 257, "ustar", 5);
    expect(tar, sizeof tar, "a tar archive");
    EXPECT("7z\xBC\xAF\x27\x1C..", "a 7z archive");
    EXPECT("Rar!\x1A\x07\x01\0", "a RAR archive");
    EXPECT("\x1F\x9D\x90..", "packed with compress");
    EXPECT("PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "an empty zip archive");
    scratch_gzip("file.gz", "wb", tar, sizeof tar);
    clenet_dataset *dataset = NULL;
    cr_expect_eq(clenet_dataset_load(&dataset, "file.gz", NULL, &error), CLENET_ERROR_FORMAT);
    cr_expect_str_eq(error.message, "file.gz: is a tar archive; unpack it with: tar -xf FILE");
}

Test(foreign, pictures_are_named) {
    EXPECT("\x89PNG\r\n\x1A\n....", "a PNG picture");
    EXPECT("\xFF\xD8\xFF\xE0....", "a JPEG picture");
    EXPECT("GIF89a....", "a GIF picture");
    EXPECT("RIFF\1\2\3\4WEBPVP8 ", "a WebP picture");
    EXPECT("\0\1\2\3ftypheic", "a picture or film (HEIC, AVIF, MP4)");
    EXPECT("BM\x46\1\0\0\0\0\0\0\x36\0\0\0", "a BMP picture");
    EXPECT("P5\n28 28\n255\n", "a PGM picture");
}

Test(foreign, models_are_named) {
    EXPECT("\x40\0\0\0\0\0\0\0{\"__metadata__\":{\"format\":\"clenet-model\"}}", "a model, not data");
    EXPECT("\x40\0\0\0\0\0\0\0{\"weight\":{\"dtype\":\"F32\"}}", "a safetensors file");
}

static void expect_members(const char *member, const char *what) {
    char message[300];
    const char *members[] = {"a", member};
    cr_expect_eq(foreign_check_members(members, 2, "file", &error), CLENET_ERROR_FORMAT);
    (void)snprintf(message, sizeof message, "file: is %s; ", what);
    cr_expect(strncmp(error.message, message, strlen(message)) == 0, "%s: %s", what, error.message);
}

Test(foreign, zip_archives_of_other_programs_are_named) {
    expect_members("[Content_Types].xml", "an Excel workbook (.xlsx), or another Office document");
    expect_members("META-INF/manifest.xml", "an OpenDocument file (.ods)");
    expect_members("archive/data.pkl", "a PyTorch file");
    expect_members("model.weights.h5", "a model of Keras");
    cr_expect_eq(foreign_check_members((const char *const[]){"train.csv"}, 1, "file", &error), CLENET_OK);
}

Test(foreign, data_are_not_mistaken_for_others) {
    static const char *const good[] = {
        "label,pixel0\n1,2\n", "5,153,3,154,18\n",         "\xEF\xBB\xBFlabel;pixel0\n", "5 153 3 154\n", "", "\n\n",
        "PARTY,pixel0\n",      "BM,pixel0,pixel1,pixel2\n"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        cr_expect_eq(foreign_check((const uint8_t *)good[i], strlen(good[i]), "file", &error), CLENET_OK, "%s: %s",
                     good[i], error.message);
    }
}
