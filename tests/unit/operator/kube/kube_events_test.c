/* Events as a scripted API server gets them. */
#include "operator/kube/kube_events.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/metrics.h"
#include "operator/kube/kube_event_series.h"
#include "tests/unit/operator/kube/kube_rig.h"

static struct kube_events *events;
static struct metrics *metrics;

static void
set_up(void)
{
    kube_set_up();
    metrics = metrics_new(kube_arena);
    struct kube_events_options options = {.loop = kube_loop,
                                          .client = kube_client,
                                          .metrics = metrics,
                                          .controller = TEXT("weir.dev/operator"),
                                          .instance = TEXT("weir-operator-0")};
    events = kube_events_new(kube_arena, &options);
}

TestSuite(kube_events, .init = set_up, .fini = kube_tear_down);

static const struct kube_event ready = {.api_version = TEXT("weir.dev/v1alpha1"),
                                        .kind = TEXT("Deployment"),
                                        .namespace = TEXT("demo"),
                                        .name = TEXT("chat"),
                                        .uid = TEXT("u-1"),
                                        .reason = TEXT("Ready"),
                                        .action = TEXT("Reconcile"),
                                        .note = TEXT("it runs")};

static void
reply(const char *expect, int status)
{
    scripted_server_add_reply(kube_server, expect, status, "", TEXT("{}"));
}

static bool
was_dropped(int64_t count)
{
    struct buffer out;
    buffer_init(&out, kube_arena, 0);
    metrics_print(metrics, &out);
    struct text line = text_format(kube_arena, "\nweir_events_dropped_total %lld\n", (long long)count);
    return text_find(buffer_text(&out), line) >= 0;
}

Test(kube_events, a_first_one_is_sent_whole)
{
    reply("POST /apis/events.k8s.io/v1/namespaces/demo/events HTTP/1.1", 201);
    kube_events_record(events, &ready);
    scripted_run_until_requests(kube_server, 1);
    cr_assert(kube_got(0, "\"namespace\":\"demo\",\"name\":\"chat."));
    cr_assert(kube_got(
        0, "\"type\":\"Normal\",\"reason\":\"Ready\",\"action\":\"Reconcile\",\"note\":\"it runs\""));
    cr_assert(kube_got(
        0, "\"reportingController\":\"weir.dev/operator\",\"reportingInstance\":\"weir-operator-0\""));
    cr_assert(kube_got(0, "\"regarding\":{\"apiVersion\":\"weir.dev/v1alpha1\",\"kind\":\"Deployment\","
                          "\"namespace\":\"demo\",\"name\":\"chat\",\"uid\":\"u-1\"}"));
    cr_assert_not(kube_got(0, "series"));
}

Test(kube_events, what_has_no_namespace_is_told_in_default)
{
    struct kube_event event = ready;
    event.namespace = TEXT("");
    event.is_warning = true;
    kube_events_record(events, &event);
    scripted_run_until_requests(kube_server, 1);
    cr_assert(kube_got(0, "POST /apis/events.k8s.io/v1/namespaces/default/events HTTP/1.1"));
    cr_assert(kube_got(0, "\"type\":\"Warning\""));
}

Test(kube_events, a_second_starts_a_series_and_more_are_counted_quietly)
{
    reply("POST", 201);
    reply("PATCH /apis/events.k8s.io/v1/namespaces/demo/events/chat.", 200);
    for (int i = 0; i < 50; i++)
        kube_events_record(events, &ready);
    scripted_run_until_requests(kube_server, 1);
    scripted_run_turns(kube_server, 20);
    cr_assert_eq(scripted_server_requests(kube_server), 1);
    cr_assert(kube_got(0, "\"series\":{\"count\":50,"));

    struct kube_event other = ready;
    other.note = TEXT("in other words");
    kube_events_record(events, &other);
    other.uid = TEXT("u-2");
    reply("POST", 201);
    kube_events_record(events, &other);
    scripted_run_until_requests(kube_server, 2);
    scripted_run_turns(kube_server, 20);
    cr_assert_eq(scripted_server_requests(kube_server), 2,
                 "another uid is another object; other words are not");
}

Test(kube_events, the_second_is_told_at_once)
{
    reply("POST", 201);
    reply("PATCH /apis/events.k8s.io/v1/namespaces/demo/events/chat.", 200);
    kube_events_record(events, &ready);
    scripted_run_until_requests(kube_server, 1);
    kube_events_record(events, &ready);
    scripted_run_until_requests(kube_server, 2);
    cr_assert(kube_got(1, "application/merge-patch+json"));
    cr_assert(kube_got(1, "\r\n\r\n{\"series\":{\"count\":2,\"lastObservedTime\":\""));
}

Test(kube_events, one_that_expired_is_made_anew)
{
    reply("POST", 201);
    reply("PATCH", 404);
    reply("POST", 201);
    kube_events_record(events, &ready);
    scripted_run_until_requests(kube_server, 1);
    kube_events_record(events, &ready);
    scripted_run_until_requests(kube_server, 3);
    cr_assert(kube_got(2, "\"series\":{\"count\":2,"));
}

Test(kube_events, one_that_is_refused_is_dropped_and_counted)
{
    reply("POST", 422);
    reply("POST", 201);
    kube_events_record(events, &ready);
    struct kube_event other = ready;
    other.reason = TEXT("Degraded");
    kube_events_record(events, &other);
    scripted_run_until_requests(kube_server, 2);
    cr_assert(was_dropped(1));
}

Test(kube_events, a_flood_is_bounded_and_counted)
{
    struct kube_event event = ready;
    for (int i = 0; i < 1500; i++) {
        event.name = text_format(kube_arena, "chat-%d", i);
        kube_events_record(events, &event);
    }
    cr_assert(was_dropped(500));
}

Test(kube_events, one_that_got_lost_is_sent_again_under_its_name)
{
    scripted_server_add(kube_server, &(struct scripted_answer){.expect = "POST", .then = SCRIPTED_RESET});
    reply("POST", 409);
    kube_events_record(events, &ready);
    scripted_run_until_requests(kube_server, 2);
    scripted_run_turns(kube_server, 10);
    struct text first = scripted_server_got(kube_server, 0), second = scripted_server_got(kube_server, 1);
    ptrdiff_t at = text_find(first, TEXT("\"name\":\"chat."));
    struct text name = text_slice(first, (size_t)at, (size_t)at + 30);
    cr_assert(text_find(second, name) >= 0);
    cr_assert(was_dropped(0), "AlreadyExists means that it arrived");
}

Test(kube_event_series, long_words_are_cut_between_characters)
{
    struct arena *arena = arena_new(0);
    struct buffer note;
    buffer_init(&note, arena, 0);
    buffer_add_byte(&note, 'x');
    for (int i = 0; i < 1000; i++)
        buffer_add_string(&note, "\xc3\xa9");
    struct kube_event event = ready;
    event.note = buffer_text(&note);
    struct kube_event_series series;
    kube_event_series_init(arena, &series, &event, 0);
    cr_assert_eq(series.event.note.length, 1023);
    cr_assert(text_is_utf8(series.event.note));
    arena_free(arena);
}

Test(kube_events, one_with_an_id_has_its_name_by_that_and_is_sent_once)
{
    struct kube_event event = ready;
    event.id = TEXT("01KB7D0000ABCDEFGHJKMNPQRS-080");
    reply("POST", 409); /* another process told it */
    reply("POST", 201);
    for (int i = 0; i < 3; i++)
        kube_events_record(events, &event);
    scripted_run_until_requests(kube_server, 1);
    cr_assert(kube_got(0, "\"name\":\"chat.01kb7d0000abcdefghjkmnpqrs-080\""));
    event.id = TEXT("01KB7D0000ABCDEFGHJKMNPQRS-100");
    kube_events_record(events, &event);
    scripted_run_until_requests(kube_server, 2);
    scripted_run_turns(kube_server, 20);
    cr_assert(kube_got(1, "\"name\":\"chat.01kb7d0000abcdefghjkmnpqrs-100\""));
    cr_assert_eq(scripted_server_requests(kube_server), 2);
    cr_assert(was_dropped(0));
}
