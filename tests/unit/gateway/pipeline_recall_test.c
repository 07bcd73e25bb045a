/* The same asked twice under one Idempotency-Key, of two gateways: this one, and others that a ledger speaks
 * for which the test plays. */
#include <criterion/criterion.h>

#include "api/types/usage_record.h"
#include "gateway/gateway.h"
#include "gateway/ledger_link.h"
#include "gateway/lender.h"
#include "gateway/recaller.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/metrics.h"
#include "lib/net/loop.h"
#include "tests/support/gateway_words.h"
#include "tests/support/harness_fixture.h"
#include "tests/support/played_ledger.h"
#include "tests/support/reply.h"

TestSuite(pipeline_recall, .fini = end, .timeout = 60);

#define ANSWER "eyJpZCI6ImVsc2V3aGVyZSJ9" /* {"id":"elsewhere"} */

static struct played_ledger ledger;
static struct loop_timer *looking;
static struct metrics *metrics;

static struct loop *
loop_of(void)
{
    return harness_gateway(harness)->site.loop;
}

static size_t
heard(enum ledger_frame_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < ledger.heard_count; i++)
        count += ledger.heard[i].type == type;
    return count;
}

static const struct ledger_frame *
last_heard(enum ledger_frame_type type)
{
    size_t i = ledger.heard_count;
    while (i > 0 && ledger.heard[i - 1].type != type)
        i--;
    cr_assert_gt(i, 0, "no %s came", ledger_frame_type_names[type]);
    return &ledger.heard[i - 1];
}

static void
look_for_others(void *owner)
{
    (void)owner;
    if (lender_gateways(harness_gateway(harness)->lender, 1) > 1)
        loop_stop(loop_of());
    else
        loop_timer_start(looking, 1);
}

static void
look_for_answer(void *owner)
{
    (void)owner;
    if (heard(LEDGER_RECALLED) > 0)
        loop_stop(loop_of());
    else
        loop_timer_start(looking, 1);
}

static void
use_ledger(void)
{
    struct gateway *gateway = harness_gateway(harness);
    struct ledger_link *link = harness_use_ledger(harness, &ledger);
    metrics = metrics_new(harness_arena(harness));
    gateway->recaller = recaller_start(harness_arena(harness), gateway, link, metrics);
}

/* A ledger that has two gateways, and answers so; NULL: never. */
static void
given_others(const struct ledger_recalled *recalled)
{
    given(CONFIG(""));
    ledger.knows_recall = true;
    ledger.gateways = 2;
    ledger.recalled = recalled;
    use_ledger();
    played_ledger_lend(&ledger, 0);
    looking = loop_timer_new(loop_of(), harness_arena(harness), look_for_others, NULL);
    loop_timer_start(looking, 0);
    loop_run(loop_of());
}

static const char *
request(const char *key, const char *json)
{
    return text_c_string(
        harness_arena(harness),
        text_format(harness_arena(harness),
                    "POST " CHAT " HTTP/1.1\r\nHost: weir\r\nConnection: close\r\nAuthorization: Bearer " KEY
                    "\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\nContent-Length: "
                    "%zu\r\n\r\n%s",
                    key, strlen(json), json));
}

static struct text
post(const char *key, const char *json)
{
    return harness_ask(harness, request(key, json));
}

static void
expect_asks(const char *result, int count)
{
    struct buffer out;
    buffer_init(&out, harness_arena(harness), 4096);
    metrics_print(metrics, &out);
    struct text line =
        text_format(harness_arena(harness), "weir_idempotency_asks_total{result=\"%s\"} %d\n", result, count);
    cr_assert(text_find(buffer_text(&out), line) >= 0, "%.*s", TEXT_ARG(buffer_text(&out)));
}

/* As another gateway's call would be asked about. */
static const struct ledger_recalled *
recall(const char *caller, const char *key, struct text digest)
{
    const struct ledger_frame frame = {
        .type = LEDGER_RECALL,
        .recall = {.number = 77, .caller = text_of(caller), .key = text_of(key), .digest = digest}};
    played_ledger_say(&ledger, &frame);
    looking = loop_timer_new(loop_of(), harness_arena(harness), look_for_answer, NULL);
    loop_timer_start(looking, 0);
    loop_run(loop_of());
    const struct ledger_recalled *recalled = &last_heard(LEDGER_RECALLED)->recalled;
    cr_assert_eq(recalled->number, 77);
    ledger.heard_count = 0;
    return recalled;
}

Test(pipeline_recall, goes_on_when_nobody_else_knows_the_key_and_remembers_it_itself)
{
    given_others(&(struct ledger_recalled){.verdict = RECALL_UNKNOWN});
    harness_provider_says(harness, OK_REPLY);

    struct text first = post("k-1", HELLO), second = post("k-1", HELLO);

    cr_assert_eq(reply_status(first), 200);
    cr_assert(reply_has(second, "idempotent-replayed: true"));
    cr_assert_eq(harness_provider_requests(harness), 1);
    cr_assert_eq(heard(LEDGER_RECALL), 1, "what it knows itself it does not ask");
    cr_assert(got(0, "idempotency-key: k-1"));
    const struct ledger_recall *asked = &last_heard(LEDGER_RECALL)->recall;
    cr_assert(text_equals(asked->caller, TEXT("ada")) && text_equals(asked->key, TEXT("k-1")));
    expect_asks("unknown", 1);
}

Test(pipeline_recall, gives_anothers_answer_again_and_keeps_a_copy)
{
    given_others(&(struct ledger_recalled){.verdict = RECALL_ANSWERED,
                                           .call = TEXT("01ELSEWHERE"),
                                           .left_ms = 60000,
                                           .content_type = TEXT("application/json"),
                                           .body = TEXT(ANSWER)});

    struct text reply = post("k-1", HELLO), again = post("k-1", HELLO);

    cr_assert_eq(reply_status(reply), 200);
    cr_assert(reply_has(reply, "\r\n\r\n{\"id\":\"elsewhere\"}"));
    cr_assert(reply_has(reply, "idempotent-replayed: true") &&
              reply_has(reply, "content-type: application/json"));
    cr_assert_eq(reply_status(again), 200);
    cr_assert(reply_has(again, "{\"id\":\"elsewhere\"}") && reply_has(again, "idempotent-replayed: true"));
    cr_assert_eq(harness_provider_requests(harness), 0);
    const struct usage_record *record = harness_record(harness, 0);
    cr_assert(text_equals(record->replay_of, TEXT("01ELSEWHERE")));
    cr_assert_eq(record->outcome, CALL_COMPLETED);
    cr_assert_eq(record->cost, FIELD_UNSET);
    cr_assert(text_equals(harness_record(harness, 1)->replay_of, TEXT("01ELSEWHERE")));
    cr_assert_eq(heard(LEDGER_RECALL), 1);
    expect_asks("answered", 1);
}

Test(pipeline_recall, tells_who_asks_the_same_to_wait_while_it_runs_elsewhere)
{
    given_others(&(struct ledger_recalled){.verdict = RECALL_RUNNING});
    struct text reply = post("k-1", HELLO);
    cr_assert_eq(reply_status(reply), 409);
    cr_assert(reply_has(reply, "\"code\":\"call_running\"") && reply_has(reply, "retry-after: 1"));
    ledger.recalled = &(struct ledger_recalled){.verdict = RECALL_UNKNOWN};
    harness_provider_says(harness, OK_REPLY);
    cr_assert_eq(reply_status(post("k-1", HELLO)), 200, "nothing is left of what was refused");
    expect_asks("running", 1);
}

Test(pipeline_recall, refuses_a_key_that_stands_for_another_request_elsewhere)
{
    given_others(&(struct ledger_recalled){.verdict = RECALL_DIFFERENT});
    struct text reply = post("k-1", HELLO);
    cr_assert_eq(reply_status(reply), 422);
    cr_assert(reply_has(reply, "\"code\":\"idempotency_key_reused\""));
    expect_asks("different", 1);
}

Test(pipeline_recall, goes_on_when_the_ledger_is_silent_or_could_not_ask_all)
{
    given_others(NULL);
    harness_provider_says(harness, OK_REPLY);
    harness_provider_says(harness, OK_REPLY);
    cr_assert_eq(reply_status(post("k-1", HELLO)), 200);
    expect_asks("late", 1);
    ledger.recalled = &(struct ledger_recalled){.verdict = RECALL_UNKNOWN, .is_partial = true};
    cr_assert_eq(reply_status(post("k-2", HELLO)), 200);
    expect_asks("partial", 1);
}

Test(pipeline_recall, goes_on_when_what_it_is_told_is_no_answer)
{
    given_others(&(struct ledger_recalled){
        .verdict = RECALL_ANSWERED, .call = TEXT("01A"), .left_ms = 1, .body = TEXT("?")});
    harness_provider_says(harness, OK_REPLY);
    struct text reply = post("k-1", HELLO);
    cr_assert(reply_status(reply) == 200 && !reply_has(reply, "idempotent-replayed"));
    expect_asks("partial", 1);
}

static void
hang_up(void *owner)
{
    (void)owner;
    if (heard(LEDGER_RECALL) > 0)
        played_ledger_hang_up(&ledger);
    else
        loop_timer_start(looking, 1);
}

Test(pipeline_recall, goes_on_when_the_ledger_is_lost_meanwhile_or_was_built_before)
{
    given_others(NULL);
    harness_provider_says(harness, OK_REPLY);
    harness_provider_says(harness, OK_REPLY);
    looking = loop_timer_new(loop_of(), harness_arena(harness), hang_up, NULL);
    loop_timer_start(looking, 0);
    ledger.knows_recall = false;
    cr_assert_eq(reply_status(post("k-1", HELLO)), 200);
    expect_asks("away", 1);
    cr_assert_eq(reply_status(post("k-2", HELLO)), 200);
    expect_asks("away", 2);
    cr_assert_eq(heard(LEDGER_RECALL), 1);
}

Test(pipeline_recall, asks_nobody_for_calls_without_a_key)
{
    given_others(&(struct ledger_recalled){.verdict = RECALL_RUNNING});
    harness_provider_says(harness, OK_REPLY);
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 200);
    cr_assert_eq(heard(LEDGER_RECALL), 0);
}

Test(pipeline_recall, asks_nobody_when_it_is_alone)
{
    given(CONFIG(""));
    ledger.knows_recall = true;
    ledger.gateways = 1;
    use_ledger();
    played_ledger_lend(&ledger, 0);
    harness_provider_says(harness, OK_REPLY);
    harness_provider_says(harness, OK_REPLY);
    cr_assert_eq(reply_status(post("k-1", HELLO)), 200);
    cr_assert_eq(reply_status(post("k-2", HELLO)), 200);
    cr_assert_eq(heard(LEDGER_RECALL), 0);
    expect_asks("away", 0);
}

static void
leave(void *owner)
{
    (void)owner;
    if (heard(LEDGER_RECALL) > 0)
        harness_leave(harness);
    else
        loop_timer_start(looking, 1);
}

Test(pipeline_recall, forgets_the_call_of_a_client_that_leaves_while_it_waits)
{
    given_others(NULL);
    looking = loop_timer_new(loop_of(), harness_arena(harness), leave, NULL);
    loop_timer_start(looking, 0);
    post("k-1", HELLO);
    cr_assert_eq(harness_record(harness, 0)->outcome, CALL_CLIENT_GONE);
    expect_asks("left", 1);
    ledger.recalled = &(struct ledger_recalled){.verdict = RECALL_UNKNOWN};
    harness_provider_says(harness, OK_REPLY);
    cr_assert_eq(reply_status(post("k-1", HELLO)), 200);
    cr_assert_eq(harness_provider_requests(harness), 1);
}

Test(pipeline_recall, tells_others_what_it_knows)
{
    given_others(&(struct ledger_recalled){.verdict = RECALL_UNKNOWN});
    harness_provider_says(harness, OK_REPLY);
    cr_assert_eq(reply_status(post("k-1", HELLO)), 200);
    struct text same = text_copy(harness_arena(harness), last_heard(LEDGER_RECALL)->recall.digest);
    struct text other = TEXT("0000000000000000000000000000000000000000000000000000000000000000");

    const struct ledger_recalled *answered = recall("ada", "k-1", same);

    cr_assert_eq(answered->verdict, RECALL_ANSWERED);
    cr_assert(text_equals(answered->call, harness_record(harness, 0)->id));
    cr_assert(text_equals(answered->content_type, TEXT("application/json")));
    cr_assert_eq(answered->call.length, 26u);
    cr_assert(answered->left_ms > 0 && answered->left_ms <= 600000);
    cr_assert_eq(answered->body.length, (sizeof(OK_BODY) - 1 + 2) / 3 * 4);
    cr_assert_eq(recall("ada", "k-1", other)->verdict, RECALL_DIFFERENT);
    cr_assert_eq(recall("bob", "k-1", same)->verdict, RECALL_UNKNOWN);
    cr_assert_eq(recall("ada", "k-2", same)->verdict, RECALL_UNKNOWN);
}

static void
on_told(void *owner, enum recall_verdict verdict, const struct idempotency_answer *answer)
{
    (void)owner;
    (void)verdict;
    (void)answer;
    cr_assert_fail("who left is told nothing");
}

Test(pipeline_recall, asks_no_more_than_may_wait)
{
    static struct recall_wait waits[RECALLER_MAX_WAITS + 1];
    static const uint8_t digest[IDEMPOTENCY_DIGEST_BYTES];
    const struct idempotency_ask ask = {TEXT("ada"), TEXT("k"), digest, 0};
    given_others(NULL);
    struct recaller *recaller = harness_gateway(harness)->recaller;
    ledger.counts_only = true;
    for (size_t i = 0; i <= RECALLER_MAX_WAITS; i++) {
        waits[i].on_told = on_told;
        cr_assert_eq(recaller_ask(recaller, &ask, 1, &waits[i]), i < RECALLER_MAX_WAITS);
    }
    expect_asks("full", 1);
    for (size_t i = 0; i < RECALLER_MAX_WAITS; i++)
        recaller_leave(recaller, &waits[i]);
    expect_asks("left", RECALLER_MAX_WAITS);
}
