/* One walk over the objects for things and callers, one over the environments for prices and limits. */
#include "operator/reconcile/plan_declaration.h"

#include "api/types/caller_key.h"
#include "api/types/control_frames.h"
#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/document/document_build.h"
#include "lib/net/digest.h"
#include "operator/objects/names.h"
#include "operator/reconcile/levels.h"

#define KEY_HASH_START TEXT("sha256:")

enum { REVISION_DIGITS = 16 };

struct declaring {
    struct arena *arena;
    const struct reconcile_view *view;
    const struct plan *plan;
    const struct plan_part *part;
    const struct planned_environment **environments; /* of the workspace */
    size_t environment_count;
    struct declaration *declaration;
    size_t thing_capacity, caller_capacity, price_capacity, limit_capacity;
};

static void find_environments(struct declaring *declaring);
static bool is_whole(const struct declaring *declaring);
static bool owns(const struct declaring *declaring, const struct object *object);
static struct text environment_of(const struct declaring *declaring, struct text namespace);
static void declare_object(struct declaring *declaring, const struct object *object);
static void declare_policy(struct declaring *declaring, const struct object *object);
static void declare_callers(struct declaring *declaring, const struct workspace *workspace);
static void declare_caller(struct declaring *declaring, const struct declared_caller *who,
                           const struct text_list *hashes);
static void declare_extra_caller(struct declaring *declaring, const struct extra_caller *extra);
static void declare_environment(struct declaring *declaring, const struct planned_environment *planned);
static void declare_prices(struct declaring *declaring, const struct gateway_config *config);
static void declare_price(struct declaring *declaring, const struct gateway_config *config,
                          const struct gateway_target *target, const struct model_price *of);
static void add_thing(struct declaring *declaring, struct declared_thing thing);
static struct text digest_of(struct arena *arena, const struct document *part);

struct ledger_declare *
plan_declare(struct arena *arena, const struct reconcile_view *view, const struct plan *plan,
             const struct plan_part *part)
{
    struct ledger_declare *declare = arena_alloc(arena, sizeof(*declare));
    struct declaration *declaration = &declare->declaration;
    struct declaring declaring = {
        .arena = arena, .view = view, .plan = plan, .part = part, .declaration = declaration};
    declare->workspace = part->workspace;
    schema_set_defaults(&declaration_schema, declaration);
    declaration->source = document_new_map(arena);
    find_environments(&declaring);
    declaration->whole = is_whole(&declaring);
    for (size_t i = 0; i < view->objects.count; i++)
        if (owns(&declaring, &view->objects.items[i]))
            declare_object(&declaring, &view->objects.items[i]);
    for (size_t i = 0; i < view->callers.count; i++)
        declare_extra_caller(&declaring, &view->callers.items[i]);
    for (size_t i = 0; i < declaring.environment_count; i++)
        declare_environment(&declaring, declaring.environments[i]);
    declare->revision =
        text_slice(gateway_config_hash(
                       arena, schema_encode(arena, &declaration_schema, declaration, SCHEMA_ENCODE_PLAIN)),
                   0, REVISION_DIGITS);
    return declare;
}

static void
find_environments(struct declaring *declaring)
{
    const struct plan *plan = declaring->plan;
    declaring->environments =
        arena_alloc_array(declaring->arena, plan->environment_count, sizeof(*declaring->environments));
    for (size_t i = 0; i < plan->environment_count; i++)
        if (text_equals(plan->environments[i].workspace->metadata.name, declaring->part->workspace))
            declaring->environments[declaring->environment_count++] = &plan->environments[i];
}

static bool
is_whole(const struct declaring *declaring)
{
    bool is_whole = declaring->view->broken.count == 0 && !hold_is_set(&declaring->plan->hold);
    for (size_t i = 0; i < declaring->environment_count; i++)
        is_whole = is_whole && !hold_is_set(&declaring->environments[i]->hold);
    return is_whole;
}

static bool
owns(const struct declaring *declaring, const struct object *object)
{
    struct text namespace = object->metadata->namespace, workspace = declaring->part->workspace;
    if (object->kind->id == KIND_WORKSPACE)
        return text_equals(object->metadata->name, workspace);
    for (size_t i = 0; i < declaring->environment_count; i++)
        if (text_equals(declaring->environments[i]->namespace, namespace))
            return true;
    if (declaring->part->is_alone)
        return text_is_empty(workspace) == text_equals(namespace, TEXT(WEIR_SYSTEM_NAMESPACE));
    return text_is_empty(workspace) && !plan_find_namespace(declaring->plan, namespace);
}

/* Empty: in none that is planned. */
static struct text
environment_of(const struct declaring *declaring, struct text namespace)
{
    for (size_t i = 0; i < declaring->environment_count; i++)
        if (text_equals(declaring->environments[i]->namespace, namespace))
            return declaring->environments[i]->environment->name;
    return (struct text){0};
}

static void
declare_object(struct declaring *declaring, const struct object *object)
{
    struct arena *arena = declaring->arena;
    const struct document *spec = document_find(object->document, TEXT("spec"));
    struct declared_thing thing = {.subject = object_title(arena, object), .digest = digest_of(arena, spec)};
    if (object->kind->id == KIND_MODEL_POLICY) {
        declare_policy(declaring, object);
    } else if (object->kind->id == KIND_WORKSPACE) {
        thing.action = AUDIT_WORKSPACE_CHANGED;
        add_thing(declaring, thing);
        declare_callers(declaring, object->workspace);
    } else if (object->kind->id == KIND_DEPLOYMENT) {
        thing.action = AUDIT_DEPLOYMENT_CHANGED;
        thing.environment = environment_of(declaring, object->metadata->namespace);
        add_thing(declaring, thing);
    }
}

/* What the operator wrote itself is an outcome; but an approval stands on it. */
static void
declare_policy(struct declaring *declaring, const struct object *object)
{
    struct arena *arena = declaring->arena;
    const struct model_policy *policy = object->model_policy;
    const struct document *spec = document_find(object->document, TEXT("spec"));
    const struct document *prices = document_get(spec, "defaults.prices");
    struct text approval =
        text_pair_list_find(&policy->metadata.annotations, TEXT(APPROVE_LOOSENING_ANNOTATION));
    struct declared_thing thing = {.action = AUDIT_POLICY_CHANGED, .subject = object_title(arena, object)};
    thing.environment = environment_of(declaring, policy->metadata.namespace);
    if (!levels_is_generated(policy)) {
        thing.digest = digest_of(arena, spec);
        add_thing(declaring, thing);
    } else if (!text_is_empty(approval)) {
        thing.action = AUDIT_APPROVAL_GIVEN;
        thing.digest = digest_sha256_hex(arena, approval);
        add_thing(declaring, thing);
    }
    if (prices && !levels_is_generated(policy)) {
        thing.action = AUDIT_PRICE_CHANGED;
        thing.digest = digest_of(arena, prices);
        add_thing(declaring, thing);
    }
}

static void
declare_callers(struct declaring *declaring, const struct workspace *workspace)
{
    const struct workspace_caller_list *callers = &workspace->spec.callers;
    for (size_t i = 0; i < callers->count; i++) {
        const struct workspace_caller *caller = &callers->items[i];
        const struct declared_caller who = {.workspace = workspace->metadata.name,
                                            .name = caller->name,
                                            .team = text_is_empty(caller->team) ? workspace->spec.owner.team
                                                                                : caller->team,
                                            .environments = caller->environments,
                                            .expires = caller->expires};
        declare_caller(declaring, &who, &caller->key_hashes);
    }
}

static void
declare_extra_caller(struct declaring *declaring, const struct extra_caller *extra)
{
    struct text *environment = arena_alloc(declaring->arena, sizeof(*environment));
    *environment = environment_of(declaring, extra->namespace);
    if (text_is_empty(*environment))
        return;
    const struct declared_caller who = {.workspace = declaring->part->workspace,
                                        .name = extra->caller.name,
                                        .team = extra->caller.team,
                                        .environments = {environment, 1},
                                        .expires = extra->caller.expires};
    declare_caller(declaring, &who, &extra->caller.key_hashes);
}

static void
declare_caller(struct declaring *declaring, const struct declared_caller *who, const struct text_list *hashes)
{
    struct arena *arena = declaring->arena;
    struct declaration *declaration = declaring->declaration;
    struct declared_caller caller = *who;
    caller.keys.items = arena_alloc_array(arena, hashes->count, sizeof(*caller.keys.items));
    for (size_t i = 0; i < hashes->count; i++) {
        struct text hex = text_slice(hashes->items[i], KEY_HASH_START.length, hashes->items[i].length);
        caller.keys.items[caller.keys.count++] = caller_key_id(hashes->items[i]);
        add_thing(declaring,
                  (struct declared_thing){
                      .action = AUDIT_KEY_CREATED,
                      .subject = text_format(arena, "caller %.*s/%.*s key %.*s", TEXT_ARG(who->workspace),
                                             TEXT_ARG(who->name), TEXT_ARG(hashes->items[i])),
                      .digest = hex});
    }
    declaration->callers.items = arena_grow(arena, declaration->callers.items, declaration->callers.count,
                                            &declaring->caller_capacity, sizeof(caller));
    declaration->callers.items[declaration->callers.count++] = caller;
}

static void
declare_environment(struct declaring *declaring, const struct planned_environment *planned)
{
    struct arena *arena = declaring->arena;
    struct declaration *declaration = declaring->declaration;
    if (!planned->config)
        return;
    const struct gateway_config *config = &planned->config->config;
    declare_prices(declaring, config);
    for (size_t i = 0; i < config->limits.count; i++) {
        struct declared_limit limit = {.workspace = config->workspace,
                                       .environment = config->environment,
                                       .limit = config->limits.items[i]};
        limit.limit.from.place = (struct text){0};
        declaration->limits.items = arena_grow(arena, declaration->limits.items, declaration->limits.count,
                                               &declaring->limit_capacity, sizeof(limit));
        declaration->limits.items[declaration->limits.count++] = limit;
    }
}

/* Several models may have one target: it costs the same for each. */
static void
declare_prices(struct declaring *declaring, const struct gateway_config *config)
{
    struct arena *arena = declaring->arena;
    const struct map *prices = gateway_prices_index(arena, &config->prices);
    struct map *seen = map_new(arena);
    for (size_t i = 0; i < config->models.count; i++) {
        const struct gateway_model *model = &config->models.items[i];
        for (size_t j = 0; j < model->targets.count + model->fallback.count; j++) {
            const struct gateway_target *target = j < model->targets.count
                                                      ? &model->targets.items[j]
                                                      : &model->fallback.items[j - model->targets.count];
            struct text name =
                text_format(arena, "%.*s\n%.*s", TEXT_ARG(target->provider), TEXT_ARG(target->model));
            if (!map_set(seen, name, seen))
                declare_price(declaring, config, target, gateway_prices_find(prices, target));
        }
    }
}

/* of: NULL when there is none. */
static void
declare_price(struct declaring *declaring, const struct gateway_config *config,
              const struct gateway_target *target, const struct model_price *of)
{
    struct declared_price_list *prices = &declaring->declaration->prices;
    struct declared_price price;
    schema_set_defaults(&declared_price_schema, &price);
    price.workspace = config->workspace;
    price.environment = config->environment;
    price.provider = target->provider;
    price.model = target->model;
    price.version = target->price_version;
    if (of) {
        price.free = of->free;
        price.nano_per_million = of->nano_per_million;
        price.tiers = of->tiers;
    }
    prices->items =
        arena_grow(declaring->arena, prices->items, prices->count, &declaring->price_capacity, sizeof(price));
    prices->items[prices->count++] = price;
}

/* No subject is there twice: objects and callers are unique, and a caller that lists a key twice is refused.
 */
static void
add_thing(struct declaring *declaring, struct declared_thing thing)
{
    struct declared_thing_list *things = &declaring->declaration->things;
    thing.workspace = declaring->part->workspace;
    thing.actor = declaring->part->actor;
    things->items =
        arena_grow(declaring->arena, things->items, things->count, &declaring->thing_capacity, sizeof(thing));
    things->items[things->count++] = thing;
}

static struct text
digest_of(struct arena *arena, const struct document *part)
{
    return gateway_config_hash(arena, part);
}
