/* Each environment's certificate: as its Secret has it while that is good, else a new one, kept until the
 * Secret has it. */
#pragma once

#include "lib/net/tls_certificate.h"
#include "operator/reconcile/cluster_view.h"

struct arena;
struct gateway_identities;
struct secret_values;

struct gateway_identities *gateway_identities_new(struct arena *arena, struct secret_values *secrets);
/* One for each environment of the view's Workspace; false while a Secret is being read. */
bool gateway_identities_list(struct arena *arena, struct gateway_identities *identities,
                             const struct tls_identity *authority, const struct cluster_view *view,
                             struct gateway_identity_list *out_list);
