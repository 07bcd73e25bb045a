/* The ledger of a laptop: weir-api on a SQLite file in the state folder, started with the operator and ended
 * after the last gateway, so that what gateways still have to tell is heard.
 *
 * While it is down gateways keep their records and go on. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/compiler.h"

struct arena;
struct error;
struct local_ledger;
struct loop;
struct state_folder;

struct local_ledger_options {
    struct loop *loop;
    const struct state_folder *state;
    const char *program;    /* path of weir-api */
    int rest_port;          /* on 127.0.0.1, for the holder of local_ledger_token_file's token; 0: none */
    const char *price_card; /* the file of what processes cost; NULL: it is not known */
    const char *alert_key;  /* the file of what webhooks' messages are signed with; NULL: they are not */
    /* The ledger ended although it was to run; it is started again by itself, ever later. note: how, and
     * where its log is. May be NULL. */
    void (*on_trouble)(void *owner, const char *note);
    void *owner;
};

/* Where the token is, which local_ledger_start makes when there is none and it is needed. */
const char *local_ledger_token_file(const struct state_folder *state, struct arena *arena);
/* ERROR_INVALID when the folder's path is too long for a socket; or the alert key cannot be read. */
MUST_CHECK bool local_ledger_start(struct arena *arena, const struct local_ledger_options *options,
                                   struct local_ledger **out_process, struct error *err);
/* 0: it does not run. */
pid_t local_ledger_pid(const struct local_ledger *ledger);
/* SIGTERM, and SIGKILL when it does not listen; then on_stopped, from the loop. */
void local_ledger_stop(struct local_ledger *ledger, void (*on_stopped)(void *owner), void *owner);
void local_ledger_kill(struct local_ledger *ledger);
