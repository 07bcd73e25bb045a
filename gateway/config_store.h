/* Where configs are on disk: the last good one the operator sent, and a fixed one for tests and benchmarks.
 */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct live_config;
struct live_config_site;

/* A gateway_config as JSON, by hand. */
MUST_CHECK bool config_store_load_fixed(const struct live_config_site *site, const char *path,
                                        struct live_config **out_config, struct error *err);
/* Keeps a Snapshot message as it came, synced, in STATE/config.json. */
MUST_CHECK bool config_store_keep(const char *state_folder, struct text snapshot_message, struct error *err);
/* The one kept last. ERROR_NOT_FOUND when there is none. */
MUST_CHECK bool config_store_load_last(const struct live_config_site *site, const char *state_folder,
                                       struct live_config **out_config, struct error *err);

struct control_snapshot;
/* Checks the hash and loads; the snapshot was read into the arena, which the config keeps on success. */
MUST_CHECK bool config_store_load_snapshot(const struct live_config_site *site, struct arena *arena,
                                           const struct control_snapshot *snapshot,
                                           struct live_config **out_config, struct error *err);
