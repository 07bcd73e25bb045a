/* A new route is a row here and a file of its own. */
#include "api/server/rest/rest_routes.h"
#include "api/types/audit_questions.h"

#include "api/types/alert_report.h"
#include "api/types/allocation_query.h"
#include "api/types/budget_report.h"
#include "api/types/limit_report.h"
#include "api/types/request_report.h"
#include "api/types/rest_answers.h"
#include "api/types/rest_keys.h"
#include "api/types/runtime_report.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/http1.h"

const struct rest_route rest_routes[] = {
    {.path = "/v1/usage",
     .name = "getUsage",
     .doc = "Who used what, and what it cost: sums over whole hours, told apart by what is asked for.",
     .query = &usage_query_schema,
     .answer = &usage_report_schema,
     .formats = REST_HAS_JSON | REST_HAS_CSV,
     .reply = rest_answer_usage},
    {.path = "/v1/movers",
     .name = "listMovers",
     .doc = "Whose costs changed most: a span of time beside the one before it.",
     .query = &movers_query_schema,
     .answer = &movers_report_schema,
     .formats = REST_HAS_JSON | REST_HAS_CSV,
     .reply = rest_answer_movers},
    {.path = "/v1/costs",
     .name = "listCosts",
     .doc = "Who spent what, what the pods of ModelServers cost included: models of APIs and of one's own "
            "side by "
            "side, in money per request.",
     .query = &costs_query_schema,
     .answer = &costs_report_schema,
     .formats = REST_HAS_JSON | REST_HAS_CSV,
     .reply = rest_answer_costs},
    {.path = "/v1/runtime",
     .name = "getRuntime",
     .doc =
         "What pods had, used and cost, by Deployment; of a ModelServer what its requests bear and what was "
         "idle.",
     .query = &runtime_query_schema,
     .answer = &runtime_report_schema,
     .formats = REST_HAS_JSON | REST_HAS_CSV,
     .reply = rest_answer_runtime},
    {.path = "/v1/calls",
     .name = "listCalls",
     .doc = "Single calls, newest first; each earlier try of a call that reached a provider is a record of "
            "its own.",
     .query = &calls_query_schema,
     .answer = &call_page_schema,
     .formats = REST_HAS_JSON,
     .reply = rest_answer_calls},
    {.path = "/v1/calls/{id}",
     .name = "getCall",
     .doc = "One call, as its gateway wrote it down.",
     .parts = &call_path_schema,
     .answer = &usage_record_schema,
     .formats = REST_HAS_JSON,
     .reply = rest_answer_call},
    {.path = "/v1/calls/{id}/tries",
     .name = "listTries",
     .doc = "The records of one call: each try that reached a provider, the last one last.",
     .parts = &call_path_schema,
     .answer = &call_page_schema,
     .formats = REST_HAS_JSON,
     .reply = rest_answer_tries},
    {.path = "/v1/requests",
     .name = "listRequests",
     .doc = "The calls that run right now, as the gateways say which are connected to the weir-api that is "
            "asked.",
     .query = &requests_query_schema,
     .answer = &requests_report_schema,
     .formats = REST_HAS_JSON,
     .reply = rest_answer_requests},
    {.path = "/v1/budgets",
     .name = "listBudgets",
     .doc = "What there is of each budget in its present window, and what is left of it.",
     .query = &budgets_query_schema,
     .answer = &budget_report_schema,
     .formats = REST_HAS_JSON,
     .reply = rest_answer_budgets},
    {.path = "/v1/alerts",
     .name = "listAlerts",
     .doc =
         "Accounts that reached a threshold of their budget, newest first; each threshold once in a window.",
     .query = &alerts_query_schema,
     .answer = &alert_page_schema,
     .formats = REST_HAS_JSON,
     .reply = rest_answer_alerts},
    {.path = "/v1/callers",
     .name = "listCallers",
     .doc = "Who may call by key, until when, and the beginnings of their keys' hashes.",
     .query = &in_force_query_schema,
     .answer = &callers_report_schema,
     .formats = REST_HAS_JSON,
     .reply = rest_answer_callers},
    {.path = "/v1/callers/{workspace}/{environment}/{caller}/keys",
     .name = "listKeys",
     .doc = "The keys of one caller, declared and made here, without the keys themselves.",
     .parts = &keys_path_schema,
     .answer = &keys_report_schema,
     .formats = REST_HAS_JSON,
     .reply = rest_answer_keys},
    {.path = "/v1/callers/{workspace}/{environment}/{caller}/keys",
     .method = "POST",
     .name = "createKey",
     .doc = "Makes another key for a caller that is declared, shown this once; and revokes the one that it "
            "replaces, if it says so. Gateways take it within a second. The caller loses it when it is "
            "declared no more.",
     .parts = &keys_path_schema,
     .body = &key_wanted_schema,
     .answer = &made_key_schema,
     .formats = REST_HAS_JSON,
     .is_made = true,
     .reply = rest_make_key},
    {.path = "/v1/callers/{workspace}/{environment}/{caller}/keys/{key}",
     .method = "DELETE",
     .name = "revokeKey",
     .doc = "Revokes a key, declared or made here: the environment's gateways refuse it within a second. It "
            "is never in force again; asked again it says since when.",
     .parts = &key_path_schema,
     .query = &key_revocation_query_schema,
     .answer = &key_state_schema,
     .formats = REST_HAS_JSON,
     .reply = rest_revoke_key},
    {.path = "/v1/prices",
     .name = "listPrices",
     .doc = "What models cost, as calls are priced now.",
     .query = &in_force_query_schema,
     .answer = &prices_report_schema,
     .formats = REST_HAS_JSON,
     .reply = rest_answer_prices},
    {.path = "/v1/limits",
     .name = "listLimits",
     .doc = "The limits in force, who set them, and what is left of each in the minute that runs.",
     .query = &in_force_query_schema,
     .answer = &limits_report_schema,
     .formats = REST_HAS_JSON,
     .reply = rest_answer_limits},
    {.path = "/v1/audit",
     .name = "listAudit",
     .doc = "Who changed what, and every refusal: rows of the audit log, newest first.",
     .query = &audit_query_schema,
     .answer = &audit_page_schema,
     .formats = REST_HAS_JSON,
     .reply = rest_answer_audit},
    {.path = "/v1/audit/export",
     .name = "exportAudit",
     .doc = "The whole audit log, oldest first, a row a line: what `weir audit verify` takes.",
     .query = &audit_export_query_schema,
     .formats = REST_HAS_JSONL,
     .reply = rest_answer_audit_export},
    {.path = "/v1/exports/focus",
     .name = "exportFocus",
     .doc =
         "Costs as the FinOps Open Cost and Usage Specification has them: a row for each hour and all that "
         "usage is told apart by. Tags: those that every call of the row had with the same value.",
     .query = &focus_query_schema,
     .formats = REST_HAS_CSV,
     .reply = rest_answer_focus},
    {.path = "/allocation",
     .name = "getAllocation",
     .doc = "What pods had and cost in the shape of OpenCost's allocation API: {code, data: [{name: "
            "allocation}]}, "
            "with a set for each step. Only what is known here: no disks, networks and idle nodes; whole "
            "hours; what has no price costs 0.",
     .query = &allocation_query_schema,
     .formats = REST_HAS_JSON,
     .reply = rest_answer_allocation},
    {.path = "/allocation/compute",
     .name = "computeAllocation",
     .doc = "What pods had and cost in the shape of OpenCost's allocation API: {code, data: [{name: "
            "allocation}]}, "
            "with a set for each step. Only what is known here: no disks, networks and idle nodes; whole "
            "hours. The same under the older path.",
     .query = &allocation_query_schema,
     .formats = REST_HAS_JSON,
     .reply = rest_answer_allocation},
    {.path = "/openapi.json",
     .name = "getDescription",
     .doc = "This description.",
     .formats = REST_HAS_JSON,
     .is_of_nobody = true,
     .reply = rest_answer_description},
    {.path = "/healthz",
     .name = "getHealth",
     .doc = "Whether the process runs.",
     .answer = &rest_state_schema,
     .formats = REST_HAS_JSON,
     .is_open = true,
     .reply = rest_answer_health},
    {.path = "/readyz",
     .name = "getReadiness",
     .doc = "Whether questions are answered: the database is reached, and has this program's schema.",
     .answer = &rest_state_schema,
     .formats = REST_HAS_JSON,
     .is_open = true,
     .reply = rest_answer_ready},
};
const size_t rest_route_count = COUNT_OF(rest_routes);

static bool
match(struct arena *arena, struct text pattern, struct text path, struct text_pair_list *out_parts);
static bool
match_part(struct arena *arena, struct text wanted, struct text part, struct text_pair_list *parts);

const struct rest_route *
rest_route_find(struct arena *arena, struct text path, struct text method, struct text_pair_list *out_parts)
{
    const struct rest_route *of_path = NULL;
    for (size_t i = 0; i < COUNT_OF(rest_routes); i++) {
        if (!match(arena, text_of(rest_routes[i].path), path, out_parts))
            continue;
        if (rest_route_takes(&rest_routes[i], method))
            return &rest_routes[i];
        of_path = &rest_routes[i];
    }
    return of_path;
}

bool
rest_route_takes(const struct rest_route *route, struct text method)
{
    return route->method ? text_equals(method, text_of(route->method))
                         : text_equals(method, TEXT("GET")) || text_equals(method, TEXT("HEAD"));
}

struct text
rest_route_methods(struct arena *arena, const struct rest_route *route)
{
    static const char *const methods[] = {"GET", "HEAD", "POST", "DELETE"};
    struct buffer out;
    buffer_init(&out, arena, 64);
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        bool is_taken = false;
        for (size_t j = 0; !is_taken && j < COUNT_OF(rest_routes); j++)
            is_taken = rest_route_takes(&rest_routes[j], text_of(methods[i])) &&
                       (!route || strcmp(route->path, rest_routes[j].path) == 0);
        if (is_taken)
            buffer_print(&out, "%s, ", methods[i]);
    }
    buffer_add_string(&out, "OPTIONS");
    return buffer_text(&out);
}

static bool
match(struct arena *arena, struct text pattern, struct text path, struct text_pair_list *out_parts)
{
    struct text_pair_list parts = {.items = arena_alloc_array(arena, REST_MAX_PARTS, sizeof(*parts.items))};
    while (pattern.bytes && path.bytes)
        if (!match_part(arena, text_cut(&pattern, '/'), text_cut(&path, '/'), &parts))
            return false;
    if (pattern.bytes || path.bytes)
        return false;
    *out_parts = parts;
    return true;
}

static bool
match_part(struct arena *arena, struct text wanted, struct text part, struct text_pair_list *parts)
{
    if (!text_starts_with(wanted, TEXT("{")))
        return text_equals(wanted, part);
    struct text_pair pair = {.key = text_slice(wanted, 1, wanted.length - 1)};
    if (parts->count == REST_MAX_PARTS || !http_unescape(arena, part, &pair.value) ||
        text_is_empty(pair.value) || !text_is_utf8(pair.value))
        return false;
    parts->items[parts->count++] = pair;
    return true;
}
