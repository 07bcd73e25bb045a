/* See the header. */
#include "gateway/budget_wording.h"

#include "api/types/gateway_budget.h"
#include "gateway/wording.h"
#include "lib/base/buffer.h"
#include "lib/base/decimal.h"
#include "lib/base/parse.h"

enum { MESSAGE_BYTES = 384 };

static const char *const period_words[] = {
    [BUDGET_PERIOD_MINUTE] = "minute", [BUDGET_PERIOD_HOUR] = "hour",   [BUDGET_PERIOD_DAY] = "day",
    [BUDGET_PERIOD_WEEK] = "week",     [BUDGET_PERIOD_MONTH] = "month",
};

static void add_who(struct buffer *out, const struct budget_words *words);
static void add_budget(struct buffer *out, const struct gateway_budget *budget);
static void add_source(struct buffer *out, const struct budget_words *words);
static void add_amount(struct buffer *out, const struct budget_words *words, int64_t amount);
static void add_next(struct buffer *out, const struct budget_words *words);

struct text
budget_wording_amount(struct arena *arena, const struct gateway_budget *budget, int64_t amount)
{
    if (budget->unit == BUDGET_UNIT_USD)
        return text_format(arena, "$%.*s", TEXT_ARG(decimal_print_nano(arena, amount)));
    return text_format(arena, "%.*s %s", TEXT_ARG(wording_number(arena, amount)),
                       budget->unit == BUDGET_UNIT_TOKENS ? "tokens"
                       : amount == 1                      ? "call"
                                                          : "calls");
}

struct text
budget_wording_exceeded(struct arena *arena, const struct budget_words *words)
{
    const struct gateway_budget *budget = words->budget;
    struct buffer out;
    buffer_init(&out, arena, MESSAGE_BYTES);
    add_who(&out, words);
    bool can_fit = words->needed <= budget->amount;
    int64_t held = budget->amount - words->left - words->used;
    buffer_add_string(&out, can_fit ? " has too little left of " : " has ");
    add_budget(&out, words->budget);
    if (can_fit) {
        buffer_add_string(&out, ": ");
        add_amount(&out, words, words->used);
        buffer_add_string(&out, " spent, ");
        add_amount(&out, words, held > 0 ? held : 0);
        buffer_add_string(&out, " held by calls that run now or lent to other gateways, ");
        add_amount(&out, words, words->left > 0 ? words->left : 0);
        buffer_add_string(&out, " left");
    }
    buffer_add_string(&out, can_fit ? "; this request may take up to " : "; this request may take ");
    add_amount(&out, words, words->needed);
    if (can_fit)
        add_next(&out, words);
    else
        buffer_add_string(&out, " and can never fit: make the prompt shorter, or the answer (max_tokens).");
    add_source(&out, words);
    return buffer_text(&out);
}

struct text
budget_wording_throttled(struct arena *arena, const struct budget_words *words,
                         const struct gateway_budget *spent)
{
    struct buffer out;
    buffer_init(&out, arena, MESSAGE_BYTES);
    add_who(&out, words);
    buffer_add_string(&out, " has too little left of ");
    add_budget(&out, spent);
    buffer_print(&out, ", and calls go on slowly: %.*s a minute, all of which are taken",
                 TEXT_ARG(budget_wording_amount(arena, words->budget, words->budget->amount)));
    add_next(&out, words);
    add_source(&out, words);
    return buffer_text(&out);
}

struct text
budget_wording_unavailable(struct arena *arena, const struct budget_words *words, const char *reason)
{
    struct buffer out;
    buffer_init(&out, arena, MESSAGE_BYTES);
    buffer_add_string(&out, "Nothing was sent, because ");
    add_budget(&out, words->budget);
    buffer_print(&out, " %s and nothing of it can be had now: %s. Ask again a little later.",
                 words->budget->on_exceeded == OVER_BUDGET_THROTTLE ? "is held of by every call"
                                                                    : "is never overshot",
                 reason);
    return buffer_text(&out);
}

struct text
budget_wording_price_missing(struct arena *arena, const struct budget_words *words, struct text provider,
                             struct text model)
{
    struct buffer out;
    buffer_init(&out, arena, MESSAGE_BYTES);
    buffer_print(
        &out,
        "%.*s cannot be called in %.*s/%.*s: what %.*s of provider %.*s costs is not known, or not in "
        "full, and ",
        TEXT_ARG(words->model), TEXT_ARG(words->workspace), TEXT_ARG(words->environment), TEXT_ARG(model),
        TEXT_ARG(provider));
    add_budget(&out, words->budget);
    buffer_add_string(&out, " is never overshot.");
    buffer_add_string(&out, " Its price belongs into defaults.prices of a policy; free: true says that it "
                            "costs nothing.");
    add_source(&out, words);
    return buffer_text(&out);
}

static void
add_who(struct buffer *out, const struct budget_words *words)
{
    switch (words->budget->scope) {
    case POLICY_SCOPE_WORKSPACE:
        buffer_print(out, "Workspace %.*s", TEXT_ARG(words->workspace));
        return;
    case POLICY_SCOPE_ENVIRONMENT:
        buffer_print(out, "Environment %.*s/%.*s", TEXT_ARG(words->workspace), TEXT_ARG(words->environment));
        return;
    case POLICY_SCOPE_CALLER:
        buffer_print(out, "Caller %.*s", TEXT_ARG(words->caller));
        break;
    case POLICY_SCOPE_DEPLOYMENT:
        buffer_print(out, "Deployment %.*s", TEXT_ARG(words->deployment));
        break;
    case POLICY_SCOPE_MODEL:
        buffer_print(out, "Model %.*s", TEXT_ARG(words->model));
        break;
    case POLICY_SCOPE_RUN:
        buffer_print(out, "Run %.*s", TEXT_ARG(words->run));
        break;
    case POLICY_SCOPE_USER: /* who it is the client knows, and our log need not */
        buffer_add_string(out, "The end user of this call");
        break;
    case POLICY_SCOPE_TAG:
        buffer_print(out, "The tag %.*s=%.*s", TEXT_ARG(words->budget->tag_key), TEXT_ARG(words->tag_value));
        break;
    case POLICY_SCOPE_ORGANISATION:
        buffer_add_string(out, "The organisation");
        return;
    }
    buffer_print(out, " of %.*s/%.*s", TEXT_ARG(words->workspace), TEXT_ARG(words->environment));
}

static void
add_budget(struct buffer *out, const struct gateway_budget *budget)
{
    buffer_print(out, "the budget of %.*s a %s",
                 TEXT_ARG(budget_wording_amount(out->arena, budget, budget->amount)),
                 period_words[budget->period]);
}

static void
add_next(struct buffer *out, const struct budget_words *words)
{
    buffer_print(out, ". The next %s begins at %.*s.", period_words[words->budget->period],
                 TEXT_ARG(print_time(out->arena, words->next_unix_ms, false)));
}

static void
add_source(struct buffer *out, const struct budget_words *words)
{
    const struct rule_source *from = &words->budget->from;
    if (!text_is_empty(from->policy))
        buffer_print(out, " Set by %.*s", TEXT_ARG(from->policy));
    if (!text_is_empty(from->policy) && !text_is_empty(from->place))
        buffer_print(out, " (%.*s)", TEXT_ARG(from->place));
    buffer_print(out, "%ssk the owner of the workspace%s%.*s.", text_is_empty(from->policy) ? " A" : "; a",
                 text_is_empty(words->owner) ? "" : ", ", TEXT_ARG(words->owner));
}

static void
add_amount(struct buffer *out, const struct budget_words *words, int64_t amount)
{
    buffer_add_text(out, budget_wording_amount(out->arena, words->budget, amount));
}
