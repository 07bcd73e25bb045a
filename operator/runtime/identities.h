/* The authority inside the cluster and what it signs: gateways show their environment's certificate to the
 * operator, the operator its own to them and another to the ledger. Made once, read back from Secrets after a
 * restart, renewed at two thirds of their lives. */
#pragma once

#include "lib/base/compiler.h"
#include "lib/net/websocket.h"
#include "operator/reconcile/cluster_view.h"

struct arena;
struct error;
struct identities;
struct kube_client;
struct loop;
struct secret_values;
struct tls_identity;

struct identities_options {
    struct loop *loop;
    struct kube_client *client;
    struct secret_values *secrets;
    struct text namespace;         /* of Secret weir-ca */
    struct text service;           /* weir-operator-control */
    void (*on_ready)(void *owner); /* the authority is there; and again when the operator's own was renewed */
    void *owner;
};

struct identities *identities_new(struct arena *arena, const struct identities_options *options);
/* Reads the authority, or makes it when there is none: only while leading. */
void identities_start(struct identities *identities);
bool identities_are_ready(const struct identities *identities);
/* What the operator shows gateways; valid until the next on_ready. */
struct websocket_server_identity identities_server(const struct identities *identities);
/* What it shows the ledger; valid until the next on_ready. */
struct websocket_client_identity identities_operator(const struct identities *identities);
/* Once ready: lives as long as this. */
const struct tls_identity *identities_authority(const struct identities *identities);
/* One for each environment that the view's Workspace declares; false while one is being read. Texts live as
 * long as the pass. */
bool identities_list(struct arena *arena, struct identities *identities, const struct cluster_view *view,
                     struct gateway_identity_list *out_list);
