/* Samples wait for the ledger: none is lost, none is said in another way once it was said. */
#include "operator/control/sample_queue.h"

#include <criterion/criterion.h>

#include "tests/support/arena_fixture.h"

static struct sample_queue *queue;

static void
given_queue(void)
{
    given_arena();
    queue = sample_queue_new(arena);
}

TestSuite(sample_queue, .init = given_queue, .fini = end_arena);

#define HOUR_MS INT64_C(3600000)

static void
add(const char *uid, int64_t from_ms, int64_t until_ms, int64_t used)
{
    struct runtime_amount cpu = {.resource = TEXT("cpu"), .requested = 2 * used, .used = used};
    const struct runtime_sample sample = {.pod = text_of(uid),
                                          .uid = text_of(uid),
                                          .from_ms = from_ms,
                                          .until_ms = until_ms,
                                          .amounts = {&cpu, 1}};
    sample_queue_add(queue, &sample);
}

static struct ledger_samples
next(void)
{
    struct ledger_samples samples;
    cr_assert(sample_queue_next(queue, &samples));
    return samples;
}

static void
expect_sample(const struct ledger_samples *samples, size_t at, int64_t from_ms, int64_t until_ms,
              int64_t used)
{
    cr_assert_lt(at, samples->samples.count);
    const struct runtime_sample *sample = &samples->samples.items[at];
    cr_assert_eq(sample->from_ms, from_ms);
    cr_assert_eq(sample->until_ms, until_ms);
    cr_assert_eq(sample->amounts.items[0].used, used);
    cr_assert_eq(sample->amounts.items[0].requested, 2 * used);
}

Test(sample_queue, grows_what_goes_on_and_was_not_said)
{
    add("a", 0, 10, 5);
    add("b", 0, 10, 1);
    add("a", 10, 20, 7);
    add("a", 25, 30, 1);
    struct ledger_samples samples = next();
    cr_assert_eq(samples.samples.count, 3);
    expect_sample(&samples, 0, 0, 20, 12);
    expect_sample(&samples, 1, 0, 10, 1);
    expect_sample(&samples, 2, 25, 30, 1);
}

Test(sample_queue, says_the_same_again_until_it_is_heard_of)
{
    add("a", 0, 10, 5);
    cr_assert_eq(next().number, 0);
    add("a", 10, 20, 7);
    struct ledger_samples again = next();
    cr_assert_eq(again.samples.count, 1);
    expect_sample(&again, 0, 0, 10, 5);
    cr_assert_not(sample_queue_hear(queue, 1));
    cr_assert(sample_queue_hear(queue, 0));
    cr_assert_not(sample_queue_hear(queue, 0));
    struct ledger_samples rest = next();
    cr_assert_eq(rest.number, 1);
    expect_sample(&rest, 0, 10, 20, 7);
    cr_assert(sample_queue_hear(queue, 1));
    cr_assert_not(sample_queue_next(queue, &rest));
    cr_assert_eq(sample_queue_count(queue), 0);
}

Test(sample_queue, cuts_at_the_hour_and_loses_nothing_by_it)
{
    add("a", HOUR_MS - 1, 3 * HOUR_MS + 1, 1000001);
    struct ledger_samples samples = next();
    cr_assert_eq(samples.samples.count, 4);
    int64_t used = 0, requested = 0, at = HOUR_MS - 1;
    for (size_t i = 0; i < 4; i++) {
        const struct runtime_sample *sample = &samples.samples.items[i];
        cr_assert_eq(sample->from_ms, at);
        cr_assert_eq(sample->from_ms / HOUR_MS, (sample->until_ms - 1) / HOUR_MS);
        at = sample->until_ms;
        used += sample->amounts.items[0].used;
        requested += sample->amounts.items[0].requested;
    }
    cr_assert_eq(at, 3 * HOUR_MS + 1);
    cr_assert_eq(used, 1000001);
    cr_assert_eq(requested, 2000002);
}

Test(sample_queue, takes_no_sample_without_a_span)
{
    add("a", 10, 10, 5);
    add("a", 10, 9, 5);
    cr_assert_eq(sample_queue_count(queue), 0);
}

Test(sample_queue, says_so_many_at_a_time_and_the_oldest_first)
{
    for (int64_t i = 0; i < LEDGER_MAX_SAMPLES + 3; i++)
        add("a", 2 * i, 2 * i + 1, i);
    struct ledger_samples samples = next();
    cr_assert_eq(samples.samples.count, LEDGER_MAX_SAMPLES);
    cr_assert(sample_queue_hear(queue, 0));
    samples = next();
    cr_assert_eq(samples.samples.count, 3);
    expect_sample(&samples, 0, 2 * LEDGER_MAX_SAMPLES, 2 * LEDGER_MAX_SAMPLES + 1, LEDGER_MAX_SAMPLES);
}

Test(sample_queue, forgets_the_oldest_beyond_its_most_and_counts_them)
{
    for (int64_t i = 0; i < SAMPLE_QUEUE_MOST + 2; i++)
        add("a", 2 * i, 2 * i + 1, i);
    cr_assert_eq(sample_queue_count(queue), SAMPLE_QUEUE_MOST);
    cr_assert_eq(sample_queue_lost(queue), 2);
    struct ledger_samples samples = next();
    expect_sample(&samples, 0, 4, 5, 2);
    add("b", 0, 1, 1); /* what is out stays: it may be committed */
    cr_assert_eq(sample_queue_lost(queue), 3);
    samples = next();
    expect_sample(&samples, 0, 4, 5, 2);
}

Test(sample_queue, keeps_hours_and_what_cannot_be_added_apart)
{
    add("a", HOUR_MS - 10, HOUR_MS, 1);
    add("a", HOUR_MS, HOUR_MS + 10, 1);
    add("big", 0, 1, RUNTIME_MAX_AMOUNT / 2);
    add("big", 1, 2, 1);
    cr_assert_eq(sample_queue_count(queue), 4);
}
