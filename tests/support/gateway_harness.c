/* Wires the same parts as gateway/main.c, on any free ports and a folder of its own. */
#include "tests/support/gateway_harness.h"

#include <arpa/inet.h>
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include "api/types/usage_record.h"
#include "gateway/book.h"
#include "gateway/callers_server.h"
#include "gateway/decide/budget_tally.h"
#include "gateway/decide/idempotency.h"
#include "gateway/decide/limiter.h"
#include "gateway/gateway.h"
#include "gateway/gateway_options.h"
#include "gateway/ledger_link.h"
#include "gateway/lender.h"
#include "gateway/live_config.h"
#include "gateway/metrics/call_metrics.h"
#include "gateway/usage_log.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/map.h"
#include "lib/base/metrics.h"
#include "lib/document/json.h"
#include "lib/journal/journal.h"
#include "lib/net/http_server.h"
#include "lib/net/loop.h"
#include "lib/net/upstream.h"
#include "tests/support/played_ledger.h"
#include "tests/support/script_provider.h"

enum { PATIENCE_MS = 10000, LOOK_AGAIN_MS = 1, READ_BYTES = 65536 };
/* 2026-11-30T15:00:30Z: no window of a limit or budget ends while a test runs. */
static const int64_t START_UNIX_MS = 1796050830000;

struct harness {
    struct arena *arena;
    struct gateway gateway;
    struct live_config_site site;
    struct script_provider *provider;
    struct loop_timer *patience;
    struct loop_timer *look;
    char folder[32];
    size_t asked; /* each ends in one last record */
    struct text *records;
    size_t record_count;
    int client_fd;
    struct loop_io *client_io;
    struct buffer reply;
    struct ledger_link *ledger; /* NULL: none */
    size_t leave_after;         /* SIZE_MAX: stay to the end */
};

static void
must(bool is_done, const struct error *err)
{
    if (is_done)
        return;
    fprintf(stderr, "%s\n", err->message);
    abort();
}

static void
on_no_patience(void *owner)
{
    (void)owner;
    fprintf(stderr, "the gateway did not come to an end in %d ms\n", PATIENCE_MS);
    abort();
}

static const char *
with_address(struct harness *harness, const char *config_json)
{
    struct buffer out;
    buffer_init(&out, harness->arena, 4096);
    for (const char *at = config_json; *at; at++)
        if (*at == '@')
            buffer_print(&out, "127.0.0.1:%d", script_provider_port(harness->provider));
        else
            buffer_add_byte(&out, *at);
    return text_c_string(harness->arena, buffer_text(&out));
}

static struct live_config *
load(struct harness *harness, const char *config_json)
{
    struct arena *arena = arena_new(0);
    struct document *document = NULL;
    struct live_config *config;
    struct error err;
    struct text json = text_copy(arena, text_of(with_address(harness, config_json)));
    struct live_config_source source = {.arena = arena, .epoch = 1, .revision = TEXT("1-test")};
    bool is_loaded = json_parse(arena, json, TEXT("config.json"), &document, &err);
    source.document = document;
    must(is_loaded && live_config_load(&harness->site, &source, &config, &err), &err);
    return config;
}

static void
build_parts(struct harness *harness)
{
    struct gateway *gateway = &harness->gateway;
    const struct upstream_pool_options pool = {.max_connections_per_origin = 64,
                                               .max_idle_per_origin = 16,
                                               .idle_timeout_ms = 60000,
                                               .max_head_bytes = 32768};
    struct error err;
    gateway->site.loop = loop_new(harness->arena);
    gateway->site.pool = upstream_pool_new(harness->arena, gateway->site.loop, &pool);
    gateway->idempotency = idempotency_new(harness->arena, &idempotency_limits);
    gateway->limiter = limiter_new(harness->arena);
    struct metrics *metrics = metrics_new(harness->arena);
    gateway->call_metrics = call_metrics_new(harness->arena, metrics, TEXT("test"));
    gateway->tally = budget_tally_new(harness->arena);
    gateway->lender = lender_new(harness->arena, gateway->site.loop, metrics);
    gateway->workspace = TEXT("demo");
    gateway->environment = TEXT("dev");
    gateway->name = TEXT("test-0");
    harness->site = (struct live_config_site){.arena = harness->arena,
                                              .pool = gateway->site.pool,
                                              .health = book_new(harness->arena),
                                              .tls_contexts = map_new(harness->arena)};
    must(usage_log_open(harness->arena, gateway->site.loop, harness->folder, &gateway->usage_log, &err),
         &err);
}

static void
look_for_records(void *owner)
{
    struct harness *harness = owner;
    size_t ended = 0;
    for (size_t i = 0, count = harness_record_count(harness); i < count; i++)
        ended += harness_record(harness, i)->next_try == NEXT_TRY_NONE;
    if (ended >= harness->asked)
        loop_stop(harness->gateway.site.loop);
    else
        loop_timer_start(harness->look, LOOK_AGAIN_MS);
}

struct harness *
harness_start(const char *config_json)
{
    struct arena *arena = arena_new(0);
    struct harness *harness = arena_alloc(arena, sizeof(*harness));
    struct error err;
    signal(SIGPIPE, SIG_IGN);
    clock_freeze_unix(START_UNIX_MS);
    harness->arena = arena;
    harness->client_fd = -1;
    snprintf(harness->folder, sizeof(harness->folder), "/tmp/weir-test-XXXXXX");
    bool is_made = mkdtemp(harness->folder) != NULL;
    assert(is_made);
    build_parts(harness);

    struct loop *loop = harness->gateway.site.loop;
    harness->provider = script_provider_start(arena, loop);
    harness->patience = loop_timer_new(loop, arena, on_no_patience, harness);
    harness->look = loop_timer_new(loop, arena, look_for_records, harness);
    if (config_json)
        harness_use_config(harness, config_json);
    const struct gateway_options options = {.listen = {"127.0.0.1", 0}};
    must(callers_server_start(arena, &harness->gateway, &options, &err), &err);
    return harness;
}

void
harness_use_config(struct harness *harness, const char *config_json)
{
    gateway_use_config(&harness->gateway, load(harness, config_json));
}

struct ledger_link *
harness_use_ledger(struct harness *harness, struct played_ledger *ledger)
{
    const char *path = text_c_string(harness->arena, text_format(harness->arena, "%s/l", harness->folder));
    played_ledger_start(ledger, harness->arena, harness->gateway.site.loop, path);
    harness->ledger =
        ledger_link_start(harness->arena, &harness->gateway, &(struct ledger_link_options){.address = path});
    lender_use_ledger(harness->gateway.lender, harness->ledger);
    return harness->ledger;
}

static void
remove_folder(const char *folder)
{
    DIR *directory = opendir(folder);
    struct dirent *entry;
    while (directory && (entry = readdir(directory)))
        unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory)
        closedir(directory);
    rmdir(folder);
}

static void
stop(void *owner)
{
    loop_stop(owner);
}

void
harness_end(struct harness *harness)
{
    struct loop *loop = harness->gateway.site.loop;
    http_server_drain(harness->gateway.callers, PATIENCE_MS, stop, loop);
    loop_run(loop);
    if (harness->ledger)
        ledger_link_close(harness->ledger);
    usage_log_close(harness->gateway.usage_log);
    upstream_pool_close(harness->gateway.site.pool);
    live_config_unref(harness->gateway.config);
    remove_folder(harness->folder);
    arena_free(harness->arena);
}

struct arena *
harness_arena(const struct harness *harness)
{
    return harness->arena;
}

struct gateway *
harness_gateway(struct harness *harness)
{
    return &harness->gateway;
}

struct live_config_site *
harness_site(struct harness *harness)
{
    return &harness->site;
}

void
harness_leave(struct harness *harness)
{
    loop_io_stop(harness->client_io);
    close(harness->client_fd);
    harness->client_fd = -1;
    loop_timer_start(harness->look, 0);
}

static void
on_client(void *owner, int events)
{
    (void)events;
    struct harness *harness = owner;
    ssize_t got =
        recv(harness->client_fd, buffer_reserve(&harness->reply, READ_BYTES), READ_BYTES, MSG_DONTWAIT);
    if (got > 0)
        buffer_grew(&harness->reply, (size_t)got);
    if (got <= 0 || harness->reply.length >= harness->leave_after)
        harness_leave(harness);
}

static void
send_request(struct harness *harness, struct text bytes)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)http_server_port(harness->gateway.callers))};
    harness->client_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_sent = connect(harness->client_fd, (void *)&address, sizeof(address)) == 0 &&
                   send(harness->client_fd, bytes.bytes, bytes.length, MSG_NOSIGNAL) == (ssize_t)bytes.length;
    assert(is_sent);
    harness->asked++;
    buffer_init(&harness->reply, harness->arena, 0);
    harness->client_io = loop_io_new(harness->gateway.site.loop, harness->arena, on_client, harness);
    loop_io_watch(harness->client_io, harness->client_fd, LOOP_READ);
}

static void
run(struct harness *harness)
{
    loop_timer_start(harness->patience, PATIENCE_MS);
    loop_run(harness->gateway.site.loop);
    loop_timer_stop(harness->patience);
    loop_timer_stop(harness->look);
}

struct text
harness_ask(struct harness *harness, const char *bytes)
{
    harness_ask_and_leave(harness, bytes, SIZE_MAX);
    return buffer_text(&harness->reply);
}

struct text
harness_ask_unrecorded(struct harness *harness, const char *bytes)
{
    harness->asked--;
    return harness_ask(harness, bytes);
}

int
harness_port(const struct harness *harness)
{
    return http_server_port(harness->gateway.callers);
}

struct text
harness_post(struct harness *harness, const char *path, const char *key, const char *json)
{
    struct text bytes =
        text_format(harness->arena,
                    "POST %s HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer %s\r\nContent-Type: "
                    "application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                    path, key, text_of(json).length, json);
    return harness_ask(harness, text_c_string(harness->arena, bytes));
}

void
harness_ask_and_leave(struct harness *harness, const char *bytes, size_t until)
{
    harness->leave_after = until;
    send_request(harness, text_of(bytes));
    run(harness);
}

size_t
harness_record_count(struct harness *harness)
{
    struct journal_reader *reader;
    struct error err = {0};
    struct text record;
    uint64_t number;
    harness->record_count = 0;
    if (!journal_reader_open(harness->arena, harness->folder, 0, &reader, &err))
        return 0;
    harness->records = arena_alloc_array(harness->arena, 256, sizeof(struct text));
    while (harness->record_count < 256 && journal_reader_next(reader, &number, &record, &err))
        harness->records[harness->record_count++] = text_copy(harness->arena, record);
    journal_reader_close(reader);
    return harness->record_count;
}

const struct usage_record *
harness_record(struct harness *harness, size_t index)
{
    size_t count = harness_record_count(harness);
    assert(index < count);
    struct usage_record *record = arena_alloc(harness->arena, sizeof(*record));
    struct document *document;
    struct problem_list problems;
    problems_init(&problems, harness->arena);
    bool is_read = json_parse(harness->arena, harness->records[index], TEXT("record"), &document, NULL) &&
                   schema_decode(harness->arena, &usage_record_schema, document, TEXT(""), record, &problems);
    assert(is_read);
    return record;
}

static void
say(struct harness *harness, const char *bytes, size_t piece_bytes, bool closes)
{
    const struct script_entry entry = {text_of(bytes), piece_bytes, closes};
    script_provider_add(harness->provider, &entry);
}

void
harness_provider_says(struct harness *harness, const char *bytes)
{
    say(harness, bytes, 0, false);
}

void
harness_provider_says_slowly(struct harness *harness, const char *bytes, size_t piece_bytes)
{
    say(harness, bytes, piece_bytes, false);
}

void
harness_provider_says_and_closes(struct harness *harness, const char *bytes)
{
    say(harness, bytes, 0, true);
}

size_t
harness_provider_requests(const struct harness *harness)
{
    return script_provider_requests(harness->provider);
}

struct text
harness_provider_got(const struct harness *harness, size_t index)
{
    return script_provider_got(harness->provider, index);
}
