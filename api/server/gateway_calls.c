/* See the header. */
#include "api/server/gateway_calls.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/json.h"

const char *const surveyed_state_names[] = {"Waiting", "Heard", "Lost", "Cannot", "Elsewhere", NULL};

DEFINE_SCHEMA(gateway_calls, GATEWAY_CALLS_FIELDS, "The calls that run in a gateway of a peer.");
DEFINE_SCHEMA(gateways_calls, GATEWAYS_CALLS_FIELDS, "The calls that run in a peer's gateways.");

struct text
gateway_calls_print(struct arena *arena, const struct survey_answer *answer)
{
    struct gateways_calls all = {
        .gateways = {arena_alloc_array(arena, answer->count, sizeof(*all.gateways.items)), answer->count}};
    struct buffer json;
    for (size_t i = 0; i < answer->count; i++) {
        const struct surveyed *surveyed = &answer->gateways[i];
        struct gateway_calls *calls = &all.gateways.items[i];
        schema_set_defaults(&gateway_calls_schema, calls);
        calls->journal = surveyed->journal;
        calls->state = surveyed->state;
        calls->is_cut =
            surveyed->state == SURVEYED_HEARD && (!surveyed->running || surveyed->running->is_cut);
        if (surveyed->running)
            calls->calls = surveyed->running->calls;
    }
    buffer_init(&json, arena, 4096);
    schema_print_json(&gateways_calls_schema, &all, SCHEMA_ENCODE_PLAIN, &json);
    return buffer_text(&json);
}

bool
gateway_calls_parse(struct arena *arena, struct text json, struct gateways_calls *out_calls,
                    struct error *err)
{
    struct document *document;
    struct problem_list problems;
    problems_init(&problems, arena);
    return json_parse(arena, json, (struct text){0}, &document, err) &&
           (schema_decode(arena, &gateways_calls_schema, document, (struct text){0}, out_calls, &problems) ||
            error_set(err, ERROR_INVALID, "what a peer says of its gateways: %.*s",
                      TEXT_ARG(problem_line(arena, &problems.items[0]))));
}
