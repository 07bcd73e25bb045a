/* A pass while it is carried out. For operator/runtime/pass*.c only. */
#pragma once

#include "operator/kube/kube_client.h"
#include "operator/reconcile/cluster_plan.h"
#include "operator/runtime/cluster_parts.h"
#include "operator/runtime/pass.h"
#include "operator/runtime/view_build.h"

/* Each phase begins when all writes of the one before were answered. */
enum pass_phase {
    PASS_FINALIZER,  /* before anything is made that a deletion would have to undo */
    PASS_NAMESPACES, /* before what stands in them */
    PASS_OBJECTS,
    PASS_OBJECT_STATUSES, /* of ModelPolicy effective */
    PASS_PRUNE,
    PASS_REMOVE, /* one after the other, in the plan's order */
    PASS_STATUSES,
    PASS_RELEASE, /* the finalizer goes last */
    PASS_OVER,
};

struct pass {
    struct pass *next, *previous; /* among those under way */
    struct cluster_operator *op;
    struct arena *arena;
    struct text workspace;
    struct workspace_record *record;
    struct built_view built;
    struct cluster_plan *plan;
    enum pass_phase phase;
    size_t in_flight;
    size_t removed; /* of plan->removal.remove */
    struct refused_object_list refused;
    size_t refused_capacity;
    int64_t started_us;
    bool has_failed; /* comes again after its back-off */
    bool has_written;
    bool is_announced; /* configs went out in this pass: statuses wait for what gateways say */
    bool is_changed;   /* one of them in place of another */
    bool is_taken;     /* and there were gateways to take them */
    int64_t redial_ms; /* how long statuses wait for gateways that have yet to dial; 0: not at all */
    bool is_beginning; /* writes of a phase are being started: no answer can have come */
};

enum pass_verb { PASS_APPLY, PASS_TRY, PASS_STATUS, PASS_MERGE, PASS_JSON_PATCH, PASS_DELETE };

/* One request, and what to remember when it is answered. */
struct pass_write {
    struct pass *pass;
    enum pass_verb verb;
    const struct watched *watched;
    struct text namespace, name, uid;
    struct text body;
    struct text title; /* in the book; empty: not in it */
    uint64_t desired;
    const struct pass_write *replaces; /* NULL; else the refused apply that this makes room for */
};

/* pass.c: begins phases until one waits for answers; after the last one the pass is over. */
void pass_go_on(struct pass *pass);
/* pass_write.c: sends it; its answer is noted in book and record, then pass_go_on. Copied into the pass. */
void pass_send(const struct pass_write *write);
struct text pass_title(struct arena *arena, struct text api_version, struct text kind, struct text namespace,
                       struct text name);
void pass_refuse(struct pass *pass, const struct pass_write *write, struct text reason, struct text message);
/* pass_replace.c: begins to replace what cannot be put right; false: it is not to be, the refusal stands. */
bool pass_replace(const struct pass_write *refused, const struct kube_answer *answer);
void pass_replace_go_on(const struct pass_write *done);
bool pass_is_replaceable(struct text kind);
/* pass_objects.c */
void pass_apply_objects(struct pass *pass, bool are_namespaces);
void pass_apply(struct pass *pass, const struct desired_object *object);
void pass_apply_statuses(struct pass *pass);
/* pass_prune.c */
bool pass_is_ours(struct arena *arena, const struct kube_object *object); /* no other controller made it */
void pass_prune(struct pass *pass);
void pass_remove_next(struct pass *pass);
/* pass_finalizer.c */
void pass_add_finalizer(struct pass *pass);
void pass_drop_finalizer(struct pass *pass);
/* pass_waiting.c: something is still being read; true when that is to be said: the plan is that and no more.
 */
bool pass_say_waiting(struct pass *pass);
/* pass_status.c */
void pass_write_statuses(struct pass *pass);
/* pass_publish.c: tells gateways what to run; true when it is another revision than before. */
bool pass_publish(struct pass *pass);
/* pass_policies.c: keeps how policies stand, and wakes the statuses that follow from it. */
void pass_note_policies(struct pass *pass);
