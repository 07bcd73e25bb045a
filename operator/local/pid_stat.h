/* What the kernel tells of a process: proc(5). */
#pragma once

#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;

struct pid_stat {
    struct text state; /* "R", "S", "Z" ... */
    struct text start; /* in clock ticks since the machine started: a pid alone may be another's by now */
    int64_t cpu_ticks; /* in user space and in the kernel */
    int64_t resident_pages;
};

/* False: there is no such process. Texts live in the arena. */
MUST_CHECK bool pid_stat_read(struct arena *arena, int64_t pid, struct pid_stat *out_stat);
/* Of the line of /proc/PID/stat; texts are in it. False: it is none. */
MUST_CHECK bool pid_stat_parse(struct text line, struct pid_stat *out_stat);
