/* Tells webhooks of alerts (ledger_deliveries.h): each until it answers 2xx, ever more rarely, half a day at
 * most. A few at a time, each bounded in time and size, and nothing else waits for them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"

struct alert_sender;
struct arena;
struct error;
struct ledger;
struct loop;
struct metrics;

struct alert_sender_options {
    struct loop *loop;
    struct ledger *ledger;
    struct metrics *metrics;
    void (*on_made)(void *owner); /* alerts were made; NULL: nobody wants to know */
    void *owner;
    const char *key_file; /* what messages are signed with (webhook_message.h); NULL: they are not signed */
};

/* Until the arena ends: what was under way is then sent again by whoever starts next. */
MUST_CHECK bool alert_sender_start(struct arena *arena, const struct alert_sender_options *options,
                                   struct alert_sender **out_sender, struct error *err);
/* So many alerts were made: they are counted, and those who are to be told are told now. */
void alert_sender_note(struct alert_sender *sender, int64_t alerts);
