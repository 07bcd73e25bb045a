/* What each workspace declares, on its way to the ledger: what is still to be said on this stream, and what
 * the ledger has. Sends nothing.
 *
 * What the ledger has is kept as its revision only. On the next stream it is asked whether it still has that,
 * and who made the declaration is asked for it again if not: so nothing is said twice that is long, and a
 * thousand workspaces take no memory. */
#pragma once

#include "api/types/declare_frames.h"

struct arena;
struct declarations;
struct error;

struct declarations *declarations_new(struct arena *arena);
/* What to say of the workspace from now on; copied. Of the revision that was set last nothing changes, but
 * what is wanted again is there again. ERROR_INVALID when the ledger could not read it (too long for a
 * message, more things than a declaration has): then what was set before stays. */
MUST_CHECK bool
declarations_set(struct declarations *declarations, const struct ledger_declare *declare, struct error *err);
/* Workspaces of the book, which alone are said, beside the organisation's. What was one of them before and is
 * none now is forgotten. */
void declarations_set_workspaces(struct declarations *declarations, const struct text_list *workspaces);
/* A stream began: it is not known what the ledger has. */
void declarations_begin(struct declarations *declarations);

struct declaration_to_say {
    struct text workspace, revision;
    struct text message; /* a Declare, until the workspace is set again or heard of; empty: only ask */
};

/* False: all is said, as far as it is there. */
bool declarations_next(const struct declarations *declarations, struct declaration_to_say *out);
/* The ledger has this revision of it. True: it is what was to be said. False: it is not; and if the
 * declaration was not there to be said, *out_is_wanted: it is to be set again. */
bool declarations_hear(struct declarations *declarations, struct text workspace, struct text revision,
                       bool *out_is_wanted);
/* The ledger did not take it: nothing of the workspace is said until another is set, or: */
void declarations_put_aside(struct declarations *declarations, struct text workspace);
void declarations_take_up(struct declarations *declarations);
