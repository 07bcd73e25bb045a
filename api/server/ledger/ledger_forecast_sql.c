/* The table is gone over once, into sums by all that owners are told apart by; those are few, and each
 * scope's are made of them. */
#include "api/server/ledger/ledger_forecast_sql.h"

#include "api/types/budget_report.h"
#include "lib/base/buffer.h"

enum { WEEKS = 4, FIRST_SPAN = 9 }; /* the parameter */

/* As budget_owner writes them. */
static const struct {
    const char *owner, *columns;
} owners[FORECAST_SCOPES] = {
    [POLICY_SCOPE_ORGANISATION] = {"''", NULL},
    [POLICY_SCOPE_WORKSPACE] = {"workspace", "workspace"},
    [POLICY_SCOPE_ENVIRONMENT] = {"workspace || '/' || environment", "workspace, environment"},
    [POLICY_SCOPE_CALLER] = {"workspace || '/' || environment || '/' || caller",
                             "workspace, environment, caller"},
    [POLICY_SCOPE_DEPLOYMENT] = {"workspace || '/' || environment || '/' || deployment",
                                 "workspace, environment, deployment"},
    [POLICY_SCOPE_MODEL] = {"workspace || '/' || environment || '/' || model",
                            "workspace, environment, model"},
};

static void add_fine_sums(struct buffer *out, enum budget_unit unit);
static void add_scope(struct buffer *out, enum policy_scope scope);
static void add_amount(struct buffer *out, enum budget_unit unit);

bool
forecast_has_scope(enum policy_scope scope)
{
    return owners[scope].owner != NULL;
}

struct text
forecast_statement(struct arena *arena, enum budget_unit unit)
{
    struct buffer out;
    buffer_init(&out, arena, 8192);
    buffer_add_string(&out, "WITH fine AS MATERIALIZED (");
    add_fine_sums(&out, unit);
    buffer_add_string(&out, ") ");
    for (int scope = 0; scope < FORECAST_SCOPES; scope++)
        if (forecast_has_scope((enum policy_scope)scope))
            add_scope(&out, (enum policy_scope)scope);
    return buffer_text(&out);
}

void
forecast_fill(const struct forecast_span *span, struct text workspace, struct text environment,
              struct sql_value params[static FORECAST_PARAMS])
{
    struct forecast_hours hours = forecast_hours_of(span);
    int64_t cuts[FORECAST_CUTS] = {hours.window_from_ms, hours.history_until_ms},
            first = hours.history_from_ms;
    for (int64_t week = 0; week < WEEKS; week++) {
        cuts[2 + 2 * week] = first + week * 7 * USAGE_DAY_MS;
        cuts[3 + 2 * week] = cuts[2 + 2 * week] + hours.again_hours * USAGE_HOUR_MS;
    }
    first = hours.window_from_ms < first ? hours.window_from_ms : first;
    params[0] = sql_int(hours.window_from_ms);
    params[1] = sql_int(hours.history_from_ms);
    params[2] = sql_int(hours.history_until_ms);
    params[3] = sql_int(hours.again_hours);
    params[4] = sql_int(span->now_ms);
    params[5] = sql_text(workspace);
    params[6] = sql_text(environment);
    params[7] = sql_int(BUDGET_REPORT_MAX_ACCOUNTS);
    (void)ledger_sql_fill_spans((struct usage_span){first, span->now_ms + 1}, cuts, FORECAST_CUTS,
                                &params[FIRST_SPAN - 1]);
}

static void
add_fine_sums(struct buffer *out, enum budget_unit unit)
{
    static const char in_history[] = "hour_ms >= $2 AND hour_ms < $3";
    static const char keys[] = "workspace, environment, caller, deployment, model";
    struct buffer columns;
    buffer_print(
        out,
        "SELECT %s, sum(CASE WHEN hour_ms >= $1 THEN amount ELSE 0 END) AS in_window, "
        "sum(CASE WHEN %s THEN amount ELSE 0 END) AS in_history, "
        "sum(CASE WHEN %s AND (hour_ms - $2) / 3600000 %% 168 < $4 THEN amount ELSE 0 END) AS again, "
        "min(CASE WHEN %s THEN first_ms END) AS first_ms FROM ",
        keys, in_history, in_history, in_history);
    buffer_init(&columns, out->arena, 512);
    buffer_print(&columns, "hour_ms, %s, ", keys);
    add_amount(&columns, unit);
    buffer_add_string(&columns, " AS amount");
    ledger_sql_add_spans(out, buffer_text(&columns), FIRST_SPAN, FORECAST_CUTS);
    buffer_print(out,
                 " WHERE hour_ms <= $5 AND ($6 = '' OR workspace = $6) AND ($7 = '' OR environment = $7) "
                 "GROUP BY %s",
                 keys);
}

/* Those who spent most in the window come first. */
static void
add_scope(struct buffer *out, enum policy_scope scope)
{
    const char *columns = owners[scope].columns;
    buffer_print(
        out,
        "%sSELECT * FROM (SELECT CAST(%d AS bigint), %s AS account_owner, CAST(sum(in_window) AS bigint) "
        "AS spent, CAST(sum(in_history) AS bigint), CAST(sum(again) AS bigint), "
        "coalesce(min(first_ms), $3) FROM fine ",
        scope == 0 ? "" : " UNION ALL ", scope, owners[scope].owner);
    if (columns)
        buffer_print(out, "GROUP BY %s ORDER BY spent DESC, account_owner LIMIT $8) AS of_%d", columns,
                     scope);
    else
        buffer_print(out, "HAVING count(*) > 0) AS of_%d", scope);
}

/* Tokens as budgets count them: the classes that are in usage_vector_tokens. What a pace will be asked for
 * depends on when its budget is spent: nothing is foreseen. */
static void
add_amount(struct buffer *out, enum budget_unit unit)
{
    if (unit == BUDGET_UNIT_USD) {
        buffer_add_string(out, "cost_nano");
        return;
    }
    if (unit == BUDGET_UNIT_REQUESTS) {
        buffer_add_string(out, "0");
        return;
    }
    const char *before = "";
    for (int i = 0; i < USAGE_CLASS_COUNT; i++) {
        struct usage_vector one = {0};
        usage_vector_set(&one, (enum usage_class)i, 1);
        if (usage_vector_tokens(&one) == 0)
            continue;
        buffer_add_string(out, before);
        ledger_sql_add_column(out, usage_vector_schema.fields[i].key);
        before = " + ";
    }
}
