/* verdict.c - see verdict.h. A record: {"passed": ..., "images_per_second": ..., "plain": ..., "failure": ...}. */
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
    const char *plain = json_string_value(json_object_get(object, "plain"));
    if (plain != NULL && !is_list(plain)) return false;
    if (plain != NULL) (void)snprintf(read.plain, sizeof read.plain, "%s", plain);
    *verdict = read;
    return true;
}

/* ---- remembering -------------------------------------------------------------------------------------------------- */

static const char kind[] = "device";

opencl_verdict verdict_read(const opencl_found *device, const char *cache_folder) {
    opencl_verdict verdict = {0};
    json_t *object = device_record_read(kind, device, cache_folder);
    (void)parse(&verdict, object);
    json_decref(object);
    return verdict;
}

void verdict_write(const opencl_verdict *verdict, const opencl_found *device, const char *cache_folder) {
    if (!verdict->known) return;
    char failure[VERDICT_TEXT];
    memcpy(failure, verdict->failure, sizeof failure);
    failure[VERDICT_TEXT - 1] = '\0';
    json_t *text = json_string(failure);
    if (text == NULL) { /* not UTF-8 */
        device_record_make_ascii(failure);
        text = json_string(failure);
    }
    json_t *object = json_pack("{s:b, s:f, s:s, s:o}", "passed", verdict->passed, "images_per_second",
                               verdict->images_per_second, "plain", verdict->plain, "failure", text);
    device_record_write(object, kind, device, cache_folder);
    json_decref(object);
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

clenet_status verdict_ask_once(opencl_verdict *verdict, char named[OPENCL_PLAIN], const opencl_found *device,
                               const verdict_question *question, clenet_error *error) {
    const char *arguments[9] = {question->command, "check-device", device->id};
    int count = 3;
    if (question->plain[0] != '\0') arguments[count++] = "--plain", arguments[count++] = question->plain;
    if (question->tiles != NULL) arguments[count++] = "--tiles", arguments[count++] = question->tiles;
    if (question->quick) arguments[count++] = "--quick";
    child_result ran;
    int failure = child_run_command(&ran, arguments, question->seconds);
    if (failure != 0)
        return error_set(error, CLENET_ERROR_IO, "cannot start '%s': %s", question->command, strerror(failure));
    if (ran.ending == CHILD_KILLED && was_sent(ran.code))
        return error_set(error, CLENET_ERROR_DEVICE, "the check of device %s %s was stopped by signal %d; start again",
                         device->id, device->name, ran.code);
    const char *line = child_last_line(&ran);
    *verdict = judge(named, &ran, line, question->seconds);
    if (ran.ending == CHILD_HUNG) memcpy(named, "all", sizeof "all"); /* all at once: one more such wait, not nine */
    if (verdict->passed) put_list(named, line, "products");
    return CLENET_OK;
}

clenet_status verdict_ask(opencl_verdict *verdict, const opencl_found *device, const char *command, double seconds,
                          clenet_error *error) {
    char plain[OPENCL_PLAIN] = "", named[OPENCL_PLAIN];
    const verdict_question question = {.command = command, .plain = plain, .seconds = seconds};
    opencl_verdict own;
    clenet_status status;
    do {
        status = verdict_ask_once(verdict, named, device, &question, error);
        if (status != CLENET_OK) return status;
    } while (!verdict->passed && add_plain(plain, named));
    if (!verdict->passed) return CLENET_OK;
    memcpy(verdict->plain, plain, sizeof plain);
    /* A library made the products: is it faster than clenet's kernels? */
    if (!add_plain(plain, named)) return CLENET_OK;
    status = verdict_ask_once(&own, named, device, &question, error);
    if (status != CLENET_OK || !own.passed || own.images_per_second < verdict->images_per_second) return status;
    *verdict = own;
    memcpy(verdict->plain, plain, sizeof plain);
    return CLENET_OK;
}
