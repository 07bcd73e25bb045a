/* See the header: a count that asserts it is balanced. */
#include "gateway/decide/concurrency.h"

#include <assert.h>

bool
concurrency_has_room(const struct concurrency *concurrency, int64_t limit)
{
    return concurrency->taken < limit;
}

void
concurrency_take(struct concurrency *concurrency)
{
    concurrency->taken++;
}

void
concurrency_return(struct concurrency *concurrency)
{
    assert(concurrency->taken > 0);
    concurrency->taken--;
}
