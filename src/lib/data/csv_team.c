/* csv_team.c - see csv_team.h: a ring of blocks.
 *
 * Each block is handed in, claimed by a thread, and given back, in that order. */
#include "lib/data/csv_team.h"

#include <pthread.h>
#include <signal.h>

#include "lib/base/memory.h"

struct csv_team {
    const csv_columns *columns;
    size_t ring;        /* blocks */
    csv_block **blocks; /* [ring] */
    int threads;
    int started;          /* without the caller's thread */
    pthread_t *handles;   /* [threads - 1] */
    pthread_mutex_t lock; /* of the members below, and of each block's `parsed` */
    pthread_cond_t handed_in, parsed;
    size_t in, claimed, back; /* blocks so far: back <= claimed <= in <= back + ring */
    bool quit;
};

static csv_block *block_at(const csv_team *team, size_t number) {
    return team->blocks[number % team->ring];
}

/* Called with the lock held; returns with the lock held. */
static void parse_one(csv_team *team) {
    csv_block *block = block_at(team, team->claimed++);
    pthread_mutex_unlock(&team->lock);
    csv_block_parse(block, team->columns);
    pthread_mutex_lock(&team->lock);
    block->parsed = true;
    pthread_cond_signal(&team->parsed);
}

static void *thread_main(void *argument) {
    csv_team *team = argument;
    pthread_mutex_lock(&team->lock);
    while (!team->quit) {
        if (team->claimed < team->in)
            parse_one(team);
        else
            pthread_cond_wait(&team->handed_in, &team->lock);
    }
    pthread_mutex_unlock(&team->lock);
    return NULL;
}

/* Signals are blocked in these threads: the host's own threads handle them. */
static void start_threads(csv_team *team) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (team->started < team->threads - 1) {
        if (pthread_create(&team->handles[team->started], NULL, thread_main, team) != 0) break;
        team->started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

csv_team *csv_team_new(int threads, size_t block_bytes, const csv_columns *columns) {
    csv_team *team = memory_new(1, sizeof *team);
    if (team == NULL) return NULL;
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->handed_in, NULL);
    pthread_cond_init(&team->parsed, NULL);
    team->columns = columns;
    team->threads = threads;
    /* One block per thread, one that is being read and one that is being used: so no thread waits for a block. A single thread
     * does one thing after the other, with one block in its cache. */
    team->ring = threads > 1 ? (size_t)threads + 2 : 1;
    team->handles = memory_new((size_t)threads, sizeof *team->handles);
    team->blocks = memory_new(team->ring, sizeof *team->blocks);
    bool ready = team->handles != NULL && team->blocks != NULL;
    for (size_t i = 0; ready && i < team->ring; i++) ready = (team->blocks[i] = csv_block_new(block_bytes)) != NULL;
    if (ready) return team;
    csv_team_free(team);
    return NULL;
}

void csv_team_free(csv_team *team) {
    if (team == NULL) return;
    pthread_mutex_lock(&team->lock);
    team->quit = true;
    pthread_cond_broadcast(&team->handed_in);
    pthread_mutex_unlock(&team->lock);
    for (int i = 0; i < team->started; i++) pthread_join(team->handles[i], NULL);
    pthread_cond_destroy(&team->parsed);
    pthread_cond_destroy(&team->handed_in);
    pthread_mutex_destroy(&team->lock);
    for (size_t i = 0; team->blocks != NULL && i < team->ring; i++) memory_free(team->blocks[i]);
    memory_free(team->blocks);
    memory_free(team->handles);
    memory_free(team);
}

csv_block *csv_team_next(csv_team *team) {
    return team->in < team->back + team->ring ? block_at(team, team->in) : NULL;
}

void csv_team_hand_in(csv_team *team) {
    if (team->in == 0) start_threads(team);
    pthread_mutex_lock(&team->lock);
    team->in++;
    pthread_cond_signal(&team->handed_in);
    pthread_mutex_unlock(&team->lock);
}

csv_block *csv_team_oldest(csv_team *team, bool wait) {
    csv_block *block = team->back < team->in ? block_at(team, team->back) : NULL;
    if (block == NULL) return NULL;
    pthread_mutex_lock(&team->lock);
    while (wait && !block->parsed) {
        if (team->claimed < team->in)
            parse_one(team);
        else
            pthread_cond_wait(&team->parsed, &team->lock);
    }
    bool parsed = block->parsed;
    pthread_mutex_unlock(&team->lock);
    return parsed ? block : NULL;
}

void csv_team_give_back(csv_team *team) {
    team->back++;
}
