/* Signs how the audit log stands, and keeps what it signed in a folder outside the database: whoever rewrites
 * rows that were signed is found out by `weir audit verify`, and by the next start.
 *
 * The folder holds `checkpoints`, `public.pem`, and the key in `key.pem` unless it is elsewhere. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"

#define CHECKPOINT_EVERY_MS 5000

struct arena;
struct checkpoint_signer;

struct error;
struct ledger;
struct loop;
struct metrics;

struct checkpoint_signer_options {
    struct loop *loop;
    struct ledger *ledger;
    struct metrics *metrics;
    const char *folder;
    const char *key;         /* a file; NULL: key.pem in the folder, made when it is not there */
    const char *former_keys; /* public ones that signed what is there; NULL: none */
};

/* Until the arena ends. */
MUST_CHECK bool checkpoint_signer_start(struct arena *arena, const struct checkpoint_signer_options *options,
                                        struct checkpoint_signer **out_signer, struct error *err);
/* How many rows the newest checkpoint states, as far as the log was seen to be that one. */
int64_t checkpoint_signer_signed(const struct checkpoint_signer *signer);
/* There are new rows: they are signed within CHECKPOINT_EVERY_MS. */
void checkpoint_signer_wake(struct checkpoint_signer *signer);
/* Signs what there is now; then on_done, once, also when that fails. */
void checkpoint_signer_finish(struct checkpoint_signer *signer, void (*on_done)(void *owner), void *owner);
