/* csv_team.h - blocks of a CSV that several threads parse while the caller reads the next ones, and uses those that are
 * parsed, in the order of the file. A block is parsed as if it began with a row; who uses it knows whether it does. */
#ifndef CLENET_LIB_DATA_CSV_TEAM_H
#define CLENET_LIB_DATA_CSV_TEAM_H

#include "lib/data/csv_block.h"

typedef struct csv_team csv_team;

/* A team of `threads`, the caller among them, with blocks of up to block_bytes of text. The others start with the first
 * block that is handed in; where fewer can be had, it goes on with fewer. *columns is lent, and final by then. NULL where
 * memory cannot be had. */
csv_team *csv_team_new(int threads, size_t block_bytes, const csv_columns *columns);
void csv_team_free(csv_team *team); /* takes NULL */

/* Lends the block that comes next, to be filled and handed in; NULL while all of them are in use. */
csv_block *csv_team_next(csv_team *team);
void csv_team_hand_in(csv_team *team);

/* Lends the oldest block that was handed in, parsed, to be used and given back; NULL where none is in use. Until it is
 * parsed: NULL too, or with `wait`, the caller parses along. */
csv_block *csv_team_oldest(csv_team *team, bool wait);
void csv_team_give_back(csv_team *team);

#endif
