/* run.c - see run.h. */
#include "cmd/train/run.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/base/device_opening.h"
#include "cmd/base/inputs.h"
#include "cmd/base/interrupt.h"
#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/train/report.h"
#include "cmd/train/checkpoint.h"
#include "cmd/train/figures.h"
#include "cmd/train/options.h"

enum { DIGITS = 10, CLASSES_MOST = 256 };

/* Seconds between two checks for signals, and between two bars: ten per second are smooth and cost nothing. */
static const double PROGRESS_SECONDS = 0.1;

/* ---- before the first epoch ---- */

/* Makes the model of a network from a file or from the resumed run. This is done before the data are read, since the network
 * decides the number of classes. */
static int make_own_model(train_run *run) {
    const char *file = run->arguments->arch;
    uint64_t seed = run->arguments->options.seed;
    clenet_network *network = NULL;
    train_from *from = &run->inputs->from;
    if (run->arguments->from != NULL)
        return from->model != NULL ? EXIT_DONE : train_from_load(from, run->arguments, run->held);
    if (run->held != NULL)
        return clenet_model_new(&run->model, run->held, seed, &run->error) == CLENET_OK ? EXIT_DONE
                                                                                        : say_error(&run->error);
    if (file == NULL) return EXIT_DONE;
    int status = network_file_read(&network, file);
    if (status != EXIT_DONE) return status;
    if (clenet_model_new(&run->model, network, seed, &run->error) != CLENET_OK)
        status = say_failed("%s: %s", file, run->error.message);
    clenet_network_free(network);
    return status;
}

static int check_sizes(const train_inputs *in, const char *test) {
    const clenet_dataset *a = in->training, *b = in->test;
    int height = clenet_dataset_height(a), width = clenet_dataset_width(a), channels = clenet_dataset_channels(a);
    int other_height = clenet_dataset_height(b), other_width = clenet_dataset_width(b);
    if (channels != clenet_dataset_channels(b))
        return say_failed("'%s' holds images of %d channel%s, '%s' of %d: give files of one kind", test,
                          clenet_dataset_channels(b), clenet_dataset_channels(b) == 1 ? "" : "s", in->data, channels);
    if (height == other_height && width == other_width) return EXIT_DONE;
    return say_failed("'%s' holds images of %dx%d, '%s' of %dx%d: give files of one size", test, other_height,
                      other_width, in->data, height, width);
}

static int load_data(train_run *run) {
    const train_arguments *arguments = run->arguments;
    train_inputs *in = run->inputs;
    clenet_load_options options =
        data_options_make(&arguments->read, NULL, CLENET_PART_TRAINING, arguments->device.threads);
    train_from_pictures(&in->from, arguments, &options);
    int status = inputs_load_labelled(&in->training, in->data, &options);
    if (status == EXIT_DONE && in->from.model != NULL)
        status = train_from_fit(&in->from, arguments, &in->training, in->data, &options);
    if (status != EXIT_DONE || arguments->test == NULL) return status;
    const char *names[CLASSES_MOST];
    options.classes = clenet_dataset_classes(in->training);
    for (int i = 0; i < options.classes; i++) names[i] = clenet_dataset_class_name(in->training, i);
    options.class_names = names;
    options.labels_path = NULL;
    options.columns_optional = true;
    options.member = NULL;
    options.part = CLENET_PART_TEST;
    status = inputs_load(&in->test, arguments->test, &options);
    if (status == EXIT_DONE) status = check_sizes(in, arguments->test);
    return status;
}

/* A LeNet for images of this shape, with the rates of --dropout. */
static clenet_status make_lenet(clenet_network **network, clenet_shape images, int classes, const double dropout[2],
                                clenet_error *error) {
    clenet_network *lenet = NULL, *fresh = NULL;
    clenet_status status = clenet_network_lenet(&lenet, images.height, images.width, images.channels, classes, error);
    if (status == CLENET_OK) status = clenet_network_new(&fresh, images.height, images.width, images.channels, error);
    for (size_t i = 0, drops = 0; status == CLENET_OK && i < clenet_network_layers(lenet); i++) {
        clenet_layer layer = *clenet_network_layer(lenet, i);
        if (layer.kind == CLENET_DROPOUT) layer.rate = (float)dropout[drops++];
        status = clenet_network_add(fresh, &layer, error);
    }
    clenet_network_free(lenet);
    if (status == CLENET_OK)
        *network = fresh;
    else
        clenet_network_free(fresh);
    return status;
}

/* Checks that a LeNet can be made for the images, and can learn something from them. */
static clenet_status check_for_lenet(train_run *run) {
    enum { SIDE_LEAST = 12 }; /* halved, less the 4 of a valid 5x5, halved: 1 */
    const clenet_dataset *data = run->inputs->training;
    int height = clenet_dataset_height(data), width = clenet_dataset_width(data);
    clenet_error *error = &run->error;
    error->status = CLENET_OK;
    if (height < SIDE_LEAST || width < SIDE_LEAST) {
        error->status = CLENET_ERROR_ARGUMENT;
        (void)snprintf(error->message, sizeof error->message,
                       "'%.400s' has images of %dx%d, and LeNet needs at least %dx%d: name a network for them with "
                       "--arch FILE, such as examples/architectures/lenet-8x8.txt of clenet's source for 8x8",
                       run->inputs->data, height, width, SIDE_LEAST, SIDE_LEAST);
    } else if (clenet_dataset_classes(data) < 2) {
        error->status = CLENET_ERROR_ARGUMENT;
        (void)snprintf(error->message, sizeof error->message,
                       "'%.400s' has only one label, '%.63s': give images with two "
                       "labels or more, or name another column with --label",
                       run->inputs->data, clenet_dataset_class_name(data, 0));
    }
    return error->status;
}

/* Makes a LeNet for the images, if no other network was named. */
static clenet_status make_model(train_run *run) {
    clenet_network *network = NULL;
    const clenet_dataset *data = run->inputs->training;
    if (run->model != NULL) return CLENET_OK;
    clenet_shape images = {clenet_dataset_height(data), clenet_dataset_width(data), clenet_dataset_channels(data)};
    clenet_status status = check_for_lenet(run);
    if (status == CLENET_OK)
        status = make_lenet(&network, images, clenet_dataset_classes(data), run->arguments->dropout, &run->error);
    if (status == CLENET_OK) status = clenet_model_new(&run->model, network, run->arguments->options.seed, &run->error);
    clenet_network_free(network);
    return status;
}

static int on_epoch(const clenet_epoch *epoch, void *user);
static int on_progress(const clenet_progress *state, void *user);
static void on_device_lost(const char *reason, int epoch, void *user);

static clenet_training_options training_options_of(train_run *run) {
    clenet_training_options training = run->arguments->options;
    training.on_epoch = on_epoch;
    training.on_progress = on_progress;
    training.on_device_lost = on_device_lost;
    training.progress_seconds = PROGRESS_SECONDS;
    training.user = run;
    return training;
}

static clenet_status make_trainer(train_run *run) {
    clenet_training_options training = training_options_of(run);
    const clenet_checkpoint *resume_from = run->checkpoint.resume_from;
    clenet_status status = clenet_trainer_new(&run->trainer, run->model, run->inputs->training, run->inputs->device,
                                              &training, &run->error);
    if (status == CLENET_OK && resume_from != NULL)
        status = clenet_trainer_resume(run->trainer, resume_from, &run->error);
    return status;
}

static int make_folder(train_run *run) {
    const char *out = run->arguments->out;
    int status = results_make_folder(out);
    if (status != EXIT_DONE) return status;
    run->model_path = results_path(out, "model.safetensors");
    run->history_path = results_path(out, "history.csv");
    run->submission_path = results_path(out, "submission.csv");
    if (run->model_path == NULL || run->history_path == NULL || run->submission_path == NULL) {
        return say_failed("out of memory (the names of the results in '%s')", out);
    }
    status = results_check_path(run->model_path);
    if (status == EXIT_DONE) status = results_check_path(run->history_path);
    if (status == EXIT_DONE) status = results_check_path(run->submission_path);
    if (status == EXIT_DONE) status = train_checkpoint_begin(&run->checkpoint, run->arguments, run->inputs->data);
    if (status == EXIT_DONE && run->arguments->whole == NULL) status = train_folder_check(run->arguments);
    return status;
}

/* A resumed run has the history of its checkpoint: later epochs are trained again. */
static int write_history(train_run *run) {
    size_t count = 0;
    const clenet_epoch *epochs =
        run->checkpoint.resume_from != NULL ? clenet_checkpoint_history(run->checkpoint.resume_from, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        if (clenet_history_append(run->history_path, &epochs[i], &run->error) != CLENET_OK)
            return say_error(&run->error);
        run->seconds += epochs[i].seconds;
        run->last = epochs[i];
    }
    return EXIT_DONE;
}

static void warn_of_inputs(const train_run *run) {
    const train_inputs *in = run->inputs;
    const data_arguments *read = &run->arguments->read;
    (void)data_options_warn(read, in->data, in->training, in->from.new_head ? NULL : in->from.model,
                            CLENET_PART_TRAINING);
    if (in->test != NULL) (void)data_options_warn(read, run->arguments->test, in->test, NULL, CLENET_PART_TEST);
}

/* Prints once, also for several networks. */
static void say_inputs(const train_run *run, size_t held) {
    char all[TEXT_SIZE], trained[TEXT_SIZE], held_out[TEXT_SIZE];
    const clenet_dataset *data = run->inputs->training;
    char classes[TEXT_SIZE] = "";
    warn_of_inputs(run);
    if (clenet_dataset_classes(data) != DIGITS)
        (void)snprintf(classes, sizeof classes, " in %d classes", clenet_dataset_classes(data));
    say_line("data: %s images of %dx%d%s, %s to train on, %s held out", text_count(all, clenet_dataset_rows(data)),
             clenet_dataset_height(data), clenet_dataset_width(data), classes, text_count(trained, run->images),
             text_count(held_out, held));
    say_line("device: %s", clenet_device_description(run->inputs->device));
    if (clenet_trainer_note(run->trainer)[0] != '\0') say_line("%s", clenet_trainer_note(run->trainer));
    if (run->inputs->from.model != NULL) train_from_say(&run->inputs->from, run->arguments, run->model);
}

static void say_member(const train_run *run, size_t held) {
    char count[TEXT_SIZE];
    const train_arguments *a = run->arguments;
    int parts = clenet_validation_parts(a->options.validation);
    if (parts > 0)
        say_line("network %d of %d: seed %" PRIu64 ", part %d of %d held out, %s images", a->member, a->models,
                 a->options.seed, a->options.fold + 1, parts, text_count(count, held));
    else
        say_line("network %d of %d: seed %" PRIu64, a->member, a->models, a->options.seed);
}

static void say_start(train_run *run) {
    char all[TEXT_SIZE], trained[TEXT_SIZE];
    size_t held;
    const train_inputs *in = run->inputs;
    (void)clenet_trainer_training_rows(run->trainer, &run->images);
    const uint32_t *rows = clenet_trainer_validation_rows(run->trainer, &held);
    if (run->arguments->quiet) return;
    if (run->arguments->member <= 1) say_inputs(run, held);
    if (run->arguments->member > 0) say_member(run, held);
    if (in->from.model != NULL) train_from_warn(&in->from, run->arguments, in->training, rows, held);
    say_line("report: %s/report.html (reloads itself during the run)", run->arguments->out);
    if (run->checkpoint.resume_from == NULL) return;
    size_t images;
    int epoch = clenet_checkpoint_epoch(run->checkpoint.resume_from, &images);
    run->progress.resumed_images = images;
    if (images > 0)
        say_line("resuming within epoch %d: %s of its %s images are done", epoch, text_count(all, images),
                 text_count(trained, run->images));
    else
        say_line("resuming after epoch %d", epoch - 1);
}

/* The network that the run will probably have; NULL if it is known. */
static int make_likely_network(clenet_network **network, train_run *run) {
    const clenet_shape images = {28, 28, 1};
    const train_from *from = &run->inputs->from;
    if (from->model != NULL)
        return train_from_network(network, from, run->arguments, inputs_model_classes(from->model));
    if (run->model == NULL && make_lenet(network, images, DIGITS, run->arguments->dropout, &run->error) != CLENET_OK)
        return say_error(&run->error);
    return EXIT_DONE;
}

/* If the network depends on the images, the device compiles for Kaggle's digits, or the classes of --from, while they are read; for
 * others it compiles again. */
static int load_and_open(train_run *run) {
    device_opening opening;
    clenet_network *likely = NULL;
    clenet_training_options training = training_options_of(run);
    int status = make_likely_network(&likely, run);
    if (status != EXIT_DONE) return status;
    const clenet_network *network = run->model != NULL ? clenet_model_network(run->model) : likely;
    status = device_opening_begin(&opening, &run->arguments->device, network, &training, run->arguments->quiet);
    if (status == EXIT_DONE) {
        status = load_data(run);
        status = device_opening_end(&opening, status, &run->inputs->device);
        run->inputs->profile = opening.profile;
    }
    clenet_network_free(likely);
    return status;
}

int train_run_load(train_run *run) {
    int status = make_own_model(run);
    return status == EXIT_DONE && run->inputs->device == NULL ? load_and_open(run) : status;
}

int train_run_ready(train_run *run) {
    int status = EXIT_DONE;
    if (run->inputs->from.model != NULL)
        status = train_from_model(&run->model, &run->inputs->from, run->arguments, run->inputs->training);
    if (status != EXIT_DONE) return status;
    if (make_model(run) != CLENET_OK || make_trainer(run) != CLENET_OK) return say_error(&run->error);
    status = make_folder(run);
    if (status == EXIT_DONE) status = write_history(run);
    const train_inputs *in = run->inputs;
    const train_record_start start = {run->arguments, run->command, in->data, in->training, in->device, run->trainer};
    if (status == EXIT_DONE) train_record_begin(&run->record, &start);
    return status;
}

/* ---- files of an earlier run ---- */

static clenet_status no_names_memory(const char *folder, clenet_error *error) {
    error->status = CLENET_ERROR_MEMORY;
    (void)snprintf(error->message, sizeof error->message, "out of memory (the names of the results in '%s')", folder);
    return error->status;
}

static clenet_status remove_file(const char *folder, const char *name, clenet_error *error) {
    char *path = results_path(folder, name);
    clenet_status status = path != NULL ? results_remove(path, error) : no_names_memory(folder, error);
    free(path);
    return status;
}

/* Removes model, history, submission, figures and report of an earlier run from the folder; other files stay. */
static clenet_status remove_stale_outputs(const char *folder, clenet_error *error) {
    clenet_status status = remove_file(folder, "model.safetensors", error);
    if (status == CLENET_OK) status = remove_file(folder, "submission.csv", error);
    if (status == CLENET_OK) status = remove_file(folder, "history.csv", error);
    train_report_remove(folder);
    train_figures_remove(folder);
    return status;
}

/* Removes the checkpoint, from which the earlier run of the folder could be resumed. */
static clenet_status remove_stale_checkpoint(const char *folder, clenet_error *error) {
    return remove_file(folder, "checkpoint.safetensors", error);
}

/* Removes the networks of a run of several, from number `first` on, each with its folder if nothing else is in it. */
static clenet_status remove_stale_networks(const char *folder, int first, clenet_error *error) {
    clenet_status status = CLENET_OK;
    for (int i = first; i <= MODELS_MOST && status == CLENET_OK; i++) {
        char name[TRAIN_MEMBER_NAME];
        char *network = results_path(folder, train_member_name(name, i));
        if (network == NULL) return no_names_memory(folder, error);
        if (train_checkpoint_is_member(network)) {
            status = remove_stale_outputs(network, error);
            if (status == CLENET_OK) status = remove_file(network, "run.json", error);
            if (status == CLENET_OK) status = remove_stale_checkpoint(network, error);
            (void)rmdir(network); /* keeps it if it has files of the user */
        }
        free(network);
    }
    return status;
}

/* ---- training ---- */

static clenet_status save_model(train_run *run, int epoch) {
    clenet_status status = clenet_model_save(run->model, run->model_path, &run->error);
    if (status == CLENET_OK) run->saved = epoch;
    return status;
}

/* Results of an earlier run must not look like this one's: removes those of the model that this epoch replaces. */
static clenet_status remove_earlier(train_run *run, const clenet_epoch *epoch) {
    if (epoch->epoch > 1) return CLENET_OK;
    clenet_status status = results_remove(run->submission_path, &run->error);
    train_report_remove(run->arguments->out);
    if (status == CLENET_OK && !epoch->kept) status = results_remove(run->model_path, &run->error);
    return status;
}

/* Removes stale models of networks, and of runs of several networks, once a new model has been written, so that a full disk never
 * costs an earlier result. */
static clenet_status remove_around(train_run *run, const clenet_epoch *epoch) {
    const train_arguments *a = run->arguments;
    clenet_status status = a->whole != NULL ? remove_stale_outputs(a->whole, &run->error) : CLENET_OK;
    if (status == CLENET_OK && epoch->epoch <= 1 && a->member <= 1)
        status = remove_stale_networks(a->whole != NULL ? a->whole : a->out, a->member + 1, &run->error);
    return status;
}

/* The folder of several networks has no checkpoint: an existing one is from an earlier run, and must not be resumed. */
static clenet_status save_checkpoint(train_run *run) {
    const char *whole = run->arguments->whole;
    clenet_status status = train_checkpoint_save(&run->checkpoint, run->trainer, &run->error);
    if (status != CLENET_OK) return status;
    run->kept = true;
    train_folder_set_latest(run->folder);
    return whole != NULL ? remove_stale_checkpoint(whole, &run->error) : status;
}

static clenet_status save_epoch(train_run *run, const clenet_epoch *epoch) {
    clenet_status status = remove_earlier(run, epoch);
    if (status == CLENET_OK) status = clenet_history_append(run->history_path, epoch, &run->error);
    if (status == CLENET_OK && epoch->kept) status = save_model(run, epoch->epoch);
    if (status == CLENET_OK) status = remove_around(run, epoch);
    if (status == CLENET_OK) status = save_checkpoint(run);
    if (status != CLENET_OK) return status;
    train_record_replace(&run->record);
    if (run->whole_record != NULL) train_record_replace(run->whole_record);
    return status;
}

static int on_epoch(const clenet_epoch *epoch, void *user) {
    train_run *run = user;
    run->seconds += epoch->seconds;
    run->last = *epoch;
    if (save_epoch(run, epoch) != CLENET_OK) return 1;
    progress_epoch(&run->progress, epoch);
    train_figures_epoch(&run->figures, epoch);
    return interrupt_signal() != 0;
}

static int on_progress(const clenet_progress *state, void *user) {
    train_run *run = user;
    bool stop = interrupt_signal() != 0;
    if (!stop) progress_draw(&run->progress, state);
    if (!stop && !train_checkpoint_due(&run->checkpoint, run->arguments)) return 0;
    return save_checkpoint(run) != CLENET_OK || stop;
}

static void on_device_lost(const char *reason, int epoch, void *user) {
    train_run *run = user;
    progress_clear(&run->progress);
    (void)snprintf(run->lost, sizeof run->lost, "failed after epoch %d; the run continued on the CPU: %s", epoch,
                   reason);
    if (epoch > 0)
        say_line("device lost: %s; continuing on the CPU after epoch %d", reason, epoch);
    else
        say_line("device lost: %s; starting on the CPU", reason);
}

/* Reports an error of the device, and the results that exist. */
static int say_failed_run(const train_run *run, const clenet_error *error) {
    if (error->status != CLENET_ERROR_DEVICE || run->saved == 0) return say_error(error);
    return say_failed("%s; the model of epoch %d is in '%s'; see 'clenet doctor', or use --device cpu", error->message,
                      run->saved, run->model_path);
}

/* ---- after the last epoch ---- */

static void say_kept(const train_run *run, const clenet_training_result *result) {
    char figure[TEXT_SIZE];
    bool validated = !isnan(result->best.val_accuracy);
    bool best = validated && run->arguments->options.keep == CLENET_KEEP_BEST;
    say_result("%s accuracy %s (epoch %d of %d, %s)", validated ? "validation" : "training",
               text_percent(figure, validated ? result->best.val_accuracy : result->best.accuracy), result->kept,
               result->epochs, best ? "the best" : "the last");
}

/* Prints a command that can be pasted into a shell, whatever the folder's name. */
static void say_resume(const train_run *run) {
    char *folder = NULL;
    size_t size;
    FILE *to = open_memstream(&folder, &size);
    if (to != NULL) train_report_quote(to, run->arguments->whole != NULL ? run->arguments->whole : run->arguments->out);
    if (to != NULL && fclose(to) == 0) say_line("to resume: clenet train --resume %s", folder);
    free(folder);
}

static void say_end(const train_run *run) {
    const clenet_training_result *result = &run->result;
    char epochs[TEXT_SIZE], seconds[TEXT_SIZE], speed[TEXT_SIZE], stop[TRAIN_REPORT_STOP];
    if (run->arguments->quiet) return;
    if (result->kept == 0) {
        say_line("%s", train_report_stop(stop, run->arguments, result));
        say_line("no model was saved: the first epoch was not finished");
        say_resume(run);
        return;
    }
    say_kept(run, result);
    train_test_say(run->tested, run->arguments->test);
    say_line("%s", train_report_stop(stop, run->arguments, result));
    double images = (double)run->images * result->epochs;
    say_line("%s in %s, %s images per second", text_counted(epochs, (uint64_t)result->epochs, "epoch"),
             text_duration(seconds, run->seconds),
             text_count(speed, run->seconds > 0.0 ? (uint64_t)(images / run->seconds) : 0));
    bool tested = run->inputs->test != NULL;
    say_line("results: %s, %s%s%s", run->model_path, run->history_path, tested ? ", " : "",
             tested ? run->submission_path : "");
    if (run->reported) say_line("report: %s/report.html", run->arguments->out);
    train_report_say_drawing_page(run->arguments->out);
    if (result->stop == CLENET_STOP_CALLBACK) say_resume(run);
}

/* All but the result. */
static train_report report_of(const train_run *run) {
    train_report facts = {.arguments = run->arguments, .data = run->inputs->data, .dataset = run->inputs->training};
    facts.device = run->inputs->device;
    facts.model = run->model;
    facts.trainer = run->trainer;
    facts.found = run->found;
    facts.tested = run->tested;
    facts.figures = &run->figures;
    facts.seconds = run->seconds;
    facts.lost = run->lost;
    return facts;
}

static void write_live_page(const void *user) {
    const train_report facts = report_of(user);
    (void)train_report_write_live(&facts, true);
}

/* After an error: the page of the run in progress must stop reloading itself. Returns the exit status. */
static int give_up(train_run *run, int status) {
    if (!run->figures.paged || run->reported) return status;
    train_figures_stop(&run->figures);
    const train_report facts = report_of(run);
    if (!train_report_write_live(&facts, false)) train_report_remove(run->arguments->out);
    return status;
}

static void begin_figures(train_run *run) {
    train_subject subject = {.folder = run->arguments->out, .dataset = run->inputs->training, .model = run->model};
    subject.seed = run->arguments->options.seed;
    subject.training = clenet_trainer_training_rows(run->trainer, &subject.training_count);
    subject.validation = clenet_trainer_validation_rows(run->trainer, &subject.validation_count);
    run->figures = train_figures_begin(&subject, (figure_format)run->arguments->figures, run->arguments->quiet);
    run->figures.write_page = write_live_page;
    run->figures.user = run;
}

static void report(train_run *run) {
    train_report facts = report_of(run);
    facts.result = &run->result;
    run->reported = train_report_write(&facts);
    train_figures_tidy(&run->figures);
    if (!run->reported && run->figures.paged)
        train_report_remove(run->arguments->out); /* it would reload itself for ever */
}

/* Evaluates the kept model on the held-out images, draws the figures and writes the report. Failures here do not fail the run. */
static void look_back(train_run *run) {
    const train_inputs *in = run->inputs;
    clenet_error error;
    size_t count;
    const uint32_t *rows = clenet_trainer_validation_rows(run->trainer, &count);
    if (train_findings_make(&run->found, run->model, in->device, in->training, rows, count, &error) != CLENET_OK)
        say_line("warning: %s; the run is not affected", error.message);
    if (train_test_score(&run->tested, run->model, in->device, in->test, &error) != CLENET_OK)
        say_line("warning: %s; the run is not affected", error.message);
    train_figures_end(&run->figures, &run->result, run->found);
    report(run);
}

int train_run_learn(train_run *run) {
    clenet_training_result *result = &run->result;
    clenet_error error;
    run->error.status = CLENET_OK;
    run->progress = progress_begin(run->arguments->quiet);
    if (run->arguments->member > 0)
        run->progress.later_epochs = (run->arguments->models - run->arguments->member) * run->arguments->options.epochs;
    interrupt_catch(progress_answer(&run->progress));
    say_start(run);
    begin_figures(run);
    clenet_status status = clenet_trainer_run(run->trainer, result, &error);
    progress_clear(&run->progress);
    if (status != CLENET_OK) return give_up(run, say_failed_run(run, &error));
    if (run->error.status != CLENET_OK) return give_up(run, say_error(&run->error));

    if (result->kept > 0) {
        if (run->saved != result->kept && save_model(run, result->kept) != CLENET_OK)
            return give_up(run, say_error(&run->error));
        if (run->inputs->test != NULL) {
            int predicted =
                results_predict(run->model, run->inputs->device, run->inputs->test, 1, run->submission_path);
            if (predicted != EXIT_DONE) return give_up(run, predicted);
        }
        look_back(run);
        train_record_end(&run->record, run->arguments->out,
                         train_record_result(result, &run->last, run->images, run->seconds));
    }
    if (run->arguments->json && run->arguments->member == 0 && train_record_print(&run->record) != EXIT_DONE)
        return EXIT_FAILED;
    say_end(run);
    return interrupt_signal() != 0 ? EXIT_SIGNAL + interrupt_signal() : EXIT_DONE;
}

void train_run_free(train_run *run) {
    train_record_free(&run->record, run->kept);
    train_figures_free(&run->figures);
    findings_free(run->found);
    train_checkpoint_free(&run->checkpoint);
    free(run->submission_path);
    free(run->history_path);
    free(run->model_path);
    clenet_trainer_free(run->trainer);
    clenet_model_free(run->model);
}

void train_inputs_free(train_inputs *inputs) {
    clenet_device_free(inputs->device);
    clenet_dataset_free(inputs->test);
    clenet_dataset_free(inputs->training);
    train_from_free(&inputs->from);
}
