/* What is remembered of one workspace from pass to pass: what its environments were last told to run, what
 * the API server refused, how its policies stand, and which of our own writes the cache must show first. */
#pragma once

#include <stdint.h>

#include "operator/reconcile/cluster_view.h"
#include "operator/reconcile/plan_book.h"
#include "operator/reconcile/policy_summary.h"

struct arena;
struct map;

/* One environment, by namespace. */
struct environment_record {
    struct arena *arena; /* of the texts */
    struct text namespace, environment;
    int64_t generation; /* of its config; 0: none yet */
    struct text hash, revision;
    int64_t pushed_ms; /* monotonic: when the revision was published */
    bool is_acked;     /* every gateway there is has it; told once */
};

/* Which version of a policy a pass has looked at. */
struct seen_policy {
    struct text policy; /* "namespace/name" */
    int64_t generation;
    struct text refused; /* why it could not be read; empty: it could */
};

/* One write that the cache has to show before the next pass may look. */
struct awaited_write {
    size_t row; /* of watched_kinds */
    struct text version;
};

struct workspace_record {
    struct arena *arena;
    struct text name;
    struct map *environments; /* namespace -> struct environment_record */

    struct arena *refused_arena;
    struct refused_object_list refused;

    struct arena *reach_arena; /* of the next */
    struct policy_reach_list reaches;
    struct seen_policy *seen;
    size_t seen_count;

    struct arena *awaited_arena;
    struct awaited_write *awaited;
    size_t awaited_count, awaited_capacity;
    int64_t awaited_since_ms;

    struct arena *budgets_arena;
    struct plan_shares budgets; /* of its last plan: its share in the book */
    bool has_budgets;           /* one was made since leading began */
    bool holds_budgets;         /* gateways may run others: the plan was not, or not all, carried out */

    bool is_in_book;       /* there was such a Workspace when that was made */
    uint64_t declared_key; /* what its declaration was made of (declared_key.h); 0: none was made */
    struct arena *undeclared_arena;
    struct text
        undeclared; /* why the ledger does not take its declaration; empty: it does, or has yet to say */

    int64_t waiting_since_ms; /* monotonic: a pass could not begin; 0: the last one could */
    bool owes_writes;         /* the last pass told gateways their configs, and nothing else */
    bool has_passed;          /* one pass was carried out whole */
    bool is_gone;             /* the Workspace is not there any more */
};

/* In an arena of its own; workspace_record_free ends it. */
struct workspace_record *workspace_record_new(struct text name);
void workspace_record_free(struct workspace_record *record);
/* Made when it is not there. */
struct environment_record *
workspace_record_environment(struct workspace_record *record, struct text namespace);
/* Replaces an environment's texts as a whole. */
void environment_record_set(struct environment_record *environment, int64_t generation, struct text hash,
                            struct text revision);
/* Copies; true when it is another list than before. */
bool workspace_record_set_refused(struct workspace_record *record, const struct refused_object_list *refused);
void workspace_record_set_reaches(struct workspace_record *record, const struct policy_reach_list *reaches,
                                  const struct seen_policy *seen, size_t seen_count);
void workspace_record_set_budgets(struct workspace_record *record, const struct plan_shares *budgets);
/* Copies; true when it is another text than before. */
bool workspace_record_set_undeclared(struct workspace_record *record, struct text undeclared);
void workspace_record_await(struct workspace_record *record, size_t row, struct text version, int64_t now_ms);
void workspace_record_await_nothing(struct workspace_record *record);
