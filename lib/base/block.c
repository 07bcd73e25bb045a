/* The C library's allocator under our rules. It keeps no list of what is out: whoever holds a block frees it.
 */
#include "lib/base/block.h"

#include <assert.h>
#include <malloc.h>
#include <stdint.h>

enum { HEADER_BYTES = sizeof(size_t) }; /* glibc: one size word before each block */

void *
block_alloc(size_t bytes)
{
    assert(bytes <= SIZE_MAX / 4); /* nobody means this much: a length went negative */
    void *block = malloc(bytes > 0 ? bytes : 1);
    if (!block) {
        fprintf(stderr, "out of memory: %zu bytes asked for\n", bytes);
        abort();
    }
    return block;
}

void
block_free(void *block)
{
    free(block);
}

size_t
block_bytes(const void *block)
{
    return malloc_usable_size((void *)(uintptr_t)block) + HEADER_BYTES;
}

void
block_trim(void)
{
    (void)malloc_trim(0); /* whether it helped makes no difference to us */
}
