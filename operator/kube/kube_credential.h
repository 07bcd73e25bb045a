/* ExecCredential (client.authentication.k8s.io v1, v1beta1): what a plugin is told and what it answers. Pure.
 */
#pragma once

#include "operator/kube/kube_config.h"

struct kube_credential {
    struct text token, certificate_pem, key_pem; /* a token, or both others, or all */
    int64_t expires_unix_ms;                     /* 0: never */
};

/* The value of KUBERNETES_EXEC_INFO. ca_pem is the cluster's, for those who want to know. */
struct text
kube_credential_question(struct arena *arena, const struct kube_config *config, struct text ca_pem);
/* What was printed; no error quotes it. */
MUST_CHECK bool kube_credential_parse(struct arena *arena, struct text json, struct text api_version,
                                      struct kube_credential *out_credential, struct error *err);
