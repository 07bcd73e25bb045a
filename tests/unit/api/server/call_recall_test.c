/* Who is asked what is known under a key, and what the asker is told. */
#include "api/server/call_recall.h"

#include "tests/support/sql_rig.h"

enum { MOST = 4 };

static struct call_recalls *recalls;
static struct recalled_gateway gateways[MOST];
static struct ledger_recall asked[MOST];  /* last; number 0: it was not */
static struct ledger_recalled told[MOST]; /* as that */
static int told_count[MOST];
static bool is_told; /* any was since it was cleared */

static void
set_up(void)
{
    rig_given_loop();
    recalls = call_recalls_new(rig.arena, rig.loop);
}

TestSuite(call_recall, .init = set_up, .timeout = 30);

static void
on_ask(void *owner, const struct ledger_recall *recall)
{
    asked[(struct recalled_gateway *)owner - gateways] = *recall;
}

static void
on_answer(void *owner, const struct ledger_recalled *recalled)
{
    size_t at = (size_t)((struct recalled_gateway *)owner - gateways);
    told[at] = *recalled;
    told_count[at]++;
    is_told = true;
}

static void
given_gateway(size_t at, const char *workspace, const char *environment)
{
    static const char *const journals[MOST] = {"0", "1", "2", "3"};
    gateways[at] = (struct recalled_gateway){.workspace = text_of(workspace),
                                             .environment = text_of(environment),
                                             .journal = text_of(journals[at]),
                                             .knows_recall = true,
                                             .ask = on_ask,
                                             .answer = on_answer,
                                             .owner = &gateways[at]};
    call_recalls_join(recalls, &gateways[at]);
}

static void
given_replicas(size_t count)
{
    for (size_t i = 0; i < count; i++)
        given_gateway(i, "demo", "dev");
}

static void
ask(size_t gateway, int64_t number, const char *key)
{
    const struct ledger_recall recall = {
        .number = number, .caller = TEXT("ada"), .key = text_of(key), .digest = TEXT("d")};
    call_recalls_ask(recalls, &gateways[gateway], &recall);
}

static void
say(size_t gateway, int64_t number, enum recall_verdict verdict)
{
    const struct ledger_recalled recalled = {
        .number = number, .verdict = verdict, .call = TEXT("01A"), .body = TEXT("aGVsbG8=")};
    call_recalls_hear(recalls, &gateways[gateway], &recalled);
}

static void
expect_told(size_t gateway, int64_t number, enum recall_verdict verdict, bool is_partial)
{
    cr_assert_eq(told_count[gateway], 1, "told %d times", told_count[gateway]);
    cr_assert_eq(told[gateway].number, number);
    cr_assert_eq(told[gateway].verdict, verdict);
    cr_assert_eq(told[gateway].is_partial, is_partial);
    told_count[gateway] = 0;
}

Test(call_recall, asks_the_others_of_the_environment_and_nobody_else)
{
    given_replicas(2);
    given_gateway(2, "demo", "prod");
    given_gateway(3, "other", "dev");

    ask(0, 7, "k");

    cr_assert(asked[0].number == 0 && asked[1].number > 0 && asked[2].number == 0 && asked[3].number == 0);
    cr_assert(text_equals(asked[1].caller, TEXT("ada")) && text_equals(asked[1].key, TEXT("k")));
    cr_assert(text_equals(asked[1].digest, TEXT("d")));
    cr_assert_eq(told_count[0], 0, "one has not said");
    say(1, asked[1].number, RECALL_UNKNOWN);
    expect_told(0, 7, RECALL_UNKNOWN, false);
}

Test(call_recall, waits_for_all_when_nobody_knows_it_and_for_none_when_one_does)
{
    given_replicas(3);
    ask(0, 7, "k");
    say(1, asked[1].number, RECALL_UNKNOWN);
    cr_assert_eq(told_count[0], 0);
    say(2, asked[2].number, RECALL_UNKNOWN);
    expect_told(0, 7, RECALL_UNKNOWN, false);

    ask(0, 8, "k");
    say(2, asked[2].number, RECALL_ANSWERED);
    expect_told(0, 8, RECALL_ANSWERED, false);
    cr_assert(text_equals(told[0].call, TEXT("01A")) && text_equals(told[0].body, TEXT("aGVsbG8=")));
    say(1, asked[1].number, RECALL_RUNNING);
    cr_assert_eq(told_count[0], 0, "it comes too late");
}

Test(call_recall, tells_one_of_two_that_ask_at_once_to_go_on)
{
    given_replicas(2);
    ask(0, 7, "k");
    ask(1, 9, "k");
    expect_told(1, 9, RECALL_RUNNING, false);
    say(1, asked[1].number, RECALL_UNKNOWN);
    expect_told(0, 7, RECALL_UNKNOWN, false);

    ask(1, 10, "k");
    say(0, asked[0].number, RECALL_RUNNING);
    expect_told(1, 10, RECALL_RUNNING, false);
}

Test(call_recall, keeps_keys_callers_and_environments_apart)
{
    given_replicas(2);
    given_gateway(2, "demo", "prod");
    given_gateway(3, "demo", "prod");
    ask(0, 7, "k");
    ask(1, 8, "l");
    ask(2, 9, "k");
    call_recalls_ask(recalls, &gateways[1],
                     &(struct ledger_recall){.number = 10, .caller = TEXT("bob"), .key = TEXT("k")});
    cr_assert_eq(told_count[1] + told_count[2], 0, "nobody is told that it runs");
}

Test(call_recall, is_answered_at_once_when_there_are_no_others)
{
    given_replicas(1);
    ask(0, 7, "k");
    expect_told(0, 7, RECALL_UNKNOWN, false);
}

Test(call_recall, tells_that_somebody_could_not_be_asked)
{
    given_replicas(1);
    given_gateway(1, "demo", "dev");
    gateways[1].knows_recall = false;
    ask(0, 7, "k");
    expect_told(0, 7, RECALL_UNKNOWN, true);
    cr_assert_eq(asked[1].number, 0);
}

Test(call_recall, tells_that_somebody_did_not_answer)
{
    given_replicas(3);
    ask(0, 7, "k");
    ask(2, 8, "l");
    say(1, asked[1].number, RECALL_UNKNOWN);
    for (size_t at = 0; at < 3; at += 2) {
        is_told = told_count[at] > 0;
        rig_until(&is_told);
    }
    expect_told(0, 7, RECALL_UNKNOWN, true);
    expect_told(2, 8, RECALL_UNKNOWN, true);
}

Test(call_recall, waits_for_nobody_who_is_lost_and_answers_nobody_who_is)
{
    given_replicas(3);
    ask(0, 7, "k");
    ask(1, 8, "l");
    int64_t of_second = asked[0].number;
    say(1, asked[1].number, RECALL_UNKNOWN);
    call_recalls_leave(recalls, &gateways[2]);
    expect_told(0, 7, RECALL_UNKNOWN, true);
    call_recalls_leave(recalls, &gateways[2]);

    call_recalls_leave(recalls, &gateways[1]);
    say(0, of_second, RECALL_UNKNOWN);
    cr_assert_eq(told_count[1], 0);
    ask(0, 9, "l");
    expect_told(0, 9, RECALL_UNKNOWN, false);
}

/* A gateway whose stream was lost may be there twice for a while. */
Test(call_recall, asks_no_other_stream_of_the_asker_and_forgets_what_that_asked)
{
    given_replicas(2);
    given_gateway(2, "demo", "dev");
    gateways[2].journal = gateways[0].journal;
    ask(0, 7, "k");
    cr_assert_eq(asked[2].number, 0);

    ask(2, 1, "k");
    cr_assert_eq(told_count[2], 0, "what it asked before runs nowhere");
    say(1, asked[1].number, RECALL_UNKNOWN);
    expect_told(2, 1, RECALL_UNKNOWN, false);
    cr_assert_eq(told_count[0], 0);
    cr_assert_eq(gateways[0].open_count + gateways[2].open_count, 0u);
}

Test(call_recall, passes_over_what_nobody_asked)
{
    given_replicas(3);
    ask(0, 7, "k");
    say(0, asked[1].number, RECALL_RUNNING);
    say(1, asked[1].number + 1, RECALL_RUNNING);
    say(1, INT64_MAX, RECALL_RUNNING);
    say(1, asked[1].number, RECALL_UNKNOWN);
    say(1, asked[1].number, RECALL_RUNNING);
    cr_assert_eq(told_count[0], 0, "once is enough");
}

Test(call_recall, opens_no_more_of_a_gateway_than_there_may_be)
{
    char key[16];
    given_replicas(2);
    for (int64_t i = 1; i <= RECALL_MAX_OF_A_GATEWAY; i++) {
        snprintf(key, sizeof(key), "k-%d", (int)i);
        ask(0, i, key);
    }
    cr_assert_eq(told_count[0], 0);
    ask(0, 5000, "one-more");
    expect_told(0, 5000, RECALL_UNKNOWN, true);
    say(1, asked[1].number, RECALL_RUNNING);
    expect_told(0, RECALL_MAX_OF_A_GATEWAY, RECALL_RUNNING, false);
    ask(0, 5001, "one-more");
    cr_assert_eq(told_count[0], 0);
}
