/* A device's certificate: what makes it fail, and what it says. */
#include <criterion/criterion.h>
#include <string.h>

#include "cmd/device/certificate.h"

static certificate c;
static char text[CERTIFICATE_TEXT];
static const child_result well = {.ending = CHILD_EXITED};

/* One part with these lines, which ended like this. */
static void part(const char *name, const char *const *lines, const child_result *ran) {
    json_t *made = certificate_begin(&c, name);
    for (; *lines != NULL; lines++) certificate_add(&c, made, *lines);
    certificate_end(&c, made, name, ran, 1.5);
}

static void begin(void) {
    certificate_new(&c);
    part("device", (const char *const[]){"{\"name\": \"Some GPU\", \"driver\": \"1.2\"}", NULL}, &well);
}

static void end(void) {
    certificate_free(&c);
}

TestSuite(certificate, .init = begin, .fini = end);

Test(certificate, a_device_whose_differences_are_small_is_certified_with_the_largest) {
    part("numbers",
         (const char *const[]){"{\"differences\": {\"operation\": \"conv2d\", \"result\": \"inference\", "
                               "\"difference\": 2e-6, \"tolerance\": 1e-3}}",
                               "{\"differences\": {\"operation\": \"conv2d\", \"result\": \"a part\", \"difference\": "
                               "5.0, \"tolerance\": 0}}",
                               "{\"differences\": {\"operation\": \"lenet\", \"result\": \"update\", \"difference\": "
                               "3e-2, \"tolerance\": 1e-1}}",
                               NULL},
         &well);
    cr_expect(certificate_judge(&c, text));
    cr_expect_str_eq(text, "certified: Some GPU agrees with the CPU in every operation; the largest difference is "
                           "2.0e-06, and 3.0e-02 in LeNet");
    cr_expect(json_is_true(json_object_get(c.root, "passed")) && c.whole);
}

Test(certificate, a_difference_above_its_tolerance_is_a_problem_with_its_operation) {
    part("numbers",
         (const char *const[]){"{\"differences\": {\"operation\": \"conv2d\", \"result\": \"gradients\", "
                               "\"difference\": 0.5, \"tolerance\": 1e-3}}",
                               NULL},
         &well);
    cr_expect_not(certificate_judge(&c, text));
    cr_expect_str_eq(text, "not certified: Some GPU: numbers: gradients of conv2d differs from the CPU's by 0.5 of its "
                           "size, more than 1e-03");
    cr_expect(json_is_false(json_object_get(c.root, "passed")));
}

Test(certificate, a_difference_that_is_no_number_is_a_problem) {
    part("numbers",
         (const char *const[]){"{\"differences\": {\"operation\": \"dense\", \"result\": \"update\", \"difference\": "
                               "null, \"tolerance\": 1e-3}}",
                               NULL},
         &well);
    cr_expect_not(certificate_judge(&c, text));
    cr_expect(strstr(text, "update of dense differs from the CPU's by inf"), "%s", text);
}

Test(certificate, a_crash_costs_its_part_and_names_the_programs) {
    child_result crash = {.ending = CHILD_KILLED, .crashed = true, .code = 11};
    strcpy(crash.how, "signal 11 (Segmentation fault)");
    part("numbers",
         (const char *const[]){"{\"checking\": \"gather\"}", "a driver's words",
                               "{\"differences\": {\"operation\": \"x\", \"difference\": 0.0, \"tolerance\": 1e-3}}",
                               "{\"checking\": \"conv2d\"}", NULL},
         &crash);
    cr_expect_not(certificate_judge(&c, text));
    cr_expect_str_eq(text,
                     "not certified: Some GPU: numbers: the process ended: signal 11 (Segmentation fault) in conv2d");
    cr_expect_str_eq(certificate_text(&c, "numbers", "failure"),
                     "the process ended: signal 11 (Segmentation fault) in conv2d");
    cr_expect(certificate_difference(&c, false) == 0 && c.whole);
}

Test(certificate, a_row_has_the_figures_and_dashes_for_what_is_missing) {
    part("speed",
         (const char *const[]){"{\"epochs\": {\"batch\": 32, \"images_per_second\": 12345.6}}",
                               "{\"epochs\": {\"batch\": 1024, \"images_per_second\": 99}}", NULL},
         &well);
    part("launches",
         (const char *const[]){"{\"latency_seconds\": 1e-5, \"gap_seconds\": 2.5e-6, \"step_seconds\": 4e-5}", NULL},
         &well);
    certificate_row(&c, text);
    cr_expect(strstr(text, "| Some GPU | , 1.2 | "), "%s", text);
    cr_expect(strstr(text, " | yes | -, - | 12,345 / - / 99 | - / - / - | 10.0 / 2.5 / 40.0 | "), "%s", text);
}
