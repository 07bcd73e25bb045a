/* GET /v1/requests?workspace=retail-ai&caller=...: the calls that run right now, as their gateways say. */
#include "api/server/peer_survey.h"
#include "api/server/rest/rest_call.h"
#include "api/types/request_report.h"
#include "lib/base/arena.h"

static void on_answer(void *owner, const struct survey_answer *answer);
static void
add_gateway(struct rest_call *call, const struct surveyed *gateway, struct requests_report *report);
static void add_calls(struct rest_call *call, const struct surveyed *gateway, struct requests_report *report);
static bool is_asked_for(const struct requests_query *query, const struct running_call *running);
static struct live_request request_of(const struct surveyed *gateway, const struct running_call *running);
static struct silent_gateway silent_of(const struct surveyed *gateway);

void
rest_answer_requests(struct rest_call *call)
{
    const struct requests_query *query = call->query;
    const struct survey_question question = {.scope = &call->asking.who.scope,
                                             .workspace = query->workspace,
                                             .environment = query->environment,
                                             .on_answer = on_answer,
                                             .owner = call};
    struct error why;
    if (!peer_survey(rest_surveys(call), call->arena, &question, &why))
        rest_fail(call, &why);
}

static void
on_answer(void *owner, const struct survey_answer *answer)
{
    struct rest_call *call = owner;
    const struct requests_query *query = call->query;
    struct requests_report report;
    schema_set_defaults(&requests_report_schema, &report);
    report.at = answer->asked_ms;
    report.gateways = 0;
    report.requests.items =
        arena_alloc_array(call->arena, (size_t)query->limit, sizeof(*report.requests.items));
    report.silent.items = arena_alloc_array(call->arena, answer->count, sizeof(*report.silent.items));
    for (size_t i = 0; i < answer->count; i++)
        add_gateway(call, &answer->gateways[i], &report);
    rest_reply_document(call,
                        schema_encode(call->arena, &requests_report_schema, &report, SCHEMA_ENCODE_PLAIN));
}

static void
add_gateway(struct rest_call *call, const struct surveyed *gateway, struct requests_report *report)
{
    if (gateway->state != SURVEYED_HEARD) {
        report->silent.items[report->silent.count++] = silent_of(gateway);
        return;
    }
    report->gateways++;
    if (gateway->running)
        add_calls(call, gateway, report);
    else
        report->is_cut = true;
}

static void
add_calls(struct rest_call *call, const struct surveyed *gateway, struct requests_report *report)
{
    const struct requests_query *query = call->query;
    const struct running_call_list *calls = &gateway->running->calls;
    report->is_cut = report->is_cut || gateway->running->is_cut;
    for (size_t i = 0; i < calls->count; i++) {
        if (!is_asked_for(query, &calls->items[i]))
            continue;
        if (report->requests.count == (size_t)query->limit) {
            report->is_cut = true;
            return;
        }
        report->requests.items[report->requests.count++] = request_of(gateway, &calls->items[i]);
    }
}

static bool
is_asked_for(const struct requests_query *query, const struct running_call *running)
{
    const struct text wanted[] = {query->caller, query->deployment, query->model, query->provider};
    const struct text found[] = {running->caller, running->deployment, running->model, running->provider};
    for (size_t i = 0; i < COUNT_OF(wanted); i++)
        if (!text_is_empty(wanted[i]) && !text_equals(wanted[i], found[i]))
            return false;
    return true;
}

/* Whose they are is what the gateway's certificate says, and nothing that is in its answer. */
static struct live_request
request_of(const struct surveyed *gateway, const struct running_call *running)
{
    struct live_request request;
    schema_set_defaults(&live_request_schema, &request);
    request.workspace = gateway->workspace;
    request.environment = gateway->environment;
    request.gateway = gateway->name;
    request.id = running->id;
    request.time = running->time;
    request.caller = running->caller;
    request.deployment = running->deployment;
    request.model = running->model;
    request.provider = running->provider;
    request.target_model = running->target_model;
    request.stream = running->stream;
    request.attempts = running->attempts;
    request.bytes = running->bytes;
    return request;
}

static struct silent_gateway
silent_of(const struct surveyed *gateway)
{
    struct silent_gateway silent;
    schema_set_defaults(&silent_gateway_schema, &silent);
    silent.workspace = gateway->workspace;
    silent.environment = gateway->environment;
    silent.gateway = gateway->name;
    silent.reason = gateway->state == SURVEYED_LOST        ? SILENT_GONE
                    : gateway->state == SURVEYED_CANNOT    ? SILENT_OLD_VERSION
                    : gateway->state == SURVEYED_ELSEWHERE ? SILENT_ELSEWHERE
                                                           : SILENT_NO_ANSWER;
    return silent;
}
