/* Things that outlive one config: counters and breakers, found again by name when the next config mentions
 * them.
 *
 * An edit must not refill a caller's minute or close a breaker. A thing lives while any config holds it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/text.h"

struct arena;
struct book;

struct book *book_new(struct arena *arena);
/* The thing under the key, one reference more; new ones are zeroed and *out_is_new is set. All things of one
 * key have the same size. */
void *book_take(struct book *book, struct text key, size_t bytes, bool *out_is_new);
/* Gives a reference back; the last one ends the thing. */
void book_return(void *thing);
size_t book_count(const struct book *book);
