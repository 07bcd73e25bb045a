/* From a request to the route that answers it: who asks, what, and in which format, before any route is run.
 */
#include "api/server/rest/rest.h"

#include "api/server/rest/rest_body.h"
#include "api/server/rest/rest_openapi.h"
#include "api/server/rest/rest_query.h"
#include "api/server/rest/rest_routes.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/id.h"
#include "lib/net/http_server.h"

enum {
    MOST_BODY_BYTES = 4096, /* few questions are not in their target, and those are small */
    MOST_CONNECTIONS = 256,
    TIMEOUT_MS = 10000,
    IDLE_MS = 60000
};

struct rest {
    struct arena *arena;
    struct rest_options options;
    struct text description;
};

struct listener {
    struct rest *rest;
    struct rest_authenticator who;
};

static void on_request(void *owner, struct http_call *call);
static void on_writable(void *owner, struct http_call *call);
static void on_client_gone(void *owner, struct http_call *call);
static void on_done(void *owner, struct http_call *call);
static void answer(struct rest_call *call);
static void on_identified(struct rest_asking *asking, enum rest_verdict verdict);
static void on_authorized(struct rest_asking *asking, enum rest_verdict verdict);
static void refuse_asker(struct rest_call *call, enum rest_verdict verdict);
static bool read_question(struct rest_call *call);
static struct text workspace_of(const struct rest_call *call);
static bool read_parts(struct rest_call *call, const struct text_pair_list *parts);
static bool read_query(struct rest_call *call);
static bool choose_format(struct rest_call *call);

static const struct schema nothing_schema = {.name = "nothing"};

struct rest *
rest_new(struct arena *arena, const struct rest_options *options)
{
    struct rest *rest = arena_alloc(arena, sizeof(*rest));
    *rest = (struct rest){arena, *options, rest_openapi(arena)};
    return rest;
}

bool
rest_listen(struct rest *rest, const struct rest_place *place, int *out_port, struct error *err)
{
    struct listener *listener = arena_alloc(rest->arena, sizeof(*listener));
    struct http_server *server;
    *listener = (struct listener){rest, place->who};
    const struct http_server_options options = {.loop = rest->options.loop,
                                                .address = place->address,
                                                .port = place->port,
                                                .tls = place->tls,
                                                .max_body_bytes = MOST_BODY_BYTES,
                                                .max_connections = MOST_CONNECTIONS,
                                                .head_timeout_ms = TIMEOUT_MS,
                                                .body_timeout_ms = TIMEOUT_MS,
                                                .idle_timeout_ms = IDLE_MS,
                                                .write_timeout_ms = TIMEOUT_MS};
    const struct http_server_events events = {.on_request = on_request,
                                              .on_writable = on_writable,
                                              .on_client_gone = on_client_gone,
                                              .on_done = on_done,
                                              .owner = listener};
    if (!http_server_start(rest->arena, &options, &events, &server, err))
        return error_context(err, "listening for questions");
    *out_port = http_server_port(server);
    return true;
}

struct ledger *
rest_ledger(const struct rest_call *call)
{
    return call->rest->options.ledger;
}

struct call_surveys *
rest_surveys(const struct rest_call *call)
{
    return call->rest->options.surveys;
}

bool
rest_is_ready(const struct rest_call *call)
{
    const struct rest_options *options = &call->rest->options;
    return !options->is_ready || options->is_ready(options->owner);
}

struct text
rest_description(const struct rest_call *call)
{
    return call->rest->description;
}

static void
on_request(void *owner, struct http_call *call)
{
    const struct listener *listener = owner;
    struct arena *arena = http_call_arena(call);
    struct rest_call *asked = arena_alloc(arena, sizeof(*asked));
    *asked =
        (struct rest_call){.asking = {.arena = arena, .head = http_call_head(call), .by = &listener->who},
                           .rest = listener->rest,
                           .arena = arena,
                           .call = call,
                           .request = id_new(arena)};
    http_call_set_state(call, asked);
    answer(asked);
}

/* Who is not known learns nothing, not even which paths there are. */
static void
answer(struct rest_call *call)
{
    const struct http_request_head *head = http_call_head(call->call);
    call->route = rest_route_find(call->arena, head->path, head->method, &call->found_parts);
    if (call->route && call->route->is_open) {
        if (read_question(call))
            call->route->reply(call);
        return;
    }
    call->asking.on_verdict = on_identified;
    call->asking.by->identify(call->asking.by->owner, &call->asking);
}

static void
on_identified(struct rest_asking *asking, enum rest_verdict verdict)
{
    struct rest_call *call = (struct rest_call *)(void *)asking;
    if (verdict != REST_KNOWN) {
        refuse_asker(call, verdict);
        return;
    }
    if (!read_question(call))
        return;
    asking->workspace = workspace_of(call);
    asking->is_change = call->route->method != NULL;
    asking->on_verdict = on_authorized;
    if (asking->by->authorize && !call->route->is_of_nobody)
        asking->by->authorize(asking->by->owner, asking);
    else
        on_authorized(asking, REST_KNOWN);
}

static void
on_authorized(struct rest_asking *asking, enum rest_verdict verdict)
{
    struct rest_call *call = (struct rest_call *)(void *)asking;
    if (verdict == REST_KNOWN && !call->route->is_of_nobody)
        verdict = rest_asking_verdict(asking);
    if (verdict == REST_KNOWN)
        call->route->reply(call);
    else
        refuse_asker(call, verdict);
}

static void
refuse_asker(struct rest_call *call, enum rest_verdict verdict)
{
    if (verdict == REST_UNKNOWN)
        rest_refuse(call, 401,
                    TEXT("say who you are: Authorization: Bearer and a token that weir-api was started to "
                         "take: that of its --rest-token-file, the cluster's, or your identity provider's"));
    else if (verdict == REST_DENIED)
        rest_refuse(
            call, 403,
            call->asking.is_change
                ? TEXT("you may not change this: a caller's keys are for who may update its Workspace, "
                       "or may do everything here. Ask whoever gives rights to Workspaces")
                : TEXT("you may not see this: costs are for who may get their Workspace, and all of "
                       "them for who may list Workspaces. Ask whoever gives rights to Workspaces"));
    else if (verdict == REST_TOO_WIDE)
        rest_refuse(call, 400, TEXT("workspace: say which: there are too many to look at all of them"));
    else
        rest_refuse(call, 503,
                    TEXT("who you are or what you may see cannot be found out now, for whoever says so does "
                         "not answer: ask again; weir-api's log says why"));
}

static bool
read_question(struct rest_call *call)
{
    const struct http_request_head *head = http_call_head(call->call);
    if (text_equals(head->method, TEXT("OPTIONS")) && (call->route || text_equals(head->target, TEXT("*"))))
        rest_reply_methods(call, 204);
    else if (!call->route)
        rest_refuse(call, 404, TEXT("there is nothing at this path; /openapi.json lists what there is"));
    else if (!rest_route_takes(call->route, head->method))
        rest_reply_methods(call, 405);
    else
        return read_parts(call, &call->found_parts) && read_query(call) && rest_body_read(call) &&
               choose_format(call);
    return false;
}

/* Of the path or of the query. */
static struct text
workspace_of(const struct rest_call *call)
{
    const struct schema *const schemas[] = {call->route->parts, call->route->query};
    const char *const values[] = {call->parts, call->query};
    for (size_t i = 0; i < COUNT_OF(schemas); i++) {
        const struct field *field = schemas[i] ? schema_find_field(schemas[i], TEXT("workspace")) : NULL;
        if (field)
            return *(const struct text *)(const void *)(values[i] + field->offset);
    }
    return (struct text){0};
}

/* What cannot be there is not there. */
static bool
read_parts(struct rest_call *call, const struct text_pair_list *parts)
{
    const struct schema *schema = call->route->parts ? call->route->parts : &nothing_schema;
    void *value = arena_alloc(call->arena, schema->size + sizeof(void *));
    struct text wrong;
    call->parts = value;
    if (rest_query_decode(call->arena, schema, parts, value, &wrong))
        return true;
    rest_refuse(call, 404, wrong);
    return false;
}

static bool
read_query(struct rest_call *call)
{
    const struct schema *schema = call->route->query ? call->route->query : &nothing_schema;
    void *value = arena_alloc(call->arena, schema->size + sizeof(void *));
    struct text wrong;
    call->query = value;
    if (rest_query_read(call->arena, schema, http_call_head(call->call)->query, value, &wrong))
        return true;
    rest_refuse(call, 400, wrong);
    return false;
}

/* A parameter goes before the header, for who can only paste a link. */
static bool
choose_format(struct rest_call *call)
{
    const struct schema *schema = call->route->query;
    const struct field *field = schema ? schema_find_field(schema, TEXT("format")) : NULL;
    struct text accept = http_headers_find(&http_call_head(call->call)->headers, TEXT("accept"));
    const char *query = call->query;
    const struct document *given =
        field ? document_find(*(const struct document *const *)call->query, field->key) : NULL;
    if (given) {
        memcpy(&call->format, query + field->offset, sizeof(call->format));
        return true;
    }
    if (rest_accept_choose(accept, call->route->formats, &call->format))
        return true;
    rest_refuse(call, 406,
                call->route->formats == REST_HAS_CSV     ? TEXT("this is text/csv only")
                : call->route->formats == REST_HAS_JSONL ? TEXT("this is application/jsonl only")
                : call->route->formats == REST_HAS_JSON  ? TEXT("this is application/json only")
                                                         : TEXT("this is application/json or text/csv"));
    return false;
}

static void
on_writable(void *owner, struct http_call *call)
{
    struct rest_call *asked = http_call_state(call);
    (void)owner;
    if (asked->on_writable)
        asked->on_writable(asked);
}

static void
on_client_gone(void *owner, struct http_call *call)
{
    (void)owner;
    http_call_abandon(call);
}

static void
on_done(void *owner, struct http_call *call)
{
    (void)owner;
    (void)call;
}
