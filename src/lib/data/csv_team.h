/* csv_team.h - several threads read and parse the blocks of a CSV.
 *
 * Meanwhile the caller uses the parsed blocks in the order of the file. A block is parsed as if it began with a row; the caller
 * knows if it does. */
#ifndef CLENET_LIB_DATA_CSV_TEAM_H
#define CLENET_LIB_DATA_CSV_TEAM_H

#include "lib/data/csv_block.h"
#include "lib/data/csv_text.h"

typedef struct csv_team csv_team;

/* A team of `threads`, the caller included, for blocks of the text, which is lent. NULL if out of memory. */
csv_team *csv_team_new(int threads, csv_text *text, const csv_columns *columns);
void csv_team_free(csv_team *team); /* takes NULL */

/* From now on *columns, which is lent, does not change: blocks are parsed, and by all threads. If fewer threads can be started, the
 * team continues with fewer. Does nothing the second time. */
void csv_team_start(csv_team *team);

/* Lends the next block, parsed if the team was started, to be used and given back. NULL at the end of the text, or if it cannot
 * be read. */
csv_block *csv_team_next(csv_team *team);
void csv_team_give_back(csv_team *team);

/* Why the text could not be read to its end; otherwise CLENET_OK. */
clenet_status csv_team_failure(const csv_team *team, clenet_error *error);

#endif
