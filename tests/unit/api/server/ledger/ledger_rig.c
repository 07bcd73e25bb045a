#include "tests/unit/api/server/ledger/ledger_rig.h"

#include "api/server/ledger/ledger_connections.h"
#include "api/types/ledger_frames.h"

RIG_SERVER_UP
RIG_SERVER_DOWN

static struct ledger *given;

static void
on_done(void *owner, const struct ledger_outcome *outcome)
{
    struct asked *asked = owner;
    cr_assert_not(asked->is_answered, "answered twice");
    asked->is_answered = true;
    asked->outcome = *outcome;
}

struct ledger_outcome
asked_end(struct asked *asked)
{
    rig_until(&asked->is_answered);
    return asked->outcome;
}

struct ledger *
given_ledger_on(struct sql_db *db)
{
    struct asked asked = {0};
    const struct ledger_connections connections = {db, db, db, rig_open_reader()};
    struct ledger *ledger = ledger_open(rig.arena, rig.loop, &connections, on_done, &asked);
    cr_assert_eq(asked_end(&asked).end, LEDGER_DONE, "%s", asked.outcome.why.message);
    return ledger;
}

void
given_ledger(void)
{
    given = given_ledger_on(rig.db);
}

struct ledger *
the_ledger(void)
{
    return given;
}

struct ledger_outcome
welcome(const char *journal, const char *workspace, const char *environment)
{
    struct asked asked = {0};
    const struct ledger_hello hello = {.workspace = text_of(workspace),
                                       .environment = text_of(environment),
                                       .gateway = TEXT("demo-dev-0"),
                                       .journal = text_of(journal)};
    ledger_welcome(given, rig.arena, &hello, on_done, &asked);
    return asked_end(&asked);
}

void
ingest_begin(struct asked *asked, struct ledger *ledger, const char *journal, int64_t first,
             struct text records)
{
    struct text rest = records, record;
    int64_t count = 0;
    while (ledger_next_record(&rest, &record))
        count++;
    *asked = (struct asked){.batch = {.origin = {text_of(journal), TEXT("demo"), TEXT("dev")},
                                      .first = first,
                                      .count = count,
                                      .came_ms = LEDGER_RIG_CAME_MS + first / 2}};
    struct error err = {0};
    cr_assert(usage_batch_read(rig.arena, &asked->batch, records, &err), "%s", err.message);
    ledger_ingest(ledger, rig.arena, &asked->batch, on_done, asked);
    cr_assert_not(asked->is_answered, "answered from inside ledger_ingest");
}

struct ledger_outcome
ingest(const char *journal, int64_t first, struct text records)
{
    struct asked asked;
    ingest_begin(&asked, given, journal, first, records);
    return asked_end(&asked);
}

void
given_records(const char *journal, struct text records)
{
    cr_assert_eq(welcome(journal, "demo", "dev").end, LEDGER_DONE);
    struct ledger_outcome outcome = ingest(journal, 0, records);
    cr_assert_eq(outcome.end, LEDGER_DONE, "%s", outcome.why.message);
}

void
given_records_of(const char *workspace, const char *journal, struct text records)
{
    struct asked asked = {.batch = {.origin = {text_of(journal), text_of(workspace), TEXT("dev")}}};
    struct text rest = records, record;
    struct error err = {0};
    while (ledger_next_record(&rest, &record))
        asked.batch.count++;
    cr_assert_eq(welcome(journal, workspace, "dev").end, LEDGER_DONE);
    cr_assert(usage_batch_read(rig.arena, &asked.batch, records, &err), "%s", err.message);
    ledger_ingest(given, rig.arena, &asked.batch, on_done, &asked);
    cr_assert_eq(asked_end(&asked).end, LEDGER_DONE);
}

struct answered {
    bool is_answered;
    struct usage_answer answer;
};

static void
on_answer(void *owner, const struct usage_answer *answer)
{
    struct answered *answered = owner;
    cr_assert_not(answered->is_answered, "answered twice");
    answered->is_answered = true;
    answered->answer = *answer;
}

struct usage_answer
usage_of(const struct usage_question *question)
{
    struct answered answered = {0};
    ledger_usage(given, rig.arena, question, on_answer, &answered);
    rig_until(&answered.is_answered);
    return answered.answer;
}
