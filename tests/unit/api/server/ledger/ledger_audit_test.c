/* One chain of rows, each once, whoever chains it and however many do: the same tests on both databases. */
#include "api/server/ledger/ledger_audit.h"

#include "api/audit/audit_chain.h"
#include "lib/base/buffer.h"
#include "tests/unit/api/server/ledger/ledger_rig.h"

TestSuite(ledger_audit, .timeout = 120);

#define REFUSED(ID, MORE)                                                                                    \
    "{\"id\":\"" ID "\",\"time\":1764000000000,\"workspace\":\"demo\",\"environment\":\"dev\","              \
    "\"outcome\":\"Refused\"" MORE "}"
#define BY_A_RULE                                                                                            \
    ",\"caller\":\"ada\",\"model\":\"jane.doe@example.com\",\"code\":\"model_not_allowed\","                 \
    "\"policy\":\"weir-system/org\",\"policyDigest\":"                                                       \
    "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""

static void
on_done(void *owner, const struct ledger_outcome *outcome)
{
    struct asked *asked = owner;
    cr_assert_not(asked->is_answered, "answered twice");
    asked->is_answered = true;
    asked->outcome = *outcome;
}

static int64_t
chain_with(struct ledger *ledger)
{
    struct asked asked = {0};
    ledger_audit_chain(ledger, rig.arena, on_done, &asked);
    cr_assert_not(asked.is_answered, "answered from inside ledger_audit_chain");
    struct ledger_outcome outcome = asked_end(&asked);
    cr_assert_eq(outcome.end, LEDGER_DONE, "%s", outcome.why.message);
    return outcome.noted;
}

struct heard {
    bool is_answered;
    struct audit_answer answer;
};

static void
on_rows(void *owner, const struct audit_answer *answer)
{
    struct heard *heard = owner;
    heard->is_answered = true;
    heard->answer = *answer;
}

static struct audit_answer
rows_of(struct audit_question question)
{
    static const struct ledger_scope all = {.is_all = true};
    struct heard heard = {0};
    question.scope = question.scope ? question.scope : &all;
    question.until_ms = question.until_ms ? question.until_ms : INT64_MAX;
    question.most_rows = question.most_rows ? question.most_rows : 10000;
    ledger_audit_rows(the_ledger(), rig.arena, &question, on_rows, &heard);
    rig_until(&heard.is_answered);
    cr_assert_eq(heard.answer.end, LEDGER_DONE, "%s", heard.answer.why.message);
    return heard.answer;
}

static void
expect_one_chain(size_t count)
{
    struct audit_answer answer = rows_of((struct audit_question){0});
    struct audit_chain chain = {0};
    cr_assert_eq(answer.count, count, "%zu rows are chained", answer.count);
    for (size_t i = 0; i < answer.count; i++) {
        struct audit_verdict verdict;
        struct error err = {0};
        cr_assert(audit_chain_verify(rig.arena, &chain, answer.rows[i].line, &verdict, &err), "row %zu: %s",
                  i, err.message);
        cr_assert_eq(answer.rows[i].seq, (int64_t)i + 1);
        cr_assert(merkle_hash_equals(&answer.rows[i].hash, &chain.hash));
    }
}

static struct audit_row
row_of(const struct kept_row *kept)
{
    struct audit_row row;
    struct error err = {0};
    cr_assert(audit_row_parse(rig.arena, kept->line, &row, &err), "%s", err.message);
    return row;
}

static void
expect(struct text text, const char *wanted)
{
    cr_assert(text_equals(text, text_of(wanted)), "\"%.*s\" is not \"%s\"", TEXT_ARG(text), wanted);
}

ON_BOTH(ledger_audit, each_refusal_is_a_row_and_nothing_else_is)
{
    given_ledger();
    given_records(JOURNAL_A,
                  TEXT(RECORD("01A", "") "\n" REFUSED("01B", BY_A_RULE) "\n" REFUSED("01C", "") "\n"));
    cr_assert_eq(chain_with(the_ledger()), 2);
    expect_one_chain(2);
    struct audit_answer answer = rows_of((struct audit_question){.actor = TEXT("ada")});
    cr_assert_eq(answer.count, 1);
    struct audit_row row = row_of(&answer.rows[0]);
    cr_assert_eq(row.action, AUDIT_CALL_REFUSED);
    cr_assert_eq(row.decision, AUDIT_REFUSED);
    cr_assert_eq(row.time_ms, SOME_HOUR_MS);
    expect(row.actor, "ada");
    expect(row.subject, "call 01B");
    expect(row.reason, "model_not_allowed by weir-system/org");
    expect(row.policy_digest, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    expect(row.workspace, "demo");
    expect(row.environment, "dev");
    cr_assert_lt(text_find(answer.rows[0].line, TEXT("jane.doe")), 0, "what a caller chose is in the chain");
    expect(row_of(&rows_of((struct audit_question){.actor = TEXT("unknown")}).rows[0]).subject, "call 01C");
}

ON_BOTH(ledger_audit, a_batch_that_comes_again_adds_nothing)
{
    given_ledger();
    given_records(JOURNAL_A, TEXT(REFUSED("01B", "") "\n"));
    cr_assert_eq(chain_with(the_ledger()), 1);
    cr_assert_eq(ingest(JOURNAL_A, 0, TEXT(REFUSED("01B", "") "\n")).end, LEDGER_BEHIND);
    cr_assert_eq(chain_with(the_ledger()), 0);
    cr_assert_eq(rig_count("SELECT count(*) FROM audit"), 1);
}

ON_BOTH(ledger_audit, a_record_that_no_row_can_tell_of_holds_up_nothing)
{
    given_ledger();
    given_records(
        JOURNAL_A,
        TEXT("{\"id\":\"01B\",\"time\":9223372036854775807,\"workspace\":\"demo\",\"environment\":\"dev\","
             "\"outcome\":\"Unauthenticated\",\"caller\":\"\\u0000\",\"code\":7,\"policyDigest\":\"x\"}\n"));
    cr_assert_eq(chain_with(the_ledger()), 1);
    expect_one_chain(1);
}

static struct text
many_refusals(const char *id, int count)
{
    struct buffer out;
    buffer_init(&out, rig.arena, 65536);
    for (int i = 0; i < count; i++)
        buffer_print(&out, REFUSED("%s-%04d", "") "\n", id, i);
    return buffer_text(&out);
}

ON_BOTH(ledger_audit, a_flood_is_chained_in_goes)
{
    enum { COUNT = LEDGER_AUDIT_CHAINED_AT_ONCE + 50 };
    given_ledger();
    given_records(JOURNAL_A, many_refusals("a", COUNT));
    cr_assert_eq(chain_with(the_ledger()), LEDGER_AUDIT_CHAINED_AT_ONCE);
    cr_assert_eq(chain_with(the_ledger()), 50);
    cr_assert_eq(rig_count("SELECT count(*) FROM audit_waiting"), 0);
    expect_one_chain(COUNT);
}

ON_BOTH(ledger_audit, ledgers_that_chain_at_once_make_one_chain)
{
    enum { ROUNDS = 10, EACH = 20 };
    given_ledger();
    cr_assert_eq(welcome(JOURNAL_A, "demo", "dev").end, LEDGER_DONE);
    struct ledger *one = given_ledger_on(rig.db), *other = given_ledger_on(rig_open_another());
    for (int i = 0; i < ROUNDS; i++) {
        struct asked batch, first = {0}, second = {0}, third = {0};
        ingest_begin(&batch, one, JOURNAL_A, (int64_t)i * EACH, many_refusals("a", EACH));
        cr_assert_eq(asked_end(&batch).end, LEDGER_DONE, "%s", batch.outcome.why.message);
        ledger_audit_chain(one, rig.arena, on_done, &first);
        ledger_audit_chain(other, rig.arena, on_done, &second);
        ledger_audit_chain(one, rig.arena, on_done, &third);
        int64_t chained = asked_end(&first).noted + asked_end(&second).noted + asked_end(&third).noted;
        cr_assert_eq(first.outcome.end, LEDGER_DONE, "%s", first.outcome.why.message);
        cr_assert_eq(second.outcome.end, LEDGER_DONE, "%s", second.outcome.why.message);
        cr_assert_eq(third.outcome.end, LEDGER_DONE, "%s", third.outcome.why.message);
        cr_assert_eq(chained, EACH, "%lld rows were chained", (long long)chained);
    }
    expect_one_chain((size_t)ROUNDS * EACH);
}

ON_BOTH(ledger_audit, pages_go_either_way_and_filters_and_scopes_hold)
{
    struct text names[] = {TEXT("other")};
    const struct ledger_scope other = {.workspaces = {names, 1}};
    given_ledger();
    given_records(JOURNAL_A, many_refusals("a", 5));
    chain_with(the_ledger());
    struct audit_answer newest = rows_of((struct audit_question){.before_seq = INT64_MAX, .most_rows = 2});
    cr_assert(newest.is_cut && newest.count == 2 && newest.rows[0].seq == 5 && newest.rows[1].seq == 4);
    struct audit_answer oldest = rows_of((struct audit_question){.after_seq = 3});
    cr_assert(!oldest.is_cut && oldest.count == 2 && oldest.rows[0].seq == 4);
    cr_assert_eq(rows_of((struct audit_question){.action = TEXT("CallRefused")}).count, 5);
    cr_assert_eq(rows_of((struct audit_question){.action = TEXT("PolicyChanged")}).count, 0);
    cr_assert_eq(rows_of((struct audit_question){.workspace = TEXT("demo")}).count, 5);
    cr_assert_eq(rows_of((struct audit_question){.until_ms = SOME_HOUR_MS}).count, 0);
    cr_assert_eq(rows_of((struct audit_question){.scope = &other}).count, 0);
}

static int64_t
retain(int64_t before_ms, int64_t signed_seq)
{
    const struct retention_question question = {before_ms, SOME_HOUR_MS + 1000, signed_seq,
                                                TEXT("kept for 1 day")};
    struct asked asked = {0};
    ledger_audit_retain(the_ledger(), rig.arena, &question, on_done, &asked);
    struct ledger_outcome outcome = asked_end(&asked);
    cr_assert_eq(outcome.end, LEDGER_DONE, "%s", outcome.why.message);
    return outcome.noted;
}

ON_BOTH(ledger_audit, retention_takes_old_rows_as_far_as_they_are_signed_and_says_so_once)
{
    given_ledger();
    cr_assert_eq(retain(SOME_HOUR_MS + 1, 0), 0);
    given_records(JOURNAL_A, many_refusals("a", 5));
    chain_with(the_ledger());
    cr_assert_eq(retain(SOME_HOUR_MS, 5), 0, "none is old enough");
    cr_assert_eq(retain(SOME_HOUR_MS + 1, 3), 3);
    cr_assert_eq(retain(SOME_HOUR_MS + 1, 3), 0);
    cr_assert_eq(chain_with(the_ledger()), 1);
    struct audit_answer rows = rows_of((struct audit_question){0});
    cr_assert_eq(rows.count, 6);
    for (size_t i = 0; i < rows.count; i++)
        cr_assert_eq(text_is_empty(rows.rows[i].line), i < 3, "row %zu", i + 1);
    struct audit_row said = row_of(&rows.rows[5]);
    cr_assert_eq(said.action, AUDIT_RETENTION_APPLIED);
    expect(said.subject, "rows 1 to 3");
    cr_assert_eq(rows_of((struct audit_question){.before_seq = INT64_MAX}).count, 3);
}
