/* A watch that is refused, told that it is too late, or sent what is no event (kubernetes.md 1.5, 4.4). */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "tests/unit/operator/kube/watch_scene.h"

TestSuite(kube_watch_refusals, .init = given_scene, .fini = end_scene);

Test(kube_watch_refusals, gone_inside_a_200_lists_again_and_does_not_loop)
{
    for (int by_status = 0; by_status < 2; by_status++) {
        given_synced_watch();
        given_changes();
        api.compacted = 103;
        api.says_gone_by_status = by_status;
        struct kube_watch_step step = driver_ask(&driver, &NO_FAULT);
        cr_assert(step.is_failure && step.delay_ms >= 800);
        (void)driver_ask(&driver, &NO_FAULT);
        cr_assert(asked("sendInitialEvents=true"));
        cr_assert_eq(api.requests, 3);
        driver_expect_equal(&driver);
        expect_changes("+c3 +b2 +a1 ~b4 +a6 ");
    }
}

Test(kube_watch_refusals, gone_again_and_again_waits_longer_each_time)
{
    given_synced_watch();
    struct fake_answer gone = {410, TEXT("{}")};
    int64_t delays_ms[6];
    for (int i = 0; i < 6; i++) {
        (void)driver_ask_for(&driver, &(struct fault){.end = FAULT_REFUSED}, NULL); /* counts for itself */
        delays_ms[i] = driver_ask_for(&driver, &NO_FAULT, &gone).delay_ms;
        driver.now_ms -= 300000;
    }
    cr_assert(delays_ms[0] >= 800 && delays_ms[0] <= 1600, "%lld", (long long)delays_ms[0]);
    for (int i = 1; i < 5; i++)
        cr_assert_geq(delays_ms[i], 800 << i);
    cr_assert_geq(delays_ms[5], 15000);
}

Test(kube_watch_refusals, an_outage_is_what_passes_when_the_server_is_back)
{
    static const struct {
        struct kube_watch_end end;
        bool is_outage;
    } cases[] = {
        {{.kind = KUBE_END_BROKEN}, true},
        {{.kind = KUBE_END_ANSWERED, .code = 500}, true},
        {{.kind = KUBE_END_ANSWERED, .code = 503}, true},
        {{.kind = KUBE_END_ANSWERED, .code = 503, .retry_after_ms = 1000}, false},
        {{.kind = KUBE_END_ANSWERED, .code = 429}, false},
        {{.kind = KUBE_END_ANSWERED, .code = 403}, false},
        {{.kind = KUBE_END_ANSWERED, .code = 410}, false},
        {{.kind = KUBE_END_GARBLED}, false},
        {{.kind = KUBE_END_BEHIND}, false},
        {{.kind = KUBE_END_CLOSED}, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        cr_assert_eq(kube_watch_was_outage(&cases[i].end), cases[i].is_outage, "%zu", i);
}

Test(kube_watch_refusals, gone_on_a_continue_token_begins_the_list_anew)
{
    given_server();
    api.lacks_watch_list = true;
    api.page_items = 2;
    driver_start(&driver, arena, &api);
    (void)driver_ask(&driver, &NO_FAULT);
    (void)driver_ask(&driver, &NO_FAULT);
    fake_api_set(&api, 'a', 0); /* was on the first page */
    fake_api_set(&api, 'b', 7);
    api.compacted = fake_api_version(&api);
    cr_assert(driver_ask(&driver, &NO_FAULT).is_failure);
    cr_assert(asked("&continue="));
    (void)driver_ask(&driver, &NO_FAULT);
    cr_assert_not(asked("&continue="));
    driver_catch_up(&driver);
    expect_changes("+a1 +b2 ~b7 +c3 -a1 ");
    driver_expect_equal(&driver);
}

static void
expect_same_version_after(int status)
{
    given_synced_watch();
    given_changes();
    struct fault fault = {.end = FAULT_STATUS, .status = status, .at = 0};
    int64_t last_ms = 0;
    for (int i = 0; i < 8; i++) {
        struct kube_watch_step step = driver_ask(&driver, &fault);
        cr_assert(step.is_failure);
        cr_assert(asked("&resourceVersion=99"));
        cr_assert_not(asked("sendInitialEvents"));
        cr_assert_leq(step.delay_ms, KUBE_BACKOFF_MOST_MS);
        last_ms = step.delay_ms;
        driver.now_ms -= 290000; /* the answers came at once */
    }
    cr_assert_geq(last_ms, 15000);
    driver_catch_up(&driver);
    expect_changes(ALL_CHANGES);
    cr_assert_eq(api.lists, 1);
}

Test(kube_watch_refusals, asks_from_the_same_version_after_401_403_429_and_5xx)
{
    static const int statuses[] = {401, 403, 429, 500, 502, 503, 504};
    for (size_t i = 0; i < COUNT_OF(statuses); i++)
        expect_same_version_after(statuses[i]);
}

Test(kube_watch_refusals, asks_from_the_same_version_when_refused)
{
    given_synced_watch();
    given_changes();
    for (int i = 0; i < 20; i++) {
        struct kube_watch_step step = driver_ask(&driver, &(struct fault){.end = FAULT_REFUSED});
        cr_assert(step.is_failure && step.delay_ms >= 800 && step.delay_ms <= KUBE_BACKOFF_MOST_MS);
    }
    driver_catch_up(&driver);
    expect_changes(ALL_CHANGES);
    cr_assert_eq(api.lists, 1);
}

Test(kube_watch_refusals, waits_as_long_as_a_429_says)
{
    given_synced_watch();
    struct fake_answer answer = {429, TEXT("{\"code\":429,\"details\":{\"retryAfterSeconds\":45}}")};
    struct kube_watch_step step = driver_ask_for(&driver, &NO_FAULT, &answer);
    cr_assert_geq(step.delay_ms, 45000);
    answer =
        (struct fake_answer){200, TEXT("{\"type\":\"ERROR\",\"object\":{\"code\":429,\"reason\":"
                                       "\"TooManyRequests\",\"details\":{\"retryAfterSeconds\":40}}}\n")};
    cr_assert_geq(driver_ask_for(&driver, &NO_FAULT, &answer).delay_ms, 40000);
    given_changes();
    driver_catch_up(&driver);
    cr_assert_eq(api.lists, 1);
}

Test(kube_watch_refusals, an_error_of_another_kind_lists_again)
{
    given_synced_watch();
    struct fake_answer answer = {200, TEXT("{\"type\":\"ERROR\",\"object\":{\"code\":406}}\n")};
    cr_assert(driver_ask_for(&driver, &NO_FAULT, &answer).is_failure);
    given_changes();
    (void)driver_ask(&driver, &NO_FAULT);
    cr_assert(asked("sendInitialEvents"));
    driver_expect_equal(&driver);
}

Test(kube_watch_refusals, a_resource_that_is_not_served_is_tried_again_until_it_is)
{
    given_server();
    driver_start(&driver, arena, &api);
    for (int i = 0; i < 3; i++) {
        struct kube_watch_step step =
            driver_ask(&driver, &(struct fault){.end = FAULT_STATUS, .status = 404, .at = 0});
        cr_assert(step.is_failure && step.is_lasting);
        cr_assert_eq(step.trouble.kind, ERROR_NOT_FOUND);
        cr_assert(strstr(step.trouble.message, "watching things of example.dev/v1: 404"), "%s",
                  step.trouble.message);
    }
    driver_catch_up(&driver);
    driver_expect_equal(&driver);
}

Test(kube_watch_refusals, what_is_forbidden_is_told_with_the_servers_words)
{
    given_synced_watch();
    struct fake_answer answer = {
        403, TEXT("{\"code\":403,\"reason\":\"Forbidden\",\"message\":\"things is forbidden: User x\"}")};
    struct kube_watch_step step = driver_ask_for(&driver, &NO_FAULT, &answer);
    cr_assert(step.is_lasting);
    cr_assert_eq(step.trouble.kind, ERROR_DENIED);
    cr_assert(strstr(step.trouble.message, "403 Forbidden: things is forbidden: User x; let the operator's"));
}

Test(kube_watch_refusals, a_watch_that_ends_at_once_without_an_event_has_failed)
{
    given_synced_watch();
    struct arena *request = arena_new(0);
    (void)kube_watch_flow_ask(&driver.flow, request, driver.now_ms, 1);
    kube_watch_flow_head(&driver.flow, 200, 0);
    struct kube_watch_step step = kube_watch_flow_end(&driver.flow, NULL, driver.now_ms + 999, 1);
    cr_assert(step.is_failure && step.delay_ms >= 800);
    (void)kube_watch_flow_ask(&driver.flow, request, driver.now_ms, 1);
    kube_watch_flow_head(&driver.flow, 200, 0);
    step = kube_watch_flow_end(&driver.flow, NULL, driver.now_ms + 1000, 1);
    cr_assert(!step.is_failure && step.delay_ms == 0);
    arena_free(request);
}

Test(kube_watch_refusals, an_event_of_more_than_a_megabyte_is_taken)
{
    given_synced_watch();
    struct buffer body;
    buffer_init(&body, arena, 1300000);
    buffer_add_string(&body,
                      "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"h\",\"namespace\":\"n\","
                      "\"uid\":\"u\",\"resourceVersion\":\"200\"},\"status\":\"");
    memset(buffer_reserve(&body, 1200000), 'x', 1200000);
    buffer_grew(&body, 1200000);
    buffer_add_string(&body, "\",\"spec\":8}}\n");
    struct fake_answer answer = {200, buffer_text(&body)};
    for (size_t piece_bytes = 1000; piece_bytes < 2000000; piece_bytes *= 11) {
        given_synced_watch();
        (void)driver_ask_for(&driver, &(struct fault){.at = SIZE_MAX, .piece_bytes = piece_bytes}, &answer);
        expect_changes("+c3 +b2 +a1 +h8 ");
        cr_assert_leq(kube_table_bytes(driver.table), 4096); /* the filter kept none of it */
    }
}

Test(kube_watch_refusals, takes_events_between_the_chunk_sizes_of_a_proxy)
{
    given_synced_watch();
    given_changes();
    struct fake_answer answer = fake_api_answer(&api, TEXT("?watch=1&resourceVersion=99"));
    struct buffer body;
    buffer_init(&body, arena, 0);
    for (struct text rest = answer.body; rest.length > 0;) {
        struct text line = text_cut(&rest, '\n');
        buffer_print(&body, "%zx\r\n%.*s\n\r\n", line.length + 1, TEXT_ARG(line));
    }
    answer.body = buffer_text(&body);
    (void)driver_ask_for(&driver, &NO_FAULT, &answer);
    expect_changes(ALL_CHANGES);
    driver_expect_equal(&driver);
}

Test(kube_watch_refusals, what_is_no_event_breaks_the_stream_and_is_asked_again)
{
    static const char *const garbage[] = {"<html>\n",
                                          "{}\n",
                                          "{\"type\":\"ADDED\"}\n",
                                          "null\n",
                                          "{\"type\":\"ADDED\",\"object\":{\"metadata\":{}}}\n",
                                          "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{}}}\n"};
    for (size_t i = 0; i < COUNT_OF(garbage); i++) {
        given_synced_watch();
        given_changes();
        struct fake_answer answer = {200, text_of(garbage[i])};
        cr_assert(driver_ask_for(&driver, &NO_FAULT, &answer).is_failure, "%s", garbage[i]);
        driver_catch_up(&driver);
        expect_changes(ALL_CHANGES);
    }
}
