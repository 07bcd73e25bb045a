/* What the files that a kube_config names hold now: tokens and certificates rotate. */
#pragma once

#include "operator/kube/kube_config.h"

struct kube_auth_files {
    struct text ca_pem, certificate_pem, key_pem, token; /* from files or as written in the config */
};

/* All or nothing; an error names the file. */
MUST_CHECK bool kube_auth_files_read(struct arena *arena, const struct kube_config *config,
                                     struct kube_auth_files *out_files, struct error *err);
