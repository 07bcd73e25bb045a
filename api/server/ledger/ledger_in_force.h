/* Who may call, what it costs and what the limits are, as each workspace declared it last as a whole. */
#pragma once

#include "api/server/ledger/ledger.h"
#include "lib/document/document.h"

enum in_force_list { IN_FORCE_CALLERS, IN_FORCE_PRICES, IN_FORCE_LIMITS };
extern const char *const in_force_list_names[]; /* callers prices limits: as in declaration.h */

#define IN_FORCE_BEHIND INT64_MAX

struct in_force_place {
    struct text workspace;
    int64_t index; /* in the workspace's list; IN_FORCE_BEHIND: behind all of it */
};

struct in_force_question {
    const struct ledger_scope *scope;
    enum in_force_list list;
    struct text workspace;      /* empty: all */
    struct in_force_place from; /* what comes before it is passed over; of an empty workspace: nothing */
};

struct in_force_item {
    struct in_force_place place;
    const struct document *item; /* one of declaration.h's */
};

/* A part of what there is: so much as one answer may hold. */
struct in_force_answer {
    enum ledger_end end;
    struct error why;
    const struct in_force_item *items; /* by workspace, in the order they were declared in */
    size_t count;
    bool is_cut;                /* there may be more, from: */
    struct in_force_place rest; /* on */
};
typedef void (*in_force_answer_fn)(void *owner, const struct in_force_answer *answer);

void ledger_in_force(struct ledger *ledger, struct arena *arena, const struct in_force_question *question,
                     in_force_answer_fn on_answer, void *owner);
/* Whether one of them is in the environment: one that names none is in all. */
bool in_force_is_in(const struct document *item, struct text environment);
