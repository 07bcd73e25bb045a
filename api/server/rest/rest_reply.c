/* Replies, and the one shape of errors. */
#include "api/server/rest/rest_routes.h"
#include "api/types/rest_answers.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/document/json.h"
#include "lib/net/http_server.h"

enum { REPLY_BYTES = 16384, MOST_HEADERS = 6 };

struct reply {
    int status;
    struct text type, body;
    struct http_header more; /* without a name: none */
};

static void send_reply(struct rest_call *call, const struct reply *reply);
static struct text error_body(struct rest_call *call, int status, struct text message);
static const char *code_of(int status);
static void log_failure(const struct rest_call *call, const struct error *why);

void
rest_reply_document(struct rest_call *call, const struct document *body)
{
    struct buffer json;
    buffer_init(&json, call->arena, REPLY_BYTES);
    json_print(body, &json);
    buffer_add_byte(&json, '\n');
    rest_reply_text(call, rest_format_type(REST_JSON), buffer_text(&json));
}

void
rest_reply_text(struct rest_call *call, struct text type, struct text body)
{
    send_reply(call, &(struct reply){call->route->is_made ? 201 : 200, type, body, {{0}, {0}}});
}

void
rest_start_csv(struct rest_call *call, const char *file_name)
{
    rest_start_file(call, REST_CSV, file_name);
}

void
rest_start_file(struct rest_call *call, enum rest_format format, const char *file_name)
{
    const struct http_header headers[] = {
        {TEXT("Content-Type"), rest_format_type(format)},
        {TEXT("Content-Disposition"), text_format(call->arena, "attachment; filename=\"%s\"", file_name)},
        {TEXT("Cache-Control"), TEXT("no-store")},
        {TEXT("x-request-id"), call->request}};
    http_call_start_reply(call->call, &(struct http_reply_head){200, headers, COUNT_OF(headers)});
}

void
rest_refuse(struct rest_call *call, int status, struct text message)
{
    struct reply reply = {status, rest_format_type(REST_JSON), error_body(call, status, message), {{0}, {0}}};
    if (status == 401)
        reply.more = (struct http_header){TEXT("WWW-Authenticate"), TEXT("Bearer realm=\"weir\"")};
    if (status == 405)
        reply.more = (struct http_header){TEXT("Allow"), rest_route_methods(call->arena, call->route)};
    if (status == 503)
        reply.more = (struct http_header){TEXT("Retry-After"), TEXT("1")};
    send_reply(call, &reply);
}

void
rest_refuse_as(struct rest_call *call, const struct error *why)
{
    rest_refuse(call, why->kind == ERROR_NOT_FOUND ? 404 : 409, text_of(why->message));
}

void
rest_fail(struct rest_call *call, const struct error *why)
{
    bool is_ours = why->kind != ERROR_UNAVAILABLE && why->kind != ERROR_CONFLICT;
    log_failure(call, why);
    if (is_ours)
        rest_refuse(call, 500,
                    TEXT("this is our mistake: look for the request in weir-api's log, and report it"));
    else
        rest_refuse(call, 503, TEXT("the ledger has no answer in time: ask again, or for a shorter span"));
}

void
rest_cut(struct rest_call *call, const struct error *why)
{
    log_failure(call, why);
    http_call_abandon(call->call);
}

void
rest_reply_methods(struct rest_call *call, int status)
{
    struct text methods = rest_route_methods(call->arena, call->route);
    if (status == 405)
        rest_refuse(call, status, text_format(call->arena, "%.*s only", TEXT_ARG(methods)));
    else
        send_reply(call, &(struct reply){status, {0}, {0}, {TEXT("Allow"), methods}});
}

static void
log_failure(const struct rest_call *call, const struct error *why)
{
    log_error("question_failed", LOG_TEXT("request", call->request), LOG_STRING("route", call->route->path),
              LOG_TEXT("asker", call->asking.who.name), LOG_STRING("reason", why->message));
}

static void
send_reply(struct rest_call *call, const struct reply *reply)
{
    struct http_header headers[MOST_HEADERS] = {{TEXT("Cache-Control"), TEXT("no-store")},
                                                {TEXT("x-request-id"), call->request},
                                                {TEXT("X-Content-Type-Options"), TEXT("nosniff")}};
    size_t count = 3;
    if (!text_is_empty(reply->type))
        headers[count++] = (struct http_header){TEXT("Content-Type"), reply->type};
    if (!text_is_empty(reply->more.name))
        headers[count++] = reply->more;
    if (!text_is_empty(call->next))
        headers[count++] = (struct http_header){TEXT("x-next-cursor"), call->next};
    http_call_reply(call->call, &(struct http_reply_head){reply->status, headers, count}, reply->body);
}

static struct text
error_body(struct rest_call *call, int status, struct text message)
{
    struct rest_error said;
    struct buffer json;
    schema_set_defaults(&rest_error_schema, &said);
    said.error.code = text_of(code_of(status));
    said.error.message = message;
    said.error.request = call->request;
    buffer_init(&json, call->arena, 512);
    schema_print_json(&rest_error_schema, &said, SCHEMA_ENCODE_PLAIN, &json);
    buffer_add_byte(&json, '\n');
    return buffer_text(&json);
}

static const char *
code_of(int status)
{
    switch (status) {
    case 400:
        return "invalid_question";
    case 401:
        return "unauthenticated";
    case 403:
        return "denied";
    case 404:
        return "not_found";
    case 405:
        return "method_not_allowed";
    case 406:
        return "not_acceptable";
    case 409:
        return "conflict";
    case 415:
        return "unsupported_media_type";
    case 503:
        return "unavailable";
    default:
        return "internal";
    }
}
