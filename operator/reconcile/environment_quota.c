/* Sums in thousandths; a sum that does not fit 64 bits counts as the most that does. */
#include "operator/reconcile/environment_quota.h"

#include "lib/base/arena.h"
#include "lib/base/parse.h"
#include "operator/objects/quantity.h"

enum { MILLI = 1000 };

/* What environments ask of one amount. */
struct quota_claims {
    int64_t asked; /* together */
    size_t silent; /* environments that do not name it */
};

static struct quota_claims claims_on(const struct workspace *workspace, struct text key);
static int64_t part_of(int64_t left, size_t environments, struct text style);
static struct quota_verdict
judge_amount(struct arena *arena, const struct workspace *workspace, const struct text_pair *whole);
static struct quota_verdict
judge_deployments(struct arena *arena, const struct workspace *workspace, const struct object_list *objects);
static bool milli_of(struct text written, int64_t *out_milli);

struct text_pair_list
environment_quota_share(struct arena *arena, const struct workspace *workspace,
                        const struct workspace_environment *environment)
{
    const struct text_pair_list *own = &environment->quotas.compute, *whole = &workspace->spec.quotas.compute;
    struct text_pair_list share = {
        .items = arena_alloc_array(arena, own->count + whole->count, sizeof(*share.items))};
    for (size_t i = 0; i < own->count; i++)
        share.items[share.count++] = (struct text_pair){
            .key = own->items[i].key, .value = quantity_canonical(arena, own->items[i].value)};
    for (size_t i = 0; i < whole->count; i++) {
        const struct text_pair *amount = &whole->items[i];
        int64_t total;
        if (!text_is_empty(text_pair_list_find(own, amount->key)) || !milli_of(amount->value, &total))
            continue;
        struct quota_claims claims = claims_on(workspace, amount->key);
        int64_t part = part_of(total - claims.asked, claims.silent, amount->value);
        if (part > 0)
            share.items[share.count++] =
                (struct text_pair){.key = amount->key, .value = quantity_like(arena, part, amount->value)};
    }
    return share;
}

struct quota_verdict
workspace_quota_verdict(struct arena *arena, const struct workspace *workspace,
                        const struct object_list *objects)
{
    const struct text_pair_list *whole = &workspace->spec.quotas.compute;
    for (size_t i = 0; i < whole->count; i++) {
        struct quota_verdict verdict = judge_amount(arena, workspace, &whole->items[i]);
        if (verdict.message.length > 0)
            return verdict;
    }
    return judge_deployments(arena, workspace, objects);
}

static struct quota_claims
claims_on(const struct workspace *workspace, struct text key)
{
    const struct workspace_environment_list *environments = &workspace->spec.environments;
    struct quota_claims claims = {0};
    for (size_t i = 0; i < environments->count; i++) {
        struct text own = text_pair_list_find(&environments->items[i].quotas.compute, key);
        int64_t milli;
        if (!milli_of(own, &milli))
            claims.silent++;
        else if (__builtin_add_overflow(claims.asked, milli, &claims.asked))
            claims.asked = INT64_MAX;
    }
    return claims;
}

/* Whole Mi of bytes, thousandths of what is written in thousandths, else whole ones: nobody uses half a GPU.
 */
static int64_t
part_of(int64_t left, size_t environments, struct text style)
{
    if (left <= 0 || environments == 0)
        return 0;
    int64_t part = left / (int64_t)environments, unit = MILLI;
    if (text_ends_with(style, TEXT("i")))
        unit = part >= (1LL << 20) * MILLI ? (1LL << 20) * MILLI : MILLI;
    else if (text_ends_with(style, TEXT("m")))
        unit = 1;
    return part - part % unit;
}

static struct quota_verdict
judge_amount(struct arena *arena, const struct workspace *workspace, const struct text_pair *whole)
{
    int64_t total;
    if (!milli_of(whole->value, &total))
        return (struct quota_verdict){0};
    struct quota_claims claims = claims_on(workspace, whole->key);
    if (claims.asked > total)
        return (struct quota_verdict){
            .reason = TEXT("SumExceeded"),
            .message =
                text_format(arena,
                            "the environments' %.*s add up to %.*s, the workspace has %.*s: lower "
                            "theirs or raise spec.quotas.compute",
                            TEXT_ARG(whole->key), TEXT_ARG(quantity_like(arena, claims.asked, whole->value)),
                            TEXT_ARG(whole->value))};
    if (claims.silent > 0 && part_of(total - claims.asked, claims.silent, whole->value) == 0)
        return (struct quota_verdict){
            .reason = TEXT("NothingLeft"),
            .message = text_format(arena,
                                   "%zu environments name no %.*s, and the others leave nothing of the "
                                   "workspace's %.*s: they are not bounded; give each a share",
                                   claims.silent, TEXT_ARG(whole->key), TEXT_ARG(whole->value))};
    return (struct quota_verdict){0};
}

/* The number is a ceiling in each environment; that of all together can only be seen, not enforced. */
static struct quota_verdict
judge_deployments(struct arena *arena, const struct workspace *workspace, const struct object_list *objects)
{
    const struct quota_objects *most = &workspace->spec.quotas.objects;
    int64_t count = 0;
    for (size_t i = 0; i < objects->count; i++)
        if (objects->items[i].kind->id == KIND_DEPLOYMENT &&
            workspace_find_environment_by_namespace(workspace, objects->items[i].metadata->namespace))
            count++;
    if (!most->source || most->deployments == FIELD_UNSET || count <= most->deployments)
        return (struct quota_verdict){0};
    return (struct quota_verdict){
        .reason = TEXT("TooManyDeployments"),
        .message = text_format(arena,
                               "there are %lld Deployments in all environments, spec.quotas.objects allows "
                               "%lld: remove some or raise it",
                               (long long)count, (long long)most->deployments)};
}

static bool
milli_of(struct text written, int64_t *out_milli)
{
    return written.length > 0 && parse_quantity_milli(written, out_milli);
}
