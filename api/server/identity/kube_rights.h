/* Which Workspaces a Kubernetes user may get: those that the ledger has anything of, one review for each,
 * unless he may list them all or asks about one. And whether he may update one that he wants to change
 * something of: for that no answer of before is believed. */
#pragma once

#include <stdint.h>

struct arena;
struct kube_reviewer;
struct kube_rights;
struct ledger;
struct loop;
struct rest_asking;

struct kube_rights_options {
    struct loop *loop;
    struct ledger *ledger;
    struct kube_reviewer *reviewer;
    int64_t keep_ms; /* how long an answer is believed */
};

struct kube_rights *kube_rights_new(struct arena *arena, const struct kube_rights_options *options);
/* Sets who's scope and ends in on_verdict; known is his kube_user.json. */
void kube_rights_find(struct kube_rights *rights, struct rest_asking *asking);
