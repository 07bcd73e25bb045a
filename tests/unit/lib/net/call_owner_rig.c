/* See net_rig.h: the owner of an HTTP server's calls. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "tests/unit/lib/net/net_rig.h"

static void
on_request(void *owner, struct http_call *call)
{
    struct call_owner *calls = owner;
    const struct http_request_head *head = http_call_head(call);
    calls->calls[calls->requests++ % (int)COUNT_OF(calls->calls)] = call;
    if (calls->mode == ANSWER_ECHO)
        rig_reply(call, 200,
                  text_format(http_call_arena(call), "%.*s %.*s [%.*s]", TEXT_ARG(head->method),
                              TEXT_ARG(head->target), TEXT_ARG(http_call_body(call))));
}

static void
on_call_writable(void *owner, struct http_call *call)
{
    (void)call;
    ((struct call_owner *)owner)->writables++;
}

static void
on_client_gone(void *owner, struct http_call *call)
{
    struct call_owner *calls = owner;
    calls->gones++;
    if (calls->abandons_when_gone)
        http_call_abandon(call);
}

static void
on_done(void *owner, struct http_call *call)
{
    struct call_owner *calls = owner;
    calls->dones++;
    calls->last_sent_bytes = http_call_sent_bytes(call);
}

static void
on_refused(void *owner, const struct http_refusal *refusal)
{
    struct call_owner *calls = owner;
    calls->refusals++;
    calls->last_refusal = refusal->status;
}

struct http_server_options
rig_server_options(void)
{
    return (struct http_server_options){.loop = rig_loop,
                                        .address = "127.0.0.1",
                                        .max_body_bytes = 32 * 1024 * 1024,
                                        .max_connections = 100,
                                        .head_timeout_ms = 15000,
                                        .body_timeout_ms = 15000,
                                        .idle_timeout_ms = 15000,
                                        .write_timeout_ms = 15000};
}

void
rig_serve(struct call_owner *owner, const struct http_server_options *options)
{
    const struct http_server_events events = {on_request, on_call_writable, on_client_gone,
                                              on_done,    on_refused,       owner};
    struct error err = {0};
    cr_assert(http_server_start(rig_arena, options, &events, &owner->server, &err), "%s", err.message);
}

void
rig_reply(struct http_call *call, int status, struct text body)
{
    static const struct http_header type = {.name = TEXT("Content-Type"), .value = TEXT("text/plain")};
    const struct http_reply_head head = {.status = status, .headers = &type, .header_count = 1};
    http_call_reply(call, &head, body);
}

struct raw_peer *
rig_client_of(struct call_owner *owner)
{
    return raw_connect(http_server_port(owner->server));
}

struct awaited_count {
    const int *now;
    int wanted;
};

static bool
count_came(void *owner)
{
    struct awaited_count *await = owner;
    return *await->now >= await->wanted;
}

void
rig_wait_for_requests(struct call_owner *owner, int count)
{
    struct awaited_count await = {&owner->requests, count};
    rig_run_until(count_came, &await);
}

void
rig_wait_for_dones(struct call_owner *owner, int count)
{
    struct awaited_count await = {&owner->dones, count};
    rig_run_until(count_came, &await);
}
