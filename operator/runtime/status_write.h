/* Statuses as they are sent: times of transition kept, nothing sent that says what is said already. Pure. */
#pragma once

#include "api/types/condition.h"

struct arena;
struct document;

/* One object's status, as it is wanted. */
struct status_wanted {
    const struct schema *schema;       /* of the status */
    void *status;                      /* its struct */
    struct condition_list *conditions; /* inside it */
    int64_t now_unix_ms;
};

/* What changed between two lists of conditions, for events. */
struct condition_change {
    const struct condition *after;
    const struct condition *before; /* NULL: it was not there */
};

struct condition_change_list {
    struct condition_change *items;
    size_t count;
};

/* there: the object's status as it is in the cluster, or NULL. Sets the times of transition. The status as it
 * is to be sent, or NULL when that would say nothing new. */
const struct document *
status_write_decide(struct arena *arena, const struct status_wanted *wanted, const struct document *there,
                    struct condition_change_list *out_changes);
/* Whether both say the same, whatever defaults the API server put in. */
bool status_write_equal(struct arena *arena, const struct schema *schema, const struct document *a,
                        const struct document *b);
/* Adds Honoured=False/FieldsWithoutEffect, or puts the words to one that is there. */
void status_write_add_notice(struct arena *arena, struct condition_list *conditions, int64_t generation,
                             struct text words);
