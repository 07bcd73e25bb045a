/* Keys that were made or revoked over REST, by environment, as rows of `caller_key`. A declared key has a row
 * once it is revoked. Gateways hear the whole of an environment's (key_frames.h); every change of it moves
 * the number in `key_environment`, out of one counter, so that each weir-api on the database learns of it.
 *
 * Whoever writes here moves the workspace's `changes` first (ledger_declared.h): so a caller that is declared
 * no more has no key, whoever was first. `key_change` is locked after every row of `declaration`. */
#pragma once

#include "api/server/ledger/key_rules.h"
#include "api/server/ledger/ledger.h"
#include "lib/document/document.h"

struct declaration;
struct sql_result;
struct sql_work;

struct keys_answer {
    enum ledger_end end;
    struct error why;
    struct kept_keys keys;
};
typedef void (*keys_answer_fn)(void *owner, const struct keys_answer *answer);

/* What gateways of the environment are to hear now, each hash once. Keys that are over are left out. */
void ledger_keys_heard(struct ledger *ledger, struct arena *arena, const struct key_place *place,
                       keys_answer_fn on_answer, void *owner);
/* All keys of one caller, the declared ones too. LEDGER_REFUSED, ERROR_NOT_FOUND: it is not declared there.
 */
void ledger_keys_of_caller(struct ledger *ledger, struct arena *arena, const struct key_place *place,
                           keys_answer_fn on_answer, void *owner);

struct key_changed_answer {
    enum ledger_end end;
    struct error why;
    struct key_decision decision; /* LEDGER_DONE: what is so now */
};
typedef void (*key_changed_fn)(void *owner, const struct key_changed_answer *answer);

/* Committed with its rows of the audit log. LEDGER_REFUSED: ERROR_NOT_FOUND, no such caller or key there;
 * ERROR_INVALID, as key_rules_decide has it. What is given must live until the answer. */
void ledger_change_keys(struct ledger *ledger, struct arena *arena, const struct key_change *change,
                        key_changed_fn on_answer, void *owner);

struct keys_news {
    enum ledger_end end;
    struct error why;
    int64_t number;           /* ask for what changed since then next */
    struct key_place *places; /* whose caller is empty */
    size_t place_count;
};
typedef void (*keys_news_fn)(void *owner, const struct keys_news *news);

/* Environments whose keys changed after that number; 0: all that ever changed. */
void ledger_keys_news(struct ledger *ledger, struct arena *arena, int64_t since, keys_news_fn on_news,
                      void *owner);
