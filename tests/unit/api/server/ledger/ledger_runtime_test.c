/* What pods had is counted once, priced as it came, and beside what was served: on SQLite and PostgreSQL. */
#include "api/server/ledger/ledger_runtime.h"

#include "api/server/ledger/ledger_samples.h"
#include "tests/unit/api/server/ledger/ledger_rig.h"

TestSuite(ledger_runtime, .timeout = 120);

static const struct ledger_scope everybody = {.is_all = true};

/* 3.60 a core-hour and 1.00 a GPU-hour; memory is free. */
static struct device_price gpu_price = {.resource = TEXT("nvidia.com/gpu"), .usd_per_hour = 1000000000};
static struct price_card card = {
    .usd_per_core_hour = 3600000000, .usd_per_gib_hour = 0, .devices = {&gpu_price, 1}};

struct told_samples {
    bool is_answered;
    struct samples_answer answer;
};

static void
on_sampled(void *owner, const struct samples_answer *answer)
{
    struct told_samples *told = owner;
    cr_assert_not(told->is_answered, "answered twice");
    *told = (struct told_samples){true, *answer};
}

static int64_t
count_samples(struct ledger *ledger, const struct price_card *prices, struct runtime_sample *samples,
              size_t count)
{
    struct told_samples told = {0};
    const struct runtime_sample_list list = {samples, count};
    const struct samples_batch batch = {&list, prices, SOME_HOUR_MS + USAGE_HOUR_MS};
    ledger_samples(ledger, rig.arena, &batch, on_sampled, &told);
    rig_until(&told.is_answered);
    cr_assert_eq(told.answer.end, LEDGER_DONE, "%s", told.answer.why.message);
    return told.answer.counted;
}

/* A minute of a pod with a core asked for and half of it used, 1 GiB, and a GPU. */
static struct runtime_sample
minute_of(const char *uid, const char *deployment, int64_t minute)
{
    static struct runtime_amount amounts[] = {
        {.resource = TEXT("cpu"), .requested = 60000000, .used = 30000000},
        {.resource = TEXT("memory"), .requested = 62914560},
        {.resource = TEXT("nvidia.com/gpu"), .requested = 60000, .used = 60000}};
    bool is_model = strcmp(deployment, "llama") == 0;
    return (struct runtime_sample){.workspace = TEXT("demo"),
                                   .environment = TEXT("dev"),
                                   .deployment = text_of(deployment),
                                   .model = is_model ? TEXT("llama-8b") : (struct text){0},
                                   .pod = text_of(uid),
                                   .uid = text_of(uid),
                                   .told_by = RUNTIME_METRICS,
                                   .from_ms = SOME_HOUR_MS + minute * 60000,
                                   .until_ms = SOME_HOUR_MS + (minute + 1) * 60000,
                                   .amounts = {amounts, COUNT_OF(amounts)}};
}

static int64_t
count_one(struct runtime_sample sample)
{
    return count_samples(the_ledger(), &card, &sample, 1);
}

struct told_runtime {
    bool is_answered;
    struct runtime_answer answer;
};

static void
on_answer(void *owner, const struct runtime_answer *answer)
{
    struct told_runtime *told = owner;
    cr_assert_not(told->is_answered, "answered twice");
    *told = (struct told_runtime){true, *answer};
}

static struct runtime_answer
runtime_of(struct runtime_question question)
{
    struct told_runtime told = {0};
    question.scope = question.scope ? question.scope : &everybody;
    question.until_ms = question.until_ms > 0 ? question.until_ms : INT64_MAX;
    question.most_rows = question.most_rows > 0 ? question.most_rows : 100;
    ledger_runtime(the_ledger(), rig.arena, &question, on_answer, &told);
    rig_until(&told.is_answered);
    cr_assert_eq(told.answer.end, LEDGER_DONE, "%s", told.answer.why.message);
    return told.answer;
}

static int64_t
all_minutes(void)
{
    return rig_count(
               "SELECT CAST(coalesce(sum(span_ms), 0) AS bigint) FROM runtime_hour WHERE resource = 'cpu'") /
           60000;
}

ON_BOTH(ledger_runtime, counts_a_sample_once_however_often_it_is_said)
{
    given_ledger();
    cr_assert_eq(count_one(minute_of("u1", "web", 0)), 1);
    cr_assert_eq(count_one(minute_of("u1", "web", 0)), 0);
    cr_assert_eq(all_minutes(), 1);
    struct runtime_sample both[] = {minute_of("u1", "web", 1), minute_of("u1", "web", 1),
                                    minute_of("u2", "web", 0)};
    cr_assert_eq(count_samples(the_ledger(), &card, both, 3), 2);
    cr_assert_eq(all_minutes(), 3);
}

ON_BOTH(ledger_runtime, leaves_out_a_time_that_was_counted_in_part)
{
    given_ledger();
    struct runtime_sample late = minute_of("u1", "web", 1);
    late.from_ms -= 1;
    cr_assert_eq(count_one(minute_of("u1", "web", 0)), 1);
    cr_assert_eq(count_one(late), 0);
    cr_assert_eq(count_one(minute_of("u1", "web", 1)), 1);
    cr_assert_eq(all_minutes(), 2);
}

ON_BOTH(ledger_runtime, leaves_out_what_is_older_than_a_day_or_of_a_clock_that_is_ahead)
{
    given_ledger();
    cr_assert_eq(count_one(minute_of("u1", "web", -23 * 60 - 1)), 0);
    cr_assert_eq(count_one(minute_of("u1", "web", 65)), 0);
    cr_assert_eq(count_one(minute_of("u1", "web", -23 * 60)), 1);
    cr_assert_eq(count_one(minute_of("u1", "web", 64)), 1);
    cr_assert_eq(all_minutes(), 2);
}

ON_BOTH(ledger_runtime, is_counted_once_by_two_ledgers_on_one_database)
{
    given_ledger();
    struct ledger *another = given_ledger_on(rig_open_another());
    struct runtime_sample sample = minute_of("u1", "web", 0);
    const struct runtime_sample_list list = {&sample, 1};
    const struct samples_batch batch = {&list, &card, SOME_HOUR_MS + USAGE_HOUR_MS};
    struct told_samples here = {0}, there = {0};
    ledger_samples(the_ledger(), rig.arena, &batch, on_sampled, &here);
    ledger_samples(another, rig.arena, &batch, on_sampled, &there);
    rig_until(&here.is_answered);
    rig_until(&there.is_answered);
    cr_assert_eq(here.answer.counted + there.answer.counted, 1);
    cr_assert_eq(all_minutes(), 1);
}

ON_BOTH(ledger_runtime, forgets_places_of_pods_that_are_long_gone)
{
    given_ledger();
    rig_sql("INSERT INTO runtime_pod (uid, until_ms, claim) VALUES ('old', 1, 'c')");
    count_one(minute_of("u1", "web", 0));
    cr_assert_eq(rig_count("SELECT count(*) FROM runtime_pod WHERE uid = 'old'"), 0);
    cr_assert_eq(rig_count("SELECT count(*) FROM runtime_pod"), 1);
}

ON_BOTH(ledger_runtime, is_priced_for_the_greater_of_asked_and_used)
{
    given_ledger();
    count_one(minute_of("u1", "web", 0));
    struct runtime_answer answer = runtime_of((struct runtime_question){0});
    cr_assert_eq(answer.row_count, 1);
    const struct runtime_sum *row = &answer.rows[0];
    cr_assert(text_equals(row->deployment, TEXT("web")));
    cr_assert_eq(row->span_ms, 60000);
    cr_assert_eq(row->had[RUNTIME_CLASS_CPU].requested, 60000000);
    cr_assert_eq(row->had[RUNTIME_CLASS_CPU].used, 30000000);
    cr_assert_eq(row->had[RUNTIME_CLASS_CPU].cost_nano, 60000000);
    cr_assert_eq(row->had[RUNTIME_CLASS_MEMORY].billed, 62914560);
    cr_assert_eq(row->had[RUNTIME_CLASS_MEMORY].cost_nano, 0);
    cr_assert_eq(row->had[RUNTIME_CLASS_DEVICES].cost_nano, 16666667);
    cr_assert_eq(row->cost_nano, 76666667);
    cr_assert_eq(row->unpriced_ms, 0);
}

ON_BOTH(ledger_runtime, without_a_card_has_no_price_and_says_so)
{
    given_ledger();
    struct runtime_sample sample = minute_of("u1", "web", 0);
    cr_assert_eq(count_samples(the_ledger(), NULL, &sample, 1), 1);
    struct runtime_answer answer = runtime_of((struct runtime_question){0});
    cr_assert_eq(answer.rows[0].cost_nano, 0);
    cr_assert_eq(answer.rows[0].unpriced_ms, 3 * 60000);
    cr_assert_eq(answer.rows[0].had[RUNTIME_CLASS_CPU].billed, 60000000);
}

#define SERVED(ID, MORE) RECORD(ID, ",\"provider\":\"self-hosted/llama\",\"targetModel\":\"llama-8b\"" MORE)

ON_BOTH(ledger_runtime, of_a_model_is_idle_in_hours_in_which_nothing_was_served)
{
    given_ledger();
    given_records(JOURNAL_A,
                  TEXT(SERVED("01A", ",\"requests\":1,\"inputTokens\":7,\"outputTokens\":2") "\n" SERVED(
                      "01B", ",\"requests\":1,\"inputTokens\":1") "\n"));
    count_one(minute_of("u1", "llama", -1)); /* of the hour before */
    count_one(minute_of("u1", "llama", 0));
    count_one(minute_of("u2", "llama", 0));
    struct runtime_answer answer = runtime_of((struct runtime_question){0});
    cr_assert_eq(answer.row_count, 1);
    cr_assert(text_equals(answer.rows[0].model, TEXT("llama-8b")));
    cr_assert_eq(answer.rows[0].requests, 2);
    cr_assert_eq(answer.rows[0].tokens, 10);
    cr_assert_eq(answer.rows[0].cost_nano, 3 * 76666667);
    cr_assert_eq(answer.rows[0].allotted_nano, 2 * 76666667);
}

ON_BOTH(ledger_runtime, of_one_deployment_knows_nothing_of_what_another_served)
{
    given_ledger();
    given_records(JOURNAL_A,
                  TEXT(RECORD("01A", ",\"provider\":\"self-hosted/mistral\",\"requests\":1") "\n"));
    given_records_of("other", JOURNAL_B,
                     TEXT(RECORD_OF("01B", "1764000000000", "other",
                                    ",\"provider\":\"self-hosted/llama\",\"requests\":1") "\n"));
    count_one(minute_of("u1", "llama", 0));
    struct runtime_answer answer = runtime_of((struct runtime_question){0});
    cr_assert_eq(answer.row_count, 1);
    cr_assert_eq(answer.rows[0].requests, 0);
    cr_assert_eq(answer.rows[0].allotted_nano, 0);
}

ON_BOTH(ledger_runtime, is_a_series_by_the_hour_and_the_day)
{
    given_ledger();
    count_one(minute_of("u1", "web", -1));
    count_one(minute_of("u1", "web", 0));
    count_one(minute_of("u2", "api", 0));
    struct runtime_answer hours = runtime_of((struct runtime_question){.over_ms = USAGE_HOUR_MS});
    cr_assert_eq(hours.row_count, 3);
    cr_assert_eq(hours.rows[0].hour_ms, SOME_HOUR_MS - USAGE_HOUR_MS);
    cr_assert_eq(hours.rows[2].hour_ms, SOME_HOUR_MS);
    struct runtime_answer days = runtime_of((struct runtime_question){.over_ms = USAGE_DAY_MS});
    cr_assert_eq(days.row_count, 2);
    cr_assert(text_equals(days.rows[0].deployment, TEXT("web")), "dearest first");
    cr_assert_eq(days.rows[0].span_ms, 120000);
}

ON_BOTH(ledger_runtime, is_told_to_whom_it_concerns_and_in_pages)
{
    struct text others[] = {TEXT("other")};
    const struct ledger_scope other = {.workspaces = {others, 1}};
    given_ledger();
    count_one(minute_of("u1", "web", 0));
    count_one(minute_of("u2", "api", 0));
    cr_assert_eq(runtime_of((struct runtime_question){.scope = &other}).row_count, 0);
    cr_assert_eq(runtime_of((struct runtime_question){.deployment = TEXT("api")}).row_count, 1);
    cr_assert_eq(runtime_of((struct runtime_question){.until_ms = SOME_HOUR_MS}).row_count, 0);
    struct runtime_answer first = runtime_of((struct runtime_question){.most_rows = 1});
    cr_assert(first.is_cut && first.row_count == 1);
    struct runtime_answer second = runtime_of((struct runtime_question){.most_rows = 1, .skip_rows = 1});
    cr_assert(!second.is_cut && text_equals(second.rows[0].deployment, TEXT("web")));
}
