/* Whether another gateway of an environment knows a call under an Idempotency-Key: asked by one, relayed to
 * the others, answered with what the first says that knows it.
 *
 * Nothing of it is kept: gateways know what runs in them and which answers they have. Two that ask about the
 * same key at once are told apart here: while the question of one is open, the key runs for everybody else,
 * and once it is answered that gateway knows it. */
#pragma once

#include "api/types/recall_frames.h"
#include "lib/base/text.h"

struct arena;
struct call_recalls;
struct loop;

#define RECALL_WAIT_MS 1500          /* for gateways that are asked */
#define RECALL_MAX_OF_A_GATEWAY 1024 /* questions of one that are open */

struct call_recalls *call_recalls_new(struct arena *arena, struct loop *loop);

/* A gateway that is welcome; its owner's memory. */
struct recalled_gateway {
    struct text workspace, environment;
    struct text journal; /* which gateway it is, whichever its stream */
    bool knows_recall;   /* its version knows the question */
    void (*ask)(void *owner, const struct ledger_recall *recall);
    void (*answer)(void *owner, const struct ledger_recalled *recalled);
    void *owner;
    /* The list's: */
    struct recalled_gateway *next, **place;
    size_t open_count;
};
void call_recalls_join(struct call_recalls *recalls, struct recalled_gateway *gateway);
/* It is lost, with what it asked: nobody waits for it any more. Nothing when it did not join. */
void call_recalls_leave(struct call_recalls *recalls, struct recalled_gateway *gateway);
/* It asks; answered exactly once unless it leaves, at once or within RECALL_WAIT_MS, and partially when a
 * gateway of its environment cannot be asked, is lost or silent, or it asks too much. */
void call_recalls_ask(struct call_recalls *recalls, struct recalled_gateway *gateway,
                      const struct ledger_recall *recall);
/* What it says to a question of before; passed over when nobody waits for that any more. */
void call_recalls_hear(struct call_recalls *recalls, const struct recalled_gateway *gateway,
                       const struct ledger_recalled *recalled);
