/* tuning.c - searches the fastest tiles.
 *
 * It changes one number after the other (tiles.c has the table), and compares each value with the best so far. The order of the
 * search does not depend on what is known, so a resumed one reads the remembered trials first. */
#include "lib/backend/opencl/tuning.h"

#include <stdio.h>
#include <string.h>

#include "lib/backend/opencl/disk/verdict.h"
#include "lib/base/clock.h"

/* Two runs of the same tiles differ by this much on a busy machine: a smaller difference is no gain. */
static const double GAIN = 1.03;

enum { CONFIRMATIONS = 3 };

typedef struct search {
    opencl_tuning *tuning;
    const tuning_settings *settings;
    const clenet_tuning_options *options;
    double deadline;
    const char *usual; /* the default tiles */
    bool stopped;      /* no time is left, or on_trial ended the search */
    clenet_status status;
    clenet_error *error;
} search;

/* Runs a child on the job (NULL: the self-test); 0 if it fails, or cannot be started. */
static double ask(search *s, const char *tiles, const char *job, double seconds) {
    opencl_verdict verdict = {.known = false};
    char named[OPENCL_PLAIN];
    const verdict_question question = {
        .command = s->settings->command, .plain = s->settings->plain, .tiles = tiles, .job = job, .seconds = seconds};
    s->status = verdict_ask_once(&verdict, named, s->settings->device, &question, s->error);
    return s->status == CLENET_OK && verdict.passed ? verdict.images_per_second : 0.0;
}

static tuning_trial *find(const search *s, const char *tiles) {
    for (int i = 0; i < s->tuning->count; i++)
        if (strcmp(s->tuning->trials[i].tiles, tiles) == 0) return &s->tuning->trials[i];
    return NULL;
}

static void keep(const search *s) {
    tuning_write(s->tuning, s->settings->device, s->settings->cache_folder);
}

static void tell(search *s, const tuning_trial *trial) {
    if (s->options->on_trial != NULL &&
        s->options->on_trial(trial->tiles, trial->images_per_second, s->options->user) != 0)
        s->stopped = true;
}

/* A trial that is not remembered: recorded as failed before it begins, in case the machine does not survive it. NULL if it did
 * not get its time, and does not count. */
static const tuning_trial *try_new(search *s, const char *tiles) {
    double left = s->deadline - clock_seconds();
    if (left <= 0.0 || s->tuning->count == TUNING_TRIALS) {
        s->stopped = true;
        return NULL;
    }
    tuning_trial *trial = &s->tuning->trials[s->tuning->count++];
    *trial = (tuning_trial){.images_per_second = 0.0};
    (void)snprintf(trial->tiles, sizeof trial->tiles, "%s", tiles);
    keep(s);
    bool cut = left < s->settings->trial_seconds;
    trial->images_per_second = ask(s, tiles, s->settings->job, cut ? left : s->settings->trial_seconds);
    bool unfair = cut && trial->images_per_second == 0.0 && clock_seconds() >= s->deadline;
    if (unfair) s->stopped = true;
    bool counts = s->status == CLENET_OK && !unfair;
    if (!counts) s->tuning->count--;
    keep(s);
    return counts ? trial : NULL;
}

/* Images per second of the tiles, remembered or measured now. */
static double try_tiles(search *s, const char *tiles) {
    const tuning_trial *before = find(s, tiles);
    if (before != NULL) return before->images_per_second;
    const tuning_trial *now = try_new(s, tiles);
    if (now == NULL) return 0.0;
    tell(s, now);
    return now->images_per_second;
}

/* The speed of the default tiles. The time limit of trials does not apply: it is needed for every result. */
static double try_usual(search *s) {
    const tuning_trial *before = find(s, s->usual);
    if (before != NULL) return before->images_per_second;
    double speed = ask(s, s->usual, s->settings->job, s->settings->check_seconds);
    if (s->status == CLENET_OK && speed == 0.0)
        s->status = error_set(s->error, CLENET_ERROR_DEVICE,
                              "not even the default tiles run on %s: see 'clenet doctor'", s->settings->device->name);
    if (s->status != CLENET_OK) return 0.0;
    tuning_trial *trial = &s->tuning->trials[s->tuning->count++];
    *trial = (tuning_trial){.images_per_second = speed};
    (void)snprintf(trial->tiles, sizeof trial->tiles, "%s", s->usual);
    keep(s);
    tell(s, trial);
    s->deadline = clock_seconds() + s->options->seconds;
    return speed;
}

/* Finds the fastest of all candidates that can be tried in the time. */
static void walk(search *s, char best[TILES_TEXT]) {
    char candidate[TILES_TEXT];
    double best_speed = try_usual(s);
    (void)snprintf(best, TILES_TEXT, "%s", s->usual);
    for (int i = 0; s->status == CLENET_OK && tiles_candidate(candidate, i, best, s->settings->products); i++) {
        if (candidate[0] == '\0') continue;
        if (s->stopped && find(s, candidate) == NULL) break;
        double speed = try_tiles(s, candidate);
        if (speed <= best_speed * GAIN) continue;
        best_speed = speed;
        memcpy(best, candidate, TILES_TEXT);
    }
}

/* True if the tiles beat the default again, by turns, and then pass the full check. */
static bool holds(search *s, const char *tiles) {
    double own = 0.0, usual = 0.0;
    for (int i = 0; i < CONFIRMATIONS && s->status == CLENET_OK; i++) {
        double speeds[2] = {ask(s, s->usual, s->settings->job, s->settings->trial_seconds), 0.0};
        if (s->status == CLENET_OK) speeds[1] = ask(s, tiles, s->settings->job, s->settings->trial_seconds);
        if (speeds[0] > usual) usual = speeds[0];
        if (speeds[1] > own) own = speeds[1];
    }
    s->tuning->images_per_second = own;
    s->tuning->default_images_per_second = usual;
    return own > usual * GAIN && s->status == CLENET_OK && ask(s, tiles, NULL, s->settings->check_seconds) > 0.0;
}

/* Chooses the fastest that passes; if it does not pass it counts as failed, and the search continues differently. */
static void choose(search *s) {
    char best[TILES_TEXT];
    for (;;) {
        walk(s, best);
        if (s->status != CLENET_OK) return;
        if (strcmp(best, s->tuning->chosen) == 0) break;
        if (strcmp(best, s->usual) == 0 || holds(s, best)) {
            memcpy(s->tuning->chosen, best, TILES_TEXT);
            break;
        }
        if (s->status != CLENET_OK) return;
        find(s, best)->images_per_second = 0.0;
    }
    if (strcmp(best, s->usual) == 0)
        s->tuning->images_per_second = s->tuning->default_images_per_second = find(s, best)->images_per_second;
    s->tuning->complete = !s->stopped || s->tuning->count == TUNING_TRIALS;
    keep(s);
}

clenet_status tuning_run(opencl_tuning *tuning, const tuning_settings *settings, const clenet_tuning_options *options,
                         clenet_error *error) {
    search s = {.tuning = tuning,
                .settings = settings,
                .options = options,
                .deadline = clock_seconds() + options->seconds,
                .usual = tiles_kind(settings->device),
                .error = error};
    *tuning = (opencl_tuning){.count = 0};
    if (!options->again) *tuning = tuning_read(settings->device, settings->cache_folder);
    choose(&s);
    return s.status;
}
