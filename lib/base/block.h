/* Memory given back piece by piece, for what is replaced one by one over the life of the process (a cache).
 * Everything else belongs into an arena. Running out of memory ends the process. */
#pragma once

#include <stddef.h>

/* Not zeroed, aligned for any type; never NULL. */
void *block_alloc(size_t bytes);
/* NULL is fine. */
void block_free(void *block);
/* What it really takes: at least what was asked for, and the allocator's own rounding and header. */
size_t block_bytes(const void *block);
/* Gives whole free pages back to the kernel. Slow (milliseconds): after much was freed, not each time. */
void block_trim(void);
