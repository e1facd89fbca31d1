/* fork(): a child gets an error and no hang from handles of its parent, and can make its own. */
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

enum { ROWS = 100, THREADS = 3, CHILD_SECONDS = 30 };

/* Runs the function in a child process: its result is the number of the expectation that failed, or 0. A child that hangs is ended
 * by SIGALRM. */
static void expect_of_child(int (*run)(void *), void *context) {
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) {
        (void)alarm(CHILD_SECONDS);
        _exit(run(context));
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect(WIFEXITED(status), "the child hung or crashed: signal %d", WTERMSIG(status));
    cr_expect(!WIFEXITED(status) || WEXITSTATUS(status) == 0, "expectation %d of the child", WEXITSTATUS(status));
}

typedef struct asked {
    fixture *f;
    clenet_predictor *predictor;
    uint8_t classes[ROWS];
} asked;

static bool refused(clenet_status status, const clenet_error *error) {
    return status == CLENET_ERROR_ARGUMENT && strstr(error->message, "before fork()") != NULL;
}

static int ask_in_child(void *context) {
    asked *a = context;
    fixture *f = a->f;
    clenet_error *error = &f->error;
    uint8_t classes[ROWS];
    clenet_predictor *own = NULL;
    if (!refused(clenet_predictor_classify(a->predictor, f->digits, classes, error), error)) return 1;
    if (!refused(clenet_predictor_set_copies(a->predictor, 2, 1, error), error)) return 2;
    if (!refused(clenet_predictor_new(&own, f->model, f->device, error), error)) return 3;
    clenet_predictor_free(a->predictor);
    clenet_device_free(f->device);
    f->device = NULL;
    if (clenet_device_open(&f->device, "cpu", NULL, error) != CLENET_OK) return 4;
    if (clenet_predictor_new(&own, f->model, f->device, error) != CLENET_OK) return 5;
    if (clenet_predictor_classify(own, f->digits, classes, error) != CLENET_OK) return 6;
    clenet_predictor_free(own);
    return memcmp(classes, a->classes, ROWS) == 0 ? 0 : 7;
}

Test(forked, a_predictor_of_the_parent_is_refused_and_a_new_one_says_the_same) {
    fixture f = fixture_new(ROWS, THREADS);
    asked a = {.f = &f};
    ok(&f, clenet_predictor_new(&a.predictor, f.model, f.device, &f.error));
    ok(&f, clenet_predictor_classify(a.predictor, f.digits, a.classes, &f.error));
    expect_of_child(ask_in_child, &a);
    uint8_t after[ROWS];
    ok(&f, clenet_predictor_classify(a.predictor, f.digits, after, &f.error));
    cr_expect_arr_eq(after, a.classes, ROWS, "the parent's predictor is as it was");
    clenet_predictor_free(a.predictor);
    fixture_free(&f);
}

typedef struct running {
    fixture *f;
    clenet_trainer *trainer;
    int forks;
} running;

static int use_trainer_in_child(void *context) {
    running *r = context;
    clenet_error *error = &r->f->error;
    if (!refused(clenet_trainer_save(r->trainer, "/dev/null", NULL, error), error)) return 1;
    if (!refused(clenet_trainer_run(r->trainer, NULL, error), error)) return 2;
    clenet_trainer_free(r->trainer);
    return 0;
}

static int fork_in_run(const clenet_progress *progress, void *user) {
    running *r = user;
    if (progress->images < ROWS / 2 || r->forks++ > 0) return 0;
    expect_of_child(use_trainer_in_child, r);
    return 0;
}

Test(forked, a_trainer_of_the_parent_is_refused_in_the_middle_of_its_run) {
    fixture f = fixture_new(ROWS, THREADS);
    running r = {.f = &f};
    clenet_training_options options;
    clenet_training_options_init(&options, sizeof options);
    options.epochs = 1;
    options.on_progress = fork_in_run;
    options.user = &r;
    ok(&f, clenet_trainer_new(&r.trainer, f.model, f.digits, f.device, &options, &f.error));
    ok(&f, clenet_trainer_run(r.trainer, NULL, &f.error));
    cr_expect_geq(r.forks, 1);
    clenet_trainer_free(r.trainer);
    fixture_free(&f);
}
