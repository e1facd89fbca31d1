/* zip.h - reads a zip archive, also NumPy's .npz: the members and their bytes. */
#ifndef CLENET_LIB_DATA_ZIP_H
#define CLENET_LIB_DATA_ZIP_H

#include "lib/data/stream.h"

typedef struct zip zip;

/* Lists the archive that the stream begins with; nothing of it may have been consumed. Anything but a plain file is read into memory,
 * packed as it is. The stream must outlive the archive. zip_close() it. */
clenet_status zip_open(zip **archive, stream *input, clenet_error *error);
void zip_close(zip *archive); /* takes NULL; the members' streams must be closed before */

/* Members that are regular files, in the order of the archive. */
size_t zip_count(const zip *archive);
const char *const *zip_members(const zip *archive); /* [zip_count()]: their paths in the archive */
const char *zip_name(const zip *archive);           /* of the archive, for messages */

/* Opens a member, "ARCHIVE/MEMBER" in messages. Several may be open. stream_close() it. */
clenet_status zip_open_member(stream **member, const zip *archive, size_t index, clenet_error *error);

#endif
