/* certify_part.c - clenet certify-part: measures one part of a device's certificate.
 *
 * clenet certify starts it as a child process, so that a driver that crashes costs one part. Each line on standard output is an
 * object of JSON, with members of the part. If the value is an object, it is one more element of the part's list of that name. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/commands.h"
#include "cmd/base/device_setting.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/device/certificate.h"
#include "cmd/device/speed.h"
#include "clenet/clenet.h"

typedef struct part_arguments {
    const char *tiles, *plain, *gemm;
    bool quick;
} part_arguments;

static const option_spec options[] = {
    OPTION_ROW(TEXT, part_arguments, tiles, "tiles", "TILES", "tiles: a kind and numbers, such as group,group=256"),
    OPTION_ROW(TEXT, part_arguments, plain, "plain", "LIST", "programs with plain kernels, comma-separated"),
    OPTION_ROW(TEXT, part_arguments, gemm, "gemm", "WHAT", "own or clblast (default own)"),
    OPTION_ROW(FLAG, part_arguments, quick, "quick", NULL, "only batch 32"),
};

/* What a part works on. */
typedef struct part_work {
    clenet_device_options *options;
    clenet_device *device;
    clenet_profile *profile; /* NULL: none */
    bool quick;
    clenet_error *error;
} part_work;

enum { VALUE_MOST = 3000, LOG_MOST = 1000 /* bytes of a text in a line, which CHILD_SAID limits */, JSON_DIGITS = 9 };

/* Prints the object as a line, and frees it. If out of memory, the line is missing. */
static void put(json_t *line) {
    if (line == NULL) return;
    (void)json_dumpf(line, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(JSON_DIGITS));
    (void)putchar('\n');
    (void)fflush(stdout);
    json_decref(line);
}

/* {"list": item}; takes over the item. */
static void put_item(const char *list, json_t *item) {
    put(json_pack("{s:o*}", list, item));
}

static json_t *cut_text(const char *text, int most) {
    char cut[VALUE_MOST + 1];
    (void)snprintf(cut, sizeof cut, "%.*s", most, text);
    return json_text(cut);
}

/* JSON has no infinity: then null. */
static json_t *share(double value) {
    return value <= 1e300 ? json_real(value) : json_null();
}

/* ---- the device ---- */

enum { ID_SIZE = 24 };

/* user: the device's number, char [ID_SIZE]. */
static void put_property(const char *name, const char *value, void *user) {
    size_t length = strlen(value);
    if (strcmp(name, "id") == 0) (void)snprintf(user, ID_SIZE, "%s", value);
    if (strncmp(name, "CL_", 3) == 0 && length > 0 && length < 19 && strspn(value, "0123456789") == length)
        put(json_pack("{s:I}", name, (json_int_t)strtoll(value, NULL, 10)));
    else
        put(json_pack("{s:o*}", name, cut_text(value, VALUE_MOST)));
}

/* The list of devices has the processor's name, and says if CLBlast can be used. */
static clenet_status part_device(const part_work *work) {
    char id[ID_SIZE] = "";
    clenet_device_list *list = NULL;
    clenet_status status = clenet_device_properties(work->device, put_property, id, work->error);
    if (status == CLENET_OK) status = clenet_device_list_new(&list, work->options, work->error);
    for (size_t i = 0; status == CLENET_OK && i < clenet_device_list_count(list); i++) {
        const clenet_device_info *info = clenet_device_list_get(list, i);
        if (strcmp(info->id, "cpu") == 0) put(json_pack("{s:o*}", "processor", json_text(info->name)));
        if (strcmp(info->id, id) == 0) put(json_pack("{s:b}", "clblast", info->clblast));
    }
    clenet_device_list_free(list);
    return status;
}

/* ---- numbers ---- */

static void put_checking(const char *programs, void *user) {
    (void)user;
    put(json_pack("{s:s}", "checking", programs));
}

static void put_difference(const clenet_difference *d, void *user) {
    (void)user;
    put_item("differences",
             json_pack("{s:s, s:s, s:o, s:o, s:f}", "operation", d->operation, "result", d->result, "difference",
                       share(d->difference), "largest", share(d->largest), "tolerance", d->tolerance));
}

static void put_program(const clenet_device_program *p, void *user) {
    int *number = user;
    put_item("programs", json_pack("{s:i, s:s, s:f, s:o*}", "number", ++*number, "name", p->name, "seconds", p->seconds,
                                   "options", cut_text(p->options, VALUE_MOST)));
    if (strspn(p->log, " \r\n\t") < strlen(p->log))
        put_item("logs", json_pack("{s:i, s:o*}", "program", *number, "log", cut_text(p->log, LOG_MOST)));
    for (size_t i = 0; i < p->kernel_count; i++) {
        const clenet_device_kernel *k = &p->kernels[i];
        put_item("kernels",
                 json_pack("{s:i, s:s, s:I, s:I, s:I, s:I}", "program", *number, "name", k->name, "private_bytes",
                           (json_int_t)k->private_bytes, "local_bytes", (json_int_t)k->local_bytes, "group_most",
                           (json_int_t)k->group_most, "group_step", (json_int_t)k->group_step));
    }
}

static clenet_status part_numbers(const part_work *work) {
    int number = 0;
    clenet_status status = clenet_device_compare(work->device, put_checking, put_difference, NULL, work->error);
    (void)clenet_device_programs(work->device, put_program, &number, NULL);
    return status;
}

/* ---- speed ---- */

static const int batches[] = {32, 256, 1024};
enum { BATCHES = sizeof batches / sizeof batches[0], FEW_ROWS = 128, QUICK_ROWS = 1024, MOST_ROWS = 65536 };

/* As many rows as an epoch of about half a second takes, but at least a batch: a slow device must end in time. */
static const double EPOCH_SECONDS = 0.5;

/* Times an epoch of `rows` digits, or of one batch if that is more; *rows is then their number. */
static clenet_status time_batch(double *seconds, size_t *rows, const part_work *work, clenet_model *model, int batch) {
    clenet_dataset *digits = NULL;
    if (*rows < (size_t)batch) *rows = (size_t)batch;
    clenet_status status = speed_digits(&digits, *rows, work->error);
    if (status == CLENET_OK) status = speed_epoch(seconds, model, digits, work->device, batch, work->error);
    clenet_dataset_free(digits);
    return status;
}

static clenet_status make_model(clenet_model **model, const part_work *work) {
    clenet_network *network = NULL;
    clenet_status status = clenet_network_lenet(&network, SPEED_SIDE, SPEED_SIDE, 1, SPEED_CLASSES, work->error);
    if (status == CLENET_OK) status = clenet_model_new(model, network, 1, work->error);
    clenet_network_free(network);
    return status;
}

static clenet_status choose_rows(size_t *rows, const part_work *work, clenet_model *model) {
    double seconds = 0;
    size_t few = FEW_ROWS;
    *rows = QUICK_ROWS;
    if (work->quick) return CLENET_OK;
    clenet_status status = time_batch(&seconds, &few, work, model, batches[0]);
    *rows = few;
    while (status == CLENET_OK && (double)*rows < FEW_ROWS / seconds * EPOCH_SECONDS && *rows < MOST_ROWS) *rows *= 2;
    return status;
}

/* The profile's entries before a batch size was trained. */
enum { ENTRIES_MOST = 512 };
typedef struct profile_before {
    uint64_t calls;
    double seconds;
} profile_before;

/* Puts what the entries gained, and remembers them. */
static void put_profile(const clenet_profile *profile, profile_before before[ENTRIES_MOST], int batch) {
    size_t count = clenet_profile_count(profile);
    for (size_t i = 0; i < count && i < ENTRIES_MOST; i++) {
        const clenet_profile_entry *e = clenet_profile_get(profile, i);
        uint64_t calls = e->calls - before[i].calls;
        if (calls > 0 && batch > 0)
            put_item("launches", json_pack("{s:i, s:s, s:I, s:f, s:I, s:I, s:I}", "batch", batch, "name", e->name,
                                           "calls", (json_int_t)calls, "seconds", e->seconds - before[i].seconds,
                                           "work_items", (json_int_t)e->work_items, "groups", (json_int_t)e->groups,
                                           "local_bytes", (json_int_t)e->local_bytes));
        before[i] = (profile_before){.calls = e->calls, .seconds = e->seconds};
    }
}

/* speed; and the same with a profile, which makes steps slower. */
static clenet_status part_speed(const part_work *work) {
    clenet_model *model = NULL;
    profile_before before[ENTRIES_MOST] = {{.calls = 0}};
    size_t rows = 0;
    put(json_pack("{s:o*}", "description", json_text(clenet_device_description(work->device))));
    clenet_status status = make_model(&model, work);
    if (status == CLENET_OK) status = choose_rows(&rows, work, model);
    if (work->profile != NULL) put_profile(work->profile, before, 0);
    for (int i = 0; i < (work->quick ? 1 : BATCHES) && status == CLENET_OK; i++) {
        double seconds = 0;
        size_t images = rows;
        status = time_batch(&seconds, &images, work, model, batches[i]);
        if (status != CLENET_OK) break;
        put_item("epochs", json_pack("{s:i, s:I, s:f, s:f}", "batch", batches[i], "images", (json_int_t)images,
                                     "seconds", seconds, "images_per_second", (double)images / seconds));
        if (work->profile != NULL) put_profile(work->profile, before, batches[i]);
    }
    clenet_model_free(model);
    return status;
}

/* ---- launches and limits ---- */

static clenet_status part_launches(const part_work *work) {
    clenet_launch_times t;
    clenet_status status = clenet_device_launch_times(work->device, &t, work->error);
    if (status != CLENET_OK) return status;
    put(json_pack("{s:f, s:f, s:f, s:f, s:f, s:i}", "latency_seconds", t.latency, "device_latency_seconds",
                  t.device_latency, "gap_seconds", t.gap, "device_gap_seconds", t.device_gap, "step_seconds", t.step,
                  "step_launches", t.step_launches));
    return CLENET_OK;
}

static clenet_status part_limits(const part_work *work) {
    clenet_device_limits limits;
    clenet_status status = clenet_device_measure(work->device, &limits, work->error);
    if (status == CLENET_OK)
        put(json_pack("{s:f, s:f}", "flops", limits.flops, "bytes_per_second", limits.bytes_per_second));
    return status;
}

/* ---- the command ---- */

static const struct {
    const char *name;
    clenet_status (*measure)(const part_work *work);
    bool profiles;
} parts[] = {
    {"device", part_device, false}, {"numbers", part_numbers, false},   {"speed", part_speed, false},
    {"profile", part_speed, true},  {"launches", part_launches, false}, {"limits", part_limits, false},
};
enum { PARTS = sizeof parts / sizeof parts[0] };

/* Every run compiles again, and nothing is remembered: a certificate describes clenet as it is delivered. */
static clenet_status measure(int part, const char *spec, const part_arguments *arguments, clenet_error *error) {
    device_setting setting;
    if (device_setting_make(&setting, &(device_arguments){.spec = spec}) != EXIT_DONE) {
        (void)snprintf(error->message, sizeof error->message, "out of memory (a part)");
        return error->status = CLENET_ERROR_MEMORY;
    }
    setting.options.probe_command = NULL; /* this process is the probe itself */
    setting.options.cache_folder = NULL;
    setting.options.plain = arguments->plain != NULL ? arguments->plain : "";
    setting.options.tiles = arguments->tiles;
    setting.options.gemm = arguments->gemm != NULL ? arguments->gemm : "own";
    part_work work = {.options = &setting.options, .quick = arguments->quick, .error = error};
    clenet_status status = CLENET_OK;
    if (parts[part].profiles) status = clenet_profile_new(&work.profile, error);
    setting.options.profile = work.profile;
    if (status == CLENET_OK) status = clenet_device_open(&work.device, spec, &setting.options, error);
    if (status == CLENET_OK) status = parts[part].measure(&work);
    clenet_device_free(work.device);
    clenet_profile_free(work.profile);
    device_setting_free(&setting);
    return status;
}

static int run_certify_part(int argc, char **argv) {
    part_arguments arguments = {.tiles = NULL};
    const char *operands[OPERANDS_MOST];
    int status = options_read(&certify_part_command, argc, argv, &arguments, operands);
    if (status != OPTIONS_GO_ON) return status;
    int part = 0;
    while (part < PARTS && strcmp(operands[0], parts[part].name) != 0) part++;
    if (part == PARTS) return say_wrong_usage("certify-part", "unknown part '%s'", operands[0]);
    clenet_error error;
    if (measure(part, operands[1], &arguments, &error) == CLENET_OK) return EXIT_DONE;
    put(json_pack("{s:o*}", "failure", json_text(error.message)));
    return EXIT_FAILED;
}

const command_spec certify_part_command = {
    .name = "certify-part",
    .synopsis = "PART DEVICE [OPTION]...",
    .purpose = "measure one part of a device's certificate",
    .about = "  PART    device, numbers, speed, profile, launches or limits\n"
             "  DEVICE  as for --device\n\n"
             "Prints lines of JSON. The exit status is 0, or 1 after {\"failure\": \"...\"}.\n"
             "Nothing is stored.\n",
    .operands = {"PART", "DEVICE"},
    .operands_least = 2,
    .operands_most = 2,
    OPTION_TABLE(options),
    .hidden = true,
    .run = run_certify_part,
};
