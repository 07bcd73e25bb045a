/* See the header. */
#include "api/cli/keys_ledger.h"

#include "api/cli/instance.h"
#include "api/cli/remote_ledger.h"
#include "api/cli/table.h"
#include "api/types/rest_keys.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "lib/document/json.h"
#include "lib/net/fetch.h"

const struct command_option keys_options[] = {
    {"after", 0, "SPAN", NULL, "so long the old key works on: 30m, 7d", NULL},
    {"dir", 'd', "DIR", NULL, "folder of the running `weir up` (default: the last one started; or WEIR_DIR)",
     NULL},
    {"state", 0, "DIR", NULL, "its state folder (default: DIR/.weir)", NULL},
    REMOTE_LEDGER_OPTIONS,
    {"output", 'o', "FORMAT", "table", "how to print", output_formats},
    {"expires", 0, "WHEN", NULL, "from when on the new key is refused: 90d, or 2027-01-01T00:00:00Z", NULL},
};

bool
keys_ledger_path(const struct invocation *invocation, struct text *out_path, struct error *err)
{
    const struct text_list *given = &invocation->arguments;
    struct text rest = given->items[0], parts[3];
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        parts[i] = text_cut(&rest, '/');
        if (!text_format_dns_label.accepts(parts[i]))
            return error_set(err, ERROR_INVALID, "%.*s is not WORKSPACE/ENVIRONMENT/CALLER",
                             TEXT_ARG(given->items[0]));
    }
    if (rest.bytes)
        return error_set(err, ERROR_INVALID, "%.*s is not WORKSPACE/ENVIRONMENT/CALLER",
                         TEXT_ARG(given->items[0]));
    *out_path = text_format(invocation->arena, "/v1/callers/%.*s/%.*s/%.*s/keys", TEXT_ARG(parts[0]),
                            TEXT_ARG(parts[1]), TEXT_ARG(parts[2]));
    return true;
}

bool
keys_ledger_id(const struct invocation *invocation, struct text *out_id, struct error *err)
{
    struct text given = invocation->arguments.items[1];
    *out_id = given;
    return text_format_key_id.accepts(given) ||
           error_set(err, ERROR_INVALID,
                     "the key is named by its id, %s, as `weir keys list` shows it; never by itself",
                     text_format_key_id.example);
}

struct text
keys_ledger_after(const struct invocation *invocation, const char *usual)
{
    struct text given =
        invocation_has(invocation, "after") ? invocation_value(invocation, "after") : text_of(usual);
    int64_t ms;
    return parse_span_ms(given, &ms) ? print_duration(invocation->arena, ms) : given;
}

bool
keys_ledger_expires(const struct invocation *invocation, struct text *out_time, struct error *err)
{
    struct text given = invocation_value(invocation, "expires");
    int64_t ms;
    *out_time = (struct text){0};
    if (text_is_empty(given))
        return true;
    if (parse_span_ms(given, &ms))
        ms += clock_unix_ms();
    else if (!parse_time_ms(given, &ms))
        return error_set(err, ERROR_INVALID, "--expires %.*s is neither a span (90d) nor a time (RFC 3339)",
                         TEXT_ARG(given));
    *out_time = print_time(invocation->arena, ms, false);
    return true;
}

enum exit_code
keys_ledger_fail(const struct invocation *invocation, const struct error *err)
{
    enum exit_code code = err->kind == ERROR_NOT_FOUND ? EXIT_NOT_FOUND
                          : err->kind == ERROR_DENIED  ? EXIT_DENIED
                                                       : EXIT_FAILED;
    return command_fail(code, err,
                        text_c_string(invocation->arena, text_format(invocation->arena, "See: weir %s --help",
                                                                     invocation->command->name)));
}

bool
keys_ledger_ask(const struct invocation *invocation, const struct keys_question *asked,
                struct document **out_answer, struct error *err)
{
    struct buffer json;
    struct fetch_question question = {.path = asked->path, .method = asked->method};
    buffer_init(&json, invocation->arena, 256);
    if (asked->body) {
        json_print(asked->body, &json);
        question.body = buffer_text(&json);
    }
    return instance_change_ledger(invocation, &question, out_answer, err);
}
