/* What each workspace declares to the ledger, in a cluster, and what belongs to the organisation: made anew
 * where something of it is another than when it was made last, and handed to the publisher of the book. */
#pragma once

#include "lib/base/text.h"

struct arena;
struct book_publisher;
struct cluster_declarations;
struct cluster_operator;
struct pass;

/* For one time of leading: the next begins anew, because another may have led meanwhile. */
struct cluster_declarations *cluster_declarations_start(struct arena *arena, struct cluster_operator *op,
                                                        struct book_publisher *publisher);
/* After the book had the pass's share. A Workspace that cannot be read, or is being deleted, declares what it
 * did before. */
void cluster_declarations_note(struct cluster_declarations *declarations, const struct pass *pass);
/* book_publisher.h's events: kept for the Workspace's condition, and told once in a row. */
void cluster_declarations_hear(struct cluster_declarations *declarations, struct text workspace,
                               struct text refusal);
void cluster_declarations_want(struct cluster_declarations *declarations, struct text workspace);
