/* Who issues the cluster's ServiceAccount tokens and with which keys: asked for at the start and every few
 * minutes, because keys rotate. Verifies nothing itself. */
#pragma once

#include "api/types/workload_identity.h"

struct arena;
struct kube_client;
struct loop;
struct workload_keys;

struct workload_keys_options {
    struct loop *loop;
    struct kube_client *client;
    void (*on_change)(void *owner); /* other keys than before: every gateway has to hear of it */
    void *owner;
};

struct workload_keys *workload_keys_new(struct arena *arena, const struct workload_keys_options *options);
void workload_keys_start(struct workload_keys *keys);
/* They were read once, or could not be for long enough that nobody should wait for them. */
bool workload_keys_are_known(const struct workload_keys *keys);
/* A copy; issuer empty: not known. */
struct workload_identity workload_keys_identity(struct arena *arena, const struct workload_keys *keys);
/* Reads both answers of the API server; false when they are not what they should be. */
MUST_CHECK bool workload_keys_parse(struct arena *arena, struct text discovery, struct text key_set,
                                    struct workload_identity *out_identity);
