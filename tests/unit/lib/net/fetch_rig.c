/* See fetch_rig.h. */
#include "tests/unit/lib/net/fetch_rig.h"

#include "lib/base/arena.h"

struct arena *fetch_arena;
struct loop *fetch_loop;
struct scripted_server *fetch_server;
struct fetch_client *fetch_client;

void
fetch_set_up(void)
{
    fetch_set_up_tls(NULL);
}

void
fetch_set_up_tls(struct tls_context *tls)
{
    fetch_arena = arena_new(0);
    fetch_loop = loop_new(fetch_arena);
    fetch_server = scripted_server_start(fetch_arena, fetch_loop, tls);
    fetch_client = fetch_client_new(fetch_arena, fetch_loop);
}

void
fetch_tear_down(void)
{
    arena_free(fetch_arena);
}

struct text
fetch_url(const char *host, const char *path)
{
    return text_format(fetch_arena, "%s:%d%s", host, scripted_server_port(fetch_server), path);
}

static void
end_arena(struct fetched *fetched)
{
    struct arena *arena = fetched->arena;
    fetched->arena = NULL;
    arena_free(arena);
}

static bool
may_send(void *owner)
{
    struct fetched *fetched = owner;
    return !fetched->is_refused_to_send;
}

static void
on_head(void *owner, struct fetch_call *call, int status)
{
    struct fetched *fetched = owner;
    fetched->heads++;
    fetched->status = status;
    if (fetched->cancels_at_head)
        fetch_cancel(call);
}

static void
on_body(void *owner, struct text content)
{
    struct fetched *fetched = owner;
    buffer_add_text(&fetched->body, content);
    if (fetched->ends_arena_at_body)
        end_arena(fetched);
}

static void
on_end(void *owner, enum fetch_end end, const struct error *why)
{
    struct fetched *fetched = owner;
    fetched->ends++;
    fetched->end = end;
    fetched->why = *why;
    struct text header = fetch_header(fetched->call, "Retry-After");
    snprintf(fetched->retry_after, sizeof(fetched->retry_after), "%.*s", TEXT_ARG(header));
    if (fetched->ends_arena_at_end)
        end_arena(fetched);
}

void
fetch_begin(struct fetched *fetched, const struct fetch_request *request)
{
    struct fetch_request whole = *request;
    if (whole.method.length == 0)
        whole.method = TEXT("GET");
    if (whole.url.length == 0)
        whole.url = fetch_url("http://127.0.0.1", "/");
    struct fetch_events events = {may_send, on_head, on_body, on_end, fetched};
    fetched->arena = arena_new(0);
    fetched->ends = 0;
    buffer_init(&fetched->body, fetch_arena, 0);
    fetched->call = fetch_start(fetched->arena, fetch_client, &whole, &events);
}

static bool
has_ended(void *owner)
{
    struct fetched *fetched = owner;
    return fetched->ends > 0;
}

void
fetch_until_end(struct fetched *fetched)
{
    scripted_run_until(fetch_server, has_ended, fetched);
    if (fetched->arena)
        end_arena(fetched);
}

void
fetch_get(struct fetched *fetched)
{
    fetch_begin(fetched, &(struct fetch_request){0});
    fetch_until_end(fetched);
}
