/* GET /v1/budgets. */
#include "api/cli/usage_budgets.h"

#include "api/cli/instance.h"
#include "api/cli/usage_words.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/time_zone.h"

static bool
print_budget(struct arena *arena, const struct budget_standing *budget, size_t *lines, struct buffer *out);

bool
usage_budgets_print(const struct invocation *invocation, struct text workspace, struct text environment,
                    struct buffer *out, struct error *err)
{
    struct arena *arena = invocation->arena;
    struct document *answer;
    struct budget_report report;
    struct problem_list problems;
    size_t lines = 0;
    struct text path = text_format(arena, "/v1/budgets?workspace=%.*s&environment=%.*s",
                                   TEXT_ARG(instance_escape(arena, workspace)),
                                   TEXT_ARG(instance_escape(arena, environment)));
    if (!instance_ask_ledger(invocation, path, &answer, err))
        return false;
    problems_init(&problems, arena);
    if (!schema_decode(arena, &budget_report_schema, answer, (struct text){0}, &report, &problems))
        return error_set(err, ERROR_INVALID, "the ledger's budgets: %.*s",
                         TEXT_ARG(problem_line(arena, &problems.items[0])));
    for (size_t i = 0; i < report.budgets.count; i++)
        if (!print_budget(arena, &report.budgets.items[i], &lines, out)) {
            buffer_add_string(out, "budget  and more: ask with --workspace, and --environment\n");
            break;
        }
    return true;
}

/* Of owners that clients name a few are enough; the ledger has those first that spent most. */
enum { CLAIMED_LINES = 3 };

/* False: there are too many. A zone that this machine does not know moves a day at most. */
static bool
print_budget(struct arena *arena, const struct budget_standing *budget, size_t *lines, struct buffer *out)
{
    const struct time_zone *zone = NULL;
    struct error err = {0};
    if (!time_zone_load(arena, budget->time_zone, &zone, &err))
        zone = time_zone_utc();
    bool is_claimed = policy_scope_is_claimed(budget->scope);
    for (size_t i = 0; i < budget->accounts.count; i++) {
        if (is_claimed && i == CLAIMED_LINES) {
            buffer_print(out, "budget  and more of %.*s: GET /v1/budgets?budget=\n", TEXT_ARG(budget->id));
            return true;
        }
        if ((*lines)++ == USAGE_BUDGETS_MAX_LINES)
            return false;
        struct text words = usage_budget_words(arena, budget, &budget->accounts.items[i], zone);
        buffer_print(out, "%.*s\n", TEXT_ARG(words));
    }
    return true;
}
