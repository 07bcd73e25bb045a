/* One log line per finished call, without a word of prompt or answer. */
#pragma once

#include "lib/base/text.h"

/* record is the usage record as it was printed for the journal, so the two cannot tell different stories. */
void access_log_write(struct text peer, struct text record);
