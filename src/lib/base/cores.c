/* cores.c - see cores.h.
 *
 * A quota of 1.5 cores is used by 1 thread, as by libuv (Node.js); .NET and Go 1.25 round up. A quota is no part of a core: when
 * the threads of a group have used their time of a period (100 ms), all of them stop until the next one. Threads that meet at
 * barriers every 50 us then lose what they gain. Measured on two cores of an AMD EPYC, 2026-11-30 (train_epoch, 16,800 images,
 * batch 32 and 512): with a quota of 1.5, one thread took 0.341 and 0.402 s, two threads 0.356 and 0.359 s; with a quota of 1.9,
 * one thread 0.371 and 0.392 s, two threads 0.355 and 0.377 s. */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "lib/base/cores.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_ROOM = 4096, LINE_ROOM = 8192, FIELDS_MOST = 64 };

/* Reads the file's first line. False if there is no such file, or it is empty. */
static bool first_line(char line[LINE_ROOM], const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) return false;
    bool got = fgets(line, LINE_ROOM, file) != NULL;
    (void)fclose(file);
    return got;
}

/* ---- hardware threads of one core --------------------------------------------------------------------------- */

/* True if a list such as "0-1,8" has an allowed number below `cpu`. */
static bool list_has_earlier(const char *list, const bool allowed[CORES_AT_MOST], long cpu) {
    for (char *end; *list >= '0' && *list <= '9'; list = *end == ',' ? end + 1 : end) {
        long first = strtol(list, &end, 10), last = first;
        if (*end == '-') last = strtol(end + 1, &end, 10);
        for (long i = first; i <= last && i < cpu; i++)
            if (allowed[i]) return true;
    }
    return false;
}

/* True if the process may also run on an earlier hardware thread of the same core. */
static bool has_earlier_sibling(const char *root, const bool allowed[CORES_AT_MOST], int cpu) {
    static const char *const names[] = {"core_cpus_list", "thread_siblings_list"}; /* since Linux 5.3; before */
    char path[PATH_ROOM], line[LINE_ROOM];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%d/topology/%s", root, cpu, names[i]);
        if (first_line(line, path)) return list_has_earlier(line, allowed, cpu);
    }
    return false;
}

/* ---- quota of the cgroup ------------------------------------------------------------------------------------- */

/* Whole cores of `quota` per `period`, both in microseconds. */
static int whole_cores(double quota, double period) {
    if (quota <= 0 || period <= 0 || quota / period >= CORES_AT_MOST) return CORES_AT_MOST;
    return quota < period ? 1 : (int)(quota / period);
}

/* The quota of one group, a folder; CORES_AT_MOST without one. */
static int quota_of(const char *group) {
    char path[LINE_ROOM + 32], quota[LINE_ROOM], period[LINE_ROOM];
    double most, every;
    (void)snprintf(path, sizeof path, "%s/cpu.max", group); /* version 2: "150000 100000", or "max 100000" */
    if (first_line(quota, path))
        return sscanf(quota, "%lf %lf", &most, &every) == 2 ? whole_cores(most, every) : CORES_AT_MOST;
    (void)snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", group); /* version 1: -1 is no limit */
    if (!first_line(quota, path)) return CORES_AT_MOST;
    (void)snprintf(path, sizeof path, "%s/cpu.cfs_period_us", group);
    return first_line(period, path) ? whole_cores(strtod(quota, NULL), strtod(period, NULL)) : CORES_AT_MOST;
}

/* The least quota of a group and of the groups around it, up to the hierarchy's mount point. */
static int least_quota(char *group, size_t mount_point_length) {
    int least = CORES_AT_MOST;
    for (;;) {
        int quota = quota_of(group);
        if (quota < least) least = quota;
        char *slash = strrchr(group, '/');
        if (!slash || (size_t)(slash - group) < mount_point_length) return least;
        *slash = '\0';
    }
}

/* True if a comma-separated list has the word. */
static bool has_word(const char *list, const char *word) {
    size_t length = strlen(word);
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == '\0')) return true;
    return false;
}

/* The process's group in the hierarchy that /proc/self/cgroup names: "4:cpu,cpuacct:/jobs/7" (version 1) or "0::/jobs/7". */
static bool find_group(char group[PATH_ROOM], const char *root, bool version_2) {
    char path[PATH_ROOM], line[LINE_ROOM];
    (void)snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "r");
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':'), *name = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!name) continue;
        *name++ = '\0';
        found = version_2 ? controllers[1] == '\0' : has_word(controllers + 1, "cpu");
        if (found) (void)snprintf(group, PATH_ROOM, "%s", name);
    }
    if (file) (void)fclose(file);
    return found;
}

/* Replaces \040 and the like, by which mountinfo writes blanks. */
static void unescape(char *text) {
    char *to = text;
    for (const char *at = text; *at; to++) {
        if (at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] && at[3]) {
            *to = (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0'));
            at += 4;
        } else {
            *to = *at++;
        }
    }
    *to = '\0';
}

/* The folder of the group below a mount: "mount point" + what follows "root of the mount" in the group's name. In a container the
 * name may be one of the host, which is not below the mount: then the mount itself is the container's group. */
static int quota_below(const char *root, const char *mount_root, const char *mount_point, const char *group) {
    char folder[2 * PATH_ROOM + 1];
    size_t length = strcmp(mount_root, "/") == 0 ? 0 : strlen(mount_root);
    bool below = strncmp(group, mount_root, length) == 0 && (group[length] == '/' || group[length] == '\0') &&
                 !strstr(group, "/..");
    const char *rest = below && strcmp(group + length, "/") != 0 ? group + length : "";
    int written = snprintf(folder, PATH_ROOM, "%s%s%s", root, mount_point, rest);
    if (written < 0 || written >= PATH_ROOM) return CORES_AT_MOST;
    return least_quota(folder, strlen(root) + strlen(mount_point));
}

/* The quota by one line of mountinfo: "33 32 0:30 ROOT MOUNT_POINT rw,relatime - cgroup cgroup rw,cpu". */
static int quota_by_mount(const char *root, char *line) {
    char *fields[FIELDS_MOST], *rest = NULL, group[PATH_ROOM];
    int count = 0, dash = 0;
    for (char *at = strtok_r(line, " \n", &rest); at && count < FIELDS_MOST; at = strtok_r(NULL, " \n", &rest)) {
        if (strcmp(at, "-") == 0 && dash == 0) dash = count;
        fields[count++] = at;
    }
    if (dash < 5 || count < dash + 4) return CORES_AT_MOST;
    bool version_2 = strcmp(fields[dash + 1], "cgroup2") == 0;
    if (!version_2 && (strcmp(fields[dash + 1], "cgroup") != 0 || !has_word(fields[dash + 3], "cpu")))
        return CORES_AT_MOST;
    if (!find_group(group, root, version_2)) return CORES_AT_MOST;
    unescape(fields[3]);
    unescape(fields[4]);
    return quota_below(root, fields[3], fields[4], group);
}

static int quota(const char *root) {
    char path[PATH_ROOM], line[LINE_ROOM];
    int least = CORES_AT_MOST;
    (void)snprintf(path, sizeof path, "%s/proc/self/mountinfo", root);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        int here = quota_by_mount(root, line);
        if (here < least) least = here;
    }
    if (file) (void)fclose(file);
    return least;
}

/* ---- together ------------------------------------------------------------------------------------------------ */

int cores_of(const char *root, const bool allowed[CORES_AT_MOST], bool siblings_once) {
    int cores = 0, most = quota(root);
    for (int cpu = 0; cpu < CORES_AT_MOST && cores < most; cpu++)
        if (allowed[cpu] && !(siblings_once && has_earlier_sibling(root, allowed, cpu))) cores++;
    return cores > 0 ? cores : 1;
}

/* Without an affinity that fits into CORES_AT_MOST: all that are online. */
static void find_allowed(bool allowed[CORES_AT_MOST]) {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        for (int cpu = 0; cpu < CORES_AT_MOST && cpu < CPU_SETSIZE; cpu++) allowed[cpu] = CPU_ISSET((size_t)cpu, &set);
        return;
    }
#endif
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    for (int cpu = 0; cpu < CORES_AT_MOST; cpu++) allowed[cpu] = cpu < online;
}

static int count_cores(bool siblings_once) {
    bool allowed[CORES_AT_MOST];
    find_allowed(allowed);
    return cores_of("", allowed, siblings_once);
}

int cores_for_arithmetic(void) {
    return count_cores(true);
}

int cores_for_reading(void) {
    return count_cores(false);
}
