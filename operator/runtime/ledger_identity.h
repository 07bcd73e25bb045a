/* What weir-api shows gateways and the operator: kept in Secret weir-api-identity beside it, where its pod
 * reads it and follows it. Only while leading. */
#pragma once

#include "lib/net/tls_certificate.h"

struct arena;
struct kube_client;
struct ledger_identity;
struct loop;

struct ledger_identity_options {
    struct loop *loop;
    struct kube_client *client;
    const struct tls_identity *authority; /* outlives this */
    struct text namespace;
    struct text service; /* its certificate's name */
};

/* From now on the Secret is looked at now and then and put right: made, renewed at two thirds of its life,
 * made again for another authority. Ends with the arena. */
struct ledger_identity *
ledger_identity_start(struct arena *arena, const struct ledger_identity_options *options);
