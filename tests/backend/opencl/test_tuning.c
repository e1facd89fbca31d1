/* test_tuning.c - the search for the fastest tiles, with shell scripts in place of devices: what each tiles come to is a script's
 * word. Every script is asked with ./asked growing by a line a child. */
#include "lib/backend/opencl/tuning.h"

#include <signal.h>
#include <sys/wait.h>

#include "icd.h"

TestSuite(tuning, .init = icd_enter, .fini = icd_leave, .timeout = 120);

static const opencl_found device = {.id = "1.2",
                                    .type = CL_DEVICE_TYPE_CPU,
                                    .platform_name = "Platform",
                                    .name = "Device",
                                    .driver = "1",
                                    .vector_width = 16,
                                    .max_group = 4096};
static const tuning_settings settings = {.device = &device,
                                         .command = "./probe",
                                         .cache_folder = "cache",
                                         .job = "{}",
                                         .plain = "",
                                         .trial_seconds = 1,
                                         .check_seconds = 20};

/* Makes ./probe a script: `case $tiles,$quick in` the body's cases decide the speed; 100 if none does. */
static void probe(const char *cases) {
    char text[4096];
    (void)snprintf(
        text, sizeof text,
        "#!/bin/sh\nshift 2\nquick=whole\n"
        "while [ $# -gt 0 ]; do case $1 in --tiles) tiles=$2; shift ;; --job) quick=quick; shift ;; esac; shift; done\n"
        "echo \"$quick $tiles\" >>asked\nspeed=100\ncase $quick:$tiles in\n%s\nesac\n"
        "echo \"{\\\"passed\\\": true, \\\"images_per_second\\\": $speed}\"\n",
        cases);
    scratch_text("probe", text);
    cr_assert_eq(chmod("probe", 0700), 0);
}

static opencl_tuning tuned(clenet_tuning_options options) {
    opencl_tuning tuning;
    clenet_error error;
    if (options.seconds == 0) options.seconds = 100;
    cr_assert_eq(tuning_run(&tuning, &settings, &options, &error), CLENET_OK, "%s", error.message);
    return tuning;
}

/* Lines of ./asked that are this one; NULL: all. */
static int asked(const char *line) {
    size_t size;
    int count = 0;
    char *text = scratch_read("asked", &size);
    for (char *at = strtok(text, "\n"); at != NULL; at = strtok(NULL, "\n"))
        count += line == NULL || strcmp(at, line) == 0;
    free(text);
    return count;
}

/* Stops after *user trials. */
static int stop_after(const char *tiles, double speed, void *user) {
    (void)tiles;
    (void)speed;
    return --*(int *)user == 0;
}

static opencl_tuning tuned_by(int trials) {
    return tuned((clenet_tuning_options){.on_trial = stop_after, .user = &trials});
}

Test(tuning, the_fastest_of_all_numbers_is_found_checked_and_remembered) {
    probe("*:vector,filters=8,columns=14*) speed=400 ;;\n*:vector,filters=8*) speed=200 ;;\n*filters=16) speed=150 ;;");
    opencl_tuning tuning = tuned((clenet_tuning_options){.seconds = 0}), kept;
    opencl_tiles tiles;
    cr_expect_str_eq(tuning.chosen, "vector,filters=8,columns=14");
    cr_expect_eq(tuning.images_per_second, 400);
    cr_expect_eq(tuning.default_images_per_second, 100);
    cr_expect(tuning.complete);
    cr_expect_eq(asked("whole vector,filters=8,columns=14"), 1, "it was not checked whole");
    cr_assert(tuning_recall(&kept, &tiles, &device, "cache"));
    cr_expect_str_eq(kept.chosen, tuning.chosen);
    cr_expect_eq(kept.images_per_second, 400);
    cr_expect_eq(tiles.filters, 8);
    cr_expect_eq(tiles.columns, 14);
}

Test(tuning, if_nothing_is_faster_the_default_stays) {
    probe("*:vector,filters=8) speed=102 ;;"); /* no more than noise */
    opencl_tuning tuning = tuned((clenet_tuning_options){.seconds = 0});
    cr_expect_str_eq(tuning.chosen, "vector");
    cr_expect_eq(tuning.images_per_second, 100);
    cr_expect(tuning.complete);
}

Test(tuning, a_candidate_that_was_fast_once_by_luck_is_not_taken) {
    probe("quick:vector,filters=8) [ -e lucky ] || speed=300; touch lucky ;;");
    cr_expect_str_eq(tuned_by(4).chosen, "vector");
}

Test(tuning, tiles_that_fail_the_whole_check_are_not_taken_and_the_next_best_is) {
    probe("whole:*filters=8*) exit 1 ;;\n*:vector,filters=8) speed=300 ;;\n*:vector,filters=16) speed=200 ;;");
    opencl_tuning tuning = tuned_by(4);
    cr_expect_str_eq(tuning.chosen, "vector,filters=16");
}

Test(tuning, candidates_that_crash_hang_or_are_wrong_cost_no_more_than_themselves) {
    probe("*:vector,filters=8) kill -SEGV $$ ;;\n*:vector,filters=16) exec sleep 100 ;;\n"
          "*:vector,filters=4) echo '{\"passed\": false, \"failure\": \"wrong\"}'; exit 1 ;;\n"
          "*:vector,columns=14*) speed=200 ;;");
    opencl_tuning tuning = tuned_by(8);
    cr_expect_str_eq(tuning.chosen, "vector,columns=14");
}

Test(tuning, nothing_is_tried_twice_and_one_that_is_complete_asks_nothing) {
    probe("*:vector,groups=8) speed=200 ;;");
    opencl_tuning first = tuned((clenet_tuning_options){.seconds = 0});
    int before = asked(NULL);
    opencl_tuning second = tuned((clenet_tuning_options){.seconds = 0});
    cr_expect_eq(asked(NULL), before);
    cr_expect_str_eq(second.chosen, first.chosen);
    (void)tuned((clenet_tuning_options){.again = true});
    cr_expect_eq(asked(NULL), 2 * before);
}

Test(tuning, a_stopped_tuning_has_the_best_so_far_and_continues) {
    probe("*:vector,filters=8*) speed=200 ;;");
    opencl_tuning tuning = tuned_by(2); /* the default, and filters=8 */
    cr_expect_not(tuning.complete);
    cr_expect_eq(tuning.count, 2);
    cr_expect_str_eq(tuning.chosen, "vector,filters=8");
    (void)unlink("asked");
    tuning = tuned((clenet_tuning_options){.seconds = 0});
    cr_expect(tuning.complete);
    cr_expect_eq(asked("quick vector") + asked("quick vector,filters=8"), 0, "what was tried is tried again");
    cr_expect_gt(asked("quick vector,filters=8,columns=14"), 0);
}

Test(tuning, a_candidate_that_took_the_process_with_it_is_not_tried_again) {
    probe("*:vector,filters=8) kill -KILL $PPID; sleep 0.2 ;;");
    pid_t child = fork();
    if (child == 0) {
        opencl_tuning tuning;
        const clenet_tuning_options options = {.seconds = 100};
        (void)tuning_run(&tuning, &settings, &options, NULL);
        _exit(0);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status));
    (void)unlink("asked");
    cr_expect_geq(tuned_by(2).count, 4);
    cr_expect_eq(asked("quick vector,filters=8"), 0);
}

Test(tuning, the_time_is_kept_and_what_had_too_little_of_it_is_tried_next_time) {
    probe("*:vector,filters=8) sleep 0.7; speed=200 ;;");
    opencl_tuning tuning = tuned((clenet_tuning_options){.seconds = 0.4});
    cr_expect_not(tuning.complete);
    cr_expect_eq(tuning.count, 1);
    cr_expect_str_eq(tuning.chosen, "vector");
    cr_expect_str_eq(tuned_by(1).chosen, "vector,filters=8");
}

Test(tuning, a_person_who_stops_a_trial_stops_the_tuning_and_not_the_candidate) {
    opencl_tuning tuning;
    clenet_error error;
    const clenet_tuning_options options = {.seconds = 100};
    probe("*:vector,filters=8) kill -INT $$ ;;");
    cr_expect_eq(tuning_run(&tuning, &settings, &options, &error), CLENET_ERROR_DEVICE);
    cr_expect_not_null(strstr(error.message, "stopped by signal"), "%s", error.message);
    cr_expect_eq(tuning_read(&device, "cache").count, 1, "the candidate counts as tried");
}

Test(tuning, a_device_on_which_the_defaults_fail_is_an_error) {
    opencl_tuning tuning;
    clenet_error error;
    const clenet_tuning_options options = {.seconds = 100};
    probe("*:vector) exit 1 ;;");
    cr_expect_eq(tuning_run(&tuning, &settings, &options, &error), CLENET_ERROR_DEVICE);
    cr_expect_not_null(strstr(error.message, "Device"), "%s", error.message);
}

/* ---- remembering ------------------------------------------------------------------------------------------------ */

static const opencl_tuning good = {.trials = {{"vector", 100}, {"vector,filters=8", 200}},
                                   .count = 2,
                                   .chosen = "vector,filters=8",
                                   .images_per_second = 200,
                                   .default_images_per_second = 100};

static bool recalled(void) {
    opencl_tuning tuning;
    opencl_tiles tiles;
    return tuning_recall(&tuning, &tiles, &device, "cache");
}

/* The path of the record, [512]. */
static const char *record(void) {
    static char path[512];
    DIR *opened = opendir("cache");
    cr_assert_not_null(opened);
    for (struct dirent *entry; (entry = readdir(opened)) != NULL;)
        if (strncmp(entry->d_name, "tiles-", 6) == 0) (void)snprintf(path, sizeof path, "cache/%s", entry->d_name);
    closedir(opened);
    return path;
}

Test(tuning, another_driver_has_not_been_tuned) {
    opencl_found other = device;
    tuning_write(&good, &device, "cache");
    cr_assert(recalled());
    other.driver[0] = '2';
    cr_expect_eq(tuning_read(&other, "cache").count, 0);
    cr_expect_eq(tuning_read(&device, NULL).count, 0);
}

Test(tuning, a_record_is_private_and_is_ignored_if_it_is_not) {
    struct stat found;
    tuning_write(&good, &device, "cache");
    cr_assert_eq(stat(record(), &found), 0);
    cr_expect_eq(found.st_mode & 0777, 0600u);
    cr_assert_eq(chmod(record(), 0620), 0);
    cr_expect_not(recalled());
}

Test(tuning, a_record_that_is_cut_or_says_what_cannot_be_does_not_count) {
    size_t size;
    tuning_write(&good, &device, "cache");
    char *text = scratch_read(record(), &size);
    for (size_t i = 0; i + 2 < size; i++) {
        scratch_write(record(), text, i);
        cr_expect_not(recalled(), "%zu of %zu bytes", i, size);
    }
    free(text);
    opencl_tuning odd = good;
    (void)snprintf(odd.chosen, sizeof odd.chosen, "vector,filters=0");
    tuning_write(&odd, &device, "cache");
    cr_expect_not(recalled());
    odd = good;
    odd.images_per_second = -1;
    tuning_write(&odd, &device, "cache");
    cr_expect_not(recalled());
}
