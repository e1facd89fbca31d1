/* team.c - a barrier that spins during short waits and sleeps during long ones. */
#include "lib/backend/cpu/team.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "lib/base/clock.h"
#include "lib/base/memory.h"

/* A wait within a step takes microseconds. A longer wait is for a thread that has lost its core to another process: then the
 * waiting thread sleeps, because the scheduler moves the late thread to an idle core. Between two runs a thread spins about as
 * long as the host needs from one run to the next. A spin takes about 50 ns. BARRIER_SPINS: measured in bench/README.md. */
enum { BARRIER_SPINS = 4000, IDLE_SPINS = 2000, CACHE_LINE = 64 };

enum { WORKING_BITS = 16 }; /* of team.run: the number of working threads; the bits above them count the runs */

struct team {
    int threads;
    int working;        /* threads of this run; the threads after them keep sleeping */
    pthread_t *handles; /* [threads - 1] */
    int started;
    double slept; /* seconds, of all threads together; protected by the lock */
    team_work *work;
    void *context;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    _Alignas(CACHE_LINE) atomic_ullong run; /* one word, so that no thread mistakes the next run for its own */
    atomic_bool quit;
    _Alignas(CACHE_LINE) atomic_int arrived; /* threads at the barrier */
    _Alignas(CACHE_LINE) atomic_uint phase;  /* counts barriers */
    atomic_int sleepers;                     /* threads that sleep at the barrier */
    pthread_cond_t passed;                   /* the barrier opened */
};

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* The slow way through the barrier. The counters are sequentially consistent: either the last thread to arrive sees the sleeper,
 * or the sleeper sees the new phase. */
static void sleep_until_passed(team *t, unsigned phase) {
    double began = clock_seconds();
    pthread_mutex_lock(&t->lock);
    atomic_fetch_add(&t->sleepers, 1);
    while (atomic_load(&t->phase) == phase) pthread_cond_wait(&t->passed, &t->lock);
    atomic_fetch_sub(&t->sleepers, 1);
    t->slept += clock_seconds() - began;
    pthread_mutex_unlock(&t->lock);
}

/* No other thread changes the counters while the last one has not opened the barrier. */
void team_open(team *t) {
    if (t->working == 1) return;
    atomic_store_explicit(&t->arrived, 0, memory_order_relaxed);
    /* An addition, not a store: QEMU's aarch64 takes a load before the store in front of it, and would miss a sleeper. */
    atomic_fetch_add(&t->phase, 1);
    if (atomic_load(&t->sleepers) == 0) return;
    pthread_mutex_lock(&t->lock);
    pthread_cond_broadcast(&t->passed);
    pthread_mutex_unlock(&t->lock);
}

bool team_arrive(team *t) {
    int working = t->working; /* read before arriving: after all have arrived, the next run may set it */
    if (working == 1) return true;
    unsigned phase = atomic_load_explicit(&t->phase, memory_order_relaxed);
    if (atomic_fetch_add_explicit(&t->arrived, 1, memory_order_acq_rel) + 1 == working) return true;
    for (int spins = 0; spins < BARRIER_SPINS; spins++) {
        if (atomic_load_explicit(&t->phase, memory_order_acquire) != phase) return false;
        relax();
    }
    sleep_until_passed(t, phase);
    return false;
}

void team_barrier(team *t) {
    if (team_arrive(t)) team_open(t);
}

/* Waits for a run after number `seen`; returns its word. */
static unsigned long long next_run(team *t, unsigned long long seen) {
    for (int spins = 0; spins < IDLE_SPINS; spins++) {
        unsigned long long run = atomic_load_explicit(&t->run, memory_order_acquire);
        if (run != seen) return run;
        relax();
    }
    pthread_mutex_lock(&t->lock);
    while (atomic_load_explicit(&t->run, memory_order_acquire) == seen) pthread_cond_wait(&t->wake, &t->lock);
    pthread_mutex_unlock(&t->lock);
    return atomic_load_explicit(&t->run, memory_order_acquire);
}

static bool works_in(unsigned long long run, int thread) {
    return thread < (int)(run & ((1U << WORKING_BITS) - 1));
}

typedef struct thread_start {
    team *t;
    int thread;
} thread_start;

static void *thread_main(void *argument) {
    thread_start start = *(thread_start *)argument;
    memory_free(argument);
    for (unsigned long long seen = 0;;) {
        seen = next_run(start.t, seen);
        if (atomic_load_explicit(&start.t->quit, memory_order_acquire)) return NULL;
        if (!works_in(seen, start.thread)) continue;
        start.t->work(start.t->context, start.thread);
        team_barrier(start.t);
    }
}

static void publish(team *t) {
    pthread_mutex_lock(&t->lock);
    unsigned long long before = atomic_load_explicit(&t->run, memory_order_relaxed) >> WORKING_BITS;
    atomic_store_explicit(&t->run, (before + 1) << WORKING_BITS | (unsigned)t->working, memory_order_release);
    pthread_cond_broadcast(&t->wake);
    pthread_mutex_unlock(&t->lock);
}

double team_run(team *t, int working, team_work *work, void *context) {
    t->work = work;
    t->context = context;
    t->working = working;
    if (working > 1) publish(t);
    work(context, 0);
    team_barrier(t);
    pthread_mutex_lock(&t->lock);
    double slept = t->slept; /* a thread that wakes up later counts in the next run */
    t->slept = 0;
    pthread_mutex_unlock(&t->lock);
    return slept;
}

static bool start_thread(team *t) {
    thread_start *start = memory_new(1, sizeof *start);
    if (!start) return false;
    *start = (thread_start){t, t->started + 1};
    if (pthread_create(&t->handles[t->started], NULL, thread_main, start) != 0) {
        memory_free(start);
        return false;
    }
    t->started++;
    return true;
}

/* Signals are blocked in these threads: the host's own threads handle them. */
static bool start_threads(team *t) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = true;
    while (started && t->started < t->threads - 1) started = start_thread(t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

team *team_new(int threads) {
    team *t = memory_new_aligned(sizeof *t);
    if (!t) return NULL;
    t->threads = t->working = threads;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->wake, NULL);
    pthread_cond_init(&t->passed, NULL);
    t->handles = memory_new((size_t)threads, sizeof *t->handles);
    if (!t->handles || !start_threads(t)) {
        team_free(t);
        return NULL;
    }
    return t;
}

void team_free(team *t) {
    if (!t) return;
    atomic_store_explicit(&t->quit, true, memory_order_release);
    publish(t);
    for (int i = 0; i < t->started; i++) pthread_join(t->handles[i], NULL);
    pthread_cond_destroy(&t->wake);
    pthread_cond_destroy(&t->passed);
    pthread_mutex_destroy(&t->lock);
    memory_free(t->handles);
    memory_free(t);
}
