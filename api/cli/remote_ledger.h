/* A ledger that is not this machine's, a cluster's for one: options of a command say where it is (--ledger),
 * who asks (--token-file), and whom to believe there (--ca-file, --server-name). */
#pragma once

#include "api/cli/command.h"
#include "lib/base/compiler.h"

struct fetch_question;
struct fetch_reply;

/* In the options of a command: REMOTE_LEDGER_OPTIONS. */
/* clang-format off */
#define REMOTE_LEDGER_URL {"ledger", 0, "URL", NULL, "ask this ledger: https://host:port", NULL}
#define REMOTE_LEDGER_TOKEN {"token-file", 0, "FILE", NULL, "who asks it: holds a bearer token that it knows", NULL}
#define REMOTE_LEDGER_CA {"ca-file", 0, "FILE", NULL, "who signed its certificate (default: the system's authorities)", NULL}
#define REMOTE_LEDGER_NAME {"server-name", 0, "NAME", NULL, "whom its certificate is for, if not the URL's host", NULL}
#define REMOTE_LEDGER_OPTIONS REMOTE_LEDGER_URL, REMOTE_LEDGER_TOKEN, REMOTE_LEDGER_CA, REMOTE_LEDGER_NAME
/* clang-format on */

/* Whether the command takes these options, and was given a ledger. */
bool remote_ledger_is_given(const struct invocation *invocation);
/* The token is read from its file each time, and is in no error. */
MUST_CHECK bool
remote_ledger_fetch(const struct invocation *invocation, const struct fetch_question *question,
                    struct fetch_reply *out_reply, struct error *err);
