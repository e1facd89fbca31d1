/* csv_team.c - see csv_team.h: a ring of blocks.
 *
 * Each block is read, claimed by a thread that parses it, and given back, in that order:
 *
 *     given back ... | used by the caller, or parsed | being parsed | read | being read
 *                     ^ back                                         ^ claimed
 *                                                                            ^ in
 *
 * One thread reads at a time. Of a plain file it is any thread that has nothing to parse: reading the text takes as long as parsing it,
 * and the caller needs as much time again for the images, so a caller that did all reading would keep the others waiting. A read of a
 * pipe may take for ever, and the threads must end if the caller finds an error: so only the caller reads it. */
#include "lib/data/csv_team.h"

#include <pthread.h>
#include <signal.h>

#include "lib/base/memory.h"

struct csv_team {
    csv_text *text;
    const csv_columns *columns;
    bool all_read;      /* all threads read, not only the caller */
    size_t ring;        /* blocks */
    csv_block **blocks; /* [ring] */
    int threads;
    int started;          /* without the caller's thread */
    pthread_t *handles;   /* [threads - 1] */
    pthread_mutex_t lock; /* of the members below, and of each block's `parsed` */
    pthread_cond_t work, parsed;
    size_t in, claimed, back; /* blocks so far: back <= claimed <= in <= back + ring */
    bool parses;              /* the team was started */
    bool reading;             /* a thread reads, without the lock: text, block `in`, status and why are its own */
    bool ended;               /* nothing is left to read */
    bool quit;
    clenet_status status; /* of reading; why: its message */
    clenet_error why;
};

static csv_block *block_at(const csv_team *team, size_t number) {
    return team->blocks[number % team->ring];
}

/* ---- steps, which are called with the lock held, and return with it ------------------------------------------------------ */

static bool can_read(const csv_team *team) {
    return !team->reading && !team->ended && team->in < team->back + team->ring;
}

static void read_one(csv_team *team) {
    team->reading = true;
    pthread_mutex_unlock(&team->lock);
    clenet_status status = csv_text_next(team->text, block_at(team, team->in), &team->why);
    pthread_mutex_lock(&team->lock);
    team->reading = false;
    team->status = status;
    team->ended = status != CLENET_OK || team->text->ended;
    if (status == CLENET_OK) team->in++;
    pthread_cond_broadcast(&team->work); /* one can parse this block, and another one read the next */
    if (team->ended) pthread_cond_signal(&team->parsed);
}

static void parse_one(csv_team *team) {
    csv_block *block = block_at(team, team->claimed++);
    pthread_mutex_unlock(&team->lock);
    csv_block_parse(block, team->columns);
    pthread_mutex_lock(&team->lock);
    block->parsed = true;
    pthread_cond_signal(&team->parsed);
}

/* ---- threads ------------------------------------------------------------------------------------------------------------ */

static void *thread_main(void *argument) {
    csv_team *team = argument;
    pthread_mutex_lock(&team->lock);
    while (!team->quit) {
        if (team->claimed < team->in)
            parse_one(team);
        else if (team->all_read && can_read(team))
            read_one(team);
        else
            pthread_cond_wait(&team->work, &team->lock);
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

csv_team *csv_team_new(int threads, csv_text *text, const csv_columns *columns) {
    csv_team *team = memory_new(1, sizeof *team);
    if (team == NULL) return NULL;
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->work, NULL);
    pthread_cond_init(&team->parsed, NULL);
    team->text = text;
    team->columns = columns;
    team->all_read = stream_descriptor(text->input) >= 0;
    team->threads = threads;
    /* One block per thread, one that was read and one that is being used: so no thread waits for a block. A single thread
     * does one thing after the other, with one block in its cache. */
    team->ring = threads > 1 ? (size_t)threads + 2 : 1;
    team->handles = memory_new((size_t)threads, sizeof *team->handles);
    team->blocks = memory_new(team->ring, sizeof *team->blocks);
    bool ready = team->handles != NULL && team->blocks != NULL;
    for (size_t i = 0; ready && i < team->ring; i++)
        ready = (team->blocks[i] = csv_block_new(text->block_bytes)) != NULL;
    if (ready) return team;
    csv_team_free(team);
    return NULL;
}

void csv_team_free(csv_team *team) {
    if (team == NULL) return;
    pthread_mutex_lock(&team->lock);
    team->quit = true;
    pthread_cond_broadcast(&team->work);
    pthread_mutex_unlock(&team->lock);
    for (int i = 0; i < team->started; i++) pthread_join(team->handles[i], NULL);
    pthread_cond_destroy(&team->parsed);
    pthread_cond_destroy(&team->work);
    pthread_mutex_destroy(&team->lock);
    for (size_t i = 0; team->blocks != NULL && i < team->ring; i++) memory_free(team->blocks[i]);
    memory_free(team->blocks);
    memory_free(team->handles);
    memory_free(team);
}

void csv_team_start(csv_team *team) {
    if (team->parses) return;
    team->parses = true;
    if (!team->ended) start_threads(team);
}

/* ---- the caller --------------------------------------------------------------------------------------------------------- */

/* The oldest block if it can be used; otherwise does a step, or waits for the other threads. With *end, nothing will come. */
static csv_block *next_or_step(csv_team *team, bool *end) {
    csv_block *oldest = team->back < team->in ? block_at(team, team->back) : NULL;
    if (oldest != NULL && (oldest->parsed || !team->parses)) return oldest;
    if (can_read(team))
        read_one(team);
    else if (team->claimed < team->in)
        parse_one(team);
    else if (oldest == NULL && !team->reading && team->ended)
        *end = true;
    else
        pthread_cond_wait(&team->parsed, &team->lock);
    return NULL;
}

csv_block *csv_team_next(csv_team *team) {
    csv_block *block = NULL;
    bool end = false;
    pthread_mutex_lock(&team->lock);
    while (block == NULL && !end) block = next_or_step(team, &end);
    pthread_mutex_unlock(&team->lock);
    return block;
}

void csv_team_give_back(csv_team *team) {
    pthread_mutex_lock(&team->lock);
    team->back++;
    if (team->claimed < team->back) team->claimed = team->back; /* it was used before the team was started */
    if (team->all_read) pthread_cond_signal(&team->work);
    pthread_mutex_unlock(&team->lock);
}

clenet_status csv_team_failure(const csv_team *team, clenet_error *error) {
    return team->status == CLENET_OK ? CLENET_OK : error_set(error, team->status, "%s", team->why.message);
}
