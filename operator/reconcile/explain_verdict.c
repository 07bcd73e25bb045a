/* Would this caller's call to this model be let through: the intersection of all closed sets, spelled out. */
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/parse.h"
#include "operator/reconcile/explain.h"
#include "operator/reconcile/explain_words.h"

/* What is wrong, and what to do next. */
struct problem_words {
    struct text reason, advice;
};

/* What a verdict is made with. */
struct judgement {
    struct arena *arena;
    const struct planned_environment *planned;
    const struct explain_question *question;
    struct explanation_verdict verdict;
    struct text where; /* demo/prod */
};

static bool find_caller_problem(const struct judgement *judgement, struct problem_words *out_words);
static bool model_may_be_called(struct judgement *judgement);
static bool is_served(const struct judgement *judgement, struct text model);
static const struct model_rule *find_refusal(const struct judgement *judgement);
static void show_sets(struct judgement *judgement);
static void refuse(struct judgement *judgement, struct text reason, struct text advice);
static void add_caller_advice(struct judgement *judgement, const struct problem_words *caller);
static struct text ask_owner(const struct judgement *judgement);
static struct text allowed_here(const struct judgement *judgement);

struct explanation_verdict
explain_verdict(struct arena *arena, const struct planned_environment *planned,
                const struct explain_question *question)
{
    struct judgement judgement = {
        .arena = arena,
        .planned = planned,
        .question = question,
        .where = text_format(arena, "%.*s/%.*s", TEXT_ARG(planned->workspace->metadata.name),
                             TEXT_ARG(planned->environment->name)),
    };
    if (planned->workspace->spec.suspended) {
        refuse(&judgement,
               text_format(arena, "workspace %.*s is suspended", TEXT_ARG(planned->workspace->metadata.name)),
               ask_owner(&judgement));
        return judgement.verdict;
    }
    if (question->model.length > 0)
        show_sets(&judgement);
    bool is_model_fine = model_may_be_called(&judgement);
    struct problem_words caller;
    if (find_caller_problem(&judgement, &caller)) {
        if (is_model_fine)
            refuse(&judgement, caller.reason, caller.advice);
        else
            add_caller_advice(&judgement, &caller);
        return judgement.verdict;
    }
    if (!is_model_fine)
        return judgement.verdict;
    judgement.verdict.allowed = true;
    judgement.verdict.reason = question->model.length > 0
                                   ? text_format(arena, "model %.*s may be called in %.*s",
                                                 TEXT_ARG(question->model), TEXT_ARG(judgement.where))
                                   : text_format(arena, "caller %.*s may call in %.*s",
                                                 TEXT_ARG(question->caller), TEXT_ARG(judgement.where));
    judgement.verdict.advice = TEXT("Limits count at the moment of the call: see the rows without --model.");
    return judgement.verdict;
}

static bool
find_caller_problem(const struct judgement *judgement, struct problem_words *out_words)
{
    struct arena *arena = judgement->arena;
    struct text name = judgement->question->caller;
    if (name.length == 0)
        return false;
    const struct gateway_caller_list *callers = &judgement->planned->config->config.callers;
    const struct gateway_caller *caller = NULL;
    for (size_t i = 0; i < callers->count && !caller; i++)
        if (text_equals(callers->items[i].name, name))
            caller = &callers->items[i];
    out_words->advice = ask_owner(judgement);
    if (!caller) {
        out_words->reason =
            text_format(arena, "caller %.*s may not call in %.*s: the workspace does not list it there",
                        TEXT_ARG(name), TEXT_ARG(judgement->where));
        return true;
    }
    if (caller->expires != FIELD_UNSET && caller->expires <= judgement->question->now_unix_ms) {
        out_words->reason = text_format(arena, "the keys of caller %.*s expired at %.*s", TEXT_ARG(name),
                                        TEXT_ARG(print_time(arena, caller->expires, false)));
        return true;
    }
    if (caller->key_hashes.count == 0) {
        out_words->reason = text_format(arena, "caller %.*s has no key", TEXT_ARG(name));
        out_words->advice =
            TEXT("Make one with `weir keys new` and add the line it prints to the workspace.");
        return true;
    }
    return false;
}

static bool
model_may_be_called(struct judgement *judgement)
{
    struct arena *arena = judgement->arena;
    struct text model = judgement->question->model;
    if (model.length == 0)
        return true;
    const struct model_rule *refusal = is_served(judgement, model) ? NULL : find_refusal(judgement);
    if (refusal) {
        refuse(judgement,
               text_format(arena, "model %.*s is not allowed in %.*s", TEXT_ARG(model),
                           TEXT_ARG(judgement->where)),
               text_format(arena, "%.*s %.*s", TEXT_ARG(allowed_here(judgement)),
                           TEXT_ARG(ask_owner(judgement))));
        return false;
    }
    if (is_served(judgement, model))
        return true;
    const struct environment_model_list *notes = &judgement->planned->config->models;
    for (size_t i = 0; i < notes->count; i++) {
        if (!text_equals(notes->items[i].name, model))
            continue;
        refuse(judgement,
               text_format(arena, "model %.*s cannot be served in %.*s", TEXT_ARG(model),
                           TEXT_ARG(judgement->where)),
               notes->items[i].note);
        return false;
    }
    refuse(judgement,
           text_format(arena, "no policy routes model %.*s in %.*s", TEXT_ARG(model),
                       TEXT_ARG(judgement->where)),
           allowed_here(judgement));
    return false;
}

static bool
is_served(const struct judgement *judgement, struct text model)
{
    const struct gateway_model_list *models = &judgement->planned->config->config.models;
    for (size_t i = 0; i < models->count; i++)
        if (text_equals(models->items[i].name, model))
            return gateway_model_has_targets(&models->items[i]);
    return false;
}

/* Of a model with a route: the rule that keeps its first target out, unless some target passes and lacks only
 * its key. Of any other: the rule that keeps its name out. */
static const struct model_rule *
find_refusal(const struct judgement *judgement)
{
    const struct effective_policy *effective = judgement->planned->effective;
    struct text model = judgement->question->model;
    const struct merged_route *merged = defaults_find_route(&effective->defaults, model);
    if (!merged) {
        struct model_identity stranger = {.name = model};
        return constraints_find_refusal(&effective->enforced, &stranger);
    }
    const struct model_rule *first = NULL;
    for (size_t i = 0; i < merged->route->targets.count; i++) {
        const struct model_rule *refusal =
            route_find_refusal(effective, model, &merged->route->targets.items[i]);
        if (!refusal)
            return NULL;
        first = first ? first : refusal;
    }
    return first;
}

static void
show_sets(struct judgement *judgement)
{
    const struct merged_constraints *enforced = &judgement->planned->effective->enforced;
    struct explanation_row_list *sets = &judgement->verdict.sets;
    sets->items = arena_alloc_array(judgement->arena, enforced->allow.count + enforced->deny.count,
                                    sizeof(*sets->items));
    for (size_t i = 0; i < enforced->allow.count + enforced->deny.count; i++) {
        bool is_denial = i >= enforced->allow.count;
        const struct model_rule *rule =
            is_denial ? &enforced->deny.items[i - enforced->allow.count] : &enforced->allow.items[i];
        struct text value = is_denial ? TEXT("constraints.models.deny") : TEXT("constraints.models.allow");
        if (!is_denial && explain_is_provider_rule(rule))
            value = TEXT("constraints.providers.allow");
        sets->items[sets->count++] =
            (struct explanation_row){.value = value,
                                     .effective = explain_patterns(judgement->arena, &rule->patterns),
                                     .from = rule->from.policy,
                                     .place = rule->from.place};
    }
    if (enforced->allow.count > 0)
        judgement->verdict.result = explain_intersection(judgement->arena, &enforced->allow);
}

static void
refuse(struct judgement *judgement, struct text reason, struct text advice)
{
    judgement->verdict.allowed = false;
    judgement->verdict.reason = reason;
    judgement->verdict.advice = advice;
}

/* The model's problem stays the reason; that the caller has one too is worth knowing before fixing the first.
 */
static void
add_caller_advice(struct judgement *judgement, const struct problem_words *caller)
{
    struct text advice = judgement->verdict.advice;
    bool is_said = text_ends_with(advice, caller->advice);
    judgement->verdict.advice =
        text_format(judgement->arena, "%.*s%s Besides, %.*s.%s%.*s", TEXT_ARG(advice),
                    text_ends_with(advice, TEXT(".")) ? "" : ".", TEXT_ARG(caller->reason),
                    is_said ? "" : " ", TEXT_ARG(is_said ? TEXT("") : caller->advice));
}

static struct text
ask_owner(const struct judgement *judgement)
{
    return text_format(judgement->arena, "Ask the owner of the workspace, %.*s.",
                       TEXT_ARG(judgement->planned->workspace->spec.owner.team));
}

static struct text
allowed_here(const struct judgement *judgement)
{
    const struct gateway_model_list *models = &judgement->planned->config->config.models;
    struct text_list names = {.items =
                                  arena_alloc_array(judgement->arena, models->count, sizeof(struct text))};
    for (size_t i = 0; i < models->count; i++)
        if (gateway_model_has_targets(&models->items[i]))
            names.items[names.count++] = models->items[i].name;
    if (names.count == 0)
        return TEXT("No model can be called here.");
    return text_format(judgement->arena, "Allowed here: %.*s.",
                       TEXT_ARG(text_join(judgement->arena, &names, TEXT(", "))));
}
