/* What the commands share that ask the ledger about keys: whose keys, options, and the question. */
#pragma once

#include "api/cli/command.h"
#include "lib/base/compiler.h"

struct document;

/* --after, then those that all of them have, then --expires: each command takes a part of the row. */
extern const struct command_option keys_options[];
enum { KEYS_AFTER, KEYS_SHARED, KEYS_EXPIRES = 8, KEYS_OPTION_COUNT };

/* The path of the keys of the first argument, WORKSPACE/ENVIRONMENT/CALLER. ERROR_INVALID: it is none. */
MUST_CHECK bool
keys_ledger_path(const struct invocation *invocation, struct text *out_path, struct error *err);
/* The second argument. Who gives a key itself, a secret, is told what to give. */
MUST_CHECK bool keys_ledger_id(const struct invocation *invocation, struct text *out_id, struct error *err);
/* --after, or what is usual, as the ledger reads spans; what is none goes to it as it is, to be refused
 * there. */
struct text keys_ledger_after(const struct invocation *invocation, const char *usual);
/* --expires as RFC 3339, which may be given as a span from now on; empty: not given. */
MUST_CHECK bool
keys_ledger_expires(const struct invocation *invocation, struct text *out_time, struct error *err);

struct keys_question {
    struct text path;
    const char *method;          /* NULL: GET */
    const struct document *body; /* NULL: none */
};
MUST_CHECK bool keys_ledger_ask(const struct invocation *invocation, const struct keys_question *asked,
                                struct document **out_answer, struct error *err);
/* Tells why it did not work. */
enum exit_code keys_ledger_fail(const struct invocation *invocation, const struct error *err);
