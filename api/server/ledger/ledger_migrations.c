/* Forward only: a version that was released is never edited, the next one is added below it. */
#include "api/server/ledger/ledger_migrations.h"

#include <assert.h>

/* clang-format off */
#define DIMENSIONS "workspace TEXT NOT NULL, environment TEXT NOT NULL, team TEXT NOT NULL, caller TEXT NOT NULL, deployment TEXT NOT NULL, model TEXT NOT NULL, provider TEXT NOT NULL, target_model TEXT NOT NULL, outcome TEXT NOT NULL"
#define CLASSES_1 "input_tokens BIGINT NOT NULL, cache_read_tokens BIGINT NOT NULL, cache_write_tokens BIGINT NOT NULL, cache_write1h_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL, reasoning_tokens BIGINT NOT NULL, audio_input_tokens BIGINT NOT NULL, audio_output_tokens BIGINT NOT NULL, image_input_tokens BIGINT NOT NULL, image_output_tokens BIGINT NOT NULL, input_images BIGINT NOT NULL, output_images BIGINT NOT NULL, input_ms BIGINT NOT NULL, output_ms BIGINT NOT NULL, characters BIGINT NOT NULL, search_units BIGINT NOT NULL, requests BIGINT NOT NULL"
#define DIMENSION_NAMES_1 "workspace, environment, team, caller, deployment, model, provider, target_model, outcome"
#define SUMS_1 "calls, tries, unpriced_calls, cost_nano, input_tokens, cache_read_tokens, cache_write_tokens, cache_write1h_tokens, output_tokens, reasoning_tokens, audio_input_tokens, audio_output_tokens, image_input_tokens, image_output_tokens, input_images, output_images, input_ms, output_ms, characters, search_units, requests"
#define SUMS_OF_SUMS_1 "sum(calls), sum(tries), sum(unpriced_calls), sum(cost_nano), sum(input_tokens), sum(cache_read_tokens), sum(cache_write_tokens), sum(cache_write1h_tokens), sum(output_tokens), sum(reasoning_tokens), sum(audio_input_tokens), sum(audio_output_tokens), sum(image_input_tokens), sum(image_output_tokens), sum(input_images), sum(output_images), sum(input_ms), sum(output_ms), sum(characters), sum(search_units), sum(requests)"
/* clang-format on */

static const char *const version_1[] = {
    "CREATE TABLE journal (id TEXT PRIMARY KEY, workspace TEXT NOT NULL, environment TEXT NOT NULL, "
    "gateway TEXT NOT NULL, next BIGINT NOT NULL)",
    "CREATE TABLE usage (journal TEXT NOT NULL, number BIGINT NOT NULL, id TEXT NOT NULL, time_ms BIGINT NOT "
    "NULL, " DIMENSIONS ", cost_nano BIGINT, record TEXT NOT NULL, PRIMARY KEY (journal, number))",
    "CREATE INDEX usage_id ON usage (id)",
    "CREATE INDEX usage_time ON usage (workspace, environment, time_ms)",
    "CREATE TABLE usage_spoilt (journal TEXT NOT NULL, number BIGINT NOT NULL, record BYTEA NOT NULL, "
    "reason TEXT NOT NULL, PRIMARY KEY (journal, number))",
    "CREATE TABLE usage_hour (hour_ms BIGINT NOT NULL, " DIMENSIONS ", calls BIGINT NOT NULL, "
    "unpriced_calls BIGINT NOT NULL, cost_nano BIGINT NOT NULL, " CLASSES_1
    ", PRIMARY KEY (hour_ms, workspace, "
    "environment, team, caller, deployment, model, provider, target_model, outcome))",
};

/* Budgets in the book are those of the book's revision: what is not in the next one is left as it was. Of a
 * lease, amount - charged is its open part, which its account counts as leased, or as settled when the lease
 * is an orphan (ledger_leases.h). "window" is a word of SQL. */
#define ACCOUNT "budget TEXT NOT NULL, owner TEXT NOT NULL, window_id TEXT NOT NULL"

static const char *const version_2[] = {
    "CREATE TABLE book (id BIGINT PRIMARY KEY, revision TEXT NOT NULL)",
    "INSERT INTO book (id, revision) VALUES (1, '')",
    "CREATE TABLE budget (id TEXT PRIMARY KEY, scope TEXT NOT NULL, unit TEXT NOT NULL, amount BIGINT NOT "
    "NULL, period TEXT NOT NULL, time_zone TEXT NOT NULL, on_exceeded TEXT NOT NULL, revision TEXT NOT NULL, "
    "CHECK (amount >= 0))",
    "CREATE TABLE account (" ACCOUNT ", settled BIGINT NOT NULL, leased BIGINT NOT NULL, PRIMARY KEY "
    "(budget, window_id, owner), CHECK (settled >= 0 AND leased >= 0))",
    "CREATE TABLE lease (id TEXT PRIMARY KEY, " ACCOUNT ", journal TEXT NOT NULL, amount BIGINT NOT NULL, "
    "charged BIGINT NOT NULL, lent_ms BIGINT NOT NULL, state BIGINT NOT NULL, "
    "CHECK (charged >= 0 AND charged <= amount))",
    "CREATE INDEX lease_account ON lease (budget, window_id, owner, lent_ms)",
    "CREATE INDEX lease_open ON lease (lent_ms) WHERE state <> 2 AND charged < amount",
    "CREATE INDEX lease_over ON lease (lent_ms) WHERE charged = amount",
};

/* Single calls are asked for newest first, in pages. */
static const char *const version_3[] = {
    "DROP INDEX usage_time",
    "CREATE INDEX usage_newest ON usage (time_ms, id)",
};

/* The question that a lease was lent for, so that it is lent once however often it is asked; leases of before
 * have none. */
static const char *const version_4[] = {
    "ALTER TABLE lease ADD COLUMN question BIGINT",
    "CREATE UNIQUE INDEX lease_question ON lease (journal, question)",
};

/* From when on no call of a lease can be running: lease_terms_orphaned_ms, of leases of before with the
 * longest call there may be. */
static const char *const version_5[] = {
    "ALTER TABLE lease ADD COLUMN orphaned_ms BIGINT NOT NULL DEFAULT 0",
    "UPDATE lease SET orphaned_ms = lent_ms + 104610000",
    "DROP INDEX lease_open",
    "CREATE INDEX lease_open ON lease (orphaned_ms) WHERE state <> 2 AND charged < amount",
};

/* Earlier tries of a call have records of their own, which name it; hours of before had one record a call, so
 * tries are as many as providers took. */
static const char *const version_6[] = {
    "ALTER TABLE usage ADD COLUMN call TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX usage_call ON usage (call) WHERE call <> ''",
    "ALTER TABLE usage_hour ADD COLUMN tries BIGINT NOT NULL DEFAULT 0",
    "UPDATE usage_hour SET tries = requests",
};

/* Limits that gateways share, beside the budgets of the book. Leases of requests and tokens are of no use
 * after their minute: the index is for who forgets them. */
static const char *const version_7[] = {
    "CREATE TABLE call_limit (id TEXT PRIMARY KEY, scope TEXT NOT NULL, unit TEXT NOT NULL, amount BIGINT "
    "NOT NULL, revision TEXT NOT NULL, CHECK (amount >= 0))",
    "CREATE INDEX lease_of_limit ON lease (lent_ms) WHERE substr(budget, 1, 6) = 'limit:'",
};

/* Rows of the audit log: written to wait (an audit_draft, under an id that begins with its time), and moved
 * into the chain by ledger_audit_chain. The head's row is the chain's lock. declared: things as the newest
 * book has them, so that the next one's differences are known; in_force: callers, prices and limits of it, as
 * JSON. */
static const char *const version_8[] = {
    "CREATE TABLE audit_waiting (id TEXT PRIMARY KEY, line TEXT NOT NULL)",
    "CREATE TABLE audit (seq BIGINT PRIMARY KEY, time_ms BIGINT NOT NULL, action TEXT NOT NULL, actor TEXT "
    "NOT "
    "NULL, workspace TEXT NOT NULL, hash BYTEA NOT NULL, line TEXT NOT NULL)",
    "CREATE TABLE audit_head (id BIGINT PRIMARY KEY, seq BIGINT NOT NULL, time_ms BIGINT NOT NULL, hash "
    "BYTEA)",
    "INSERT INTO audit_head (id, seq, time_ms) VALUES (1, 0, 0)",
    "CREATE TABLE declared (action TEXT NOT NULL, subject TEXT NOT NULL, workspace TEXT NOT NULL, "
    "environment "
    "TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (action, subject))",
    "ALTER TABLE book ADD COLUMN in_force TEXT NOT NULL DEFAULT '{}'",
};

/* What each workspace declares is known apart, '' for the organisation: `declaration` has which revision, how
 * often it changed (who moves that changes the rest), and the lists that people ask for, as JSON; `declared`
 * the things. What one book had in force is said anew by the operator. */
static const char *const version_9[] = {
    "CREATE TABLE declaration (workspace TEXT PRIMARY KEY, revision TEXT NOT NULL, changes BIGINT NOT NULL, "
    "callers TEXT NOT NULL, prices TEXT NOT NULL, limits TEXT NOT NULL)",
    "INSERT INTO declaration (workspace, revision, changes, callers, prices, limits) "
    "VALUES ('', '', 0, '[]', '[]', '[]')",
    "INSERT INTO declaration (workspace, revision, changes, callers, prices, limits) "
    "SELECT DISTINCT workspace, '', 0, '[]', '[]', '[]' FROM declared WHERE workspace <> ''",
    "ALTER TABLE declared RENAME TO declared_before",
    "CREATE TABLE declared (workspace TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, "
    "environment TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (workspace, action, subject))",
    "INSERT INTO declared (workspace, action, subject, environment, digest) "
    "SELECT workspace, action, subject, environment, digest FROM declared_before",
    "DROP TABLE declared_before",
    "ALTER TABLE book DROP COLUMN in_force",
};

/* At how much of a budget people are told, as the book in force has it; an alert for each account that got so
 * far. Its percent is in its key, so that it is told once, and its id in order of time. Who is told of it is
 * kept for each of them until they were (ledger_deliveries.h). */
static const char *const version_10[] = {
    "CREATE TABLE budget_alert (budget TEXT NOT NULL, percent BIGINT NOT NULL, at_least BIGINT NOT NULL, "
    "PRIMARY KEY (budget, percent))",
    "CREATE TABLE alert (id TEXT PRIMARY KEY, time_ms BIGINT NOT NULL, workspace TEXT NOT NULL, " ACCOUNT
    ", percent BIGINT NOT NULL, scope TEXT NOT NULL, unit TEXT NOT NULL, period TEXT NOT NULL, amount BIGINT "
    "NOT NULL, settled BIGINT NOT NULL, UNIQUE (budget, window_id, owner, percent))",
    "CREATE TABLE budget_webhook (budget TEXT NOT NULL, url TEXT NOT NULL, PRIMARY KEY (budget, url))",
    "CREATE TABLE alert_delivery (alert TEXT NOT NULL, url TEXT NOT NULL, state BIGINT NOT NULL, tries "
    "BIGINT "
    "NOT NULL, due_ms BIGINT NOT NULL, claim TEXT NOT NULL, note TEXT NOT NULL, PRIMARY KEY (alert, url))",
    "CREATE INDEX alert_delivery_waiting ON alert_delivery (tries, due_ms) WHERE state = 0",
    "CREATE INDEX alert_delivery_claimed ON alert_delivery (claim) WHERE state = 0",
};

/* What becomes of calls that nothing can be lent for, and what of an account no lease covered. What was
 * charged before is not told apart. */
static const char *const version_11[] = {
    "ALTER TABLE budget ADD COLUMN when_unavailable TEXT NOT NULL DEFAULT 'Refuse'",
    "ALTER TABLE account ADD COLUMN unheld BIGINT NOT NULL DEFAULT 0",
};

/* Alerts that an operator told people of: 1. Those of before are not told late. */
static const char *const version_12[] = {
    "ALTER TABLE alert ADD COLUMN told BIGINT NOT NULL DEFAULT 1",
    "CREATE INDEX alert_untold ON alert (id) WHERE told = 0",
};

/* Which agent run a call is of; calls of one are asked for newest first. */
static const char *const version_13[] = {
    "ALTER TABLE usage ADD COLUMN run TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX usage_run ON usage (run, time_ms, id) WHERE run <> ''",
};

/* The same sums once more for each thing that calls are for: `purpose` is run or tag:KEY, `value` which. */
static const char *const version_14[] = {
    "CREATE TABLE usage_purpose_hour (purpose TEXT NOT NULL, value TEXT NOT NULL, hour_ms BIGINT NOT "
    "NULL, " DIMENSIONS ", calls BIGINT NOT NULL, tries BIGINT NOT NULL, unpriced_calls BIGINT NOT NULL, "
    "cost_nano BIGINT NOT NULL, " CLASSES_1 ", PRIMARY KEY (purpose, value, hour_ms, workspace, environment, "
    "team, caller, deployment, model, provider, target_model, outcome))",
    "CREATE INDEX usage_purpose_time ON usage_purpose_hour (purpose, hour_ms)",
};

/* Keys that were made over REST, and revocations of these and of declared ones (ledger_keys.h). The one row
 * of key_change is the counter that every change moves; key_environment has where it stood at each
 * environment's last. */
static const char *const version_15[] = {
    "CREATE TABLE caller_key (workspace TEXT NOT NULL, environment TEXT NOT NULL, hash TEXT NOT NULL, caller "
    "TEXT NOT NULL, made BIGINT NOT NULL, created_ms BIGINT, expires_ms BIGINT, revoked_ms BIGINT, PRIMARY "
    "KEY (workspace, environment, hash))",
    "CREATE TABLE key_change (id BIGINT PRIMARY KEY, number BIGINT NOT NULL)",
    "INSERT INTO key_change (id, number) VALUES (1, 0)",
    ("CREATE TABLE key_environment (workspace TEXT NOT NULL, environment TEXT NOT NULL, number BIGINT NOT "
     "NULL, PRIMARY KEY (workspace, environment))"),
};

/* What pods had, by the hour and resource; amounts as in runtime_sample.h. runtime_pod: until when each pod
 * was counted, and by which statement last, so that its sums are added once (ledger_samples.h). */
static const char *const version_16[] = {
    "CREATE TABLE runtime_pod (uid TEXT PRIMARY KEY, until_ms BIGINT NOT NULL, claim TEXT NOT NULL)",
    "CREATE INDEX runtime_pod_until ON runtime_pod (until_ms)",
    "CREATE TABLE runtime_hour (hour_ms BIGINT NOT NULL, workspace TEXT NOT NULL, environment TEXT NOT NULL, "
    "deployment TEXT NOT NULL, model TEXT NOT NULL, pod TEXT NOT NULL, node TEXT NOT NULL, told_by TEXT NOT "
    "NULL, resource TEXT NOT NULL, span_ms BIGINT NOT NULL, requested BIGINT NOT NULL, used BIGINT NOT NULL, "
    "billed BIGINT NOT NULL, cost_nano BIGINT NOT NULL, unpriced_ms BIGINT NOT NULL, namespace TEXT NOT "
    "NULL, "
    "PRIMARY KEY (hour_ms, workspace, environment, namespace, deployment, model, pod, node, told_by, "
    "resource))",
};

/* The same sums once more by the day of UTC: what a question about weeks is answered from. `hour_ms` is that
 * of the day's first hour, first_ms that of the first in which
 * there was something. */
static const char *const version_17[] = {
    "CREATE TABLE usage_day (hour_ms BIGINT NOT NULL, " DIMENSIONS
    ", calls BIGINT NOT NULL, tries BIGINT NOT "
    "NULL, unpriced_calls BIGINT NOT NULL, cost_nano BIGINT NOT NULL, " CLASSES_1
    ", first_ms BIGINT NOT NULL, "
    "PRIMARY KEY (hour_ms, workspace, environment, team, caller, deployment, model, provider, target_model, "
    "outcome))",
    ("INSERT INTO usage_day (hour_ms, " DIMENSION_NAMES_1 ", " SUMS_1 ", first_ms) "
     "SELECT hour_ms - hour_ms % 86400000 AS day_ms, " DIMENSION_NAMES_1 ", " SUMS_OF_SUMS_1
     ", min(hour_ms) FROM usage_hour GROUP BY day_ms, " DIMENSION_NAMES_1),
};

/* The weir-api that share this database, and the gateways that have a stream with each (ledger_peers.h); what
 * they ask each other, and what they answer, for seconds. */
static const char *const version_18[] = {
    "CREATE TABLE ledger_peer (id TEXT PRIMARY KEY, beat BIGINT NOT NULL, changes BIGINT NOT NULL)",
    "CREATE TABLE peer_gateway (peer TEXT NOT NULL, journal TEXT NOT NULL, workspace TEXT NOT NULL, "
    "environment TEXT NOT NULL, gateway TEXT NOT NULL, PRIMARY KEY (peer, journal))",
    "CREATE TABLE peer_look (id TEXT PRIMARY KEY, asker TEXT NOT NULL, beat BIGINT NOT NULL, workspace TEXT "
    "NOT NULL, environment TEXT NOT NULL)",
    "CREATE TABLE peer_calls (look TEXT NOT NULL, peer TEXT NOT NULL, calls TEXT NOT NULL, PRIMARY KEY "
    "(look, "
    "peer))",
};

static const struct sql_migration migrations[] = {
    {1, version_1, COUNT_OF(version_1)},    {2, version_2, COUNT_OF(version_2)},
    {3, version_3, COUNT_OF(version_3)},    {4, version_4, COUNT_OF(version_4)},
    {5, version_5, COUNT_OF(version_5)},    {6, version_6, COUNT_OF(version_6)},
    {7, version_7, COUNT_OF(version_7)},    {8, version_8, COUNT_OF(version_8)},
    {9, version_9, COUNT_OF(version_9)},    {10, version_10, COUNT_OF(version_10)},
    {11, version_11, COUNT_OF(version_11)}, {12, version_12, COUNT_OF(version_12)},
    {13, version_13, COUNT_OF(version_13)}, {14, version_14, COUNT_OF(version_14)},
    {15, version_15, COUNT_OF(version_15)}, {16, version_16, COUNT_OF(version_16)},
    {17, version_17, COUNT_OF(version_17)}, {18, version_18, COUNT_OF(version_18)},
};

static_assert(COUNT_OF(migrations) == LEDGER_SCHEMA_VERSION, "a version each");

void
ledger_migrate(struct arena *arena, struct loop *loop, struct sql_db *db, sql_migrated_fn on_done,
               void *owner)
{
    const struct sql_migrate_options options = {
        .loop = loop, .db = db, .migrations = migrations, .count = COUNT_OF(migrations)};
    sql_migrate(arena, &options, on_done, owner);
}
