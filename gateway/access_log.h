/* One log line per finished call, without a word of prompt or answer. */
#pragma once

#include "lib/base/text.h"

struct usage_record;

void access_log_write(const struct usage_record *record, struct text peer);
