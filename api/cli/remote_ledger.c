/* A token is in a file, never in a command line, which others of the machine can read. */
#include "api/cli/remote_ledger.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/net/fetch.h"

enum { MOST_TOKEN_BYTES = 16384 };

bool
remote_ledger_is_given(const struct invocation *invocation)
{
    return invocation_takes(invocation, "ledger") && invocation_has(invocation, "ledger");
}

bool
remote_ledger_fetch(const struct invocation *invocation, const struct fetch_question *question,
                    struct fetch_reply *out_reply, struct error *err)
{
    struct arena *arena = invocation->arena;
    struct text token_file = invocation_value(invocation, "token-file");
    struct text ca_file = invocation_value(invocation, "ca-file"), token = {0};
    if (text_is_empty(token_file))
        return error_set(err, ERROR_INVALID,
                         "--ledger needs --token-file: in a cluster, what `kubectl create token NAME "
                         "--audience weir-api` prints");
    if (!file_read(arena, text_c_string(arena, token_file), MOST_TOKEN_BYTES, &token, err))
        return error_context(err, "--token-file");
    const struct fetch_place place = {.url = invocation_value(invocation, "ledger"),
                                      .token = text_trim(token),
                                      .ca_file =
                                          text_is_empty(ca_file) ? NULL : text_c_string(arena, ca_file),
                                      .name = invocation_value(invocation, "server-name")};
    return fetch_tls(arena, &place, question, out_reply, err);
}
