/* doctor.c - clenet doctor: diagnoses OpenCL problems. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/base/commands.h"
#include "cmd/base/device_setting.h"
#include "cmd/doctor/facts.h"
#include "cmd/base/say.h"
#include "cmd/doctor/symptoms.h"

/* An odd file name must not turn one line into two. */
static void print_line(const char *head, char *text) {
    for (char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7F) *at = '?';
    (void)printf("%s%s\n", head, text);
}

typedef struct examination {
    doctor_facts facts;
    finding findings[FINDINGS_MOST];
} examination;

static int examine(examination *e, const char *cache_folder) {
    if (!facts_gather(&e->facts, "", cache_folder))
        return say_failed(
            "cannot examine the drivers: this needs a folder for temporary files (TMPDIR) and child processes");
    int count = symptoms_find(e->findings, &e->facts);
    for (int i = 0; i < count; i++) {
        print_line("problem: ", e->findings[i].problem);
        print_line("do: ", e->findings[i].remedy);
    }
    const char *plural = e->facts.devices == 1 ? "" : "s";
    if (count == 0) {
        (void)printf("no problems: %d OpenCL device%s\n", e->facts.devices, plural);
    } else {
        (void)printf("%d OpenCL device%s found; the processor can always be used: --device cpu\n", e->facts.devices,
                     plural);
    }
    return count > 0 && symptoms_stop_all(&e->facts) ? EXIT_FAILED : EXIT_DONE;
}

static int run_doctor(int argc, char **argv) {
    const char *operands[OPERANDS_MOST];
    int status = options_read(&doctor_command, argc, argv, NULL, operands);
    if (status != OPTIONS_GO_ON) return status;

    device_setting setting;
    status = device_setting_make(&setting, &(device_arguments){.spec = NULL});
    if (status != EXIT_DONE) return status;
    examination *e = malloc(sizeof *e);
    status = e != NULL ? examine(e, setting.cache_folder) : say_failed("out of memory (the doctor)");
    free(e);
    device_setting_free(&setting);
    return status;
}

const command_spec doctor_command = {
    .name = "doctor",
    .synopsis = "",
    .purpose = "diagnose OpenCL problems",
    .about = "Checks the OpenCL loader, the drivers, the permissions of the GPU's device files\n"
             "and the environment. Prints each problem with a command that solves it (for\n"
             "Debian and Ubuntu). The exit status is 1 if no OpenCL device can be used.\n",
    .operands_most = 0,
    .run = run_doctor,
};
