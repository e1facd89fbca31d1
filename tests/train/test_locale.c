/* Files are the same, and read back, if the host's locale writes a comma where C writes a point. The locale is made here. */
#include <jansson.h>
#include <locale.h>
#include <stdlib.h>

#include "fixture.h"
#include "scratch.h"

static const char *const files[] = {"network.txt", "model.safetensors", "history.csv", "trace.json", "checkpoint"};
enum { FILES = sizeof files / sizeof files[0], NAME_SIZE = 64 };

static void leave(void) {
    (void)system("rm -rf comma.UTF-8");
    scratch_leave();
}

TestSuite(locale, .init = scratch_enter, .fini = leave);

/* false: this machine cannot make the locale. */
static bool enter_comma_locale(void) {
    cr_assert_eq(setenv("LOCPATH", scratch_folder, 1), 0);
    if (system("localedef -c -i de_DE -f UTF-8 ./comma.UTF-8 >/dev/null 2>&1") < 0) return false;
    return setlocale(LC_ALL, "comma.UTF-8") != NULL && strcmp(localeconv()->decimal_point, ",") == 0;
}

static int stop(const clenet_progress *progress, void *user) {
    (void)progress, (void)user;
    return 1;
}

/* Writes each of the files once, with `suffix` behind its name. */
static void write_files(const char *suffix) {
    fixture f = fixture_new(200, 1);
    char name[FILES][NAME_SIZE];
    for (int i = 0; i < FILES; i++) (void)snprintf(name[i], NAME_SIZE, "%s%s", files[i], suffix);
    scratch_text(name[0], clenet_network_text(clenet_model_network(f.model)));
    ok(&f, clenet_model_save(f.model, name[1], &f.error));
    const clenet_epoch epoch = {
        .epoch = 1, .accuracy = 0.28125, .loss = 2.5, .val_accuracy = 0.75, .val_loss = 1e-9, .seconds = 1.5};
    ok(&f, clenet_history_append(name[2], &epoch, &f.error));

    clenet_profile *profile;
    ok(&f, clenet_profile_new(&profile, &f.error));
    clenet_device *device;
    clenet_device_options device_options;
    clenet_device_options_init(&device_options, sizeof device_options);
    device_options.profile = profile;
    ok(&f, clenet_device_open(&device, "cpu", &device_options, &f.error));
    clenet_training_options options;
    clenet_training_options_init(&options, sizeof options);
    options.on_progress = stop;
    options.validation = 0.25;
    clenet_trainer *trainer;
    clenet_training_result result;
    ok(&f, clenet_trainer_new(&trainer, f.model, f.digits, device, &options, &f.error));
    ok(&f, clenet_trainer_run(trainer, &result, &f.error));
    ok(&f, clenet_trainer_save(trainer, name[4], "a note", &f.error));
    ok(&f, clenet_profile_write_trace(profile, name[3], &f.error));
    clenet_trainer_free(trainer);
    clenet_device_free(device);
    clenet_profile_free(profile);
    fixture_free(&f);
}

static void expect_same(int file) {
    char other[NAME_SIZE];
    (void)snprintf(other, sizeof other, "%s.comma", files[file]);
    size_t sizes[2];
    char *point = scratch_read(files[file], &sizes[0]), *comma = scratch_read(other, &sizes[1]);
    cr_expect(sizes[0] == sizes[1] && memcmp(point, comma, sizes[0]) == 0, "%s differs", files[file]);
    free(point);
    free(comma);
}

/* Times differ from run to run, so the trace and the checkpoint are read. */
static void expect_readable(void) {
    json_error_t reason;
    json_t *trace = json_load_file("trace.json.comma", 0, &reason);
    cr_expect_not_null(trace, "the trace is no JSON: line %d: %s", reason.line, reason.text);
    json_decref(trace);

    clenet_error error = {0};
    clenet_checkpoint *checkpoint = NULL;
    cr_assert(clenet_checkpoint_load(&checkpoint, "checkpoint.comma", &error) == CLENET_OK, "%s", error.message);
    clenet_training_options options;
    clenet_checkpoint_options(checkpoint, &options, sizeof options);
    cr_expect(options.learning_rate == 1e-3F && options.validation == 0.25);
    clenet_checkpoint_free(checkpoint);

    clenet_model *model = NULL;
    cr_assert(clenet_model_load(&model, "model.safetensors.comma", &error) == CLENET_OK, "%s", error.message);
    clenet_model_free(model);
    size_t size;
    char *text = scratch_read("network.txt", &size);
    clenet_network *network = NULL;
    cr_assert(clenet_network_parse(&network, text, "text", &error) == CLENET_OK, "%s", error.message);
    cr_expect_str_eq(clenet_network_text(network), text);
    clenet_network_free(network);
    free(text);
}

Test(locale, a_comma_locale_changes_no_file_and_reads_every_one) {
    write_files("");
    if (!enter_comma_locale()) cr_skip_test("no localedef, or no source of de_DE (Debian: locales)");
    write_files(".comma");
    for (int i = 0; i < 3; i++) expect_same(i);
    expect_readable();
    clenet_error error;
    clenet_network *network;
    cr_expect(clenet_network_parse(&network, "input 28x28\ndropout 1.5\n", "text", &error) == CLENET_ERROR_FORMAT);
    cr_expect(strstr(error.message, "1.5") != NULL, "%s", error.message);
    cr_expect_str_eq(localeconv()->decimal_point, ",", "the host's locale was changed");
}
