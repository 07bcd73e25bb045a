/* The watch as it is, over sockets: its shell, its timers, what it tells. What it makes of answers is
 * kube_watch_flow_test.c. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_watch_start.h"
#include "tests/unit/operator/kube/kube_rig.h"

static const struct kube_resource pods = {
    .api_version = TEXT("v1"), .kind = TEXT("Pod"), .plural = TEXT("pods"), .is_namespaced = true};

/* Nothing waits long here, and nothing that is expected depends on how long. */
static const struct kube_watch_times patient = {.watch_least_ms = 10000,
                                                .watch_most_ms = 10000,
                                                .slack_ms = 10000,
                                                .page_ms = 10000,
                                                .quiet_ms = 10000,
                                                .backoff_first_ms = 1,
                                                .patience_ms = 5000};

static struct arena *watch_arena;
static struct kube_table *table;
static struct kube_watch *watch;
static struct buffer told; /* changes and troubles as words */
static bool stops_at_change;

static void
set_up(void)
{
    kube_set_up();
    watch_arena = NULL;
    buffer_init(&told, kube_arena, 0);
}

static void
tear_down(void)
{
    arena_free(watch_arena);
    kube_tear_down();
}

TestSuite(kube_watch, .init = set_up, .fini = tear_down);

static void
on_change(void *owner, enum kube_change change, const struct kube_object *object)
{
    (void)owner;
    buffer_print(&told, "%c%.*s ", "?+~-"[change], TEXT_ARG(object->name));
    if (stops_at_change)
        kube_watch_stop(watch);
}

static void
on_synced(void *owner)
{
    (void)owner;
    buffer_add_string(&told, "synced ");
}

static void
on_trouble(void *owner, const struct error *trouble)
{
    (void)owner;
    static const char *const kinds[] = {[ERROR_NONE] = "well ",
                                        [ERROR_DENIED] = "denied ",
                                        [ERROR_NOT_FOUND] = "absent ",
                                        [ERROR_UNAVAILABLE] = "unavailable "};
    buffer_add_string(&told, kinds[trouble->kind]);
}

static void
start(const struct kube_watch_times *times, bool is_metadata_only)
{
    arena_free(watch_arena);
    watch_arena = arena_new(0);
    told.length = 0;
    struct kube_filter filter = {.is_metadata_only = is_metadata_only};
    table = kube_cache_add(kube_cache_new(watch_arena), TEXT("pods"), &filter);
    struct kube_watch_options options = {
        .loop = kube_loop,
        .client = kube_client,
        .table = table,
        .resource = &pods,
        .events = {.on_change = on_change, .on_synced = on_synced, .on_trouble = on_trouble}};
    watch = kube_watch_start_with_times(watch_arena, &options, times);
}

static bool
is_told(void *owner)
{
    return text_find(buffer_text(&told), text_of(owner)) >= 0;
}

static void
run_until_told(const char *words)
{
    struct text wanted = text_of(words);
    scripted_run_until(kube_server, is_told, text_c_string(kube_arena, wanted));
}

static void
expect_told(const char *words)
{
    cr_assert(text_equals(buffer_text(&told), text_of(words)), "%.*s", TEXT_ARG(buffer_text(&told)));
}

#define POD(NAME, VERSION)                                                                                   \
    "{\"metadata\":{\"name\":\"" NAME "\",\"namespace\":\"n\",\"uid\":\"u" NAME                              \
    "\",\"resourceVersion\":\"" VERSION "\"}}"
#define EVENT(TYPE, OBJECT) "{\"type\":\"" TYPE "\",\"object\":" OBJECT "}\n"
#define LIST_END(VERSION)                                                                                    \
    EVENT("BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"" VERSION                                        \
                      "\",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}")
#define WATCH_LIST EVENT("ADDED", POD("a", "98")) EVENT("ADDED", POD("b", "99")) LIST_END("100")
#define CHANGES                                                                                              \
    EVENT("MODIFIED", POD("a", "101")) EVENT("DELETED", POD("b", "102")) EVENT("ADDED", POD("c", "103"))
#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"

/* A 200 with the body in one chunk a line. */
static struct text
chunked(const char *body, bool is_whole)
{
    struct buffer out;
    buffer_init(&out, kube_arena, 0);
    buffer_add_string(&out, HEAD);
    for (struct text rest = text_of(body); rest.length > 0;) {
        struct text line = text_cut(&rest, '\n');
        buffer_print(&out, "%zx\r\n%.*s\n\r\n", line.length + 1, TEXT_ARG(line));
    }
    buffer_add_string(&out, is_whole ? "0\r\n\r\n" : "");
    return buffer_text(&out);
}

static void
script(const char *expect, struct text bytes, enum scripted_then then, size_t piece_bytes)
{
    scripted_server_add(kube_server,
                        &(struct scripted_answer){
                            .expect = expect, .bytes = bytes, .then = then, .piece_bytes = piece_bytes});
}

#define ASKS_LIST "GET /api/v1/pods?watch=1&allowWatchBookmarks=true&timeoutSeconds=10&sendInitialEvents=true"
#define ASKS_WATCH "GET /api/v1/pods?watch=1&allowWatchBookmarks=true&timeoutSeconds=10&resourceVersion="

/* Each offset on a server of its own: answers that were not needed must not be in the way of the next. */
static void
next_turn(void)
{
    tear_down();
    set_up();
}

Test(kube_watch, fills_its_table_and_goes_on_from_its_version)
{
    static const size_t sizes[] = {0, 1, 7, 100};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        next_turn();
        script(ASKS_LIST, chunked(WATCH_LIST, true), SCRIPTED_KEEP, sizes[i]);
        script(ASKS_WATCH "100", chunked(CHANGES, false), SCRIPTED_KEEP, sizes[i]);
        start(&patient, false);
        run_until_told("+c ");
        expect_told("+a +b synced ~a -b +c ");
        cr_assert(text_equals(kube_watch_version(watch), TEXT("103")));
        cr_assert_eq(kube_table_count(table), 2);
    }
}

Test(kube_watch, a_reset_at_any_byte_of_the_list_is_asked_again)
{
    size_t length = chunked(WATCH_LIST, false).length;
    for (size_t at = 0; at <= length; at += 3) {
        next_turn();
        struct text whole = chunked(WATCH_LIST, false);
        script(ASKS_LIST, text_slice(whole, 0, at), SCRIPTED_RESET, 0);
        script(ASKS_LIST, whole, SCRIPTED_RESET, 0);
        script(ASKS_WATCH "100", chunked(CHANGES, false), SCRIPTED_KEEP, 0);
        start(&patient, false);
        run_until_told("+c ");
        expect_told("+a +b synced ~a -b +c ");
        cr_assert(text_equals(kube_watch_version(watch), TEXT("103")));
    }
}

Test(kube_watch, a_reset_at_any_byte_of_the_changes_is_gone_on_from)
{
    size_t length = chunked(CHANGES, false).length;
    for (size_t at = 0; at <= length; at += 3) {
        next_turn();
        struct text whole = chunked(CHANGES, false);
        script(ASKS_LIST, chunked(WATCH_LIST, true), SCRIPTED_KEEP, 0);
        script(ASKS_WATCH "100", text_slice(whole, 0, at), SCRIPTED_RESET, 0);
        script(ASKS_WATCH "10", whole, SCRIPTED_KEEP, 0); /* from 100, 101, 102: with what was seen before */
        start(&patient, false);
        run_until_told("+c ");
        expect_told("+a +b synced ~a -b +c ");
        for (size_t i = 1; i < scripted_server_requests(kube_server); i++)
            cr_assert_not(kube_got(i, "sendInitialEvents"), "%zu", at);
    }
}

Test(kube_watch, a_half_open_stream_is_cut_and_gone_on_from)
{
    struct kube_watch_times times = patient;
    times.watch_least_ms = times.watch_most_ms = 10;
    times.slack_ms = 30;
    script("GET ", chunked(WATCH_LIST, false), SCRIPTED_KEEP, 0); /* and then silence for ever */
    script("GET ", chunked(CHANGES, false), SCRIPTED_KEEP, 0);
    start(&times, false);
    run_until_told("+c ");
    cr_assert(kube_got(1, "&timeoutSeconds=1&resourceVersion=100 "));
    cr_assert(scripted_server_was_left(kube_server, 0));
}

Test(kube_watch, headers_that_do_not_come_are_not_waited_for)
{
    struct kube_watch_times times = patient;
    times.watch_least_ms = times.watch_most_ms = 10;
    times.slack_ms = 30;
    script("GET ", TEXT("HTTP/1.1 200 OK\r\nContent-Ty"), SCRIPTED_KEEP, 1);
    script("GET ", chunked(WATCH_LIST, false), SCRIPTED_KEEP, 0);
    start(&times, false);
    run_until_told("synced ");
}

Test(kube_watch, a_list_that_falls_silent_is_asked_again)
{
    struct kube_watch_times times = patient;
    times.quiet_ms = 20;
    script(ASKS_LIST, text_slice(chunked(WATCH_LIST, false), 0, 250), SCRIPTED_KEEP, 0);
    script(ASKS_LIST, chunked(WATCH_LIST, false), SCRIPTED_KEEP, 0);
    start(&times, false);
    run_until_told("synced ");
    expect_told("+a +b synced ");
}

Test(kube_watch, lists_by_page_where_watch_list_is_refused)
{
    scripted_server_add_reply(kube_server, ASKS_LIST, 422, "", TEXT("{\"kind\":\"Status\",\"code\":422}"));
    scripted_server_add_reply(
        kube_server, "GET /api/v1/pods?limit=500 ", 200, "",
        TEXT("{\"metadata\":{\"resourceVersion\":\"100\",\"continue\":\"a+/=\"},\"items\":[" POD("a",
                                                                                                 "98") "]}"));
    scripted_server_add_reply(
        kube_server, "GET /api/v1/pods?limit=500&continue=a%2B%2F%3D ", 200, "",
        TEXT("{\"metadata\":{\"resourceVersion\":\"100\"},\"items\":[" POD("b", "99") "]}"));
    script(ASKS_WATCH "100", chunked(CHANGES, false), SCRIPTED_KEEP, 0);
    start(&patient, false);
    run_until_told("+c ");
    expect_told("+a +b synced ~a -b +c ");
}

Test(kube_watch, what_is_forbidden_is_told_at_once_and_its_end_too)
{
    scripted_server_add_reply(kube_server, ASKS_LIST, 403, "", TEXT("{\"kind\":\"Status\",\"code\":403}"));
    script(ASKS_LIST, chunked(WATCH_LIST, false), SCRIPTED_KEEP, 0);
    start(&patient, false);
    run_until_told("synced ");
    run_until_told("well ");
    cr_assert(text_starts_with(buffer_text(&told), TEXT("denied +a ")));
}

Test(kube_watch, trouble_that_lasts_is_told_once_and_its_end_too)
{
    for (int i = 0; i < 12; i++)
        scripted_server_add_reply(kube_server, ASKS_LIST, 503, "", TEXT("{}"));
    script(ASKS_LIST, chunked(WATCH_LIST, false), SCRIPTED_KEEP, 0);
    struct kube_watch_times times = patient;
    times.patience_ms = 5;
    start(&times, false);
    run_until_told("synced ");
    run_until_told("well ");
    cr_assert(text_starts_with(buffer_text(&told), TEXT("unavailable +a ")));
}

Test(kube_watch, a_quiet_watch_that_stands_again_is_well)
{
    script(ASKS_LIST, chunked(WATCH_LIST, true), SCRIPTED_KEEP, 0);
    scripted_server_add_reply(kube_server, ASKS_WATCH, 403, "", TEXT("{\"kind\":\"Status\",\"code\":403}"));
    script(ASKS_WATCH "100", TEXT(HEAD), SCRIPTED_KEEP, 0); /* no event */
    struct kube_watch_times times = patient;
    times.patience_ms = 5;
    start(&times, false);
    run_until_told("well ");
    expect_told("+a +b synced denied well ");
}

Test(kube_watch, a_new_token_is_used_after_401)
{
    scripted_server_add_reply(kube_server, "GET ", 401, "", TEXT("{}"));
    script("GET ", chunked(WATCH_LIST, false), SCRIPTED_KEEP, 0);
    start(&patient, false);
    scripted_run_until_requests(kube_server, 1);
    kube_write_file("token", "second\n");
    run_until_told("synced ");
    cr_assert(kube_got(0, "Bearer first"));
    cr_assert(kube_got(1, "Bearer second"));
}

/* Left alone it would wait for 15 s at least. */
Test(kube_watch, that_waits_because_the_server_was_away_is_hurried, .timeout = 14)
{
    struct kube_watch_times times = patient;
    times.backoff_first_ms = KUBE_BACKOFF_MOST_MS;
    times.patience_ms = 1;
    scripted_server_add_reply(kube_server, ASKS_LIST, 503, "", TEXT("{}"));
    script(ASKS_LIST, chunked(WATCH_LIST, false), SCRIPTED_KEEP, 0);
    start(&times, false);
    run_until_told("unavailable ");
    kube_watch_hurry(watch);
    run_until_told("well ");
    kube_watch_hurry(watch);
    expect_told("unavailable +a well +b synced ");
}

Test(kube_watch, asks_for_metadata_alone_where_that_is_all_it_keeps)
{
    script("GET ", chunked(WATCH_LIST, false), SCRIPTED_KEEP, 0);
    start(&patient, true);
    run_until_told("synced ");
    cr_assert(kube_got(0, "as=PartialObjectMetadata;"));
    cr_assert_eq(kube_table_find(table, TEXT("n"), TEXT("a"))->json.length, 0);
}

static bool
has_stopped(void *owner)
{
    (void)owner;
    return scripted_server_was_left(kube_server, 0);
}

Test(kube_watch, can_be_stopped_from_what_it_tells)
{
    script("GET ", chunked(WATCH_LIST, false), SCRIPTED_KEEP, 0);
    stops_at_change = true;
    start(&patient, false);
    scripted_run_until(kube_server, has_stopped, NULL);
    scripted_run_turns(kube_server, 20);
    expect_told("+a ");
    cr_assert_eq(scripted_server_requests(kube_server), 1);
}

Test(kube_watch, ends_with_its_arena_wherever_it_is)
{
    for (size_t at = 0; at < 400; at += 20) {
        next_turn();
        script("GET ", text_slice(chunked(WATCH_LIST, false), 0, at), SCRIPTED_KEEP, 0);
        start(&patient, false);
        scripted_run_turns(kube_server, (int)at / 20);
        arena_free(watch_arena);
        watch_arena = NULL;
        scripted_run_turns(kube_server, 5);
    }
}
