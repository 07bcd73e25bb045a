/* The adapter on a real loop: the story it tells through upstream_events. */
#include <criterion/criterion.h>

#include "gateway/providers/provider.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/loop.h"

static struct arena *arena;
static struct loop *loop;
static struct provider_site site;
static struct gateway_provider provider;
static struct gateway_target target;
static struct model_request asked;
static struct provider_request request;

/* What was told, in order. */
static struct {
    int heads, bodies, ends;
    int status;
    enum upstream_end end;
    struct buffer content;
    struct provider_call *call;
    bool cancel_at_head, pause_at_first_body;
} told;

static void
on_head(void *owner, const struct http_response_head *head)
{
    (void)owner;
    told.heads++;
    told.status = head->status;
    if (told.cancel_at_head) {
        told.call->provider->cancel(told.call);
        loop_stop(loop);
    }
}

static void
resume(void *owner)
{
    (void)owner;
    cr_assert_eq(told.bodies, 1);
    told.call->provider->pause(told.call, false);
}

static void
on_body(void *owner, struct text content)
{
    (void)owner;
    cr_assert_eq(told.heads, 1);
    buffer_add_text(&told.content, content);
    if (++told.bodies == 1 && told.pause_at_first_body) {
        told.call->provider->pause(told.call, true);
        loop_timer_start(loop_timer_new(loop, arena, resume, NULL), 5);
    }
}

static void
on_end(void *owner, enum upstream_end end, const struct error *why)
{
    (void)owner;
    (void)why;
    told.ends++;
    told.end = end;
    loop_stop(loop);
}

static void
given_chat(void)
{
    arena = arena_new(0);
    loop = loop_new(arena);
    site = (struct provider_site){.loop = loop};
    buffer_init(&told.content, arena, 64);
    target.model = TEXT("echo");
    provider.echo.error_percent = 100;
    asked.body = TEXT("{\"messages\":[{\"role\":\"user\",\"content\":\"a b c\"}]}");
    request = (struct provider_request){
        .asked = &asked,
        .provider = &provider,
        .target = &target,
        .max_output_tokens = MODEL_REQUEST_NO_MAXIMUM,
    };
}

static void
end_chat(void)
{
    arena_free(arena);
}

TestSuite(echo, .init = given_chat, .fini = end_chat);

static void
run(void)
{
    struct upstream_events events = {.on_head = on_head, .on_body = on_body, .on_end = on_end};
    told.call = provider_echo.start(arena, &site, &request, &events);
    cr_assert_eq(told.heads, 0); /* nothing from inside start */
    loop_run(loop);
}

Test(echo, tells_head_body_and_end_once)
{
    run();

    cr_assert_eq(told.heads, 1);
    cr_assert_eq(told.bodies, 1);
    cr_assert_eq(told.ends, 1);
    cr_assert_eq(told.end, UPSTREAM_COMPLETE);
    cr_assert_eq(told.status, 200);
}

Test(echo, streams_token_by_token_with_a_delay)
{
    asked.stream = true;
    provider.echo.token_delay = 1;

    run();

    cr_assert_eq(told.bodies, 6); /* role, three tokens, finish, [DONE] */
    cr_assert_eq(told.end, UPSTREAM_COMPLETE);
}

Test(echo, answers_with_the_error_it_was_told_to)
{
    provider.echo.error_status = 503;

    run();

    cr_assert_eq(told.status, 503);
    cr_assert_geq(text_find(buffer_text(&told.content), TEXT("server_error")), 0);
    cr_assert_eq(told.end, UPSTREAM_COMPLETE);
}

Test(echo, times_out_when_the_delay_is_beyond_the_first_byte_deadline)
{
    provider.echo.first_token_delay = 60000;
    request.deadlines.first_byte_ms = 1;

    run();

    cr_assert_eq(told.heads, 0);
    cr_assert_eq(told.end, UPSTREAM_TIMEOUT);
}

Test(echo, times_out_between_two_tokens)
{
    asked.stream = true;
    provider.echo.token_delay = 60000;
    request.deadlines.gap_ms = 1;

    run();

    cr_assert_eq(told.bodies, 1);
    cr_assert_eq(told.end, UPSTREAM_TIMEOUT);
}

Test(echo, says_nothing_after_cancel)
{
    told.cancel_at_head = true;

    run();

    cr_assert_eq(told.heads, 1);
    cr_assert_eq(told.bodies, 0);
    cr_assert_eq(told.ends, 0);
}

Test(echo, stands_still_while_paused_and_then_goes_on)
{
    asked.stream = true;
    provider.echo.token_delay = 1;
    told.pause_at_first_body = true;

    run();

    cr_assert_eq(told.bodies, 6);
    cr_assert_eq(told.end, UPSTREAM_COMPLETE);
}
