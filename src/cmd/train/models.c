/* models.c - see models.h.
 *
 * Network i, from 1, has the seed --seed + i - 1 (modulo 2^64). It holds out part i - 1, in rotation, of one split, which is
 * drawn by --seed. When a run is resumed, the checkpoints of its networks are in their folders; finished networks end at once. */
#include "cmd/train/models.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <string.h>

#include "cmd/base/interrupt.h"
#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/train/report.h"
#include "lib/base/output.h"
#include "cmd/page/page_models.h"
#include "cmd/train/figures.h"

/* ---- the curves of several networks beside each other ---- */

enum { MEASURES = 2, FILES = 2 * MEASURES };

static const char *const measures[MEASURES] = {"accuracy", "loss"}; /* by figure_measure */

typedef struct models_drawing {
    history runs[MODELS_MOST];
    const history *lent[MODELS_MOST];
    size_t count;
    char *paths[FILES]; /* of SVG, which the page has, then of the format; NULL if out of memory */
    figure_format formats[FILES];
    int files;    /* to draw */
    long process; /* the process that waits for the drawing */
} models_drawing;

/* Runs in a child process. Reports the first failure. */
static void draw(FILE *to, const void *context) {
    const models_drawing *work = context;
    clenet_error error = {.message = "out of memory (drawing)"};
    output_own(work->process);
    for (int i = 0; i < work->files; i++) {
        clenet_status status = CLENET_ERROR_MEMORY;
        if (work->paths[i] != NULL)
            status = figure_curves(work->paths[i], work->formats[i], (figure_measure)(i % MEASURES), work->lent,
                                   work->count, &error);
        if (status == CLENET_OK) continue;
        (void)fprintf(to, "%d %s", status == CLENET_ERROR_DEVICE, error.message);
        return;
    }
}

/* Reads the history of one network; its name is that of the network. */
static clenet_status read_history(history *run, const char *folder, const char *name, clenet_error *error) {
    char file[TRAIN_MEMBER_NAME + sizeof "/history.csv"];
    (void)snprintf(file, sizeof file, "%s/history.csv", name);
    char *path = results_path(folder, file);
    clenet_status status = path != NULL ? history_read(run, path, error) : CLENET_ERROR_MEMORY;
    free(path);
    if (status == CLENET_OK) run->name = strdup(name);
    return status;
}

static clenet_status read_histories(models_drawing *work, const char *folder, const page_network *networks,
                                    size_t count, clenet_error *error) {
    clenet_status status = CLENET_OK;
    for (work->count = 0; work->count < count && status == CLENET_OK; work->count++) {
        work->lent[work->count] = &work->runs[work->count];
        status = read_history(&work->runs[work->count], folder, networks[work->count].name, error);
    }
    return status;
}

static bool run_drawing(char why[TRAIN_FIGURES_WHY], const models_drawing *work) {
    child_result result;
    if (!child_run(&result, draw, work)) {
        (void)snprintf(why, TRAIN_FIGURES_WHY, "no figures: cannot start the process that draws them");
        return true;
    }
    if (!result.crashed && result.said[0] == '\0') return true;
    if (!result.crashed) {
        (void)snprintf(why, TRAIN_FIGURES_WHY, "%.*s", TRAIN_FIGURES_WHY - 1, result.said + 2);
        return result.said[0] != '1';
    }
    (void)snprintf(why, TRAIN_FIGURES_WHY, "no figures: drawing failed: %s", result.how);
    for (int i = 0; i < work->files; i++)
        if (work->paths[i] != NULL) output_clean_up(work->paths[i], work->process);
    return true;
}

/* Draws accuracy and loss by epoch of the networks, from the histories in their folders, and waits for it. why: what failed first, or
 * "". Returns false if the format cannot be drawn in this build. */
static bool draw_curves(char why[TRAIN_FIGURES_WHY], const char *folder, figure_format format,
                        const page_network *networks, size_t count) {
    models_drawing work = {.files = format == FIGURE_SVG ? MEASURES : FILES, .process = (long)getpid()};
    clenet_error error = {.message = "out of memory (drawing the figures)"};
    why[0] = '\0';
    if (format == FIGURE_NONE) return true;
    for (int i = 0; i < work.files; i++) {
        char file[32];
        work.formats[i] = i < MEASURES ? FIGURE_SVG : format;
        (void)snprintf(file, sizeof file, "%s.%s", measures[i % MEASURES], figure_formats[work.formats[i]]);
        work.paths[i] = results_path(folder, file);
    }
    bool can = true;
    if (read_histories(&work, folder, networks, count, &error) == CLENET_OK)
        can = run_drawing(why, &work);
    else
        (void)snprintf(why, TRAIN_FIGURES_WHY, "no figures: %.*s", TRAIN_FIGURES_WHY - 16, error.message);
    for (size_t i = 0; i < MODELS_MOST; i++) history_free(&work.runs[i]);
    for (int i = 0; i < work.files; i++) free(work.paths[i]);
    return can;
}

/* ---- the networks of a run ---- */

/* A run of several networks, with their predictions for held-out images. */
typedef struct train_models_run {
    train_run *first; /* the inputs that all networks share */
    const train_arguments *arguments;
    int lock; /* the folder's descriptor */
    train_record record;
    bool kept; /* a network has saved something */
    char *model_path, *submission_path;
    clenet_model *models[MODELS_MOST];
    clenet_model *joined; /* all of them */
    page_network networks[MODELS_MOST];
    char names[MODELS_MOST][TRAIN_MEMBER_NAME];
    double mean, spread; /* mean and standard deviation of their accuracies */
    double seconds;
    double *sums;      /* [rows][classes]: sums of the probabilities from the networks that held the row out */
    uint32_t *holders; /* [rows]: the number of these networks */
    findings *found;   /* NULL: none */
    page_score last;   /* on the images held out, after the last epoch of each network */
    page_score tested; /* of all networks on the images of --test, if they have labels */
} train_models_run;

/* ---- before the first epoch ---------------------------------------------------------------------------------------- */

static const clenet_dataset *dataset_of(const train_models_run *all) {
    return all->first->inputs->training;
}

/* Checks that every part that a network holds out has rows, so that the last network does not fail after hours. The first part
 * has up to rows * validation + 1 rows, and each other part must have one of the rest. */
static int check_rows(const train_models_run *all) {
    char rows[TEXT_SIZE];
    const train_arguments *a = all->arguments;
    int parts = clenet_validation_parts(a->options.validation), held = a->models < parts ? a->models : parts;
    size_t least = (size_t)ceil(held / (1.0 - a->options.validation)), there = clenet_dataset_rows(dataset_of(all));
    if (there >= least) return EXIT_DONE;
    return say_failed("%d networks that hold out %d parts need %zu images or more; '%s' has %s", a->models, held, least,
                      all->first->inputs->data, text_count(rows, there));
}

/* Makes a folder for each network, and checks that the paths of its results are free. */
static int make_member_folder(const char *folder) {
    static const char *const names[] = {"model.safetensors", "history.csv", "submission.csv", "checkpoint.safetensors"};
    int status = results_make_folder(folder);
    for (size_t i = 0; i < sizeof names / sizeof names[0] && status == EXIT_DONE; i++) {
        char *path = results_path(folder, names[i]);
        status = path != NULL ? results_check_path(path) : say_failed("out of memory (a name in '%s')", folder);
        free(path);
    }
    return status;
}

static void begin_record(train_models_run *all) {
    const train_inputs *in = all->first->inputs;
    const train_record_start start = {all->arguments, all->first->command, in->data, in->training, in->device, NULL};
    train_record_begin(&all->record, &start);
}

static int make_folders(train_models_run *all) {
    const char *out = all->arguments->out;
    int status = results_make_folder(out);
    if (status == EXIT_DONE) status = train_checkpoint_lock(&all->lock, out);
    if (status == EXIT_DONE) status = train_folder_check(all->arguments);
    if (status != EXIT_DONE) return status;
    results_sweep(out);
    all->model_path = results_path(out, "model.safetensors");
    all->submission_path = results_path(out, "submission.csv");
    if (all->model_path == NULL || all->submission_path == NULL)
        return say_failed("out of memory (the names of the results in '%s')", out);
    status = results_check_path(all->model_path);
    if (status == EXIT_DONE) status = results_check_path(all->submission_path);
    for (int i = 1; i <= all->arguments->models && status == EXIT_DONE; i++) {
        char *folder = results_path(out, train_member_name(all->names[i - 1], i));
        status = folder != NULL ? make_member_folder(folder) : say_failed("out of memory (a name in '%s')", out);
        free(folder);
    }
    if (status == EXIT_DONE) begin_record(all);
    return status;
}

static int get_memory(train_models_run *all) {
    size_t rows = clenet_dataset_rows(dataset_of(all)), classes = (size_t)clenet_dataset_classes(dataset_of(all));
    all->sums = calloc(rows, classes * sizeof *all->sums);
    all->holders = calloc(rows, sizeof *all->holders);
    if (all->sums != NULL && all->holders != NULL) return EXIT_DONE;
    return say_failed("out of memory (the networks' predictions for %zu images)", rows);
}

static int make_ready(train_models_run *all) {
    int status = check_rows(all);
    if (status == EXIT_DONE) status = get_memory(all);
    return status == EXIT_DONE ? make_folders(all) : status;
}

/* ---- one network after the other ------------------------------------------------------------------------------------- */

/* Adds the network's predictions for the rows that it held out. */
static clenet_status add_answers(train_models_run *all, const train_run *run, clenet_error *error) {
    size_t count, classes = (size_t)clenet_dataset_classes(dataset_of(all));
    const uint32_t *rows = clenet_trainer_validation_rows(run->trainer, &count);
    if (count == 0) return CLENET_OK;
    float *probabilities = calloc(count, classes * sizeof *probabilities);
    if (probabilities == NULL) {
        (void)snprintf(error->message, sizeof error->message, "out of memory (a network's predictions)");
        return CLENET_ERROR_MEMORY;
    }
    clenet_status status =
        train_findings_ask(probabilities, run->model, run->inputs->device, dataset_of(all), rows, count, error);
    for (size_t i = 0; i < count && status == CLENET_OK; i++) {
        all->holders[rows[i]]++;
        for (size_t c = 0; c < classes; c++) all->sums[rows[i] * classes + c] += (double)probabilities[i * classes + c];
    }
    free(probabilities);
    return status;
}

/* Counts the images held out that the network predicted right after its last epoch. Unlike the best epoch, that one was not chosen
 * by these images. */
static void add_last(train_models_run *all, const train_run *run) {
    size_t rows;
    const history *epochs = &run->figures.epochs;
    (void)clenet_trainer_validation_rows(run->trainer, &rows);
    double share = epochs->count > 0 ? epochs->epochs[epochs->count - 1].val_accuracy : (double)NAN;
    if (rows == 0 || isnan(share)) return;
    all->last.rows += rows;
    all->last.right += (uint64_t)llround(share * (double)rows);
}

/* Adds a trained network's results to those of the whole run. */
static int take(train_models_run *all, train_run *run) {
    clenet_error error;
    const train_arguments *a = run->arguments;
    page_network *network = &all->networks[a->member - 1];
    const clenet_training_result *result = &run->result;
    if (add_answers(all, run, &error) != CLENET_OK) return say_error(&error);
    *network = (page_network){
        .name = all->names[a->member - 1], .linked = run->reported, .seed = a->options.seed, .result = *result};
    network->part = clenet_validation_parts(a->options.validation) > 0 ? a->options.fold + 1 : 0;
    network->accuracy = isnan(result->best.val_accuracy) ? result->best.accuracy : result->best.val_accuracy;
    all->seconds += run->seconds;
    add_last(all, run);
    all->models[a->member - 1] = run->model;
    run->model = NULL;
    return EXIT_DONE;
}

static int train_member(train_models_run *all, int member) {
    train_arguments own = *all->arguments;
    char *folder = results_path(own.out, all->names[member - 1]);
    if (folder == NULL) return say_failed("out of memory (a name in '%s')", own.out);
    own.member = member;
    own.whole = own.out;
    own.out = folder;
    int parts = clenet_validation_parts(own.options.validation);
    own.options.fold = parts > 0 ? (member - 1) % parts : 0;
    own.options.own_split_seed = true;
    own.options.split_seed = own.options.seed;
    own.options.seed += (uint64_t)member - 1;
    train_run run = {.arguments = &own, .inputs = all->first->inputs, .folder = all->first->folder};
    run.command = all->first->command;
    run.whole_record = &all->record;
    run.held = all->first->model != NULL ? clenet_model_network(all->first->model) : NULL;
    run.checkpoint = train_checkpoint_none();
    bool goes_on = all->first->checkpoint.resume_from != NULL;
    int status = goes_on ? train_checkpoint_continue(&run.checkpoint, &own) : EXIT_DONE;
    if (status == EXIT_DONE) status = train_run_load(&run);
    if (status == EXIT_DONE) status = train_run_ready(&run);
    if (status == EXIT_DONE) status = train_run_learn(&run);
    if (status == EXIT_DONE) status = take(all, &run);
    all->kept = all->kept || run.kept;
    train_run_free(&run);
    free(folder);
    return status;
}

/* ---- the whole run ------------------------------------------------------------------------------------------------------- */

static void sum_up(train_models_run *all) {
    double count = all->arguments->models, sum = 0.0, squares = 0.0;
    for (int i = 0; i < all->arguments->models; i++) sum += all->networks[i].accuracy;
    all->mean = sum / count;
    for (int i = 0; i < all->arguments->models; i++) {
        double off = all->networks[i].accuracy - all->mean;
        squares += off * off;
    }
    all->spread = sqrt(squares / (count - 1.0));
}

/* Collects the rows that were held out [*count], and the mean of the predictions for each. */
static void collect(const train_models_run *all, uint32_t *rows, float *probabilities, size_t *count) {
    size_t classes = (size_t)clenet_dataset_classes(dataset_of(all));
    *count = 0;
    for (size_t row = 0; row < clenet_dataset_rows(dataset_of(all)); row++) {
        if (all->holders[row] == 0) continue;
        rows[*count] = (uint32_t)row;
        for (size_t c = 0; c < classes; c++)
            probabilities[*count * classes + c] = (float)(all->sums[row * classes + c] / all->holders[row]);
        ++*count;
    }
}

/* Evaluates the networks on the images that they did not train on; a failure here does not fail the run. */
static void look_back(train_models_run *all) {
    clenet_error error = {.message = "out of memory (the networks' predictions)"};
    size_t count = 0, total = clenet_dataset_rows(dataset_of(all));
    size_t classes = (size_t)clenet_dataset_classes(dataset_of(all));
    uint32_t *rows = calloc(total, sizeof *rows);
    float *probabilities = calloc(total, classes * sizeof *probabilities);
    clenet_status status = rows != NULL && probabilities != NULL ? CLENET_OK : CLENET_ERROR_MEMORY;
    if (status == CLENET_OK) collect(all, rows, probabilities, &count);
    if (count > 0) status = train_findings_of(&all->found, probabilities, dataset_of(all), rows, count, &error);
    if (status != CLENET_OK) say_line("warning: %s; the run is not affected", error.message);
    free(probabilities);
    free(rows);
}

/* Writes the model of all networks, and its predictions for --test. */
static int join(train_models_run *all) {
    clenet_error error;
    const train_inputs *in = all->first->inputs;
    const clenet_model *models[MODELS_MOST];
    for (int i = 0; i < all->arguments->models; i++) models[i] = all->models[i];
    clenet_status status = clenet_model_join(&all->joined, models, (size_t)all->arguments->models, &error);
    if (status == CLENET_OK) status = clenet_model_save(all->joined, all->model_path, &error);
    int ended = status == CLENET_OK ? EXIT_DONE : say_error(&error);
    if (ended == EXIT_DONE && in->test != NULL)
        ended = results_predict(all->joined, in->device, in->test, 1, all->submission_path);
    if (ended == EXIT_DONE && train_test_score(&all->tested, all->joined, in->device, in->test, &error) != CLENET_OK)
        say_line("warning: %s; the run is not affected", error.message);
    return ended;
}

static bool report(const train_models_run *all) {
    train_models_report facts = {.arguments = all->arguments, .networks = all->networks, .found = all->found};
    facts.data = all->first->inputs->data;
    facts.dataset = dataset_of(all);
    facts.device = all->first->inputs->device;
    facts.model = all->joined;
    facts.last = all->last, facts.tested = all->tested;
    facts.mean = all->mean, facts.spread = all->spread;
    facts.seconds = all->seconds;
    const train_arguments *a = all->arguments;
    bool can = draw_curves(facts.why, a->out, (figure_format)a->figures, all->networks, (size_t)a->models);
    facts.said = a->quiet && !can; /* a format that cannot be drawn needs no message */
    bool written = train_report_write_models(&facts);
    const train_figures drawn = {.subject = {.folder = a->out}, .format = (figure_format)a->figures};
    train_figures_tidy(&drawn);
    return written;
}

static void say_end(const train_models_run *all, bool reported) {
    char share[TEXT_SIZE], spread[TEXT_SIZE], low[TEXT_SIZE], high[TEXT_SIZE], right[TEXT_SIZE], rows[TEXT_SIZE];
    const train_arguments *a = all->arguments;
    const char *of = clenet_validation_parts(a->options.validation) > 0 ? "validation" : "training";
    for (int i = 0; i < a->models; i++)
        say_line("%s: %s accuracy %s", all->names[i], of, text_percent(share, all->networks[i].accuracy));
    say_line("%d networks: mean %s, standard deviation %s", a->models, text_percent(share, all->mean),
             text_percent(spread, all->spread));
    if (all->found != NULL)
        say_line(
            "out-of-fold accuracy %s, 95 %% interval %s to %s: %s of %s images, each by the networks that held it out",
            text_percent(share, all->found->accuracy), text_percent(low, all->found->low),
            text_percent(high, all->found->high), text_count(right, all->found->right),
            text_count(rows, all->found->rows));
    if (all->found != NULL && all->last.rows == all->found->rows && a->options.keep == CLENET_KEEP_BEST)
        say_line("after the last epoch of each network, which these images did not choose: %s",
                 text_percent(share, page_score_share(all->last)));
    train_test_say(all->tested, a->test);
    say_line("results: %s%s%s", all->model_path, a->test != NULL ? ", " : "",
             a->test != NULL ? all->submission_path : "");
    if (reported) say_line("report: %s/report.html", a->out);
    train_report_say_drawing_page(a->out);
}

/* NULL if out of memory. */
static json_t *networks_of(const train_models_run *all) {
    json_t *networks = json_array();
    for (int i = 0; i < all->arguments->models; i++) {
        const page_network *n = &all->networks[i];
        json_t *network = json_pack("{s:s, s:i, s:i, s:f}", "folder", n->name, "epochs", n->result.epochs, "kept",
                                    n->result.kept, "accuracy", n->accuracy);
        if (json_array_append_new(networks, network) == 0) continue;
        json_decref(networks);
        return NULL;
    }
    return networks;
}

/* The result in run.json: accuracies are those on the images held out, if any are. NULL if out of memory. */
static json_t *result_of(const train_models_run *all) {
    bool validated = clenet_validation_parts(all->arguments->options.validation) > 0;
    int epochs = 0;
    for (int i = 0; i < all->arguments->models; i++) epochs += all->networks[i].result.epochs;
    return json_pack("{s:s, s:i, s:o, s:f, s:f, s:o, s:f, s:o}", "stopped",
                     interrupt_signal() != 0 ? "signal" : "epochs", "epochs", epochs, "val_accuracy",
                     validated ? json_real(all->mean) : json_null(), "mean", all->mean, "spread", all->spread,
                     "out_of_fold_accuracy", all->found != NULL ? json_real(all->found->accuracy) : json_null(),
                     "seconds", all->seconds, "networks", networks_of(all));
}

static int finish(train_models_run *all) {
    int status = join(all);
    if (status != EXIT_DONE) return status;
    sum_up(all);
    look_back(all);
    bool reported = report(all);
    train_record_end(&all->record, all->arguments->out, result_of(all));
    if (all->arguments->json && train_record_print(&all->record) != EXIT_DONE) return EXIT_FAILED;
    if (!all->arguments->quiet) say_end(all, reported);
    return interrupt_signal() != 0 ? EXIT_SIGNAL + interrupt_signal() : EXIT_DONE;
}

static void free_all(train_models_run *all) {
    for (int i = 0; i < MODELS_MOST; i++) clenet_model_free(all->models[i]);
    clenet_model_free(all->joined);
    train_record_free(&all->record, all->kept);
    findings_free(all->found);
    free(all->holders);
    free(all->sums);
    free(all->submission_path);
    free(all->model_path);
    if (all->lock >= 0) (void)close(all->lock);
}

int train_models(train_run *run) {
    train_models_run all = {.first = run, .arguments = run->arguments, .lock = -1};
    int status = make_ready(&all);
    for (int i = 1; i <= run->arguments->models && status == EXIT_DONE; i++) status = train_member(&all, i);
    if (status == EXIT_DONE) status = finish(&all);
    free_all(&all);
    return status;
}
