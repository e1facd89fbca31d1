/* test_report.c - the words of the command that repeats a run. */
#include "cmd/train/report.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void expect_quoted(const char *word, const char *wanted) {
    char *bytes = NULL;
    size_t size;
    FILE *to = open_memstream(&bytes, &size);
    train_report_quote(to, word);
    (void)fclose(to);
    cr_expect_str_eq(bytes, wanted);
    free(bytes);
}

static void expect_device(const char *description, const device_arguments *arguments, const char *wanted) {
    char *bytes = NULL;
    size_t size;
    FILE *to = open_memstream(&bytes, &size);
    train_report_device(to, description, arguments);
    (void)fclose(to);
    cr_expect_str_eq(bytes, wanted);
    free(bytes);
}

Test(train_report, a_word_is_quoted_if_a_shell_would_change_it) {
    expect_quoted("/data/train.csv", "/data/train.csv");
    expect_quoted("", "''");
    expect_quoted("two words; $HOME `ls` *", "'two words; $HOME `ls` *'");
    expect_quoted("it's", "'it'\\''s'");
}

Test(train_report, the_device_that_auto_chose_is_named_with_everything_that_decides_its_bits) {
    device_arguments arguments = {.threads = 0};
    expect_device("cpu, 2 threads, avx512: no OpenCL device", &arguments, " --device cpu --isa avx512");
    expect_device("cpu, 1 thread, baseline", &arguments, " --device cpu --isa baseline");
    expect_device("opencl 1.0, NVIDIA CUDA, NVIDIA H100, with CLBlast: 1.0", &arguments,
                  " --device 1.0 --gemm clblast");
    while (strcmp(device_tiles[arguments.tiles], "group") != 0) arguments.tiles++;
    expect_device("opencl 0.1, PoCL, cpu", &arguments, " --device 0.1 --gemm own --tiles group");
}
