/* verdict.c - see verdict.h. */
#include "lib/backend/opencl/disk/verdict.h"

#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "lib/backend/opencl/disk/device_record.h"
#include "lib/backend/opencl/opencl.h"
#include "lib/base/child.h"
#include "lib/base/json_read.h"

/* True for names as in a list and on a command line: letters, digits, '_' and commas. */
static bool is_list(const char *text) {
    return strlen(text) < OPENCL_PLAIN && strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789,") == strlen(text);
}

/* Copies one line of UTF-8 that jansson checked; a long line is cut between two characters. */
static void put_failure(char failure[VERDICT_TEXT], const char *text) {
    size_t length = strlen(text);
    if (length > VERDICT_TEXT - 1) length = VERDICT_TEXT - 1;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) length--;
    for (size_t i = 0; i < length; i++) failure[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7F ? ' ' : text[i];
    failure[length] = '\0';
}

/* Reads an object in the form of verdict.h. False if it is not one: a verdict that failed must have a reason. */
static bool parse(opencl_verdict *verdict, const json_t *object) {
    const json_t *passed = json_object_get(object, "passed");
    const json_t *speed = json_object_get(object, "images_per_second");
    const char *failure = json_string_value(json_object_get(object, "failure"));
    if (!json_is_boolean(passed) || (speed != NULL && !json_is_number(speed))) return false;
    opencl_verdict read = {.known = true, .passed = json_is_true(passed)};
    if (speed != NULL) read.images_per_second = json_number_value(speed);
    if (!isfinite(read.images_per_second) || read.images_per_second < 0.0) return false;
    if (!read.passed && (failure == NULL || failure[0] == '\0')) return false;
    if (!read.passed) put_failure(read.failure, failure);
    const char *cpu = json_string_value(json_object_get(object, "cpu"));
    double beside = json_number_value(json_object_get(object, "cpu_images_per_second"));
    if (cpu != NULL && isfinite(beside) && beside > 0.0) {
        (void)snprintf(read.cpu, sizeof read.cpu, "%s", cpu);
        read.cpu_images_per_second = beside;
    }
    const char *plain = json_string_value(json_object_get(object, "plain"));
    if (plain != NULL && !is_list(plain)) return false;
    if (plain != NULL) (void)snprintf(read.plain, sizeof read.plain, "%s", plain);
    *verdict = read;
    return true;
}

/* ---- remembering -------------------------------------------------------------------------------------------------- */

static const char kind[] = "device";

json_t *verdicts_read(const opencl_found *device, const char *cache_folder) {
    json_t *record = device_record_read(kind, device, cache_folder), *verdicts = json_array();
    const json_t *jobs = json_object_get(record, "jobs");
    for (size_t i = 0; i < json_array_size(jobs); i++) {
        json_t *entry = json_array_get(jobs, i);
        opencl_verdict read;
        if (json_is_string(json_object_get(entry, "job")) && parse(&read, entry))
            (void)json_array_append(verdicts, entry);
    }
    json_decref(record);
    return verdicts;
}

/* The place of the job in the array; its size if it is not there. */
static size_t find(const json_t *verdicts, const char *job) {
    size_t i = 0, count = json_array_size(verdicts);
    while (i < count && strcmp(json_string_value(json_object_get(json_array_get(verdicts, i), "job")), job) != 0) i++;
    return i;
}

opencl_verdict verdicts_find(const json_t *verdicts, const char *job) {
    opencl_verdict verdict = {0};
    size_t count = json_array_size(verdicts), i = job != NULL ? find(verdicts, job) : count - 1;
    if (i < count) (void)parse(&verdict, json_array_get(verdicts, i));
    return verdict;
}

void verdicts_put(json_t *verdicts, const opencl_verdict *verdict, const char *job) {
    if (!verdict->known) return;
    char failure[VERDICT_TEXT];
    memcpy(failure, verdict->failure, sizeof failure);
    failure[VERDICT_TEXT - 1] = '\0';
    json_t *text = json_string(failure);
    if (text == NULL) { /* not UTF-8 */
        device_record_make_ascii(failure);
        text = json_string(failure);
    }
    json_t *entry = json_pack("{s:s, s:b, s:f, s:s, s:o, s:s, s:f}", "job", job, "passed", (int)verdict->passed,
                              "images_per_second", verdict->images_per_second, "plain", verdict->plain, "failure", text,
                              "cpu", verdict->cpu, "cpu_images_per_second", verdict->cpu_images_per_second);
    (void)json_array_remove(verdicts, find(verdicts, job));
    if (entry != NULL) (void)json_array_append_new(verdicts, entry);
    while (json_array_size(verdicts) > VERDICT_JOBS) (void)json_array_remove(verdicts, 0);
}

void verdict_write(const opencl_verdict *verdict, const char *job, const opencl_found *device,
                   const char *cache_folder) {
    if (cache_folder == NULL || !verdict->known) return;
    json_t *verdicts = verdicts_read(device, cache_folder);
    if (verdicts == NULL) return;
    verdicts_put(verdicts, verdict, job);
    json_t *record = json_pack("{s:o}", "jobs", verdicts);
    device_record_write(record, kind, device, cache_folder);
    json_decref(record);
}

/* ---- asking ------------------------------------------------------------------------------------------------------- */

/* Signals that people and systems send to end a process: they are no evidence against a driver. */
static bool was_sent(int number) {
    return number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT;
}

/* The list under the name in the line of a child; "" if there is none. */
static void put_list(char list[OPENCL_PLAIN], const char *line, const char *name) {
    json_error_t reason;
    json_t *object = json_read(line, strlen(line), 0, &reason);
    const char *text = json_string_value(json_object_get(object, name));
    (void)snprintf(list, OPENCL_PLAIN, "%s", text != NULL && is_list(text) ? text : "");
    json_decref(object);
}

/* The verdict of a child's run, and the programs that it blames. */
static opencl_verdict judge(char blame[OPENCL_PLAIN], const child_result *ran, const char *line, double seconds) {
    opencl_verdict verdict = {.known = true};
    put_list(blame, line, ran->ending == CHILD_EXITED ? "blame" : "checking");
    const char *at = blame[0] != '\0' ? " in " : "";
    if (ran->ending == CHILD_HUNG) {
        (void)snprintf(verdict.failure, VERDICT_TEXT, "the check did not end within %.0f seconds%s%s, and was stopped",
                       seconds, at, blame);
        return verdict;
    }
    if (ran->ending == CHILD_KILLED) {
        (void)snprintf(verdict.failure, VERDICT_TEXT, "the check crashed%s%s: %s", at, blame, ran->how);
        return verdict;
    }
    opencl_verdict said = {0};
    json_error_t reason;
    json_t *object = json_read(line, strlen(line), 0, &reason);
    bool valid = object != NULL && parse(&said, object);
    json_decref(object);
    if (valid && said.passed == (ran->code == 0)) return said;
    (void)snprintf(verdict.failure, VERDICT_TEXT, "the check ended with status %d and %s", ran->code,
                   valid ? "another verdict" : "without a verdict");
    return verdict;
}

/* Adds the blamed names that are not plain yet; false if there is none, or no room. */
static bool add_plain(char plain[OPENCL_PLAIN], const char *blame) {
    bool added = false;
    for (const char *at = blame; *at != '\0';) {
        size_t length = strcspn(at, ","), used = strlen(plain);
        char name[OPENCL_PLAIN] = "";
        if (used + length + 2 > OPENCL_PLAIN) return false;
        memcpy(name, at, length);
        if (length > 0 && !opencl_is_plain(plain, name)) {
            if (used > 0) plain[used++] = ',';
            memcpy(plain + used, name, length + 1);
            added = true;
        }
        at += length + (at[length] == ',');
    }
    return added;
}

/* The arguments of a child, which are lent; NULL ends them. */
static void put_arguments(const char *arguments[16], const opencl_found *device, const verdict_question *question) {
    const char *const given[][2] = {{"--job", question->job},
                                    {"--plain", question->plain},
                                    {"--tiles", question->tiles},
                                    {"--gemm", question->gemm}};
    int count = 0;
    arguments[count++] = question->command;
    arguments[count++] = "check-device";
    arguments[count++] = device->id;
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        if (given[i][1] == NULL || given[i][1][0] == '\0') continue;
        arguments[count++] = given[i][0];
        arguments[count++] = given[i][1];
    }
    if (question->stop != NULL) arguments[count++] = "--background";
    arguments[count] = NULL;
}

clenet_status verdict_ask_once(opencl_verdict *verdict, char named[OPENCL_PLAIN], const opencl_found *device,
                               const verdict_question *question, clenet_error *error) {
    const char *arguments[16];
    child_result ran;
    put_arguments(arguments, device, question);
    int failure = child_run_command(&ran, arguments, question->seconds, question->stop);
    if (failure != 0)
        return error_set(error, CLENET_ERROR_IO, "cannot start '%s': %s", question->command, strerror(failure));
    if (question->stop != NULL && atomic_load(question->stop))
        return error_set(error, CLENET_ERROR_DEVICE, "the check of device %s %s was stopped", device->id, device->name);
    if (ran.ending == CHILD_KILLED && was_sent(ran.code))
        return error_set(error, CLENET_ERROR_DEVICE, "the check of device %s %s was stopped by signal %d; start again",
                         device->id, device->name, ran.code);
    const char *line = child_last_line(&ran);
    *verdict = judge(named, &ran, line, question->seconds);
    if (ran.ending == CHILD_HUNG) memcpy(named, "all", sizeof "all"); /* all at once: one more such wait, not nine */
    if (verdict->passed) put_list(named, line, "products");
    return CLENET_OK;
}

/* Finds the programs that must run plain kernels by the self-test; "" if it blames none, or if no plain kernels help. */
static clenet_status find_plain(char plain[OPENCL_PLAIN], const opencl_found *device, const verdict_question *question,
                                clenet_error *error) {
    verdict_question test = *question;
    char named[OPENCL_PLAIN];
    opencl_verdict verdict;
    test.job = NULL;
    test.plain = plain;
    plain[0] = '\0';
    do {
        clenet_status status = verdict_ask_once(&verdict, named, device, &test, error);
        if (status != CLENET_OK) return status;
    } while (!verdict.passed && add_plain(plain, named));
    if (!verdict.passed) plain[0] = '\0';
    return CLENET_OK;
}

/* Asks about a job that failed, with plain kernels for the programs to blame, and then for all. The verdict stays as it is if nothing
 * helps. */
static clenet_status ask_plain(opencl_verdict *verdict, char named[OPENCL_PLAIN], const opencl_found *device,
                               const verdict_question *question, clenet_error *error) {
    char lists[2][OPENCL_PLAIN] = {"", "all"};
    verdict_question again = *question;
    bool hung = strcmp(named, "all") == 0;
    clenet_status status = hung ? CLENET_OK : find_plain(lists[0], device, question, error);
    for (int i = 0; i < 2 && status == CLENET_OK && !verdict->passed; i++) {
        opencl_verdict own = {0};
        again.plain = lists[i];
        if (lists[i][0] != '\0') status = verdict_ask_once(&own, named, device, &again, error);
        if (status != CLENET_OK || !own.passed) continue;
        *verdict = own;
        memcpy(verdict->plain, lists[i], OPENCL_PLAIN);
    }
    return status;
}

clenet_status verdict_ask(opencl_verdict *verdict, const opencl_found *device, const verdict_question *question,
                          clenet_error *error) {
    char named[OPENCL_PLAIN], plain[OPENCL_PLAIN];
    bool choice = question->plain[0] == '\0';
    clenet_status status = verdict_ask_once(verdict, named, device, question, error);
    if (status == CLENET_OK && !verdict->passed && choice) status = ask_plain(verdict, named, device, question, error);
    if (status != CLENET_OK || !verdict->passed || !choice || question->gemm != NULL) return status;
    /* A library made the products: is it faster than clenet's kernels? */
    memcpy(plain, verdict->plain, sizeof plain);
    if (!add_plain(plain, named)) return CLENET_OK;
    opencl_verdict own;
    verdict_question without = *question;
    without.plain = plain;
    status = verdict_ask_once(&own, named, device, &without, error);
    if (status != CLENET_OK || !own.passed || own.images_per_second < verdict->images_per_second) return status;
    *verdict = own;
    memcpy(verdict->plain, plain, sizeof plain);
    return CLENET_OK;
}
