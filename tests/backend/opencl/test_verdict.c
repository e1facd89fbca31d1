/* test_verdict.c - what a check in another process said or did, and that it is remembered for what it was about. The commands
 * are shell scripts in a folder of the test's own. */
#include "lib/backend/opencl/disk/verdict.h"

#include <signal.h>
#include <time.h>

#include "icd.h"

TestSuite(verdict, .init = icd_enter, .fini = icd_leave, .timeout = 60);

static clenet_error error;

static const opencl_found device = {.id = "3.1",
                                    .platform_name = "Platform",
                                    .platform_version = "OpenCL 3.0 One",
                                    .name = "Device",
                                    .vendor = "Vendor",
                                    .version = "OpenCL 3.0",
                                    .driver = "1.2.3"};

/* Makes ./probe a script. */
static void probe(const char *body) {
    char text[8192];
    (void)snprintf(text, sizeof text, "#!/bin/sh\n%s\n", body);
    scratch_text("probe", text);
    cr_assert_eq(chmod("probe", 0700), 0);
}

static const char job[] = "{\"network\": \"input 1x1x1\"}";
static const verdict_question question = {.command = "./probe", .job = job, .plain = "", .seconds = 30};

/* The verdict of a script with that body. */
static opencl_verdict asked(const char *body) {
    opencl_verdict verdict = {0};
    probe(body);
    cr_assert_eq(verdict_ask(&verdict, &device, &question, &error), CLENET_OK, "%s", error.message);
    cr_assert(verdict.known);
    return verdict;
}

/* What is remembered of the job. */
static opencl_verdict recall(const opencl_found *found, const char *folder, const char *of) {
    json_t *verdicts = verdicts_read(found, folder);
    opencl_verdict verdict = verdicts_find(verdicts, of);
    json_decref(verdicts);
    return verdict;
}

static void expect_failure(const char *body, const char *failure) {
    opencl_verdict verdict = asked(body);
    cr_expect_not(verdict.passed, "%s", body);
    cr_expect_str_eq(verdict.failure, failure);
}

/* ---- asking ------------------------------------------------------------------------------------------------------- */

Test(verdict, a_device_that_passes_has_its_speed) {
    opencl_verdict verdict = asked("echo '{\"passed\": true, \"images_per_second\": 12345.5}'");
    cr_expect(verdict.passed);
    cr_expect_eq(verdict.images_per_second, 12345.5);
    cr_expect_str_eq(verdict.failure, "");
}

Test(verdict, the_command_is_given_the_device_and_the_job_and_the_environment_and_nothing_to_read) {
    cr_assert_eq(setenv("CLENET_TEST", "handed on", 1), 0);
    opencl_verdict verdict = asked("[ \"$4\" = '{\"network\": \"input 1x1x1\"}' ] && wanted=wanted\n"
                                   "echo \"{\\\"passed\\\": false, \\\"failure\\\": "
                                   "\\\"$# $1 $2 $3 $wanted $CLENET_TEST $(cat)\\\"}\"; exit 1");
    cr_expect_str_eq(verdict.failure, "4 check-device 3.1 --job wanted handed on ");
}

Test(verdict, the_options_of_the_device_are_handed_on) {
    opencl_verdict verdict;
    char named[OPENCL_PLAIN];
    const verdict_question whole = {
        .command = "./probe", .plain = "conv2d", .tiles = "group", .gemm = "own", .seconds = 30};
    probe("echo \"{\\\"passed\\\": false, \\\"failure\\\": \\\"$*\\\"}\"; exit 1");
    cr_assert_eq(verdict_ask_once(&verdict, named, &device, &whole, &error), CLENET_OK);
    cr_expect_str_eq(verdict.failure, "check-device 3.1 --plain conv2d --tiles group --gemm own");
}

Test(verdict, a_check_in_the_background_that_is_stopped_is_no_verdict) {
    atomic_bool stop;
    opencl_verdict verdict = {0};
    verdict_question behind = question;
    atomic_init(&stop, true);
    behind.stop = &stop;
    probe("echo '{\"passed\": true}'");
    cr_expect_eq(verdict_ask(&verdict, &device, &behind, &error), CLENET_ERROR_DEVICE);
    cr_expect_not(verdict.known);
}

Test(verdict, a_device_that_fails_has_the_reason) {
    expect_failure("echo '{\"passed\": false, \"failure\": \"conv2d: 3 is not 4\"}'; exit 1", "conv2d: 3 is not 4");
}

Test(verdict, only_the_last_line_counts_whatever_a_driver_says_before) {
    opencl_verdict verdict =
        asked("echo '{\"passed\": false, \"failure\": \"no\"}'; echo warning >&2; echo noise; i=0\n"
              "while [ $i -lt 3000 ]; do echo 'a line of a driver that likes to talk'; i=$((i+1)); done\n"
              "printf '{\"passed\": true}\\n\\n'");
    cr_expect(verdict.passed);
    cr_expect_eq(verdict.images_per_second, 0);
    cr_expect(asked("printf '{\"passed\": true}'").passed);
}

/* ---- plain kernels ------------------------------------------------------------------------------------------------ */

#define WITH_PLAIN(list) "case \"$*\" in *'--plain " list "') echo '{\"passed\": true}'; exit 0 ;; esac\n"

Test(verdict, a_program_that_fails_is_checked_again_with_plain_kernels) {
    opencl_verdict verdict = asked(WITH_PLAIN("conv2d") "echo '{\"passed\": false, \"failure\": \"wrong\", \"blame\": "
                                                        "\"conv2d\"}'; exit 1");
    cr_expect(verdict.passed);
    cr_expect_str_eq(verdict.plain, "conv2d");
}

Test(verdict, so_is_one_that_crashes_and_then_another) {
    opencl_verdict verdict = asked(WITH_PLAIN("dense,relu,conv2d") "echo '{\"checking\": \"dense,relu\"}'\n"
                                                                   "case \"$*\" in *--plain*) echo '{\"checking\": "
                                                                   "\"conv2d\"}' ;; esac\n"
                                                                   "kill -SEGV $$");
    cr_expect(verdict.passed, "%s", verdict.failure);
    cr_expect_str_eq(verdict.plain, "dense,relu,conv2d");
}

/* The self-test has no --job. */
Test(verdict, a_job_that_fails_although_every_operation_passes_runs_plain_kernels_alone) {
    opencl_verdict verdict =
        asked(WITH_PLAIN("all") "case \"$*\" in *--job*) ;; *) echo '{\"passed\": true}'; exit 0 ;; esac\n"
                                "echo '{\"passed\": false, \"failure\": \"wrong\"}'; exit 1");
    cr_expect(verdict.passed, "%s", verdict.failure);
    cr_expect_str_eq(verdict.plain, "all");
}

Test(verdict, a_job_that_passes_is_the_only_question) {
    cr_expect(asked("echo \"$*\" >>asked; echo '{\"passed\": true}'").passed);
    size_t count;
    char *text = scratch_read("asked", &count);
    cr_expect_eq(strchr(text, '\n'), text + count - 1, "%s", text);
    free(text);
}

Test(verdict, plain_kernels_by_hand_are_the_only_ones) {
    opencl_verdict verdict;
    verdict_question by_hand = question;
    by_hand.plain = "all";
    probe("echo \"$*\" >>asked; echo '{\"passed\": false, \"failure\": \"wrong\", \"blame\": \"conv2d\"}'; exit 1");
    cr_assert_eq(verdict_ask(&verdict, &device, &by_hand, &error), CLENET_OK);
    cr_expect_not(verdict.passed);
    size_t count;
    char *text = scratch_read("asked", &count);
    cr_expect_eq(strchr(text, '\n'), text + count - 1, "%s", text);
    free(text);
}

Test(verdict, a_program_whose_plain_kernels_fail_has_failed_by_its_name) {
    expect_failure("echo '{\"passed\": false, \"failure\": \"conv2d is wrong\", \"blame\": \"conv2d\"}'; exit 1",
                   "conv2d is wrong");
    expect_failure("echo '{\"checking\": \"conv2d\"}'; kill -SEGV $$",
                   "the check crashed in conv2d: signal 11 (Segmentation fault)");
}

Test(verdict, a_library_makes_the_products_if_it_is_faster_than_our_kernels) {
    static const char *const faster[] = {"1000", "10"};
    for (int i = 0; i < 2; i++) {
        char body[512];
        (void)snprintf(body, sizeof body,
                       "case \"$*\" in *'--plain clblast'*) echo '{\"passed\": true, \"images_per_second\": 100}'; "
                       "exit 0 ;; esac\n"
                       "echo '{\"passed\": true, \"images_per_second\": %s, \"products\": \"clblast\"}'",
                       faster[i]);
        opencl_verdict verdict = asked(body);
        cr_expect(verdict.passed);
        cr_expect_str_eq(verdict.plain, i == 0 ? "" : "clblast");
        cr_expect_eq(verdict.images_per_second, i == 0 ? 1000 : 100);
    }
}

Test(verdict, plain_kernels_are_remembered) {
    opencl_verdict verdict = {.known = true, .passed = true, .plain = "conv2d,dense"};
    verdict_write(&verdict, job, &device, "cache");
    cr_expect_str_eq(recall(&device, "cache", job).plain, "conv2d,dense");
}

Test(verdict, a_crash_has_failed_by_the_name_of_its_signal) {
    expect_failure("kill -SEGV $$", "the check crashed: signal 11 (Segmentation fault)");
    expect_failure("kill -ABRT $$", "the check crashed: signal 6 (Aborted)");
    expect_failure("echo '{\"passed\": true}'; kill -SEGV $$", "the check crashed: signal 11 (Segmentation fault)");
}

static double seconds_now(void) {
    struct timespec now;
    cr_assert_eq(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

Test(verdict, a_check_that_hangs_is_stopped_and_has_failed) {
    static const char *const hangs[] = {"echo $$ >pid; exec sleep 1000",
                                        "echo $$ >pid; echo '{\"passed\": true}'; exec sleep 1000 >/dev/null"};
    for (size_t i = 0; i < sizeof hangs / sizeof hangs[0]; i++) {
        opencl_verdict verdict = {0};
        size_t count;
        verdict_question hasty = question;
        hasty.seconds = 1;
        double start = seconds_now();
        probe(hangs[i]);
        cr_assert_eq(verdict_ask(&verdict, &device, &hasty, &error), CLENET_OK);
        cr_expect_lt(seconds_now() - start, 20);
        cr_expect(verdict.known && !verdict.passed);
        cr_expect_str_eq(verdict.failure, "the check did not end within 1 seconds, and was stopped");
        char *text = scratch_read("pid", &count);
        cr_expect_neq(kill((pid_t)strtol(text, NULL, 10), 0), 0, "it still runs");
        free(text);
    }
}

Test(verdict, what_the_check_has_started_and_left_running_is_not_waited_for) {
    double start = seconds_now();
    cr_expect(asked("sleep 15 & echo '{\"passed\": true}'").passed);
    cr_expect_lt(seconds_now() - start, 10);
}

Test(verdict, what_is_no_verdict_is_a_failure) {
    static const char *const bodies[] = {
        "",
        "echo passed",
        "echo '{'",
        "echo '[true]'",
        "echo '{}'",
        "echo '{\"passed\": 1}'",
        "echo '{\"passed\": \"true\"}'",
        "echo '{\"passed\": true, \"images_per_second\": \"fast\"}'",
        "echo '{\"passed\": true, \"images_per_second\": -1}'",
        "echo '{\"passed\": true}'; echo and more",
        "printf '{\"passed\": true, \"x\": \"\\377\"}\\n'",
        "printf '%04000d\\n' 1",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        expect_failure(bodies[i], "the check ended with status 0 and without a verdict");
    expect_failure("exit 7", "the check ended with status 7 and without a verdict");
    expect_failure("echo '{\"passed\": false}'; exit 1", "the check ended with status 1 and without a verdict");
}

Test(verdict, a_verdict_that_the_exit_status_belies_is_a_failure) {
    expect_failure("echo '{\"passed\": true}'; exit 1", "the check ended with status 1 and another verdict");
    expect_failure("echo '{\"passed\": false, \"failure\": \"x\"}'",
                   "the check ended with status 0 and another verdict");
}

Test(verdict, a_long_reason_is_cut_between_characters_and_is_one_line) {
    opencl_verdict verdict =
        asked("printf '{\"passed\": false, \"failure\": \"a\\\\nb'; i=0\n"
              "while [ $i -lt 300 ]; do printf '\\303\\251'; i=$((i+1)); done; echo '\"}'; exit 1");
    cr_expect_eq(strlen(verdict.failure), VERDICT_TEXT - 1);
    cr_expect_eq(memcmp(verdict.failure, "a b\303\251", 5), 0);
    cr_expect_eq((unsigned char)verdict.failure[VERDICT_TEXT - 2], 0xA9);
}

Test(verdict, a_check_that_a_person_stops_is_no_verdict) {
    static const char *const bodies[] = {"kill -INT $$", "kill -TERM $$", "kill -HUP $$"};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        opencl_verdict verdict = {0};
        probe(bodies[i]);
        cr_expect_eq(verdict_ask(&verdict, &device, &question, &error), CLENET_ERROR_DEVICE);
        cr_expect_not(verdict.known);
        cr_expect_not_null(strstr(error.message, "the check of device 3.1 Device was stopped by signal"), "%s",
                           error.message);
    }
}

Test(verdict, a_command_that_cannot_be_started_is_an_error) {
    opencl_verdict verdict = {0};
    verdict_question other = question;
    scratch_text("text", "not a program");
    other.command = "./nowhere";
    cr_expect_eq(verdict_ask(&verdict, &device, &other, &error), CLENET_ERROR_IO);
    cr_expect_str_eq(error.message, "cannot start './nowhere': No such file or directory");
    other.command = "./text";
    cr_expect_eq(verdict_ask(&verdict, &device, &other, &error), CLENET_ERROR_IO);
    cr_expect_not(verdict.known);
}

Test(verdict, a_host_that_ignores_its_children_gets_a_verdict_too) {
    (void)signal(SIGCHLD, SIG_IGN);
    cr_expect(asked("echo '{\"passed\": true}'").passed);
    (void)signal(SIGCHLD, SIG_DFL);
}

Test(verdict, no_file_of_the_check_stays_open) {
    int before = dup(0);
    (void)close(before);
    for (int i = 0; i < 5; i++) (void)asked("echo '{\"passed\": true}'");
    int after = dup(0);
    (void)close(after);
    cr_expect_eq(before, after);
}

/* ---- remembering -------------------------------------------------------------------------------------------------- */

static const opencl_verdict good = {.known = true, .passed = true, .images_per_second = 12345.678};
static const opencl_verdict bad = {.known = true, .failure = "dense \"1\" is off"};

static bool remembered(void) {
    return recall(&device, "cache", job).known;
}

/* The file that holds the verdict, [512]. */
static const char *file_of_verdict(void) {
    static char path[512];
    int count = 0;
    DIR *opened = opendir("cache");
    cr_assert_not_null(opened);
    for (struct dirent *entry; (entry = readdir(opened)) != NULL;) {
        if (entry->d_name[0] == '.') continue;
        (void)snprintf(path, sizeof path, "cache/%s", entry->d_name);
        count++;
    }
    closedir(opened);
    cr_assert_eq(count, 1);
    cr_assert_eq(strncmp(path, "cache/device-", 13), 0);
    return path;
}

static const char *stored(void) {
    verdict_write(&good, job, &device, "cache");
    cr_assert(remembered());
    return file_of_verdict();
}

Test(verdict, a_verdict_is_remembered_until_there_is_another) {
    cr_expect_not(remembered());
    verdict_write(&good, job, &device, "cache");
    opencl_verdict verdict = recall(&device, "cache", job);
    cr_expect(verdict.known && verdict.passed);
    cr_expect_eq(verdict.images_per_second, 12345.678);
    cr_expect_str_eq(verdict.failure, "");
    verdict_write(&bad, job, &device, "cache");
    verdict = recall(&device, "cache", job);
    cr_expect(verdict.known && !verdict.passed);
    cr_expect_str_eq(verdict.failure, "dense \"1\" is off");
    struct stat found;
    cr_assert_eq(stat(file_of_verdict(), &found), 0);
    cr_expect_eq(found.st_mode & 0777, 0600u);
}

Test(verdict, each_job_has_its_own_verdict_and_the_newest_is_the_device_s) {
    verdict_write(&bad, "first", &device, "cache");
    verdict_write(&good, "second", &device, "cache");
    cr_expect_not(recall(&device, "cache", "third").known);
    cr_expect_str_eq(recall(&device, "cache", "first").failure, bad.failure);
    cr_expect(recall(&device, "cache", "second").passed);
    cr_expect(recall(&device, "cache", NULL).passed);
    verdict_write(&bad, "first", &device, "cache");
    cr_expect_not(recall(&device, "cache", NULL).passed);
}

Test(verdict, the_oldest_of_too_many_jobs_is_forgotten) {
    char name[16];
    for (int i = 0; i <= VERDICT_JOBS; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        verdict_write(&good, name, &device, "cache");
    }
    cr_expect_not(recall(&device, "cache", "0").known);
    cr_expect(recall(&device, "cache", "1").known);
    cr_expect(recall(&device, "cache", name).known);
}

Test(verdict, a_damaged_verdict_is_forgotten_alone) {
    verdict_write(&good, "first", &device, "cache");
    verdict_write(&good, "second", &device, "cache");
    size_t count;
    char *text = scratch_read(file_of_verdict(), &count), *at = strstr(text, "\"passed\"");
    cr_assert_not_null(at);
    at[1] = 'P';
    scratch_write(file_of_verdict(), text, count);
    cr_expect_not(recall(&device, "cache", "first").known);
    cr_expect(recall(&device, "cache", "second").known);
    free(text);
}

Test(verdict, the_speed_of_the_cpu_is_remembered_with_its_name) {
    opencl_verdict both = good;
    (void)strcpy(both.cpu, "cpu, 2 threads, avx2");
    both.cpu_images_per_second = 50;
    verdict_write(&both, job, &device, "cache");
    opencl_verdict verdict = recall(&device, "cache", job);
    cr_expect_str_eq(verdict.cpu, "cpu, 2 threads, avx2");
    cr_expect_eq(verdict.cpu_images_per_second, 50);
    verdict_write(&good, job, &device, "cache");
    cr_expect_str_eq(recall(&device, "cache", job).cpu, "");
}

Test(verdict, without_a_folder_or_a_verdict_nothing_is_remembered) {
    const opencl_verdict unknown = {.passed = true};
    verdict_write(&good, job, &device, NULL);
    verdict_write(&good, job, &device, "");
    verdict_write(&unknown, job, &device, "cache");
    cr_expect_not(recall(&device, NULL, job).known);
    cr_expect_not(recall(&device, "", job).known);
    cr_expect_neq(access("cache", F_OK), 0);
    scratch_text("file", "");
    verdict_write(&good, job, &device, "file/cache");
    cr_expect_not(recall(&device, "file/cache", job).known);
}

Test(verdict, another_driver_device_or_platform_is_unknown) {
    static const size_t texts[] = {offsetof(opencl_found, platform_name), offsetof(opencl_found, platform_version),
                                   offsetof(opencl_found, name),          offsetof(opencl_found, vendor),
                                   offsetof(opencl_found, version),       offsetof(opencl_found, driver)};
    verdict_write(&good, job, &device, "cache");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        opencl_found other = device;
        ((char *)&other)[texts[i]] ^= 1;
        cr_expect_not(recall(&other, "cache", job).known, "text %zu", i);
    }
    opencl_found moved = device; /* the order of platforms is no part of what they are */
    moved.id[0] = '0';
    cr_expect(recall(&moved, "cache", job).known);
}

Test(verdict, a_file_of_another_key_under_the_same_name_does_not_count) {
    const char *path = stored();
    size_t count;
    char *text = scratch_read(path, &count), *at = strstr(text, "1.2.3");
    cr_assert_not_null(at);
    *at = '2';
    scratch_write(path, text, count);
    cr_expect_not(remembered());
    free(text);
}

Test(verdict, a_file_that_others_may_write_does_not_count_and_is_replaced) {
    static const mode_t modes[] = {0620, 0602, 0666};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        cr_assert_eq(chmod(stored(), modes[i]), 0);
        cr_expect_not(remembered(), "%o", (unsigned)modes[i]);
    }
    verdict_write(&good, job, &device, "cache");
    cr_expect(remembered());
}

Test(verdict, a_file_of_another_user_is_ignored) {
    if (geteuid() != 0) cr_skip_test("only root gives files away");
    cr_assert_eq(chown(stored(), 65534, 65534), 0);
    cr_expect_not(remembered());
}

Test(verdict, a_file_that_is_cut_or_is_no_verdict_does_not_count) {
    const char *path = stored();
    size_t count;
    char *text = scratch_read(path, &count);
    for (size_t i = 0; i + 2 < count; i++) { /* without the last brace or more */
        scratch_write(path, text, i);
        cr_expect_not(remembered(), "%zu of %zu bytes", i, count);
    }
    scratch_text(path, "[]");
    cr_expect_not(remembered());
    scratch_text(path, "{\"key\": 1, \"passed\": true}");
    cr_expect_not(remembered());
    cr_assert_eq(truncate(path, (off_t)1 << 30), 0);
    cr_expect_not(remembered());
    free(text);
}

Test(verdict, a_driver_whose_name_or_error_is_not_utf_8_is_remembered_too) {
    opencl_found odd = device;
    opencl_verdict failed = bad;
    (void)strcpy(odd.name, "caf\351");
    (void)strcpy(failed.failure, "erreur: caf\351");
    verdict_write(&failed, job, &odd, "cache");
    opencl_verdict verdict = recall(&odd, "cache", job);
    cr_expect(verdict.known && !verdict.passed);
    cr_expect_str_eq(verdict.failure, "erreur: caf?");
    cr_expect_not(remembered());
}
