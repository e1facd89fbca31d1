/* test_cores.c - the number of cores is that of the process, not of the machine. */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* sched_setaffinity */
#endif
#include "lib/base/cores.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folders of this test, each a machine's /proc and /sys. */
enum { MACHINES_MOST = 16 };
static char machines[MACHINES_MOST][32];
static int machine_count;

static const char *new_machine(void) {
    cr_assert_lt(machine_count, MACHINES_MOST);
    char *root = machines[machine_count++];
    (void)snprintf(root, sizeof machines[0], "/tmp/clenet-test-XXXXXX");
    cr_assert_not_null(mkdtemp(root));
    return root;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place) {
    (void)about;
    (void)kind;
    (void)place;
    return remove(path);
}

static void remove_machines(void) {
    for (int i = 0; i < machine_count; i++) (void)nftw(machines[i], remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(cores, .fini = remove_machines);

/* Writes a file of the machine in the folder `root`, and the folders that it is in. */
static void put(const char *root, const char *name, const char *text) {
    char path[4096];
    (void)snprintf(path, sizeof path, "%s%s", root, name);
    for (char *at = path + strlen(root) + 1; *at; at++) {
        if (*at != '/') continue;
        *at = '\0';
        (void)mkdir(path, 0777);
        *at = '/';
    }
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0, "cannot write %s", path);
}

/* A machine with `cores` cores of two hardware threads each: 0 and `cores`, 1 and 1 + `cores`, ... */
static void put_siblings(const char *root, int cores, const char *file) {
    char name[256], text[64];
    for (int cpu = 0; cpu < 2 * cores; cpu++) {
        (void)snprintf(name, sizeof name, "/sys/devices/system/cpu/cpu%d/topology/%s", cpu, file);
        (void)snprintf(text, sizeof text, "%d,%d\n", cpu % cores, cpu % cores + cores);
        put(root, name, text);
    }
}

static void allow(bool allowed[CORES_AT_MOST], int first, int last) {
    for (int cpu = 0; cpu < CORES_AT_MOST; cpu++) allowed[cpu] = cpu >= first && cpu <= last;
}

Test(cores, there_is_at_least_one) {
    cr_expect(cores_for_arithmetic() >= 1 && cores_for_arithmetic() <= CORES_AT_MOST);
    cr_expect(cores_for_reading() >= cores_for_arithmetic() && cores_for_reading() <= CORES_AT_MOST);
}

#if defined(__linux__)
Test(cores, a_process_that_is_bound_to_one_core_has_one) {
    cpu_set_t set, one;
    cr_assert_eq(sched_getaffinity(0, sizeof set, &set), 0);
    CPU_ZERO(&one);
    for (size_t core = 0; core < CPU_SETSIZE && CPU_COUNT(&one) == 0; core++) {
        if (CPU_ISSET(core, &set)) CPU_SET(core, &one);
    }
    cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
    cr_expect_eq(cores_for_arithmetic(), 1);
    cr_expect_eq(cores_for_reading(), 1);
}
#endif

Test(cores, two_hardware_threads_of_a_core_count_once_for_arithmetic) {
    static const char *const files[] = {"core_cpus_list", "thread_siblings_list"};
    bool allowed[CORES_AT_MOST];
    for (int i = 0; i < 2; i++) {
        const char *root = new_machine();
        put_siblings(root, 4, files[i]);
        allow(allowed, 0, 7);
        cr_expect_eq(cores_of(root, allowed, true), 4);
        cr_expect_eq(cores_of(root, allowed, false), 8);
        allow(allowed, 2, 5); /* cores 2, 3, 0, 1, one hardware thread of each */
        cr_expect_eq(cores_of(root, allowed, true), 4);
        allow(allowed, 3, 7); /* cores 3, 0, 1, 2, 3 */
        cr_expect_eq(cores_of(root, allowed, true), 4);
    }
}

Test(cores, hardware_threads_may_be_listed_as_a_range) {
    const char *root = new_machine();
    bool allowed[CORES_AT_MOST];
    put(root, "/sys/devices/system/cpu/cpu0/topology/core_cpus_list", "0-1\n");
    put(root, "/sys/devices/system/cpu/cpu1/topology/core_cpus_list", "0-1\n");
    allow(allowed, 0, 1);
    cr_expect_eq(cores_of(root, allowed, true), 1);
    allow(allowed, 1, 1);
    cr_expect_eq(cores_of(root, allowed, true), 1);
}

Test(cores, without_sys_and_proc_each_hardware_thread_is_a_core) {
    bool allowed[CORES_AT_MOST];
    allow(allowed, 0, 5);
    cr_expect_eq(cores_of("/nowhere", allowed, true), 6);
    allow(allowed, 0, -1);
    cr_expect_eq(cores_of("/nowhere", allowed, true), 1);
}

static const char V1_MOUNTS[] =
    "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
    "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:7 - cgroup cgroup rw,cpu,cpuacct\n"
    "34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

static int with_quota_v1(const char *quota, const char *period) {
    const char *root = new_machine();
    bool allowed[CORES_AT_MOST];
    allow(allowed, 0, 7);
    put(root, "/proc/self/mountinfo", V1_MOUNTS);
    put(root, "/proc/self/cgroup", "3:cpuset:/\n2:cpu,cpuacct:/jobs/7\n0::/\n");
    put(root, "/sys/fs/cgroup/cpu,cpuacct/jobs/7/cpu.cfs_quota_us", quota);
    put(root, "/sys/fs/cgroup/cpu,cpuacct/jobs/7/cpu.cfs_period_us", period);
    return cores_of(root, allowed, true);
}

Test(cores, a_quota_of_cgroup_version_1_is_rounded_down_to_whole_cores) {
    cr_expect_eq(with_quota_v1("300000\n", "100000\n"), 3);
    cr_expect_eq(with_quota_v1("150000\n", "100000\n"), 1);
    cr_expect_eq(with_quota_v1("20000\n", "100000\n"), 1);
    cr_expect_eq(with_quota_v1("199999\n", "50000\n"), 3);
    cr_expect_eq(with_quota_v1("-1\n", "100000\n"), 8);
    cr_expect_eq(with_quota_v1("9000000\n", "100000\n"), 8);
    cr_expect_eq(with_quota_v1("0\n", "100000\n"), 8); /* as in the root group */
}

static const char V2_MOUNTS[] = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

static int with_quota_v2(const char *mounts, const char *group, const char *const files[][2], int count) {
    const char *root = new_machine();
    bool allowed[CORES_AT_MOST];
    allow(allowed, 0, 7);
    put(root, "/proc/self/mountinfo", mounts);
    put(root, "/proc/self/cgroup", group);
    for (int i = 0; i < count; i++) put(root, files[i][0], files[i][1]);
    return cores_of(root, allowed, true);
}

Test(cores, a_quota_of_cgroup_version_2_is_rounded_down_to_whole_cores) {
    static const char *const two[][2] = {{"/sys/fs/cgroup/user/a b/cpu.max", "250000 100000\n"}};
    static const char *const no[][2] = {{"/sys/fs/cgroup/user/a b/cpu.max", "max 100000\n"}};
    cr_expect_eq(with_quota_v2(V2_MOUNTS, "0::/user/a b\n", two, 1), 2);
    cr_expect_eq(with_quota_v2(V2_MOUNTS, "0::/user/a b\n", no, 1), 8);
    cr_expect_eq(with_quota_v2(V2_MOUNTS, "0::/user\n", two, 1), 8);
}

Test(cores, the_least_quota_of_the_groups_around_the_process_counts) {
    static const char *const files[][2] = {{"/sys/fs/cgroup/a/cpu.max", "500000 100000\n"},
                                           {"/sys/fs/cgroup/a/b/cpu.max", "300000 100000\n"},
                                           {"/sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n"}};
    cr_expect_eq(with_quota_v2(V2_MOUNTS, "0::/a/b/c\n", files, 3), 3);
    cr_expect_eq(with_quota_v2(V2_MOUNTS, "0::/a\n", files, 3), 5);
}

Test(cores, in_a_container_the_mount_is_the_group) {
    static const char *const files[][2] = {{"/sys/fs/cgroup/cpu.max", "200000 100000\n"}};
    static const char host[] = "30 23 0:26 /docker/7f /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n";
    cr_expect_eq(with_quota_v2(host, "0::/docker/7f\n", files, 1), 2);
    cr_expect_eq(with_quota_v2(V2_MOUNTS, "0::/\n", files, 1), 2);
    cr_expect_eq(with_quota_v2(V2_MOUNTS, "0::/../../elsewhere\n", files, 1), 2);
    cr_expect_eq(with_quota_v2(host, "0::/docker/other\n", files, 1), 2);
}

Test(cores, a_mount_point_may_have_blanks) {
    static const char *const files[][2] = {{"/sys/c group/cpu.max", "200000 100000\n"}};
    cr_expect_eq(with_quota_v2("30 23 0:26 / /sys/c\\040group ro - cgroup2 cgroup2 rw\n", "0::/\n", files, 1), 2);
}
