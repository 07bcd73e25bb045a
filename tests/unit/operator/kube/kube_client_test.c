/* The verbs against a scripted API server: what goes over the wire, what an answer means, and what is tried
 * again. */
#include "operator/kube/kube_client.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/metrics.h"
#include "tests/unit/operator/kube/kube_rig.h"

TestSuite(kube_client, .init = kube_set_up, .fini = kube_tear_down);

static const struct kube_resource config_maps = {.api_version = TEXT("v1"),
                                                 .kind = TEXT("ConfigMap"),
                                                 .plural = TEXT("configmaps"),
                                                 .is_namespaced = true};
static const struct kube_target target = {&config_maps, TEXT("demo"), TEXT("one")};

static void
reply(const char *expect, int status, const char *headers, const char *body)
{
    scripted_server_add_reply(kube_server, expect, status, headers, text_of(body));
}

static void
apply(struct kube_told *told)
{
    struct kube_write write = {.body = TEXT("{}"), .field_manager = TEXT("weir-operator")};
    kube_patch(kube_tell(told), kube_client, &target, &write, kube_on_told, told);
    kube_until_told(told);
}

Test(kube_client, gets_an_object_as_whoever_it_is)
{
    reply("GET /api/v1/namespaces/demo/configmaps/one HTTP/1.1", 200, "", "{\"kind\":\"ConfigMap\"}");
    struct kube_told told;
    kube_get(kube_tell(&told), kube_client, &target, kube_on_told, &told);
    cr_assert_eq(told.count, 0, "nothing happens inside the call");
    kube_until_told(&told);
    cr_assert_eq(told.answer.status, 200);
    cr_assert_eq(told.answer.error.kind, ERROR_NONE);
    cr_assert(text_equals(told.answer.body, TEXT("{\"kind\":\"ConfigMap\"}")));
    cr_assert(kube_got(0, "Authorization: Bearer first\r\n"));
    cr_assert(kube_got(0, "User-Agent: weir-operator/test (linux/amd64)\r\n"));
    cr_assert(kube_got(0, "Accept: application/json\r\n"));
}

Test(kube_client, applies_with_its_manager_and_force)
{
    reply("PATCH /api/v1/namespaces/demo/configmaps/one/status?fieldManager=a%2Fb%20c&force=true&dryRun=All&"
          "fieldValidation=Strict HTTP/1.1",
          201, "", "{}");
    struct kube_write write = {.body = TEXT("{\"a\":1}"),
                               .field_manager = TEXT("a/b c"),
                               .is_status = true,
                               .is_dry_run = true,
                               .is_strict = true};
    struct kube_told told;
    kube_patch(kube_tell(&told), kube_client, &target, &write, kube_on_told, &told);
    kube_until_told(&told);
    cr_assert_eq(told.answer.status, 201);
    cr_assert(kube_got(0, "Content-Type: application/apply-patch+yaml\r\n"));
    cr_assert(kube_got(0, "\r\n\r\n{\"a\":1}"));
}

Test(kube_client, patches_of_other_kinds_neither_force_nor_claim)
{
    reply("PATCH /api/v1/namespaces/demo/configmaps/one HTTP/1.1", 200, "", "{}");
    reply("PATCH /api/v1/namespaces/demo/configmaps/one HTTP/1.1", 200, "", "{}");
    struct kube_told told;
    for (int i = 0; i < 2; i++) {
        struct kube_write write = {.type = i == 0 ? KUBE_PATCH_MERGE : KUBE_PATCH_JSON, .body = TEXT("{}")};
        kube_patch(kube_tell(&told), kube_client, &target, &write, kube_on_told, &told);
        kube_until_told(&told);
    }
    cr_assert(kube_got(0, "application/merge-patch+json"));
    cr_assert(kube_got(1, "application/json-patch+json"));
}

Test(kube_client, deletes_in_the_background_only_that_very_object)
{
    reply("DELETE /api/v1/namespaces/demo/configmaps/one HTTP/1.1", 404, "", "{\"kind\":\"Status\"}");
    struct kube_told told;
    kube_delete(kube_tell(&told), kube_client, &target, TEXT("u-1"), kube_on_told, &told);
    kube_until_told(&told);
    cr_assert_eq(told.answer.error.kind, ERROR_NONE, "what is gone is deleted");
    cr_assert(kube_got(0, "\"propagationPolicy\":\"Background\",\"preconditions\":{\"uid\":\"u-1\"}}"));
}

Test(kube_client, a_refusal_is_told_in_the_servers_words)
{
    reply("PATCH", 422, "",
          "{\"kind\":\"Status\",\"reason\":\"Invalid\",\"message\":\"spec.x is wrong\",\"details\":"
          "{\"causes\":[{\"field\":\"spec.x\",\"message\":\"no\"}]},\"code\":422}");
    struct kube_told told;
    apply(&told);
    cr_assert_eq(told.answer.error.kind, ERROR_INVALID);
    cr_assert(text_equals(told.answer.reason, TEXT("Invalid")));
    cr_assert(text_equals(told.answer.cause_field, TEXT("spec.x")));
    cr_assert(strstr(told.answer.error.message, "422 Invalid: spec.x is wrong"), "%s",
              told.answer.error.message);
}

Test(kube_client, an_apply_that_fits_no_schema_is_invalid_although_it_is_a_500)
{
    reply(
        "PATCH", 500, "",
        "{\"kind\":\"Status\",\"message\":\"failed to create typed patch object (/one; /v1, Kind=ConfigMap): "
        ".dat: field not declared in schema\",\"code\":500}");
    struct kube_told told;
    apply(&told);
    cr_assert_eq(told.answer.error.kind, ERROR_INVALID);
}

Test(kube_client, statuses_have_the_kinds_of_our_errors)
{
    const struct {
        int status;
        enum error_kind kind;
    } rows[] = {{400, ERROR_INVALID},     {401, ERROR_DENIED},      {403, ERROR_DENIED},
                {404, ERROR_NOT_FOUND},   {409, ERROR_CONFLICT},    {410, ERROR_NOT_FOUND},
                {413, ERROR_INVALID},     {415, ERROR_INVALID},     {422, ERROR_INVALID},
                {429, ERROR_UNAVAILABLE}, {500, ERROR_UNAVAILABLE}, {503, ERROR_UNAVAILABLE},
                {504, ERROR_UNAVAILABLE}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        reply("GET", rows[i].status, "", "no json");
        if (rows[i].status == 401)
            reply("GET", 401, "", "no json");
        struct kube_told told;
        kube_ask(&told);
        cr_assert_eq(told.answer.error.kind, rows[i].kind, "%d", rows[i].status);
        cr_assert_eq(told.answer.status, rows[i].status);
    }
}

Test(kube_client, a_401_is_answered_once_with_the_token_that_is_on_disk_now)
{
    reply("GET", 401, "", "{}");
    reply("GET", 200, "", "{}");
    kube_write_file("token", "second");
    struct kube_told told;
    kube_ask(&told);
    cr_assert_eq(told.answer.status, 200);
    cr_assert(kube_got(0, "Bearer first\r\n") && kube_got(1, "Bearer second\r\n"));
}

Test(kube_client, a_second_401_is_the_answer)
{
    reply("GET", 401, "", "{}");
    reply("GET", 401, "", "{}");
    struct kube_told told;
    kube_ask(&told);
    cr_assert_eq(told.answer.status, 401);
    cr_assert_eq(scripted_server_requests(kube_server), 2);
}

Test(kube_client, tries_again_when_the_server_says_when)
{
    reply("PATCH", 429, "Retry-After: 1\r\n", "{}");
    reply("PATCH", 200, "", "{}");
    struct kube_told told;
    apply(&told);
    cr_assert_eq(told.answer.status, 200);
    cr_assert_eq(scripted_server_requests(kube_server), 2);
}

Test(kube_client, a_503_without_a_time_is_the_answer)
{
    reply("PATCH", 503, "", "{}");
    struct kube_told told;
    apply(&told);
    cr_assert_eq(told.answer.status, 503);
    cr_assert_eq(scripted_server_requests(kube_server), 1);
}

Test(kube_client, a_reset_after_sending_is_an_unknown_outcome_and_is_not_repeated)
{
    scripted_server_add(kube_server, &(struct scripted_answer){.expect = "PATCH", .then = SCRIPTED_RESET});
    struct kube_told told;
    apply(&told);
    cr_assert_eq(told.answer.status, 0);
    cr_assert(told.answer.is_unknown);
    cr_assert_eq(told.answer.error.kind, ERROR_UNAVAILABLE);
    cr_assert_eq(scripted_server_requests(kube_server), 1);
}

Test(kube_client, a_reset_before_anything_was_answered_is_told)
{
    scripted_server_add(kube_server, &(struct scripted_answer){.is_at_accept = true, .then = SCRIPTED_RESET});
    struct kube_told told;
    apply(&told);
    cr_assert_eq(told.answer.status, 0);
    cr_assert_eq(told.answer.error.kind, ERROR_UNAVAILABLE);
}

Test(kube_client, writes_nothing_once_it_may_not)
{
    kube_rig_may_write = false;
    struct kube_told told;
    apply(&told);
    cr_assert_eq(told.answer.status, 0);
    cr_assert(text_equals(told.answer.reason, TEXT("NotLeader")));
    cr_assert_not(told.answer.is_unknown);
    reply("GET", 200, "", "{}");
    kube_ask(&told);
    cr_assert_eq(told.answer.status, 200, "reading goes on");
    cr_assert_eq(scripted_server_requests(kube_server), 1);
}

Test(kube_client, a_write_that_waited_is_asked_about_when_it_goes_out)
{
    struct kube_told held[KUBE_MOST_IN_FLIGHT], waiting;
    for (int i = 0; i < KUBE_MOST_IN_FLIGHT; i++)
        kube_get(kube_tell(&held[i]), kube_client, &target, kube_on_told, &held[i]);
    struct kube_write write = {.body = TEXT("{}"), .field_manager = TEXT("weir-operator")};
    kube_patch(kube_tell(&waiting), kube_client, &target, &write, kube_on_told, &waiting);
    scripted_run_until_requests(kube_server, KUBE_MOST_IN_FLIGHT);
    scripted_run_turns(kube_server, 10);
    cr_assert_eq(scripted_server_requests(kube_server), KUBE_MOST_IN_FLIGHT, "the window is full");
    cr_assert_eq(kube_client_in_flight(kube_client), KUBE_MOST_IN_FLIGHT);
    kube_rig_may_write = false;
    scripted_server_send(kube_server, 0, TEXT("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
    kube_until_told(&waiting);
    cr_assert(text_equals(waiting.answer.reason, TEXT("NotLeader")));
    for (int i = 0; i < KUBE_MOST_IN_FLIGHT; i++)
        arena_free(held[i].arena);
    cr_assert_eq(kube_client_in_flight(kube_client), 0, "calls that end early give their places back");
}

Test(kube_client, the_lease_waits_for_nobody)
{
    struct kube_told held[KUBE_MOST_IN_FLIGHT], lease;
    for (int i = 0; i < KUBE_MOST_IN_FLIGHT; i++)
        kube_get(kube_tell(&held[i]), kube_client, &target, kube_on_told, &held[i]);
    scripted_run_until_requests(kube_server, KUBE_MOST_IN_FLIGHT);
    reply("PUT /lease", 200, "", "{}");
    kube_rig_may_write = false;
    struct kube_path_request request = {
        .path = TEXT("/lease"), .method = TEXT("PUT"), .body = TEXT("{}"), .is_lease = true};
    kube_request(kube_tell(&lease), kube_client, &request, kube_on_told, &lease);
    kube_until_told(&lease);
    cr_assert_eq(lease.answer.status, 200);
    for (int i = 0; i < KUBE_MOST_IN_FLIGHT; i++)
        arena_free(held[i].arena);
}

Test(kube_client, names_of_any_length_and_with_any_bytes_arrive_whole)
{
    struct buffer name, escaped;
    buffer_init(&name, kube_arena, 0);
    buffer_init(&escaped, kube_arena, 0);
    buffer_add_string(&escaped, "GET /api/v1/namespaces/demo/configmaps/");
    for (int i = 0; i < 700; i++) {
        buffer_add_string(&name, "a b/%\xc3\xa9?");
        buffer_add_string(&escaped, "a%20b%2F%25%C3%A9%3F");
    }
    buffer_add_string(&escaped, " HTTP/1.1\r\n");
    reply(text_c_string(kube_arena, buffer_text(&escaped)), 200, "", "{}");
    struct kube_target long_target = {&config_maps, TEXT("demo"), buffer_text(&name)};
    struct kube_told told;
    kube_get(kube_tell(&told), kube_client, &long_target, kube_on_told, &told);
    kube_until_told(&told);
    cr_assert_eq(told.answer.status, 200);
}

Test(kube_client, a_big_body_arrives_whole_both_ways)
{
    size_t length = 3 << 20;
    char *bytes = arena_alloc(kube_arena, length);
    memset(bytes, 'x', length);
    scripted_server_add_reply(kube_server, "PATCH", 200, "", (struct text){bytes, length});
    struct kube_write write = {.body = {bytes, length}, .field_manager = TEXT("m")};
    struct kube_told told;
    kube_patch(kube_tell(&told), kube_client, &target, &write, kube_on_told, &told);
    kube_until_told(&told);
    cr_assert_eq(told.answer.body.length, length);
    cr_assert_gt(scripted_server_got(kube_server, 0).length, length);
    cr_assert_not(kube_got(0, "Expect"));
}

Test(kube_client, a_call_whose_arena_ends_is_forgotten)
{
    struct kube_told told;
    kube_get(kube_tell(&told), kube_client, &target, kube_on_told, &told);
    arena_free(told.arena);
    kube_get(kube_tell(&told), kube_client, &target, kube_on_told, &told);
    scripted_run_until_requests(kube_server, 1);
    arena_free(told.arena);
    scripted_run_turns(kube_server, 5);
    cr_assert_eq(told.count, 0);
    cr_assert_eq(kube_client_in_flight(kube_client), 0);
}

Test(kube_client, counts_requests_by_what_was_answered)
{
    struct metrics *metrics = metrics_new(kube_arena);
    struct kube_client_options options = {.loop = kube_loop, .auth = kube_auth, .metrics = metrics};
    kube_client = kube_client_new(kube_arena, &options);
    reply("GET", 200, "", "{}");
    struct kube_told told;
    kube_ask(&told);
    scripted_server_add(kube_server, &(struct scripted_answer){.expect = "PATCH", .then = SCRIPTED_RESET});
    apply(&told);
    struct buffer out;
    buffer_init(&out, kube_arena, 0);
    metrics_print(metrics, &out);
    struct text text = buffer_text(&out);
    cr_assert(text_find(text, TEXT("rest_client_requests_total{code=\"200\",method=\"GET\"} 1")) >= 0);
    cr_assert(text_find(text, TEXT("rest_client_requests_total{code=\"<error>\",method=\"PATCH\"} 1")) >= 0);
}
