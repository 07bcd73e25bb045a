/* What is known under a key, for how long, and how little of it is kept. */
#include "gateway/decide/idempotency.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "tests/support/arena_fixture.h"

static struct idempotency *table;
static struct idempotency_entry *entry; /* of the last one that was new */
static struct idempotency_answer answer;

static void
given_table(void)
{
    static const struct idempotency_limits small = {.entries = 4,
                                                    .caller_entries = 2,
                                                    .bytes = 40,
                                                    .caller_bytes = 20,
                                                    .answer_bytes = 10,
                                                    .keep_ms = 1000};
    given_arena();
    table = idempotency_new(arena, &small);
}

TestSuite(idempotency, .init = given_table, .fini = end_arena);

static enum idempotency_verdict
ask_of(const char *caller, const char *key, const char *question, int64_t now_ms)
{
    uint8_t digest[IDEMPOTENCY_DIGEST_BYTES] = {0};
    memcpy(digest, question, strlen(question));
    const struct idempotency_ask ask = {text_of(caller), text_of(key), digest, now_ms};
    return idempotency_begin(table, &ask, &entry, &answer);
}

static enum idempotency_verdict
ask(const char *key)
{
    return ask_of("ada", key, "q", 0);
}

static void
given_answer(const char *caller, const char *key, const char *body, int64_t now_ms)
{
    const struct idempotency_answer given = {
        .call = TEXT("01A"), .content_type = TEXT("text/plain"), .body = text_of(body)};
    cr_assert_eq(ask_of(caller, key, "q", now_ms), IDEMPOTENCY_NEW);
    cr_assert_not_null(entry);
    idempotency_end(table, entry, &given, now_ms);
}

Test(idempotency, lets_one_run_and_gives_its_answer_to_who_asks_the_same)
{
    cr_assert_eq(ask("k"), IDEMPOTENCY_NEW);
    struct idempotency_entry *running = entry;
    cr_assert_eq(ask("k"), IDEMPOTENCY_RUNNING);
    const struct idempotency_answer given = {
        .call = TEXT("01A"), .content_type = TEXT("text/plain"), .body = TEXT("hello")};
    idempotency_end(table, running, &given, 0);

    cr_assert_eq(ask("k"), IDEMPOTENCY_ANSWERED);

    cr_assert(text_equals(answer.call, TEXT("01A")) && text_equals(answer.body, TEXT("hello")));
    cr_assert(text_equals(answer.content_type, TEXT("text/plain")));
}

Test(idempotency, knows_another_question_under_the_same_key)
{
    cr_assert_eq(ask("k"), IDEMPOTENCY_NEW);
    cr_assert_eq(ask_of("ada", "k", "other", 0), IDEMPOTENCY_DIFFERENT);
    given_answer("bob", "k", "x", 0);
    cr_assert_eq(ask_of("bob", "k", "other", 0), IDEMPOTENCY_DIFFERENT);
}

Test(idempotency, keeps_callers_apart)
{
    given_answer("ada", "k", "x", 0);
    cr_assert_eq(ask_of("bob", "k", "q", 0), IDEMPOTENCY_NEW);
    cr_assert_eq(ask_of("ad", "ak", "q", 0), IDEMPOTENCY_NEW);
}

Test(idempotency, frees_the_key_of_what_failed)
{
    cr_assert_eq(ask("k"), IDEMPOTENCY_NEW);
    idempotency_end(table, entry, NULL, 0);
    cr_assert_eq(idempotency_count(table), 0);
    cr_assert_eq(ask_of("ada", "k", "other", 0), IDEMPOTENCY_NEW);
}

Test(idempotency, forgets_after_a_while_what_ended_and_never_what_runs)
{
    given_answer("ada", "k", "x", 0);
    cr_assert_eq(ask_of("ada", "runs", "q", 0), IDEMPOTENCY_NEW);

    cr_assert_eq(ask_of("ada", "k", "q", 999), IDEMPOTENCY_ANSWERED);
    cr_assert_eq(ask_of("ada", "runs", "q", 1000000), IDEMPOTENCY_RUNNING);
    cr_assert_eq(ask_of("ada", "k", "q", 1000000), IDEMPOTENCY_NEW);
}

Test(idempotency, makes_room_for_a_caller_of_his_own_oldest)
{
    given_answer("bob", "b", "x", 0);
    given_answer("ada", "1", "x", 1);
    given_answer("ada", "2", "x", 2);
    given_answer("ada", "3", "x", 3);

    cr_assert_eq(idempotency_count(table), 3);
    cr_assert_eq(ask_of("bob", "b", "q", 3), IDEMPOTENCY_ANSWERED);
    cr_assert_eq(ask_of("ada", "2", "q", 3), IDEMPOTENCY_ANSWERED);
    cr_assert_eq(ask_of("ada", "1", "q", 3), IDEMPOTENCY_NEW);
}

Test(idempotency, goes_on_without_when_all_that_there_is_room_for_runs)
{
    cr_assert_eq(ask("1"), IDEMPOTENCY_NEW);
    cr_assert_eq(ask("2"), IDEMPOTENCY_NEW);
    cr_assert_eq(ask("3"), IDEMPOTENCY_NEW);
    cr_assert_null(entry);
    cr_assert_eq(ask_of("bob", "1", "q", 0), IDEMPOTENCY_NEW);
    cr_assert_eq(ask_of("bob", "2", "q", 0), IDEMPOTENCY_NEW);
    cr_assert_not_null(entry);
    cr_assert_eq(ask_of("cyd", "1", "q", 0), IDEMPOTENCY_NEW);
    cr_assert_null(entry);
    cr_assert_eq(idempotency_count(table), 4);
}

Test(idempotency, keeps_no_more_bytes_than_it_may)
{
    given_answer("ada", "long", "eleven byte", 0);
    cr_assert_eq(idempotency_count(table), 0, "an answer that is too long is not kept");
    given_answer("ada", "1", "ten bytes.", 0);
    given_answer("ada", "2", "ten bytes.", 0);
    given_answer("bob", "1", "ten bytes.", 0);
    given_answer("bob", "2", "ten bytes.", 0);
    cr_assert_eq(idempotency_count(table), 4);
    given_answer("cyd", "1", "ten bytes.", 0);
    cr_assert_eq(idempotency_count(table), 4);
    cr_assert_eq(ask("1"), IDEMPOTENCY_NEW, "the oldest of all made room");
}

/* Many callers and keys, in a chance order: whatever happens, the bounds hold and nothing is lost count of.
 */
Test(idempotency, stays_in_its_bounds_whatever_happens)
{
    struct idempotency_entry *running[64] = {0};
    uint64_t chance = 2026;
    size_t running_count = 0;
    for (int i = 0; i < 20000; i++) {
        chance = chance * 6364136223846793005u + 1442695040888963407u;
        char caller[] = {(char)('a' + (chance >> 60)), 0}, key[] = {(char)('a' + (chance >> 40) % 6), 0};
        if (ask_of(caller, key, (chance >> 20) % 4 ? "q" : "r", i) == IDEMPOTENCY_NEW && entry)
            running[running_count++] = entry;
        if (running_count == 4 || (running_count > 0 && (chance >> 33) % 2)) {
            const struct idempotency_answer given = {
                .call = TEXT("01A"), .content_type = TEXT(""), .body = TEXT("ten bytes.")};
            idempotency_end(table, running[--running_count], (chance >> 25) % 3 ? &given : NULL, i);
        }
        cr_assert_leq(idempotency_count(table), 4);
        cr_assert_geq(idempotency_count(table), running_count);
    }
    while (running_count > 0)
        idempotency_end(table, running[--running_count], NULL, 20000);
    cr_assert_eq(ask_of("z", "z", "q", 30000), IDEMPOTENCY_NEW);
    cr_assert_eq(idempotency_count(table), 1);
    idempotency_end(table, entry, NULL, 30000);
}

static enum idempotency_verdict
look(const char *caller, const char *key, const char *question, int64_t now_ms)
{
    uint8_t digest[IDEMPOTENCY_DIGEST_BYTES] = {0};
    memcpy(digest, question, strlen(question));
    const struct idempotency_ask ask = {text_of(caller), text_of(key), digest, now_ms};
    return idempotency_look(table, &ask, &answer);
}

Test(idempotency, tells_others_what_it_knows_and_begins_nothing_for_them)
{
    cr_assert_eq(look("ada", "k", "q", 0), IDEMPOTENCY_NEW);
    cr_assert_eq(idempotency_count(table), 0u);
    given_answer("ada", "k", "hello", 0);
    cr_assert_eq(look("ada", "k", "q", 999), IDEMPOTENCY_ANSWERED);
    cr_assert(text_equals(answer.body, TEXT("hello")));
    cr_assert_eq(look("ada", "k", "other", 999), IDEMPOTENCY_DIFFERENT);
    cr_assert_eq(look("bob", "k", "q", 999), IDEMPOTENCY_NEW);
    cr_assert_eq(look("ada", "k", "q", 1000), IDEMPOTENCY_NEW, "it is kept no longer");
}

Test(idempotency, hides_from_others_what_may_not_go_on)
{
    cr_assert_eq(ask("k"), IDEMPOTENCY_NEW);
    idempotency_hide(entry);
    cr_assert_eq(look("ada", "k", "q", 0), IDEMPOTENCY_NEW);
    cr_assert_eq(ask_of("ada", "k", "q", 0), IDEMPOTENCY_RUNNING, "here it is known");
    idempotency_show(entry);
    cr_assert_eq(look("ada", "k", "q", 0), IDEMPOTENCY_RUNNING);
}

Test(idempotency, keeps_what_another_gave_no_longer_than_there)
{
    given_answer("ada", "before", "x", 0);
    cr_assert_eq(ask_of("ada", "k", "q", 100), IDEMPOTENCY_NEW);
    const struct idempotency_answer given = {
        .call = TEXT("01A"), .content_type = TEXT("text/plain"), .body = TEXT("hello"), .left_ms = 300};
    idempotency_end(table, entry, &given, 100);

    cr_assert_eq(ask_of("ada", "k", "q", 399), IDEMPOTENCY_ANSWERED);
    cr_assert_eq(answer.left_ms, 1);
    cr_assert_eq(look("ada", "k", "q", 400), IDEMPOTENCY_NEW);
    cr_assert_eq(idempotency_count(table), 1u, "what ended before is kept on");
    cr_assert_eq(ask_of("ada", "before", "q", 400), IDEMPOTENCY_ANSWERED);
    cr_assert_eq(answer.left_ms, 600);
}
