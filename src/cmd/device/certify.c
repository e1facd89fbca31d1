/* certify.c - clenet certify: measures and checks an OpenCL device, for a certificate.
 *
 * Each part runs in a child process (certify_part.c). This process never loads OpenCL. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/commands.h"
#include "cmd/base/device_setting.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/device/certificate.h"
#include "clenet/clenet.h"
#include "lib/base/clock.h"
#include "lib/base/json_print.h"
#include "lib/base/output.h"

typedef struct certify_arguments {
    const char *device, *out, *tests;
    bool quick;
} certify_arguments;

static const option_spec options[] = {
    OPTION_ROW(TEXT, certify_arguments, device, "device", "DEVICE",
               "the OpenCL device: gpu, opencl, a number from clenet devices, or part of a device's name (default: "
               "$CLENET_DEVICE, or opencl)",
               .choices = device_words),
    OPTION_ROW(TEXT, certify_arguments, out, "out", "FILE", "write all measurements into FILE, as JSON", .letter = 'o',
               .alias = "output"),
    OPTION_ROW(FLAG, certify_arguments, quick, "quick", NULL,
               "check only the device's default kernels, with batch 32: about half a minute"),
    OPTION_ROW(TEXT, certify_arguments, tests, "tests", "FOLDER",
               "also run the OpenCL tests of a build FOLDER of clenet on the device; this can take an hour"),
};

/* ---- parts ---- */

typedef struct part {
    const char *name, *kind; /* in the certificate; of certify-part */
    const char *what;        /* printed before it runs; NULL: nothing */
    const char *tiles, *plain, *gemm;
    bool on_cpu, quick; /* quick: --quick has it too */
} part;

/* The most important ones first, since those at the end may have no time left. */
static const part parts[] = {
    {.name = "device", .kind = "device", .quick = true},
    {.name = "numbers", .kind = "numbers", .what = "comparing every operation with the CPU", .quick = true},
    {.name = "speed", .kind = "speed", .what = "timing the training", .quick = true},
    {.name = "cpu_speed", .kind = "speed", .what = "timing the training on the CPU", .on_cpu = true, .quick = true},
    {.name = "launches", .kind = "launches", .what = "timing launches", .quick = true},
    {.name = "limits", .kind = "limits", .what = "measuring the limits", .quick = true},
    {.name = "profile", .kind = "profile", .what = "timing each kernel", .quick = true},
    {.name = "clblast_numbers", .kind = "numbers", .what = "comparing with CLBlast", .gemm = "clblast"},
    {.name = "clblast_speed", .kind = "speed", .what = "timing the training with CLBlast", .gemm = "clblast"},
    {.name = "group_256_numbers",
     .kind = "numbers",
     .what = "comparing with groups of 256",
     .tiles = "group,group=256"},
    {.name = "plain_numbers", .kind = "numbers", .what = "comparing with plain kernels", .plain = "all"},
};
enum { PARTS = sizeof parts / sizeof parts[0] };

static const double ALL_SECONDS = 300, PART_SECONDS = 120, TESTS_SECONDS = 2 * 3600;

typedef struct certification {
    certificate certificate;
    json_t *part; /* the one that runs */
    const char *command;
    const char *device; /* as it was named, and then its number */
    double deadline;    /* on clock_seconds() */
    bool quick;
} certification;

static void take_line(const char *line, void *user) {
    certification *run = user;
    certificate_add(&run->certificate, run->part, line);
}

/* "60,768 images/s at batch 32, 98,448 at batch 256": what was measured. */
static void say_speeds(const certificate *c, const char *name) {
    char line[CERTIFICATE_TEXT] = "", number[TEXT_SIZE];
    size_t used = 0, i;
    const json_t *epoch;
    json_array_foreach(json_object_get(json_object_get(c->parts, name), "epochs"), i, epoch) {
        int batch = (int)json_integer_value(json_object_get(epoch, "batch"));
        (void)text_count(number, (uint64_t)certificate_speed(c, name, batch));
        if (used < sizeof line)
            used += (size_t)snprintf(line + used, sizeof line - used, "%s%s%s at batch %d", i > 0 ? ", " : "", number,
                                     i > 0 ? "" : " images/s", batch);
    }
    say_line("  %s", line);
}

/* Prints the result of the part. */
static void say_part(const certificate *c, const part *p) {
    const json_t *ended = json_object_get(c->parts, p->name);
    if (json_object_get(ended, "failure") != NULL) {
        if (p->what != NULL) say_line("  failed: %s", certificate_text(c, p->name, "failure"));
    } else if (strcmp(p->kind, "device") == 0) {
        say_line("device: %s %s, %s, driver %s", certificate_text(c, p->name, "id"),
                 certificate_text(c, p->name, "name"), certificate_text(c, p->name, "platform_version"),
                 certificate_text(c, p->name, "driver"));
    } else if (strcmp(p->kind, "numbers") == 0) {
        char results[TEXT_SIZE], programs[TEXT_SIZE];
        say_line("  compared %s of %s",
                 text_counted(results, json_array_size(json_object_get(ended, "differences")), "result"),
                 text_counted(programs, json_array_size(json_object_get(ended, "programs")), "program"));
    } else if (strcmp(p->kind, "launches") == 0) {
        say_line("  a launch takes %.1f us, the next one ends %.1f us later, a step takes %.1f us of the host's time",
                 1e6 * certificate_number(c, p->name, "latency_seconds"),
                 1e6 * certificate_number(c, p->name, "gap_seconds"),
                 1e6 * certificate_number(c, p->name, "step_seconds"));
    } else if (strcmp(p->kind, "limits") == 0) {
        say_line("  %.0f GFLOP/s, %.1f GB/s", 1e-9 * certificate_number(c, p->name, "flops"),
                 1e-9 * certificate_number(c, p->name, "bytes_per_second"));
    } else {
        say_speeds(c, p->name);
    }
}

/* Runs a command as a part of the certificate; on_line has the certification for its user. False: it did not start. */
static bool run_command(certification *run, const char *name, const char *const *arguments, double limit,
                        child_line_callback *on_line) {
    double began = clock_seconds();
    child_result ran;
    run->part = certificate_begin(&run->certificate, name);
    int failure = child_run_lines(&ran, arguments, limit, on_line, run);
    if (failure == 0)
        certificate_end(&run->certificate, run->part, name, &ran, clock_seconds() - began);
    else
        certificate_problem(&run->certificate, "%s: cannot start '%s': %s", name, arguments[0], strerror(failure));
    return failure == 0;
}

static void run_part(certification *run, const part *p) {
    double left = run->deadline - clock_seconds();
    const char *arguments[16] = {run->command, "certify-part", p->kind, p->on_cpu ? "cpu" : run->device};
    int count = 4;
    if (p->tiles != NULL) arguments[count++] = "--tiles", arguments[count++] = p->tiles;
    if (p->plain != NULL) arguments[count++] = "--plain", arguments[count++] = p->plain;
    if (p->gemm != NULL) arguments[count++] = "--gemm", arguments[count++] = p->gemm;
    if (run->quick) arguments[count++] = "--quick";
    if (left < 1) {
        certificate_problem(&run->certificate, "%s: the %.0f seconds were over", p->name, ALL_SECONDS);
        return;
    }
    if (p->what != NULL) say_line("%s ...", p->what);
    if (run_command(run, p->name, arguments, left < PART_SECONDS ? left : PART_SECONDS, take_line))
        say_part(&run->certificate, p);
}

/* CLBlast is not on every machine, and not used on every device. */
static bool is_wanted(const certification *run, const part *p) {
    if (run->quick && !p->quick) return false;
    bool products = p->gemm != NULL && strcmp(p->gemm, "clblast") == 0;
    return !products || json_is_true(json_object_get(json_object_get(run->certificate.parts, "device"), "clblast"));
}

/* ---- the tests of a build ---- */

/* Takes "1/9 Test #87: device.check ....   Passed    1.7 sec" of CTest; ignores other lines. */
static void take_test(const char *line, void *user) {
    certification *run = user;
    char name[128], outcome[32], object[256];
    if (sscanf(line, " %*d/%*d Test %*[ ]#%*d: %127s %*[.* ]%31[A-Za-z]", name, outcome) != 2 &&
        sscanf(line, " %*d/%*d Test #%*d: %127s %*[.* ]%31[A-Za-z]", name, outcome) != 2)
        return;
    say_line("  %s: %s", name, outcome);
    (void)snprintf(object, sizeof object, "{\"tests\": {\"name\": \"%s\", \"outcome\": \"%s\"}}", name, outcome);
    certificate_add(&run->certificate, run->part, object);
    if (strcmp(outcome, "Passed") != 0) certificate_problem(&run->certificate, "test %s: %s", name, outcome);
}

static void ignore_line(const char *line, void *user) {
    (void)line;
    (void)user;
}

/* The build's label `device` has each test of label opencl, on the device of CLENET_TEST_DEVICE. */
static void run_tests(certification *run, const char *build) {
    char device[64];
    (void)snprintf(device, sizeof device, "-DCLENET_TEST_DEVICE=%s", run->device);
    const char *const configure[] = {"/usr/bin/env", "cmake", device, build, NULL};
    const char *const test[] = {"/usr/bin/env", "ctest", "--test-dir", build, "-L", "^device$", NULL};
    say_line("running the tests of %s ...", build);
    if (!run_command(run, "tests_setup", configure, PART_SECONDS, ignore_line) ||
        certificate_text(&run->certificate, "tests_setup", "failure")[0] != '\0')
        return;
    if (run_command(run, "tests", test, TESTS_SECONDS, take_test) &&
        json_array_size(json_object_get(run->part, "tests")) == 0)
        certificate_problem(&run->certificate, "tests: '%s' has no tests of devices; they need Criterion", build);
}

/* ---- the file ---- */

/* Fails at once if the file cannot be written, not after minutes. */
static clenet_status try_file(const char *path, clenet_error *error) {
    output_file *file = NULL;
    clenet_status status = output_open(&file, path, error);
    if (status == CLENET_OK) output_abandon(file);
    return status;
}

static int write_file(const certificate *c, const char *path) {
    enum { JSON_DIGITS = 9 };
    clenet_error error;
    char *text = json_print(c->root, JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(JSON_DIGITS));
    if (text == NULL || !c->whole) {
        free(text);
        return say_failed("out of memory (the JSON of the certificate)");
    }
    clenet_status status = output_write_whole(path, text, strlen(text), &error);
    free(text);
    return status == CLENET_OK ? EXIT_DONE : say_error(&error);
}

/* ---- the command ---- */

static int certify(certification *run, const certify_arguments *arguments) {
    certificate *c = &run->certificate;
    char verdict[CERTIFICATE_TEXT], row[CERTIFICATE_TEXT];
    run->deadline = clock_seconds() + ALL_SECONDS;
    run_part(run, &parts[0]);
    const char *failure = certificate_text(c, parts[0].name, "failure");
    run->device = certificate_text(c, parts[0].name, "id");
    if (run->device[0] == '\0') return say_failed("%s", failure);
    for (int i = 1; i < PARTS; i++)
        if (is_wanted(run, &parts[i])) run_part(run, &parts[i]);
    if (arguments->tests != NULL) run_tests(run, arguments->tests);
    bool passed = certificate_judge(c, verdict);
    certificate_row(c, row);
    for (size_t i = 0; i < json_array_size(c->problems); i++)
        say_line("problem: %s", json_string_value(json_array_get(c->problems, i)));
    int status = arguments->out != NULL ? write_file(c, arguments->out) : EXIT_DONE;
    (void)printf("%s\n%s\n", verdict, row);
    return passed ? status : EXIT_FAILED;
}

static int run_certify(int argc, char **argv) {
    certify_arguments arguments = {.device = NULL};
    const char *operands[OPERANDS_MOST], *wish = getenv("CLENET_DEVICE");
    int status = options_read(&certify_command, argc, argv, &arguments, operands);
    if (status != OPTIONS_GO_ON) return status;

    clenet_error error;
    device_setting setting;
    if (arguments.device == NULL) arguments.device = wish != NULL && wish[0] != '\0' ? wish : "opencl";
    if (strcmp(arguments.device, "cpu") == 0 || strcmp(arguments.device, "auto") == 0)
        return say_failed(
            "cannot certify '%s': only OpenCL devices can be certified; use opencl, gpu, or a number as in "
            "clenet devices",
            arguments.device);
    status = device_setting_make(&setting, &(device_arguments){.spec = arguments.device});
    if (status != EXIT_DONE) return status;
    certification run = {.command = setting.probe_command, .device = arguments.device, .quick = arguments.quick};
    if (setting.options.kernel_folder != NULL) {
        status = say_failed("cannot certify kernels in a folder, because they may change: unset CLENET_KERNEL_DIR");
    } else if (setting.probe_command == NULL) {
        status = say_failed("cannot find the path of this program: certify needs /proc");
    } else if (arguments.out != NULL && try_file(arguments.out, &error) != CLENET_OK) {
        status = say_error(&error);
    } else {
        certificate_new(&run.certificate);
        status = certify(&run, &arguments);
        certificate_free(&run.certificate);
    }
    device_setting_free(&setting);
    return status;
}

const command_spec certify_command = {
    .name = "certify",
    .synopsis = "[--device DEVICE] [-o FILE]",
    .purpose = "check and measure an OpenCL device, for a certificate",
    .about = "Compares every operation and gradient of the device with the CPU: with its own\n"
             "tiles, with work-groups of 256, and with plain kernels. Measures training,\n"
             "kernels and launches. It takes at most 5 minutes. Each part runs in a separate\n"
             "process, so if the driver crashes, only that part fails. Prints a verdict, and\n"
             "the row of the device for docs/devices.md. Nothing is stored. The exit status is\n"
             "1 if a check failed.\n",
    .notes = "example:\n"
             "  clenet certify --device gpu -o device.json\n",
    .operands_most = 0,
    OPTION_TABLE(options),
    .run = run_certify,
};
