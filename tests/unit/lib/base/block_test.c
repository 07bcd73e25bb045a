#include "lib/base/block.h"

#include <criterion/criterion.h>
#include <stdint.h>

Test(block, is_aligned_and_says_what_it_takes)
{
    for (size_t bytes = 0; bytes < 5000; bytes += 37) {
        char *block = block_alloc(bytes);
        cr_assert_eq((uintptr_t)block % 16, 0);
        cr_assert_geq(block_bytes(block), bytes);
        memset(block, 'x', bytes);
        block_free(block);
    }
    block_free(NULL);
    block_trim();
}
