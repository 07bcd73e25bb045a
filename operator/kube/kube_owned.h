/* What one field manager owns of an object, values and all, as one number: read from the object and its
 * metadata.managedFields, or made from what would be applied. When the two are equal, applying would change
 * nothing: the manager owns just these fields, and each has the value that is wanted.
 *
 * Numbers compare under one key only. Whatever is not understood, or reads otherwise than it was applied,
 * gives another number or 0: then it has to be applied to find out. */
#pragma once

#include <stdint.h>

#include "lib/base/siphash.h"
#include "lib/base/text.h"

struct arena;
struct document;

/* json: the whole object, as the API server sent it. 0: the manager never applied it, or that cannot be told.
 */
uint64_t kube_owned_seen(struct arena *scratch, struct text json, struct text manager,
                         const uint8_t key[SIPHASH_KEY_BYTES]);
/* object: the whole body of an apply. */
uint64_t kube_owned_applied(const struct document *object, const uint8_t key[SIPHASH_KEY_BYTES]);
