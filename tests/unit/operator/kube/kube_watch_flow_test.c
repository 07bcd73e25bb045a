/* What a watch asks, and what versions, lists and bookmarks mean to it. */
#include <criterion/criterion.h>

#include "operator/kube/kube_cache_private.h"
#include "tests/unit/operator/kube/watch_scene.h"

TestSuite(kube_watch_flow, .init = given_scene, .fini = end_scene);

Test(kube_watch_flow, begins_with_a_watch_list_and_goes_on_from_its_end)
{
    given_synced_watch();
    cr_assert(asked("/apis/example.dev/v1/things?watch=1"));
    cr_assert(asked("&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion="));
    cr_assert(asked("&timeoutSeconds=301&"), "%.*s", TEXT_ARG(driver.last_path));
    expect_changes(FIRST_CHANGES);
    given_changes();
    driver_catch_up(&driver);
    cr_assert(asked("&resourceVersion=99"));
    expect_changes(ALL_CHANGES);
    driver_expect_equal(&driver);
    cr_assert_eq(api.lists, 1);
}

Test(kube_watch_flow, a_relist_tells_what_is_gone)
{
    given_synced_watch();
    fake_api_set(&api, 'b', 0);
    fake_api_set(&api, 'c', 9);
    api.compacted = 101;
    (void)driver_ask(&driver, &NO_FAULT);
    (void)driver_ask(&driver, &NO_FAULT);
    expect_changes("+c3 +b2 +a1 ~c9 -b2 ");
    driver_expect_equal(&driver);
}

Test(kube_watch_flow, a_server_without_watch_list_is_listed_by_page_and_remembered)
{
    given_server();
    api.lacks_watch_list = true;
    api.page_items = 2;
    driver_start(&driver, arena, &api);
    struct kube_watch_step step = driver_ask(&driver, &NO_FAULT);
    cr_assert(!step.is_failure && step.delay_ms == 0);
    cr_assert(driver.cache->lacks_watch_list);
    (void)driver_ask(&driver, &NO_FAULT);
    cr_assert(asked("/things?limit=500"));
    cr_assert_not(kube_table_is_synced(driver.table));
    driver_catch_up(&driver);
    cr_assert(asked("&continue="));
    expect_changes("+a1 +b2 +c3 ");

    struct driver another = {0};
    driver_start(&another, arena, &api);
    another.flow.options.table->cache->lacks_watch_list = true;
    (void)driver_ask(&another, &NO_FAULT);
    cr_assert(text_find(another.last_path, TEXT("limit=500")) >= 0);
}

Test(kube_watch_flow, versions_seen_before_change_nothing)
{
    given_synced_watch();
    given_changes();
    driver_catch_up(&driver);
    fake_api_set(&api, 'e', 1);
    struct buffer body;
    buffer_init(&body, arena, 0);
    for (int turn = 0; turn < 2; turn++)
        buffer_add_text(&body, fake_api_answer(&api, TEXT("?watch=1&resourceVersion=97")).body);
    struct fake_answer answer = {200, buffer_text(&body)};
    (void)driver_ask_for(&driver, &NO_FAULT, &answer);
    expect_changes("+c3 +b2 +a1 ~b4 -a1 +d5 +a6 -d5 +e1 ");
    driver_expect_equal(&driver);
}

Test(kube_watch_flow, a_deletion_among_a_lists_first_objects_counts_when_it_is_the_newer)
{
    given_server();
    driver_start(&driver, arena, &api);
    static const struct fake_change old_b = {.name = 'b', .value = 9, .born = 90};
    struct text older = fake_event(&api, "DELETED", &old_b, 96),
                newer = fake_event(&api, "DELETED", &old_b, 98);
    struct text all = fake_api_answer(&api, TEXT("?watch=1&sendInitialEvents=true")).body;
    struct text first = text_slice(all, 0, (size_t)text_find(all, TEXT("{\"type\":\"BOOKMARK\"")));
    struct fake_answer answer = {200, text_format(arena, "%.*s%.*s", TEXT_ARG(first), TEXT_ARG(older))};
    (void)driver_ask_for(&driver, &(struct fault){.end = FAULT_RESET, .at = SIZE_MAX}, &answer);
    expect_changes("+c3 +b2 +a1 ");
    answer.body = text_format(arena, "%.*s%.*s", TEXT_ARG(first), TEXT_ARG(newer));
    (void)driver_ask_for(&driver, &NO_FAULT, &answer);
    expect_changes("+c3 +b2 +a1 -b2 ");
}

Test(kube_watch_flow, needs_no_bookmarks_and_believes_none_that_goes_back)
{
    given_server();
    api.has_bookmarks = false;
    driver_start(&driver, arena, &api);
    (void)driver_ask(&driver, &NO_FAULT);
    struct fake_answer back = {
        200, TEXT("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"9\"}}}\n")};
    (void)driver_ask_for(&driver, &NO_FAULT, &back);
    given_changes();
    driver_catch_up(&driver);
    expect_changes(ALL_CHANGES);
    struct fake_answer ahead = {
        200, TEXT("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"104\"}}}\n")};
    (void)driver_ask_for(&driver, &NO_FAULT, &ahead);
    cr_assert(text_equals(kube_watch_flow_version(&driver.flow), TEXT("104")));
}

Test(kube_watch_flow, a_server_that_is_behind_is_asked_again_and_nothing_goes_back)
{
    given_synced_watch();
    given_changes();
    driver_catch_up(&driver);
    struct fake_api behind = api;
    behind.count = 3;
    driver.api = &behind;
    cr_assert(driver_ask(&driver, &NO_FAULT).is_failure); /* 504 too large */
    cr_assert(asked("&resourceVersion=104"));
    driver.api = &api;
    fake_api_set(&api, 'h', 1);
    driver_catch_up(&driver);
    expect_changes("+c3 +b2 +a1 ~b4 -a1 +d5 +a6 -d5 +h1 ");
    cr_assert_eq(api.lists, 1);
}

Test(kube_watch_flow, a_list_older_than_what_is_known_takes_nothing_away)
{
    given_synced_watch();
    fake_api_set(&api, 'h', 1);
    driver_catch_up(&driver);
    struct fake_answer gone = {410, TEXT("{}")};
    (void)driver_ask_for(&driver, &NO_FAULT, &gone);
    struct fake_api behind = api;
    behind.count = 3;
    struct fake_answer old = fake_api_answer(&behind, TEXT("?watch=1&sendInitialEvents=true"));
    cr_assert(driver_ask_for(&driver, &NO_FAULT, &old).is_failure);
    cr_assert(asked("&resourceVersionMatch=NotOlderThan&resourceVersion=100"));
    driver_catch_up(&driver);
    expect_changes("+c3 +b2 +a1 +h1 ");
    driver_expect_equal(&driver);
}

Test(kube_watch_flow, a_cluster_that_was_put_back_is_believed_in_the_end)
{
    given_synced_watch();
    given_changes();
    driver_catch_up(&driver);
    struct fake_api restored = api;
    restored.count = 4;
    driver.api = &restored;
    for (int i = 0; i < 3; i++)
        cr_assert(driver_ask(&driver, &NO_FAULT).is_failure);
    driver_catch_up(&driver);
    driver_expect_equal(&driver);
}

Test(kube_watch_flow, a_watch_list_that_never_ends_is_replaced_by_a_list)
{
    given_server();
    driver_start(&driver, arena, &api);
    (void)driver_ask(&driver, &(struct fault){.at = 0}); /* closed in order, without its end */
    (void)driver_ask(&driver, &NO_FAULT);
    cr_assert(asked("?limit=500"));
    driver_catch_up(&driver);
    driver_expect_equal(&driver);

    given_server();
    driver_start(&driver, arena, &api);
    for (int i = 0; i < 3; i++) {
        (void)driver_ask(&driver, &(struct fault){.end = FAULT_RESET, .at = 100});
        cr_assert(asked("sendInitialEvents"));
        driver.now_ms -= 290000;
    }
    (void)driver_ask(&driver, &NO_FAULT);
    cr_assert(asked("?limit=500"));
    cr_assert_not(driver.cache->lacks_watch_list);
}

Test(kube_watch_flow, escapes_what_it_asks_and_asks_for_metadata_alone)
{
    given_server();
    driver_start(&driver, arena, &api);
    driver.flow.options.namespace = TEXT("shop");
    driver.flow.options.label_selector = TEXT("app in (a,b),x=y");
    driver.table->is_metadata_only = true;
    struct kube_watch_question question = kube_watch_flow_ask(&driver.flow, arena, 0, 0);
    cr_assert(text_starts_with(question.request.path, TEXT("/apis/example.dev/v1/namespaces/shop/things?")));
    cr_assert(text_find(question.request.path, TEXT("&labelSelector=app%20in%20%28a%2Cb%29%2Cx%3Dy")) > 0,
              "%.*s", TEXT_ARG(question.request.path));
    cr_assert(text_equals(question.request.accept,
                          TEXT("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1")));
    cr_assert_eq(question.hard_stop_ms, 330000);
    driver.flow.state.ask = KUBE_ASK_LIST;
    question = kube_watch_flow_ask(&driver.flow, arena, 0, 0);
    cr_assert(text_equals(question.request.accept,
                          TEXT("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")));
}
