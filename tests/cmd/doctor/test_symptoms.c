/* test_symptoms.c - the doctor's conclusions on machines that the tests do not have, from facts as such machines give them. */
#include "cmd/doctor/symptoms.h"

#include <sys/stat.h>

#include "../scratch.h"

static finding findings[FINDINGS_MOST];

/* PoCL works, and all is well. */
static doctor_facts well(void) {
    doctor_facts facts = {.linker = true, .devices = 1, .driver_count = 1, .vendors = "/etc/OpenCL/vendors"};
    facts.drivers[0] = (driver_facts){
        .icd = "/etc/OpenCL/vendors/pocl.icd", .library = "libpocl.so.2", .kind = DRIVER_POCL, .devices = 1};
    return facts;
}

/* The facts of a machine that has only the loader installed. */
static doctor_facts bare(void) {
    return (doctor_facts){
        .linker = true, .vendors = "/etc/OpenCL/vendors", .reason = "no platform is installed (no .icd)"};
}

static void expect_one(const doctor_facts *facts, const char *problem, const char *remedy) {
    int count = symptoms_find(findings, facts);
    cr_expect_eq(count, 1, "%d findings, the second: %s", count, findings[1].problem);
    cr_expect_not_null(strstr(findings[0].problem, problem), "%s", findings[0].problem);
    cr_expect_not_null(strstr(findings[0].remedy, remedy), "%s", findings[0].remedy);
}

Test(symptoms, a_healthy_machine_has_none) {
    doctor_facts facts = well();
    cr_expect_eq(symptoms_find(findings, &facts), 0);
}

Test(symptoms, a_bare_machine_is_told_the_package_of_its_gpu) {
    doctor_facts facts = bare();
    expect_one(&facts, "no OpenCL driver is installed", "apt-get install pocl-opencl-icd");
    facts.render_nodes = true;
    facts.amd = true;
    expect_one(&facts, "no OpenCL driver is installed", "apt-get install mesa-opencl-icd");
    facts.intel = true;
    expect_one(&facts, "no OpenCL driver is installed", "apt-get install mesa-opencl-icd intel-opencl-icd");
    facts = bare();
    facts.nvidia = true;
    expect_one(&facts, "no OpenCL driver is installed", "apt-get install nvidia-opencl-icd");
}

Test(symptoms, an_nvidia_container_is_told_to_name_the_driver) {
    doctor_facts facts = bare();
    facts.nvidia = true;
    (void)strcpy(facts.nvidia_library, "/usr/lib/x86_64-linux-gnu/libnvidia-opencl.so.1");
    expect_one(&facts, "but no .icd file in /etc/OpenCL/vendors names it", "echo libnvidia-opencl.so.1 | ");
    facts.driver_count = 1;
    facts.devices = facts.gpus = 1;
    facts.drivers[0] =
        (driver_facts){.icd = "n.icd", .library = "libnvidia-opencl.so.1", .kind = DRIVER_NVIDIA, .devices = 1};
    cr_expect_eq(symptoms_find(findings, &facts), 0);
}

Test(symptoms, a_gpu_with_only_the_processors_driver_is_told_its_own) {
    doctor_facts facts = well();
    facts.render_nodes = true;
    facts.intel = true;
    expect_one(&facts, "this machine has an Intel GPU, and no OpenCL driver for it",
               "apt-get install intel-opencl-icd");
    facts.amd = true;
    facts.drivers[0].kind = DRIVER_INTEL;
    expect_one(&facts, "this machine has an AMD GPU, and no OpenCL driver for it", "apt-get install mesa-opencl-icd");
    facts.gpus = 1;
    cr_expect_eq(symptoms_find(findings, &facts), 0);
}

Test(symptoms, a_container_without_the_gpus_device_files_is_told_how_to_get_them) {
    doctor_facts facts = well();
    facts.amd = true;
    facts.drivers[0].kind = DRIVER_AMD;
    expect_one(&facts, "this machine has an AMD GPU, but there is no /dev/dri/renderD*",
               "docker run --device /dev/dri");
}

Test(symptoms, a_user_who_may_not_open_the_gpu_is_told_the_group) {
    doctor_facts facts = well();
    (void)strcpy(facts.closed_node, "/dev/dri/renderD128");
    (void)strcpy(facts.closed_group, "render");
    expect_one(&facts, "you have no permission to open the GPU's /dev/dri/renderD128", "sudo usermod -aG render");
}

Test(symptoms, rusticl_is_told_the_driver_of_the_gpu) {
    doctor_facts facts = well();
    facts.drivers[0] = (driver_facts){.icd = "r.icd", .library = "libRusticlOpenCL.so.1", .kind = DRIVER_RUSTICL};
    facts.devices = 0;
    facts.render_nodes = true;
    facts.amd = true;
    expect_one(&facts, "since RUSTICL_ENABLE is not set", "export RUSTICL_ENABLE=radeonsi");
    facts.intel = true;
    expect_one(&facts, "since RUSTICL_ENABLE is not set", "export RUSTICL_ENABLE=radeonsi,iris");
}

Test(symptoms, clover_without_devices_beside_others_is_no_fault) {
    doctor_facts facts = well();
    facts.drivers[facts.driver_count++] =
        (driver_facts){.icd = "mesa.icd", .library = "libMesaOpenCL.so.1", .kind = DRIVER_CLOVER};
    cr_expect_eq(symptoms_find(findings, &facts), 0);
}

Test(symptoms, drivers_that_crash_only_together_are_kept_apart) {
    doctor_facts facts = well();
    (void)strcpy(facts.crash, "signal 6 (Aborted)");
    facts.devices = 0;
    expect_one(&facts, "all together crash: signal 6 (Aborted)", "cp '/etc/OpenCL/vendors/pocl.icd' ~/one");
}

Test(symptoms, a_build_without_opencl_says_so) {
    doctor_facts facts = well();
    facts.devices = 0;
    facts.drivers[0].devices = 0;
    (void)strcpy(facts.reason, "this clenet was built without OpenCL: its headers were not found then");
    expect_one(&facts, "built without OpenCL", "apt-get install opencl-headers");
}

Test(symptoms, without_a_loader_nothing_is_said_of_what_drivers_would_do) {
    doctor_facts facts = well();
    facts.devices = facts.drivers[0].devices = 0;
    facts.drivers[0].kind = DRIVER_RUSTICL;
    (void)strcpy(facts.loader_error, "no OpenCL loader is installed (libOpenCL.so.1)");
    expect_one(&facts, "no OpenCL loader is installed", "apt-get install ocl-icd-libopencl1");
    (void)strcpy(facts.loader_error, "the OpenCL loader libOpenCL.so.1 cannot be loaded: libx.so: cannot open");
    expect_one(&facts, "cannot be loaded: libx.so", "apt-get install --reinstall ocl-icd-libopencl1");
}

Test(symptoms, the_environment_is_looked_at_before_a_reinstall) {
    doctor_facts facts = well();
    facts.devices = facts.drivers[0].devices = 0;
    facts.pocl_devices_set = true;
    (void)strcpy(facts.pocl_devices, "cuda");
    expect_one(&facts, "POCL_DEVICES='cuda'", "unset POCL_DEVICES");
    facts.drivers[0].state = DRIVER_CRASHES;
    expect_one(&facts, "POCL_DEVICES='cuda'", "unset POCL_DEVICES");
    (void)strcpy(facts.pocl_cache, "POCL_CACHE_DIR=/x");
    expect_one(&facts, "cannot write its cache folder (POCL_CACHE_DIR=/x)", "export POCL_CACHE_DIR=");
    facts = well();
    facts.drivers[0].state = DRIVER_MISSING;
    facts.devices = facts.drivers[0].devices = 0;
    expect_one(&facts, "cannot be loaded", "apt-get install --reinstall pocl-opencl-icd");
    facts.vendors_set = facts.system_vendors = true;
    expect_one(&facts, "cannot be loaded", "unset OCL_ICD_VENDORS; if that does not help: ");
    facts.drivers[0].by_variable = true;
    (void)strcpy(facts.drivers[0].icd, "OCL_ICD_FILENAMES");
    expect_one(&facts, "OCL_ICD_FILENAMES names", "unset OCL_ICD_FILENAMES");
}

Test(symptoms, a_problem_that_leaves_a_device_does_not_stop_all) {
    doctor_facts facts = well();
    cr_expect_not(symptoms_stop_all(&facts));
    facts.failed_count = 1;
    cr_expect(symptoms_stop_all(&facts));
    facts.devices = 2;
    cr_expect_not(symptoms_stop_all(&facts));
    facts.linker = false;
    cr_expect(symptoms_stop_all(&facts));
    facts = bare();
    cr_expect(symptoms_stop_all(&facts));
    facts = well();
    (void)strcpy(facts.crash, "signal 6");
    cr_expect(symptoms_stop_all(&facts));
}

Test(symptoms, llvmpipe_is_never_recommended) {
    doctor_facts facts = well();
    facts.drivers[0] = (driver_facts){.icd = "r.icd", .library = "libRusticlOpenCL.so.1", .kind = DRIVER_RUSTICL};
    facts.devices = 0;
    expect_one(&facts, "no GPU was found", "apt-get install pocl-opencl-icd");
    (void)strcpy(facts.rusticl_enable, "iris");
    expect_one(&facts, "RUSTICL_ENABLE=iris names no driver", "apt-get install pocl-opencl-icd");
    facts.devices = 1; /* of another driver */
    cr_expect_eq(symptoms_find(findings, &facts), 0);
}

Test(symptoms, a_device_that_failed_its_check_is_named) {
    doctor_facts facts = well();
    facts.failed_count = 1;
    (void)strcpy(facts.failed[0].id, "0.0");
    (void)strcpy(facts.failed[0].failure, "the check crashed: signal 6 (Aborted)");
    (void)strcpy(facts.cache_folder, "/home/a b/.cache/clenet");
    expect_one(&facts, "device 0.0 failed its check: the check crashed", "rm '/home/a b/.cache/clenet'/device-*.json");
}

Test(symptoms, no_device_is_a_problem_even_without_an_explanation) {
    doctor_facts facts = well();
    facts.devices = 0;
    (void)strcpy(facts.reason, "no platform here has a device");
    expect_one(&facts, "there is no OpenCL device: no platform here has a device", "apt-get install");
}

/* ---- facts of a made-up machine ----------------------------------------------------------------------------------- */

static void make_file(const char *path, const char *text) {
    char folder[256];
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        (void)mkdir(folder, 0755);
    }
    scratch_text(path, text);
}

/* Files lie deep here; the folder goes as a whole. */
static void leave(void) {
    char command[sizeof scratch_folder + 16];
    (void)snprintf(command, sizeof command, "rm -rf %s", scratch_folder);
    if (system(command) != 0) cr_log_warn("%s is left", scratch_folder); /* NOLINT: of the test's own making */
    (void)chdir("/");
}

Test(facts, gpus_and_rights_are_read_from_the_system, .init = scratch_enter, .fini = leave) {
    doctor_facts facts;
    make_file("sys/class/drm/card0/device/vendor", "0x1002\n");
    make_file("sys/class/drm/card1/device/vendor", "0x1af4\n");
    make_file("proc/driver/nvidia/version", "NVRM version\n");
    make_file("usr/lib/x86_64-linux-gnu/libnvidia-opencl.so.1", "");
    make_file("dev/dri/renderD128", "");
    make_file("dev/dri/renderD129", "");
    make_file("etc/OpenCL/vendors/readme", "");
    cr_assert_eq(unsetenv("OCL_ICD_VENDORS"), 0);
    cr_assert(facts_gather(&facts, scratch_folder, NULL));
    cr_expect(facts.amd && facts.nvidia && !facts.intel);
    cr_expect(facts.render_nodes);
    cr_expect_str_eq(facts.closed_node, "");
    cr_expect_not_null(strstr(facts.nvidia_library, "/usr/lib/x86_64-linux-gnu/libnvidia-opencl.so.1"));
    cr_expect_eq(facts.driver_count, 0);
    cr_expect_eq(facts.devices, 0);
    cr_expect_not(facts.vendors_set);

    cr_assert_eq(chmod("dev/dri/renderD129", 0), 0);
    if (geteuid() == 0) return; /* who may open everything */
    cr_assert(facts_gather(&facts, scratch_folder, NULL));
    cr_expect_not_null(strstr(facts.closed_node, "/dev/dri/renderD129"));
    cr_expect_str_neq(facts.closed_group, "");
}
