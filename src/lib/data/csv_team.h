/* csv_team.h - several threads parse the blocks of a CSV.
 *
 * Meanwhile the caller reads the next blocks, and uses the parsed ones in the order of the file. A block is parsed as if it began
 * with a row; the caller knows if it does. */
#ifndef CLENET_LIB_DATA_CSV_TEAM_H
#define CLENET_LIB_DATA_CSV_TEAM_H

#include "lib/data/csv_block.h"

typedef struct csv_team csv_team;

/* A team of `threads`, the caller included, with blocks of up to block_bytes of text. The other threads start with the first
 * block that is handed in; if fewer can be started, the team continues with fewer. *columns is lent, and must not change any
 * more. NULL if out of memory. */
csv_team *csv_team_new(int threads, size_t block_bytes, const csv_columns *columns);
void csv_team_free(csv_team *team); /* takes NULL */

/* Lends the next block, to be filled and handed in; NULL while all blocks are in use. */
csv_block *csv_team_next(csv_team *team);
void csv_team_hand_in(csv_team *team);

/* Lends the oldest block that was handed in, parsed, to be used and given back; NULL if no block is in use. If it is not parsed
 * yet, the result is NULL too, unless `wait` is true: then the caller helps with parsing. */
csv_block *csv_team_oldest(csv_team *team, bool wait);
void csv_team_give_back(csv_team *team);

#endif
