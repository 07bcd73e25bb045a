/* See rest_client.h. */
#include "tests/unit/api/server/rest/rest_client.h"

#include "api/server/call_survey.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "api/server/rest/rest.h"
#include "lib/document/json.h"
#include "lib/net/http_headers.h"

struct ledger *rest_asked_ledger;
static int port;

/* "X-Who: demo" may read that workspace; "all" all, "none" none; without it nobody is known. "X-Verdict: 3"
 * is what is said of what he may see. Each verdict comes in a turn of its own, as when somebody is asked. */
struct verdict {
    struct rest_asking *asking;
    enum rest_verdict verdict;
    struct loop_task *task;
};

static void
on_turn(void *owner)
{
    struct verdict *verdict = owner;
    verdict->asking->on_verdict(verdict->asking, verdict->verdict);
}

static void
say(struct rest_asking *asking, enum rest_verdict said)
{
    struct verdict *verdict = arena_alloc(asking->arena, sizeof(*verdict));
    *verdict = (struct verdict){asking, said, loop_task_new(rig.loop, asking->arena, on_turn, verdict)};
    loop_task_post(verdict->task);
}

static void
identify(void *owner, struct rest_asking *asking)
{
    (void)owner;
    asking->who.name = http_headers_find(&asking->head->headers, TEXT("x-who"));
    say(asking, text_is_empty(asking->who.name) ? REST_UNKNOWN : REST_KNOWN);
}

struct text rest_asked_about;

static void
authorize(void *owner, struct rest_asking *asking)
{
    struct text *who = &asking->who.name;
    struct text verdict = http_headers_find(&asking->head->headers, TEXT("x-verdict"));
    (void)owner;
    rest_asked_about = text_copy(rig.arena, asking->workspace);
    asking->who.scope = (struct ledger_scope){text_equals(*who, TEXT("all")), {who, 1}};
    if (text_equals(*who, TEXT("none")))
        asking->who.scope.workspaces.count = 0;
    say(asking, text_is_empty(verdict) ? REST_KNOWN : (enum rest_verdict)(verdict.bytes[0] - '0'));
}

void
given_rest(void)
{
    struct error err = {0};
    rest_asked_ledger = given_ledger();
    given_records(rest_asked_ledger, "demo", JOURNAL_A,
                  TEXT(SPENT("01A", "1000", "demo") SPENT("01B", "2000", "demo")));
    given_records(rest_asked_ledger, "other", JOURNAL_B, TEXT(SPENT("01C", "3000", "other")));
    const struct rest_options options = {
        .loop = rig.loop, .ledger = rest_asked_ledger, .surveys = call_surveys_new(rig.arena, rig.loop)};
    const struct rest_place place = {.address = "127.0.0.1",
                                     .who = {.identify = identify, .authorize = authorize}};
    cr_assert(rest_listen(rest_new(rig.arena, &options), &place, &port, &err), "%s", err.message);
}

static void
on_bytes(void *owner, int events)
{
    struct reply *reply = owner;
    (void)events;
    for (;;) {
        ssize_t got = recv(reply->fd, buffer_reserve(&reply->bytes, 4096), 4096, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0)
            break;
        buffer_grew(&reply->bytes, (size_t)got);
    }
    reply->is_over = true;
    loop_io_stop(reply->io);
}

struct reply *
ask_as(const char *who, const char *line, const char *more)
{
    struct reply *reply = arena_alloc(rig.arena, sizeof(*reply));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct text request =
        text_format(rig.arena, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s%s%s%s\r\n", line,
                    *who ? "X-Who: " : "", who, *who ? "\r\n" : "", more);
    struct http_refusal refusal;
    size_t length;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    reply->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(reply->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(send(reply->fd, request.bytes, request.length, 0), (ssize_t)request.length);
    buffer_init(&reply->bytes, rig.arena, 4096);
    reply->io = loop_io_new(rig.loop, rig.arena, on_bytes, reply);
    loop_io_watch(reply->io, reply->fd, LOOP_READ);
    rig_until(&reply->is_over);
    close(reply->fd);
    struct text all = buffer_text(&reply->bytes);
    bool is_head = strncmp(line, "HEAD", 4) == 0;
    cr_assert_eq(http_response_parse(all, is_head, &reply->head, &length, &refusal), HTTP_PARSE_DONE, "%.*s",
                 TEXT_ARG(all));
    reply->status = reply->head.status;
    reply->body = text_slice(all, length, all.length);
    return reply;
}

const struct document *
json_of(const struct reply *reply)
{
    struct document *document;
    struct error err = {0};
    cr_assert(json_parse(rig.arena, reply->body, (struct text){0}, &document, &err), "%.*s",
              TEXT_ARG(reply->body));
    return document;
}

void
expect_error(const struct reply *reply, int status, const char *code)
{
    cr_assert_eq(reply->status, status, "%d: %.*s", reply->status, TEXT_ARG(reply->body));
    const struct document *error = document_find(json_of(reply), TEXT("error"));
    struct text request = document_text(document_find(error, TEXT("request")));
    cr_assert(text_equals(document_text(document_find(error, TEXT("code"))), text_of(code)));
    cr_assert_eq(request.length, 26);
    cr_assert(text_equals(request, http_headers_find(&reply->head.headers, TEXT("x-request-id"))));
    cr_assert(document_text(document_find(error, TEXT("message"))).length > 0);
}

void
expect_text(const struct document *map, const char *path, const char *wanted)
{
    struct text found = document_text(document_get(map, path));
    cr_assert(text_equals(found, text_of(wanted)), "%s: %.*s", path, TEXT_ARG(found));
}
