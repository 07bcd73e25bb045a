/* What the ledger said last of keys that were made or revoked over REST. Outlives configs and, in the state
 * folder, the process: who is away from the ledger goes by what it heard. Never heard anything: keys are as
 * the config declares them. */
#pragma once

#include "api/types/key_frames.h"
#include "lib/base/compiler.h"
#include "lib/net/digest.h"

struct arena;
struct error;
struct gateway_caller;
struct heard_keys;
struct ledger_link;
struct live_callers;

/* state_folder: where what is heard is kept; must outlive it. */
struct heard_keys *heard_keys_new(struct arena *arena, const char *state_folder);
/* What was kept by the process before, if anything. After a failure nothing is known. */
MUST_CHECK bool heard_keys_load(struct heard_keys *keys, struct error *err);
/* Before the loop runs: hears the ledger's Keys from now on. */
void heard_keys_use_ledger(struct heard_keys *keys, struct ledger_link *link);

/* Whose key this is at that time, as the config declares it and as was heard beside it (keys NULL: nothing):
 * a revoked one is nobody's, and a made one is its caller's as long as the config has that caller. Takes the
 * same time whether or where the hash differs from one that exists. */
const struct gateway_caller *
heard_keys_caller(const struct heard_keys *keys, const struct live_callers *callers,
                  const uint8_t hash[DIGEST_SHA256_BYTES], int64_t unix_ms);
