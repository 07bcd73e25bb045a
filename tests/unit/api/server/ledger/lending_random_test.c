/* Random questions, lost answers, returns, batches, replays, books and sweeps in random order; after each the
 * database holds what a plain model does, and no account has more lent than there is. A failure names its
 * seed and step. */
#include "lib/base/buffer.h"
#include "lib/base/time_zone.h"
#include "tests/support/lending_model.h"
#include "tests/unit/api/server/ledger/lending_rig.h"
#include "tests/unit/gateway/decide/random_sequence.h"

TestSuite(lending_random, .timeout = 120);

enum { JOURNALS = 3, MOST_RECORDS = 6, MOST_RETURNS = 5, MOST_AMOUNT = 40 };

static const char *const journals[JOURNALS] = {JOURNAL_A, JOURNAL_B, "01KB7D0000ABCDEFGHJKMNPQRC"};
static const char *const budgets[MODEL_BUDGETS] = {"org", "workspace", "environment"};
static const char *const owners[MODEL_BUDGETS] = {"", "demo", "demo/dev"};

/* One run; static: too large for a stack. */
static struct run {
    uint64_t seed;
    int step;
    struct random_sequence random;
    struct arena *whole; /* rig.arena is each step's own */
    struct model model;
    int64_t now_ms;
    int64_t next[JOURNALS];
    struct text last[JOURNALS]; /* the batch before */
    int book;
} run;

#define EXPECT(CONDITION, ...)                                                                               \
    do {                                                                                                     \
        if (!(CONDITION)) {                                                                                  \
            fprintf(stderr, "seed %llu, step %d: ", (unsigned long long)run.seed, run.step);                 \
            fprintf(stderr, __VA_ARGS__);                                                                    \
            cr_assert_fail("seed %llu, step %d: %s", (unsigned long long)run.seed, run.step, #CONDITION);    \
        }                                                                                                    \
    } while (0)

static int64_t
below(int64_t limit)
{
    return random_below(&run.random, limit);
}

static const char *
window_now(void)
{
    static char id[BUDGET_WINDOW_ID_BYTES];
    struct budget_window window = budget_window_at(BUDGET_PERIOD_MONTH, time_zone_utc(), run.now_ms);
    memcpy(id, window.id, sizeof(id));
    return id;
}

static void
write_book(void)
{
    struct gateway_budget list[MODEL_BUDGETS];
    static const enum policy_scope scopes[] = {POLICY_SCOPE_ORGANISATION, POLICY_SCOPE_WORKSPACE,
                                               POLICY_SCOPE_ENVIRONMENT};
    for (size_t i = 0; i < MODEL_BUDGETS; i++) {
        run.model.amounts[i] = 2000 + below(4000);
        list[i] = given_budget(budgets[i], scopes[i], run.model.amounts[i]);
    }
    const char *revision = text_c_string(rig.arena, text_format(rig.arena, "%d", ++run.book));
    EXPECT(book(revision, list, MODEL_BUDGETS).end == LEDGER_DONE, "a book\n");
}

struct asking {
    size_t budget, journal;
    struct ledger_ask ask;
};

static struct asking
some_question(void)
{
    size_t budget = (size_t)below(MODEL_BUDGETS);
    return (struct asking){.budget = budget,
                           .journal = (size_t)below(JOURNALS),
                           .ask = {.number = new_number(),
                                   .budget = text_of(budgets[budget]),
                                   .owner = text_of(owners[budget]),
                                   .window = text_of(window_now()),
                                   .wanted = 1 + below(4 * MOST_AMOUNT),
                                   .at_least = below(2) * below(MOST_AMOUNT),
                                   .longest_call_ms = 1 + below(below(4) == 0 ? 600000 : LEASE_MAX_CALL_MS)}};
}

static void
expect_lent(const struct asking *asking)
{
    const struct ledger_ask *ask = &asking->ask;
    struct lend_answer answer = lend_on(the_ledger(), journals[asking->journal], ask, run.now_ms);
    EXPECT(answer.end == LEDGER_DONE, "%s\n", answer.why.message);
    size_t account = model_account(&run.model, asking->budget, window_now());
    int64_t wanted = model_lend(&run.model, account, asking->journal, ask->wanted, ask->at_least, run.now_ms);
    EXPECT(answer.amount == wanted, "lent %lld, not %lld\n", (long long)answer.amount, (long long)wanted);
    if (answer.amount == 0)
        return;
    struct model_lease lease = {.account = account,
                                .journal = asking->journal,
                                .amount = answer.amount,
                                .lent_ms = run.now_ms,
                                .question = ask->number,
                                .longest_call_ms = ask->longest_call_ms};
    snprintf(lease.id, sizeof(lease.id), "%.*s", TEXT_ARG(answer.lease));
    model_add_lease(&run.model, &lease);
}

static void
ask(void)
{
    struct asking asking = some_question();
    expect_lent(&asking);
}

/* Whoever asked is forgotten somewhere on the way, before or behind the commit, and asks again. */
static void
ask_over_a_lost_stream(void)
{
    static struct lent unheard;
    struct asking asking = some_question();
    struct arena *arena = rig.arena;
    rig.arena = arena_new(0);
    lend_begin(&unheard, the_ledger(), journals[asking.journal], &asking.ask, run.now_ms);
    for (int64_t turns = below(4); turns > 0; turns--)
        rig_count("SELECT 1");
    arena_free(rig.arena);
    rig.arena = arena;
    expect_lent(&asking);
}

/* One of the newest leases, so that most are open; MODEL_MAX_LEASES: that journal has none. */
static size_t
some_lease(size_t journal)
{
    size_t count = run.model.lease_count, newest = count < 60 ? count : 60;
    for (int i = 0; i < 20 && newest > 0; i++) {
        size_t which = count - 1 - (size_t)below((int64_t)newest);
        if (run.model.leases[which].journal == journal)
            return which;
    }
    return MODEL_MAX_LEASES;
}

/* Forgotten ones are over, and their questions were answered long ago. */
static void
ask_again(void)
{
    size_t journal = (size_t)below(JOURNALS), which = some_lease(journal);
    if (which == MODEL_MAX_LEASES || run.model.leases[which].is_forgotten)
        return;
    const struct model_lease *lease = &run.model.leases[which];
    const struct model_account *account = &run.model.accounts[lease->account];
    const struct ledger_ask ask = {.number = lease->question,
                                   .budget = text_of(budgets[account->budget]),
                                   .owner = text_of(owners[account->budget]),
                                   .window = text_of(account->window),
                                   .wanted = 1 + below(4 * MOST_AMOUNT)};
    bool is_used = lease->state == LEASE_CLOSED || lease->charged > 0 || lease->amount == 0;
    struct lend_answer answer = lend_on(the_ledger(), journals[journal], &ask, run.now_ms);
    EXPECT(answer.end == (is_used ? LEDGER_REFUSED : LEDGER_DONE), "%s\n", answer.why.message);
    EXPECT(answer.amount == (is_used ? 0 : lease->amount), "lent %lld\n", (long long)answer.amount);
    if (is_used)
        return;
    EXPECT(text_equals(answer.lease, text_of(lease->id)), "not %s\n", lease->id);
    EXPECT(answer.length_ms == (lease->state == LEASE_OPEN ? LEASE_LENGTH_MS : 0), "another length\n");
}

static void
give_some_back(void)
{
    size_t journal = (size_t)below(JOURNALS), count = 0, chosen[MOST_RETURNS];
    struct ledger_return returns[MOST_RETURNS];
    int64_t forgotten = 0;
    for (int i = 0; i < MOST_RETURNS; i++) {
        size_t which = some_lease(journal);
        bool is_new = which != MODEL_MAX_LEASES;
        for (size_t j = 0; j < count; j++)
            is_new = is_new && chosen[j] != which;
        if (!is_new)
            continue;
        const struct model_lease *lease = &run.model.leases[which];
        chosen[count] = which;
        returns[count++] = (struct ledger_return){
            .lease = text_of(lease->id), .kept = below(lease->amount + 2), .over = below(3) == 0};
        forgotten += lease->is_forgotten;
    }
    struct ledger_outcome outcome = give_back_all(journals[journal], returns, count);
    EXPECT(outcome.end == LEDGER_DONE, "%s\n", outcome.why.message);
    EXPECT(outcome.noted == forgotten, "%lld not known\n", (long long)outcome.noted);
    for (size_t i = 0; i < count; i++)
        model_give_back(&run.model, chosen[i], returns[i].kept, returns[i].over);
}

/* Charges of one batch to one lease are one sum, so a model that takes them one by one ends at the same. */
static void
add_charge(struct buffer *out, size_t journal)
{
    size_t which = below(8) == 0 ? MODEL_MAX_LEASES : some_lease(journal);
    int64_t amount = 1 + below(MOST_AMOUNT);
    size_t account = 0;
    const char *lease = "", *window = window_now();
    if (which != MODEL_MAX_LEASES) {
        account = run.model.leases[which].account;
        lease = run.model.leases[which].id;
    } else {
        account = model_account(&run.model, (size_t)below(MODEL_BUDGETS), window);
    }
    const struct model_account *at = &run.model.accounts[account];
    (void)model_charge(&run.model, account, which, amount);
    buffer_print(out,
                 "{\"budget\":\"%s\",\"owner\":\"%s\",\"window\":\"%s\",\"lease\":\"%s\",\"amount\":%lld}",
                 budgets[at->budget], owners[at->budget], at->window, lease, (long long)amount);
}

static void
send_batch(void)
{
    size_t journal = (size_t)below(JOURNALS);
    int64_t count = 1 + below(MOST_RECORDS);
    struct buffer records;
    buffer_init(&records, run.whole, 1024);
    for (int64_t i = 0; i < count; i++) {
        struct buffer charges;
        buffer_init(&charges, rig.arena, 512);
        for (int64_t j = below(4); j > 0; j--) {
            if (charges.length > 0)
                buffer_add_byte(&charges, ',');
            add_charge(&charges, journal);
        }
        buffer_add_byte(&charges, '\0');
        buffer_add_text(&records, record_charged("01A", charges.bytes));
    }
    struct ledger_outcome outcome = ingest(journals[journal], run.next[journal], buffer_text(&records));
    EXPECT(outcome.end == LEDGER_DONE, "%s\n", outcome.why.message);
    run.next[journal] += count;
    run.last[journal] = buffer_text(&records);
}

static void
replay(void)
{
    size_t journal = (size_t)below(JOURNALS);
    if (text_is_empty(run.last[journal]))
        return;
    int64_t behind = 1 + below(run.next[journal]);
    struct ledger_outcome outcome = ingest(journals[journal], run.next[journal] - behind, run.last[journal]);
    EXPECT(outcome.end == LEDGER_BEHIND, "a replay ended with %d\n", outcome.end);
}

static void
sweep_up(void)
{
    if (below(3) == 0)
        run.now_ms += LONG_AFTER_MS;
    struct sweep_answer answer = sweep(run.now_ms);
    EXPECT(answer.end == LEDGER_DONE && !answer.is_full, "%s\n", answer.why.message);
    int64_t orphaned = model_sweep(&run.model, run.now_ms);
    EXPECT(answer.orphaned == orphaned, "%lld orphans\n", (long long)answer.orphaned);
}

static int64_t
number_of(const struct sql_result *result, size_t row, size_t column)
{
    int64_t number = -1;
    EXPECT(sql_result_int(result, row, column, &number, NULL), "no number\n");
    return number;
}

static void
expect_accounts(void)
{
    struct sql_result result = rig_sql("SELECT settled, leased, budget, window_id FROM account");
    EXPECT(result.row_count == run.model.account_count, "%zu accounts\n", result.row_count);
    for (size_t row = 0; row < result.row_count; row++) {
        struct text budget, window;
        EXPECT(sql_result_text(&result, row, 2, &budget, NULL) &&
                   sql_result_text(&result, row, 3, &window, NULL),
               "no text\n");
        size_t at = 0;
        while (!text_equals(budget, text_of(budgets[run.model.accounts[at].budget])) ||
               !text_equals(window, text_of(run.model.accounts[at].window)))
            at++;
        const struct model_account *account = &run.model.accounts[at];
        int64_t settled = number_of(&result, row, 0), leased = number_of(&result, row, 1);
        EXPECT(settled == account->settled && leased == account->leased,
               "%s %s: settled %lld leased %lld, not %lld and %lld\n", budgets[account->budget],
               account->window, (long long)settled, (long long)leased, (long long)account->settled,
               (long long)account->leased);
    }
}

static void
expect_leases(void)
{
    struct sql_result result = rig_sql("SELECT amount, charged, state, id FROM lease ORDER BY id");
    size_t known = 0;
    for (size_t i = 0; i < run.model.lease_count; i++)
        known += !run.model.leases[i].is_forgotten;
    EXPECT(result.row_count == known, "%zu leases, not %zu\n", result.row_count, known);
    for (size_t i = 0; i < run.model.lease_count; i++) {
        const struct model_lease *lease = &run.model.leases[i];
        struct text id;
        size_t row = 0;
        if (lease->is_forgotten)
            continue;
        while (row < known && sql_result_text(&result, row, 3, &id, NULL) &&
               !text_equals(id, text_of(lease->id)))
            row++;
        EXPECT(row < known, "lease %s is gone\n", lease->id);
        EXPECT(number_of(&result, row, 0) == lease->amount && number_of(&result, row, 1) == lease->charged &&
                   number_of(&result, row, 2) == (int64_t)lease->state,
               "lease %s\n", lease->id);
    }
}

static void
take_step(void)
{
    static void (*const steps[])(void) = {
        ask,       ask,       ask_over_a_lost_stream, ask, give_some_back, send_batch, replay, sweep_up,
        ask_again, write_book};
    struct arena *arena = arena_new(0);
    int64_t which = below(40);
    rig.arena = arena;
    run.now_ms += below(20000);
    steps[which < 39 ? which % 9 : 9]();
    expect_accounts();
    expect_leases();
    rig.arena = run.whole;
    arena_free(arena);
}

static void
take_steps(uint64_t seed, int count)
{
    memset(&run, 0, sizeof(run));
    run.seed = run.random.state = seed;
    run.whole = rig.arena;
    run.now_ms = NOW_MS;
    for (size_t i = 0; i < JOURNALS; i++)
        cr_assert_eq(welcome(journals[i], "demo", "dev").end, LEDGER_DONE);
    write_book();
    for (run.step = 1; run.step <= count; run.step++)
        take_step();
    EXPECT(run.model.lease_count > (size_t)count / 10, "%zu leases were lent\n", run.model.lease_count);
}

static void
begin_on_a_database_that_need_not_last(void)
{
    rig.options.may_lose_last_commits = true;
    rig.db = rig_open_another();
    given_ledger();
}

Test(lending_random, in_sqlite_the_tables_are_the_models)
{
    for (uint64_t seed = 1; seed <= 16; seed++) {
        rig_given_sqlite();
        begin_on_a_database_that_need_not_last();
        take_steps(seed, 1000);
        rig_end();
    }
}

Test(lending_random, in_postgres_the_tables_are_the_models)
{
    rig_given_postgres();
    begin_on_a_database_that_need_not_last();
    take_steps(17, 1000);
    rig_end();
}
