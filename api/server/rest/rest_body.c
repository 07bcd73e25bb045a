/* See the header. How long one may be is the server's bound (rest.c). */
#include "api/server/rest/rest_body.h"

#include "api/server/rest/rest_call.h"
#include "api/server/rest/rest_query.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/json.h"
#include "lib/net/http_server.h"

static bool is_json(const struct rest_call *call);

bool
rest_body_read(struct rest_call *call)
{
    const struct schema *schema = call->route->body;
    struct text body = http_call_body(call->call);
    struct document *document = NULL;
    struct problem_list problems;
    struct error why;
    if (!schema)
        return true;
    void *value = arena_alloc(call->arena, schema->size);
    problems_init(&problems, call->arena);
    call->body = value;
    if (!text_is_empty(body) && !is_json(call)) {
        rest_refuse(call, 415, TEXT("what comes along is to be JSON: Content-Type: application/json"));
        return false;
    }
    if (!text_is_empty(body) && !json_parse(call->arena, body, TEXT("body"), &document, &why)) {
        rest_refuse(call, 400, text_copy(call->arena, text_of(why.message)));
        return false;
    }
    if (schema_decode(call->arena, schema, document, (struct text){0}, value, &problems))
        return true;
    rest_refuse(call, 400, rest_query_words(call->arena, schema, &problems));
    return false;
}

/* A parameter (charset) says nothing about it. */
static bool
is_json(const struct rest_call *call)
{
    struct text given = http_headers_find(&http_call_head(call->call)->headers, TEXT("content-type"));
    return text_equals_ignore_case(text_trim(text_cut(&given, ';')), TEXT("application/json"));
}
