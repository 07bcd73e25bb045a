/* A small HTTP server on the run's loop. */
#include "api/cli/batch/batch_admin.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "lib/net/http_server.h"

static void on_request(void *owner, struct http_call *call);
static void on_client_gone(void *owner, struct http_call *call);
static void ignore(void *owner, struct http_call *call);
static bool parse_address(struct arena *arena, struct text address, struct http_server_options *options,
                          struct error *err);

bool
batch_admin_start(struct arena *arena, struct loop *loop, struct text address, const struct batch_run *run,
                  struct error *err)
{
    struct http_server_options options = {.loop = loop,
                                          .max_body_bytes = 1024,
                                          .max_connections = 16,
                                          .head_timeout_ms = 5000,
                                          .body_timeout_ms = 5000,
                                          .idle_timeout_ms = 30000,
                                          .write_timeout_ms = 5000};
    const struct http_server_events events = {.on_request = on_request,
                                              .on_writable = ignore,
                                              .on_client_gone = on_client_gone,
                                              .on_done = ignore,
                                              .owner = (void *)(uintptr_t)run};
    struct http_server *server = NULL;
    return parse_address(arena, address, &options, err) &&
           http_server_start(arena, &options, &events, &server, err);
}

static bool
parse_address(struct arena *arena, struct text address, struct http_server_options *options,
              struct error *err)
{
    struct text port = address, host = TEXT("127.0.0.1");
    for (size_t i = address.length; i > 0; i--) {
        if (address.bytes[i - 1] != ':')
            continue;
        host = text_slice(address, 0, i - 1);
        port = text_slice(address, i, address.length);
        break;
    }
    int64_t number = 0;
    if (text_starts_with(host, TEXT("[")) && text_ends_with(host, TEXT("]")))
        host = text_slice(host, 1, host.length - 1);
    if (!parse_int64(port, &number) || number < 0 || number > 65535 || text_is_empty(host))
        return error_set(err, ERROR_INVALID,
                         "--admin \"%.*s\" is not an address and port (example: 0.0.0.0:8081)",
                         TEXT_ARG(address));
    options->address = text_c_string(arena, host);
    options->port = (int)number;
    return true;
}

static void
on_request(void *owner, struct http_call *call)
{
    struct batch_progress_counts counts = batch_run_progress(owner);
    struct text path = http_call_head(call)->path, body = TEXT("{}\n");
    const struct http_header type = {.name = TEXT("Content-Type"), .value = TEXT("application/json")};
    struct http_reply_head head = {.status = 200, .headers = &type, .header_count = 1};
    if (text_equals(path, TEXT("/progress")))
        body = text_format(http_call_arena(call),
                           "{\"total\":%lld,\"succeeded\":%lld,\"failed\":%lld,\"running\":%lld}\n",
                           (long long)counts.total, (long long)counts.succeeded, (long long)counts.failed,
                           (long long)counts.running);
    else if (!text_equals(path, TEXT("/healthz")))
        head.status = 404;
    http_call_reply(call, &head, body);
}

static void
on_client_gone(void *owner, struct http_call *call)
{
    (void)owner;
    http_call_abandon(call);
}

static void
ignore(void *owner, struct http_call *call)
{
    (void)owner;
    (void)call;
}
