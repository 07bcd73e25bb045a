/* Budgets in the life of a call: what it holds before it is sent, what its record says it was charged, and
 * what it is told when there is too little. */
#include "tests/unit/gateway/given_budgets.h"

TestSuite(pipeline_budget, .fini = end);

Test(pipeline_budget, holds_the_worst_case_and_charges_what_it_cost)
{
    given_lending(CONFIG_OF(PRICE, MONTH "," TOKENS "," ALERT, ""), 1000000);
    harness_provider_says(harness, OK_REPLY);

    struct text reply = harness_post(harness, CHAT, KEY, ASKING_FOR("100"));

    cr_assert_eq(reply_status(reply), 200, "%.*s", TEXT_ARG(reply));
    const struct ledger_ask *month = asked(0), *tokens = asked(1);
    cr_assert_eq(month->at_least, PROMPT_COST + 100 * 2000);
    cr_assert(text_equals(month->budget, TEXT("org-month")) && text_equals(month->owner, TEXT("demo/dev")));
    cr_assert_eq(tokens->at_least, PROMPT_COST / 1000 + 100);
    cr_assert(text_equals(tokens->owner, TEXT("demo/dev/ada")));
    const struct usage_record *record = harness_record(harness, 0);
    cr_assert_eq(record->charges.count, 3);
    cr_assert_eq(charge_of(record, "org-month")->amount, 10 * 1000 + 5 * 2000);
    cr_assert(text_equals(charge_of(record, "org-month")->lease, TEXT("lease-1")));
    cr_assert_eq(charge_of(record, "org-month")->window.length, sizeof("2026-11") - 1);
    cr_assert_eq(charge_of(record, "tokens")->amount, 15);
    cr_assert_eq(charge_of(record, "alert")->amount, 20000, "told, though there was none left");
    cr_assert(text_is_empty(charge_of(record, "alert")->lease));
}

Test(pipeline_budget, uses_leases_in_hand_without_a_question)
{
    given_lending(CONFIG_OF(PRICE, MONTH, ""), PROMPT_COST + 100 * 2000);
    harness_provider_says(harness, OK_REPLY);
    harness_provider_says(harness, OK_REPLY);
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR("100"))), 200);
    cr_assert_eq(ledger.left, 0);

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR("50"))), 200,
                 "what the first gave back suffices");
    cr_assert(text_equals(charge_of(harness_record(harness, 1), "org-month")->lease, TEXT("lease-1")));
}

Test(pipeline_budget, clamps_the_answer_to_what_is_left)
{
    given_lending(CONFIG_OF(PRICE, MONTH, ""), PROMPT_COST + 40 * 2000 + 1999);
    harness_provider_says(harness, OK_REPLY);

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR("100"))), 200);

    cr_assert(got(0, "\"max_tokens\":40,"));
    cr_assert_eq(asked(1)->at_least, PROMPT_COST + 40 * 2000);
}

Test(pipeline_budget, says_a_maximum_upstream_when_nobody_did)
{
    given_lending(CONFIG_OF(PRICE, TOKENS, ""), 1000000);
    harness_provider_says(harness, OK_REPLY);

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 200);

    cr_assert(got(0, "\"max_completion_tokens\":4096,"));
}

Test(pipeline_budget, refuses_what_is_too_little_for_a_useful_answer)
{
    given_lending(CONFIG_OF(PRICE, MONTH, ""), PROMPT_COST + 15 * 2000);
    ledger.spent = 700000;

    struct text reply = harness_post(harness, CHAT, KEY, ASKING_FOR("100"));

    cr_assert_eq(reply_status(reply), 429);
    cr_assert(says(reply, "\"code\":\"budget_exceeded\""));
    cr_assert(says(reply, "x-should-retry: false"));
    cr_assert(says(reply, "x-weir-decision: refused; rule=budgets; policy=weir-system/org"));
    cr_assert(says(reply,
                   "Environment demo/dev has too little left of the budget of $0.001 a month: $0.0007 spent"),
              "%.*s", TEXT_ARG(reply));
    cr_assert_eq(harness_provider_requests(harness), 0);
    const struct usage_record *record = harness_record(harness, 0);
    cr_assert_eq(record->outcome, CALL_REFUSED);
    cr_assert_eq(record->charges.count, 0);
    cr_assert(text_equals(record->policy, TEXT("weir-system/org")));
}

Test(pipeline_budget, refuses_what_can_never_fit_without_asking)
{
    given_lending(CONFIG_OF(PRICE, MONTH, ""), 1000000);
    char prompt[2100], body[2300];
    memset(prompt, 'x', sizeof(prompt) - 1);
    prompt[sizeof(prompt) - 1] = 0;
    snprintf(body, sizeof(body), "{\"model\":\"gpt\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}",
             prompt);

    struct text reply = harness_post(harness, CHAT, KEY, body);

    cr_assert_eq(reply_status(reply), 429);
    cr_assert(says(reply, "can never fit"), "%.*s", TEXT_ARG(reply));
    cr_assert_null(asked(0));
}

Test(pipeline_budget, refuse_a_target_without_a_price_and_say_where_it_belongs)
{
    given_lending(CONFIG_OF("", MONTH, ""), 1000000);

    struct text reply = harness_post(harness, CHAT, KEY, ASKING_FOR("100"));

    cr_assert_eq(reply_status(reply), 403);
    cr_assert(says(reply, "\"code\":\"price_missing\""));
    cr_assert(says(reply, "what gpt-4.1 of provider mock costs is not known"), "%.*s", TEXT_ARG(reply));
}

Test(pipeline_budget, in_tokens_need_no_price)
{
    given_lending(CONFIG_OF("", TOKENS, ""), 1000000);
    harness_provider_says(harness, OK_REPLY);
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR("100"))), 200);
    cr_assert_eq(charge_of(harness_record(harness, 0), "tokens")->amount, 15);
}

Test(pipeline_budget, that_only_tell_hold_up_no_call_when_there_is_no_ledger)
{
    given(CONFIG_OF("", ALERT, ""));
    harness_provider_says(harness, OK_REPLY);
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR("100"))), 200);
}

Test(pipeline_budget, cannot_be_had_without_a_ledger)
{
    given(CONFIG_OF(PRICE, MONTH, ""));

    struct text reply = harness_post(harness, CHAT, KEY, ASKING_FOR("100"));

    cr_assert_eq(reply_status(reply), 503);
    cr_assert(says(reply, "\"code\":\"budget_unavailable\""));
    cr_assert(says(reply, "this gateway was started without a ledger"));
    cr_assert(says(reply, "retry-after: 2"));
}

Test(pipeline_budget, give_the_hold_back_when_nothing_was_billed)
{
    given_lending(CONFIG_OF(PRICE, MONTH, ""), PROMPT_COST + 100 * 2000);
    harness_provider_says(harness, "HTTP/1.1 400 Bad\r\nContent-Length: 2\r\n\r\n{}");
    harness_provider_says(harness, OK_REPLY);
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR("100"))), 400);
    cr_assert_eq(harness_record(harness, 0)->charges.count, 0);
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR("100"))), 200);
}

Test(pipeline_budget, charge_a_lost_try_at_its_worst_and_hold_anew_for_the_next)
{
    given_lending(CONFIG_OF(PRICE, MONTH, ""), 1000000);
    harness_provider_says_and_closes(harness, "HTTP/1.1 200 OK\r\nContent-Length: 74\r\n\r\n{");
    harness_provider_says(harness, OK_REPLY);

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR("100"))), 200);

    const struct usage_record *lost = harness_record(harness, 0), *last = harness_record(harness, 1);
    cr_assert_eq(last->attempts, 2);
    cr_assert_eq(charge_of(lost, "org-month")->amount, PROMPT_COST + 100 * 2000);
    cr_assert_eq(charge_of(last, "org-month")->amount, 20000);
    cr_assert_eq(lost->cost, PROMPT_COST + 100 * 2000, "what a record is charged is what it cost");
    cr_assert_eq(last->cost, 20000);
}

Test(pipeline_budget, end_the_tries_when_there_is_nothing_for_another)
{
    given_lending(CONFIG_OF(PRICE, MONTH, ""), PROMPT_COST + 100 * 2000);
    harness_provider_says_and_closes(harness, "HTTP/1.1 200 OK\r\nContent-Length: 74\r\n\r\n{");

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR("100"))), 502);

    cr_assert_eq(harness_provider_requests(harness), 1);
    const struct usage_record *record = harness_record(harness, 0);
    cr_assert_eq(harness_record_count(harness), 1, "the last try's record is the call's last");
    cr_assert_eq(record->next_try, NEXT_TRY_NONE);
    cr_assert_eq(record->charges.count, 1);
    cr_assert_eq(record->cost, record->charges.items[0].amount);
}

/* The hold for another try is given, and then no target lets it pass. */
Test(pipeline_budget, charge_nothing_for_a_try_that_was_held_for_and_not_made)
{
    given_lending(CONFIG_OF(PRICE, MONTH, ""), 1000000);
    for (int i = 0; i < 4; i++)
        harness_provider_says_and_closes(harness, "HTTP/1.1 200 OK\r\nContent-Length: 74\r\n\r\n{");
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR(" 20"))), 502);
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR(" 20"))), 502);

    /* The fifth failure in a row opens the breaker between the tries. */
    harness_provider_says_and_closes(harness, "HTTP/1.1 200 OK\r\nContent-Length: 74\r\n\r\n{");
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR(" 20"))), 502);

    cr_assert_eq(harness_provider_requests(harness), 5);
    cr_assert_eq(harness_record_count(harness), 5);
    for (size_t i = 0; i < 5; i++) {
        const struct usage_record *record = harness_record(harness, i);
        int64_t charged = 0;
        for (size_t j = 0; j < record->charges.count; j++)
            charged += record->charges.items[j].amount;
        cr_assert_eq(charged, PROMPT_COST + 20 * 2000, "%lld", (long long)charged);
    }
}

Test(pipeline_budget, in_shadow_mode_are_noted_charged_and_hold_up_nothing)
{
    given(CONFIG_OF(PRICE, SHADOW, ""));
    harness_provider_says(harness, OK_REPLY);
    harness_provider_says(harness, OK_REPLY);

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR("100"))), 200);
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR("100"))), 200);

    cr_assert_eq(harness_record(harness, 0)->shadow.count, 0);
    cr_assert_eq(harness_record(harness, 1)->shadow.count, 1);
    cr_assert(text_equals(harness_record(harness, 1)->shadow.items[0], TEXT("budget_exceeded")));
    cr_assert_eq(charge_of(harness_record(harness, 1), "tried")->amount, 20000);
    cr_assert(!got(0, "\"max_tokens\":16,"), "what is only tried clamps nothing");
}

static void
expect_unheld(size_t record, const char *budget)
{
    const struct usage_record *of = harness_record(harness, record);
    cr_assert_eq(of->unheld.count, 1);
    cr_assert(text_equals(of->unheld.items[0], text_of(budget)));
    cr_assert(text_is_empty(charge_of(of, budget)->lease));
    cr_assert_eq(charge_of(of, budget)->amount, 20000, "of what it cost nothing is guessed");
}

Test(pipeline_budget, that_allow_let_calls_go_on_without_a_ledger)
{
    given(CONFIG_OF(PRICE, ALLOWED "," ALERT, ""));
    harness_provider_says(harness, OK_REPLY);

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 200);

    expect_unheld(0, "allowed");
    cr_assert_eq(harness_record(harness, 0)->charges.count, 2);
    cr_assert_eq(harness_record(harness, 0)->shadow.count, 0);
    cr_assert(got(0, "\"max_completion_tokens\":4"), "an answer is no longer than the whole budget affords");
}

Test(pipeline_budget, that_allow_spend_what_is_on_loan_first)
{
    enum { MOST = 40 };
    given_lending(CONFIG_OF(PRICE, ALLOWED, ""), 1000000);
    size_t calls = 0;
    do {
        harness_provider_says(harness, OK_REPLY);
        cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR("100"))), 200);
        ledger.refusal = TEXT("its database is away");
    } while (harness_record(harness, calls++)->unheld.count == 0 && calls < MOST);

    cr_assert_gt(calls, 1);
    for (size_t i = 0; i + 1 < calls; i++)
        cr_assert(text_equals(charge_of(harness_record(harness, i), "allowed")->lease, TEXT("lease-1")));
    expect_unheld(calls - 1, "allowed");
}

Test(pipeline_budget, that_allow_refuse_what_the_ledger_says_is_not_left)
{
    given_lending(CONFIG_OF(PRICE, ALLOWED, ""), PROMPT_COST + 15 * 2000);

    struct text reply = harness_post(harness, CHAT, KEY, ASKING_FOR("100"));

    cr_assert_eq(reply_status(reply), 429, "%.*s", TEXT_ARG(reply));
    cr_assert(says(reply, "\"code\":\"budget_exceeded\""));
}

Test(pipeline_budget, that_allow_let_nothing_pass_another_one)
{
    given(CONFIG_OF(PRICE, ALLOWED "," TOKENS, ""));

    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert_eq(reply_status(reply), 503, "%.*s", TEXT_ARG(reply));
    cr_assert(says(reply, "the budget of 1,000,000 tokens a day is never overshot"), "%.*s", TEXT_ARG(reply));
}

/* The budget that refuses has something on loan; the other one's account is refused. */
Test(pipeline_budget, that_refuse_hold_of_their_loan_while_another_goes_on)
{
    given_lending(CONFIG_OF(PRICE, TOKENS, ""), 1000000);
    harness_provider_says(harness, OK_REPLY);
    harness_provider_says(harness, OK_REPLY);
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR("100"))), 200);
    ledger.refusal = TEXT("its database is away");
    harness_use_config(harness, CONFIG_OF(PRICE, ALLOWED "," TOKENS, ""));

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR("50"))), 200);

    expect_unheld(1, "allowed");
    cr_assert(text_equals(charge_of(harness_record(harness, 1), "tokens")->lease, TEXT("lease-1")));
}
