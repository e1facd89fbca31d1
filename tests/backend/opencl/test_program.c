/* test_program.c - kernels are found, compiled, kept, and compiled again when what was kept cannot be trusted. */
#include "lib/backend/opencl/program.h"

#include <sys/wait.h>

#include "lib/backend/opencl/kernels.h"
#include "icd.h"

static clenet_error error;

/* ---- the text of a kernel ------------------------------------------------------------------------------------------- */

TestSuite(program_source, .init = icd_enter, .fini = icd_leave);

static const program_settings built_in = {NULL, NULL};
static const program_settings from_kernels = {"kernels", NULL};
static const program_settings cached = {"kernels", "cache"};

static void kernels_folder(void) {
    cr_assert_eq(mkdir("kernels", 0755), 0);
}

static void expect_source(const char *name, const program_settings *settings, const char *expected) {
    char *text = NULL;
    cr_assert_eq(program_source(&text, name, settings, &error), CLENET_OK, "%s", error.message);
    cr_expect_str_eq(text, expected);
    free(text);
}

static void expect_no_source(const char *name, const program_settings *settings, const char *message) {
    char *text = NULL;
    cr_expect_eq(program_source(&text, name, settings, &error), CLENET_ERROR_IO);
    cr_expect_null(text);
    cr_expect_str_eq(error.message, message);
}

Test(program_source, included_files_come_in_once_with_their_names_and_lines) {
    kernels_folder();
    scratch_text("kernels/k.cl", "/* k */\n#include \"a.clh\"\nint k;\n  # include\t\"b.clh\" // again\nint end;\n");
    scratch_text("kernels/a.clh", "#include \"b.clh\"\nint a;\n#include \"a.clh\"\n#include \"k.cl\"\n");
    scratch_text("kernels/b.clh", "int b;");
    expect_source("k", &from_kernels,
                  "#line 1 \"k.cl\"\n/* k */\n"
                  "#line 1 \"a.clh\"\n"
                  "#line 1 \"b.clh\"\nint b;\n"
                  "#line 2 \"a.clh\"\nint a;\n\n\n"
                  "#line 3 \"k.cl\"\nint k;\n\nint end;\n");
}

Test(program_source, a_template_comes_in_each_time) {
    kernels_folder();
    scratch_text("kernels/k.cl", "#define N 0\n#include \"t.clt\"\n#define N 1\n#include \"t.clt\"\n");
    scratch_text("kernels/t.clt", "int N;\n#undef N\n");
    expect_source("k", &from_kernels,
                  "#line 1 \"k.cl\"\n#define N 0\n#line 1 \"t.clt\"\nint N;\n#undef N\n"
                  "#line 3 \"k.cl\"\n#define N 1\n#line 1 \"t.clt\"\nint N;\n#undef N\n#line 5 \"k.cl\"\n");
}

Test(program_source, a_template_that_names_itself_is_a_mistake) {
    kernels_folder();
    scratch_text("kernels/k.cl", "#include \"t.clt\"\n");
    scratch_text("kernels/t.clt", "#include \"t.clt\"\n");
    expect_no_source("k", &from_kernels, "kernel file 'k.cl' brings in more than 32 files: join some");
}

Test(program_source, what_only_looks_like_an_include_stays) {
    static const char text[] = " * #include \"a.clh\"\n#include <a.clh>\n#included \"a.clh\"\n#include \"a\n#define X "
                               "\"a.clh\"\n#\n\n#include";
    char expected[256];
    kernels_folder();
    scratch_text("kernels/k.cl", text);
    (void)snprintf(expected, sizeof expected, "#line 1 \"k.cl\"\n%s\n", text);
    expect_source("k", &from_kernels, expected);
}

Test(program_source, an_empty_file_is_an_empty_kernel) {
    kernels_folder();
    scratch_text("kernels/k.cl", "");
    expect_source("k", &from_kernels, "#line 1 \"k.cl\"\n");
}

Test(program_source, a_missing_file_is_named) {
    kernels_folder();
    expect_no_source("none", &from_kernels,
                     "kernels/none.cl: cannot be opened: No such file or directory; check the name");
    scratch_text("kernels/k.cl", "#include \"none.clh\"\n");
    expect_no_source("k", &from_kernels,
                     "kernels/none.clh: cannot be opened: No such file or directory; check the name");
    expect_no_source("none", &built_in,
                     "no kernel file 'none.cl' is built into the library: name a folder of kernels that has it");
}

Test(program_source, files_that_are_no_kernels_are_refused) {
    char many[2048] = "";
    kernels_folder();
    scratch_write("kernels/k.cl", "a\0b", 3);
    expect_no_source("k", &from_kernels, "kernel file 'k.cl' has a zero byte: it is not text");
    scratch_text("kernels/k.cl", "#include \"\"\n");
    expect_no_source("k", &from_kernels, "a kernel file's name has 0 bytes, which is not 1 to 127: rename it");
    memset(many, 'x', 200);
    expect_no_source(many, &from_kernels, "a kernel file's name has 203 bytes, which is not 1 to 127: rename it");
    many[0] = '\0';
    for (int i = 0; i < 40; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "kernels/f%d", i);
        scratch_text(name, "");
        (void)snprintf(many + strlen(many), sizeof many - strlen(many), "#include \"f%d\"\n", i);
    }
    scratch_text("kernels/k.cl", many);
    expect_no_source("k", &from_kernels, "kernel file 'k.cl' brings in more than 32 files: join some");
}

Test(program_source, the_kernels_in_the_library_are_those_of_the_source_tree) {
    int files = 0;
    DIR *folder = opendir(CLENET_SOURCE_DIR "/cl");
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        files += strstr(entry->d_name, ".cl") != NULL; /* and .clh, .clt */
    }
    if (folder != NULL) closedir(folder);
    cr_expect_eq(kernel_files_count, (size_t)files);
    for (size_t i = 0; i < kernel_files_count; i++) {
        char path[1024];
        size_t count;
        (void)snprintf(path, sizeof path, CLENET_SOURCE_DIR "/cl/%s", kernel_files[i].name);
        char *text = scratch_read(path, &count);
        cr_expect_eq(kernel_files[i].size, count);
        cr_expect(memcmp(kernel_files[i].text, text, count + 1) == 0, "%s", path);
        free(text);
    }
    cr_expect_null(kernel_files[kernel_files_count].name);
}

Test(program_source, every_kernel_in_the_library_has_its_includes_in_the_library) {
    for (size_t i = 0; i < kernel_files_count; i++) {
        char name[128], *text = NULL;
        size_t length = strlen(kernel_files[i].name) - 3;
        if (strcmp(kernel_files[i].name + length, ".cl") != 0) continue;
        (void)snprintf(name, sizeof name, "%.*s", (int)length, kernel_files[i].name);
        cr_expect_eq(program_source(&text, name, &built_in, &error), CLENET_OK, "%s", error.message);
        free(text);
    }
}

/* ---- programs on PoCL ----------------------------------------------------------------------------------------------- */

TestSuite(program, .init = icd_enter, .fini = icd_leave, .timeout = 240);

/* A device in use, and what its driver was asked for. */
typedef struct bench {
    opencl_api api;
    opencl_found device;
    cl_context context;
    cl_command_queue queue;
} bench;

enum { ITEMS = 16 };

static opencl_api real; /* behind the counters */
static int sources, binaries;
static bool refuse_sources, refuse_binaries, refuse_builds;
static char options_seen[256];

static cl_program count_source(cl_context context, cl_uint count, const char **text, const size_t *sizes,
                               cl_int *code) {
    sources++;
    if (!refuse_sources) return real.clCreateProgramWithSource(context, count, text, sizes, code);
    *code = CL_OUT_OF_RESOURCES;
    return NULL;
}

static cl_program count_binary(cl_context context, cl_uint count, const cl_device_id *devices, const size_t *sizes,
                               const unsigned char **bytes, cl_int *taken, cl_int *code) {
    binaries++;
    if (!refuse_binaries) return real.clCreateProgramWithBinary(context, count, devices, sizes, bytes, taken, code);
    *code = CL_INVALID_BINARY;
    return NULL;
}

static cl_int see_options(cl_program program, cl_uint count, const cl_device_id *devices, const char *options,
                          void(CL_CALLBACK *notify)(cl_program, void *), void *data) {
    (void)snprintf(options_seen, sizeof options_seen, "%s", options);
    if (refuse_builds && binaries > 0 && sources == 0) return CL_INVALID_BINARY;
    return real.clBuildProgram(program, count, devices, options, notify, data);
}

static void counters_reset(void) {
    sources = 0;
    binaries = 0;
}

/* On the first device there is, without a word to Criterion, which hears from the test's own process only. */
static bool bench_try(bench *b) {
    opencl_devices devices = {0};
    cl_int code;
    if (opencl_api_open(&b->api, &error) != CLENET_OK || opencl_discover(&devices, &b->api, &error) != CLENET_OK ||
        devices.count == 0)
        return false;
    b->device = devices.list[0];
    opencl_devices_free(&devices);
    real = b->api;
    b->api.clCreateProgramWithSource = count_source;
    b->api.clCreateProgramWithBinary = count_binary;
    b->api.clBuildProgram = see_options;
    b->context = b->api.clCreateContext(NULL, 1, &b->device.device, NULL, NULL, &code);
    if (code != CL_SUCCESS) return false;
    b->queue = b->api.clCreateCommandQueue(b->context, b->device.device, 0, &code);
    return code == CL_SUCCESS;
}

static bench bench_open(void) {
    bench b;
    (void)icd_pocl(&b.api); /* or skips */
    cr_assert(bench_try(&b), "%s", error.message);
    return b;
}

static bool bench_close(bench *b) {
    bool good = b->api.clReleaseCommandQueue(b->queue) == CL_SUCCESS;
    return b->api.clReleaseContext(b->context) == CL_SUCCESS && good;
}

/* out[i] = VALUE + 2 i */
static void write_kernel(void) {
    kernels_folder();
    scratch_text("kernels/fill.cl", "#include \"twice.clh\"\n"
                                    "kernel void fill(global int *out) {\n"
                                    "    int i = (int)get_global_id(0);\n"
                                    "    out[i] = VALUE + twice(i);\n"
                                    "}\n");
    scratch_text("kernels/twice.clh", "int twice(int i) {\n    return 2 * i;\n}\n");
}

/* Whether the program's kernel does what write_kernel() says. */
static bool works(const bench *b, cl_program program, int value) {
    int out[ITEMS] = {0};
    size_t items = ITEMS;
    cl_int code;
    cl_kernel kernel = b->api.clCreateKernel(program, "fill", &code);
    if (code != CL_SUCCESS) return false;
    cl_mem memory = b->api.clCreateBuffer(b->context, CL_MEM_READ_WRITE, sizeof out, NULL, &code);
    bool good = code == CL_SUCCESS && b->api.clSetKernelArg(kernel, 0, sizeof memory, &memory) == CL_SUCCESS &&
                b->api.clEnqueueNDRangeKernel(b->queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL) == CL_SUCCESS &&
                b->api.clEnqueueReadBuffer(b->queue, memory, CL_TRUE, 0, sizeof out, out, 0, NULL, NULL) == CL_SUCCESS;
    for (int i = 0; i < ITEMS; i++) good = good && out[i] == value + 2 * i;
    (void)b->api.clReleaseMemObject(memory);
    (void)b->api.clReleaseKernel(kernel);
    return good;
}

/* Builds, launches, keeps; whether all went well and the results were right. */
static bool round_trip(const bench *b, const char *options, int value, const program_settings *settings) {
    cl_program program = NULL;
    if (program_build(&program, &b->api, b->context, &b->device, "fill", options, settings, &error) != CLENET_OK)
        return false;
    bool good = works(b, program, value);
    program_keep(program, &b->api, &b->device, "fill", options, settings);
    (void)b->api.clReleaseProgram(program);
    return good;
}

/* The same with VALUE 1 and the cache: compiled from so many sources, and loaded from so many binaries. */
static void expect_round_trip(const bench *b, int from_sources, int from_binaries) {
    counters_reset();
    cr_expect(round_trip(b, "-DVALUE=1", 1, &cached), "%s", error.message);
    cr_expect_eq(sources, from_sources);
    cr_expect_eq(binaries, from_binaries);
}

static int files_in(const char *folder, char path[512]) {
    int count = 0;
    DIR *opened = opendir(folder);
    for (struct dirent *entry; opened != NULL && (entry = readdir(opened)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        (void)snprintf(path, 512, "%s/%s", folder, entry->d_name);
        count++;
    }
    if (opened != NULL) closedir(opened);
    return count;
}

/* A bench whose cache has one file, that of the kernel with VALUE 1. */
static bench bench_kept(char path[512]) {
    write_kernel();
    bench b = bench_open();
    cr_assert(round_trip(&b, "-DVALUE=1", 1, &cached));
    cr_assert_eq(files_in("cache", path), 1);
    return b;
}

Test(program, a_kernel_runs_with_its_constants_and_includes) {
    write_kernel();
    bench b = bench_open();
    cr_expect(round_trip(&b, "-DVALUE=40", 40, &from_kernels), "%s", error.message);
    cr_expect(round_trip(&b, "-DVALUE=-7", -7, &from_kernels), "%s", error.message);
    cr_expect(bench_close(&b));
}

Test(program, options_have_single_blanks_and_the_version_and_nothing_else) {
    write_kernel();
    bench b = bench_open();
    cr_expect(round_trip(&b, "  -DVALUE=1 \t -DX=2\n ", 1, &from_kernels));
    cr_expect_str_eq(options_seen, "-DVALUE=1 -DX=2 -cl-std=CL1.2");
    cr_expect(round_trip(&b, "-cl-std=CL3.0  -DVALUE=1", 1, &from_kernels));
    cr_expect_str_eq(options_seen, "-cl-std=CL3.0 -DVALUE=1");
    scratch_text("kernels/fill.cl", "kernel void fill(global int *out) {\n    out[get_global_id(0)] = 2 * "
                                    "(int)get_global_id(0);\n}\n");
    cr_expect(round_trip(&b, "", 0, &from_kernels));
    cr_expect_str_eq(options_seen, "-cl-std=CL1.2");
    cr_expect(round_trip(&b, "   ", 0, &from_kernels));
    cr_expect_str_eq(options_seen, "-cl-std=CL1.2");
    cr_expect(bench_close(&b));
}

static void expect_build_error(const bench *b, const char *part) {
    cl_program program = NULL;
    cr_expect_eq(program_build(&program, &b->api, b->context, &b->device, "fill", "-DVALUE=1", &cached, &error),
                 CLENET_ERROR_DEVICE);
    cr_expect_null(program);
    cr_expect_not_null(strstr(error.message, "'fill.cl'"), "%s", error.message);
    cr_expect_not_null(strstr(error.message, b->device.name), "%s", error.message);
    cr_expect_not_null(strstr(error.message, "CL_BUILD_PROGRAM_FAILURE (-11)"), "%s", error.message);
    cr_expect_not_null(strstr(error.message, part), "%s", error.message);
    cr_expect_null(strchr(error.message, '\n'));
}

Test(program, a_mistake_in_a_kernel_is_one_line_with_file_line_and_device) {
    write_kernel();
    bench b = bench_open();
    scratch_text("kernels/fill.cl", "#include \"twice.clh\"\nkernel void fill(global int *out) {\n"
                                    "    int unused_error = 3;\n    out[0] = nonsense;\n}\n");
    expect_build_error(&b, "fill.cl:4:14: use of undeclared identifier 'nonsense'");
    scratch_text("kernels/twice.clh", "int twice(int i) {\n    return many * i;\n}\n");
    expect_build_error(&b, "twice.clh:2:12: use of undeclared identifier 'many'");
    scratch_text("kernels/fill.cl", "#error \"a constant is missing\"\n");
    expect_build_error(&b, "a constant is missing");
    cr_expect(bench_close(&b));
}

Test(program, a_missing_kernel_is_no_device_error) {
    kernels_folder();
    bench b = bench_open();
    cl_program program = NULL;
    cr_expect_eq(program_build(&program, &b.api, b.context, &b.device, "fill", "", &cached, &error), CLENET_ERROR_IO);
    cr_expect_null(program);
    cr_expect(bench_close(&b));
}

Test(program, a_driver_that_takes_no_source_is_named) {
    write_kernel();
    bench b = bench_open();
    cl_program program = NULL;
    refuse_sources = true;
    cr_expect_eq(program_build(&program, &b.api, b.context, &b.device, "fill", "", &from_kernels, &error),
                 CLENET_ERROR_DEVICE);
    cr_expect_not_null(strstr(error.message, "clCreateProgramWithSource failed on"), "%s", error.message);
    cr_expect_not_null(strstr(error.message, "CL_OUT_OF_RESOURCES (-5)"), "%s", error.message);
    cr_expect(bench_close(&b));
}

Test(program, the_second_build_compiles_nothing) {
    char path[512];
    write_kernel();
    bench b = bench_open();
    cr_expect(round_trip(&b, "-DVALUE=1", 1, &cached), "%s", error.message);
    cr_expect_eq(sources, 1);
    cr_expect_eq(binaries, 0);
    cr_expect_eq(files_in("cache", path), 1);
    refuse_sources = true;
    counters_reset();
    cr_expect(round_trip(&b, " -DVALUE=1  ", 1, &cached), "%s", error.message);
    cr_expect_eq(sources, 0);
    cr_expect_eq(binaries, 1);
    cr_expect(bench_close(&b));
}

Test(program, a_program_from_the_cache_is_not_written_again) {
    char path[512];
    struct stat before, after;
    bench b = bench_kept(path);
    cr_assert_eq(stat(path, &before), 0);
    cr_assert(round_trip(&b, "-DVALUE=1", 1, &cached));
    cr_assert_eq(stat(path, &after), 0);
    cr_expect_eq(before.st_ino, after.st_ino);
    cr_expect_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    cr_expect(bench_close(&b));
}

Test(program, anything_else_in_the_key_is_another_program) {
    char path[512];
    write_kernel();
    bench b = bench_open();
    opencl_found device = b.device;
    char *const parts[] = {b.device.platform_name, b.device.platform_version, b.device.name,
                           b.device.vendor,        b.device.version,          b.device.driver};
    cr_assert(round_trip(&b, "-DVALUE=1", 1, &cached));
    int expected = 1;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        parts[i][0]++;
        counters_reset();
        cr_expect(round_trip(&b, "-DVALUE=1", 1, &cached));
        cr_expect_eq(binaries, 0, "part %zu", i);
        cr_expect_eq(files_in("cache", path), ++expected);
        b.device = device;
    }
    counters_reset();
    cr_expect(round_trip(&b, "-DVALUE=2", 2, &cached));
    scratch_text("kernels/twice.clh", "int twice(int i) {\n    return i + i;\n}\n");
    cr_expect(round_trip(&b, "-DVALUE=1", 1, &cached));
    cr_expect_eq(binaries, 0);
    cr_expect_eq(sources, 2);
    cr_expect_eq(files_in("cache", path), expected + 2);
    cr_expect(bench_close(&b));
}

Test(program, a_damaged_file_never_reaches_the_driver_and_is_replaced) {
    char path[512];
    size_t count;
    bench b = bench_kept(path);
    char *good = scratch_read(path, &count);
    /* Flipped at 20 places through the file, the last one its last byte; cut at as many. */
    for (size_t i = 1; i <= 40; i++) {
        size_t at = count * ((i + 1) / 2) / 20 - 1;
        bool cut = i % 2 == 0;
        good[at] = (char)(good[at] ^ 1);
        scratch_write(path, good, cut ? at : count);
        good[at] = (char)(good[at] ^ 1);
        expect_round_trip(&b, 1, 0);
        expect_round_trip(&b, 0, 1);
    }
    free(good);
    cr_expect(bench_close(&b));
}

static void expect_replaced(bench *b, bool *refusal) {
    *refusal = true;
    expect_round_trip(b, 1, 1);
    *refusal = false;
    expect_round_trip(b, 0, 1);
}

Test(program, a_binary_that_the_driver_refuses_is_compiled_and_written_again) {
    char path[512];
    struct stat before, after;
    bench b = bench_kept(path);
    cr_assert_eq(stat(path, &before), 0);
    expect_replaced(&b, &refuse_binaries);
    cr_assert_eq(stat(path, &after), 0);
    cr_expect(before.st_mtim.tv_nsec != after.st_mtim.tv_nsec || before.st_mtim.tv_sec != after.st_mtim.tv_sec);
    expect_replaced(&b, &refuse_builds);
    cr_expect(bench_close(&b));
}

Test(program, a_file_that_all_may_write_is_not_used) {
    char path[512];
    bench b = bench_kept(path);
    cr_assert_eq(chmod(path, 0666), 0);
    expect_round_trip(&b, 1, 0);
    cr_expect(bench_close(&b));
}

Test(program, a_cache_that_cannot_be_written_costs_nothing_but_time) {
    static const program_settings nowhere = {"kernels", "file/cache"};
    write_kernel();
    scratch_text("file", "");
    bench b = bench_open();
    cr_expect(round_trip(&b, "-DVALUE=1", 1, &nowhere), "%s", error.message);
    cr_expect(round_trip(&b, "-DVALUE=1", 1, &nowhere), "%s", error.message);
    cr_expect_eq(sources, 2);
    cr_expect(bench_close(&b));
}

/* One of two processes: over and over, a file that comes, is used and goes. */
static int build_and_remove(void) {
    enum { ROUNDS = 20 };
    char path[512], cache[sizeof scratch_folder + 32];
    (void)snprintf(cache, sizeof cache, "%s/pocl-%ld", scratch_folder, (long)getpid());
    bench b;
    if (setenv("POCL_CACHE_DIR", cache, 1) != 0 || !bench_try(&b)) return EXIT_FAILURE;
    for (int i = 0; i < ROUNDS; i++) {
        if (!round_trip(&b, "-DVALUE=1", 1, &cached)) return EXIT_FAILURE;
        if (i % 2 == 0 && files_in("cache", path) > 0) (void)unlink(path);
    }
    return bench_close(&b) ? EXIT_SUCCESS : EXIT_FAILURE;
}

Test(program, two_processes_at_once_do_not_meet) {
    enum { PROCESSES = 2 };
    char path[512];
    pid_t children[PROCESSES];
    opencl_api api;
    write_kernel();
    icd_add("pocl.icd");
    icd_open(&api);
    for (int i = 0; i < PROCESSES;
         i++) { /* before the first call of OpenCL: a driver's threads do not survive a fork */
        children[i] = fork();
        cr_assert_geq(children[i], 0);
        if (children[i] == 0) _exit(build_and_remove());
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status = -1;
        cr_assert_eq(waitpid(children[i], &status, 0), children[i]);
        cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS, "status %#x", (unsigned)status);
    }
    bench b = bench_open();
    cr_expect(round_trip(&b, "-DVALUE=1", 1, &cached), "%s", error.message);
    cr_expect_eq(files_in("cache", path), 1);
    refuse_sources = true;
    cr_expect(round_trip(&b, "-DVALUE=1", 1, &cached), "%s", error.message);
    cr_expect(bench_close(&b));
}
