/* What kube_config.c and its parts share: one entry of a kubeconfig and the file it stands in. */
#pragma once

#include "operator/kube/kube_config.h"

struct kube_config_entry {
    struct text name;
    const struct document *content; /* of "cluster:", "user:" or "context:" */
    const char *file;               /* relative paths start beside it */
};

/* Fill their members of the config; errors name the entry and the file, never a value. */
MUST_CHECK bool kube_config_cluster(struct arena *arena, const struct kube_config_entry *entry,
                                    struct kube_config *config, struct error *err);
MUST_CHECK bool kube_config_user(struct arena *arena, const struct kube_config_entry *entry,
                                 struct kube_config *config, struct error *err);
MUST_CHECK bool
kube_config_exec(struct arena *arena, const struct kube_config_entry *entry, const struct document *exec,
                 const struct kube_exec_plan **out_plan, struct error *err);
/* "certificate-authority" and its "-data": the data wins. */
MUST_CHECK bool kube_config_secret(struct arena *arena, const struct kube_config_entry *entry,
                                   const char *member, struct kube_secret *out_secret, struct error *err);
/* A member's text, safe to stand in a header: no line ends. */
MUST_CHECK bool kube_config_header_text(const struct kube_config_entry *entry, const char *member,
                                        struct text *out_text, struct error *err);
/* A path as the entry's file means it. */
const char *kube_config_path(struct arena *arena, const struct kube_config_entry *entry, struct text path);
