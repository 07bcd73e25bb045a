/* Resolves each target to a provider's origin, its key and its health, once for each config.
 *
 * Reads the key files; asks the network nothing. */
#include "gateway/live_models.h"

#include "api/types/price_ceiling.h"
#include "gateway/book.h"
#include "gateway/live_config.h"
#include "gateway/providers/provider.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/map.h"
#include "lib/net/digest.h"
#include "lib/net/http_headers.h"
#include "lib/net/tls.h"
#include "lib/net/upstream.h"

enum { MAX_CREDENTIAL_BYTES = 16384, MAX_CA_BYTES = 4 * 1024 * 1024 };

struct resolving {
    const struct live_config_site *site;
    struct live_config *live;
    const struct map *prices;
    struct map *ceilings; /* by version, of those that a target has */
    const struct gateway_model *model;
};

static bool resolve_model(struct resolving *resolving, struct error *err);

bool
live_models_index(const struct live_config_site *site, struct live_config *config, struct error *err)
{
    size_t most_problems = 0;
    for (size_t i = 0; i < config->config.models.count; i++)
        most_problems +=
            config->config.models.items[i].targets.count + config->config.models.items[i].fallback.count;
    config->target_problems.items = arena_alloc_array(config->arena, most_problems, sizeof(struct text));

    const struct map *prices = gateway_prices_index(config->arena, &config->config.prices);
    struct map *ceilings = map_new(config->arena);
    config->models = map_new(config->arena);
    for (size_t i = 0; i < config->config.models.count; i++) {
        struct resolving resolving = {.site = site,
                                      .live = config,
                                      .prices = prices,
                                      .ceilings = ceilings,
                                      .model = &config->config.models.items[i]};
        if (!resolve_model(&resolving, err))
            return error_context(err, "model %.*s", TEXT_ARG(config->config.models.items[i].name));
    }
    return true;
}

static const struct gateway_provider *
find_provider(const struct gateway_config *config, struct text name)
{
    for (size_t i = 0; i < config->providers.count; i++)
        if (text_equals(config->providers.items[i].name, name))
            return &config->providers.items[i];
    return NULL;
}

static void
return_health(void *health)
{
    book_return(health);
}

static struct target_health *
take_health(struct resolving *resolving, const struct live_target *target)
{
    struct arena *arena = resolving->live->arena;
    struct text key = text_format(arena, "%.*s\n%.*s\n%.*s", TEXT_ARG(target->provider->name),
                                  TEXT_ARG(target->provider->base_url), TEXT_ARG(target->target->model));
    bool is_new;
    struct target_health *health = book_take(resolving->site->health, key, sizeof(*health), &is_new);
    arena_defer(arena, return_health, health);
    return health;
}

/* A bare name is in the folder of credentials, where there is one. */
static const char *
path_of(struct resolving *resolving, struct text file)
{
    const char *folder = resolving->site->credentials;
    struct arena *arena = resolving->live->arena;
    if (!folder || text_find_byte(file, '/') >= 0)
        return text_c_string(arena, file);
    return text_c_string(arena, text_format(arena, "%s/%.*s", folder, TEXT_ARG(file)));
}

/* The context is found again while the file stays what it is; a new CA makes a new one. */
static bool
tls_for(struct resolving *resolving, struct text ca_file, struct tls_context **out_tls, struct error *err)
{
    struct arena *arena = resolving->live->arena;
    struct text contents = TEXT("");
    if (!text_is_empty(ca_file) &&
        !file_read(arena, path_of(resolving, ca_file), MAX_CA_BYTES, &contents, err))
        return false;

    struct text digest = digest_sha256_hex(arena, contents);
    struct text key = text_format(arena, "%.*s\n%.*s", TEXT_ARG(ca_file), TEXT_ARG(digest));
    struct tls_context *tls = map_find(resolving->site->tls_contexts, key);
    if (!tls) {
        const char *file = text_is_empty(ca_file) ? NULL : path_of(resolving, ca_file);
        if (!tls_client_context(resolving->site->arena, file, &tls, err))
            return false;
        map_set(resolving->site->tls_contexts, key, tls);
    }
    *out_tls = tls;
    return true;
}

static bool
resolve_origin(struct resolving *resolving, struct live_target *target, struct error *err)
{
    const struct gateway_provider *provider = target->provider;
    if (provider->type == PROVIDER_TYPE_ECHO)
        return true;

    struct tls_context *tls = NULL;
    struct error why;
    if (text_starts_with(provider->base_url, TEXT("https:")) &&
        !tls_for(resolving, provider->ca_file, &tls, &why)) {
        target->problem = text_format(resolving->live->arena, "its CA file cannot be used: %s", why.message);
        return true;
    }
    if (!upstream_origin_get(resolving->site->pool, provider->base_url, tls, &target->origin, err))
        return error_context(err, "provider %.*s: baseUrl", TEXT_ARG(provider->name));
    return true;
}

static void
forget_credential(void *owner)
{
    struct live_target *target = owner;
    /* The bytes are the config's own copy; nobody else reads them. */
    digest_forget((void *)(uintptr_t)target->credential.bytes, target->credential.length);
}

static void
read_credential(struct resolving *resolving, struct live_target *target)
{
    struct arena *arena = resolving->live->arena;
    if (text_is_empty(target->target->credential_file))
        return;

    struct error why;
    struct text key;
    const char *path = path_of(resolving, target->target->credential_file);
    if (!file_read(arena, path, MAX_CREDENTIAL_BYTES, &key, &why)) {
        bool is_to_come = resolving->site->credentials && why.kind == ERROR_NOT_FOUND;
        target->problem = is_to_come
                              ? text_format(arena, "its key has not come from the operator: %s", why.message)
                              : text_format(arena, "its key cannot be read: %s", why.message);
        return;
    }
    target->credential = text_trim(key);
    arena_defer(arena, forget_credential, target);
    if (text_is_empty(target->credential))
        target->problem = text_format(arena, "its key file %s is empty", path);
    else if (!http_header_value_is_safe(target->credential))
        target->problem = text_format(arena, "its key file %s holds bytes that no header may carry", path);
}

/* Many targets have one price. */
static const struct price_ceiling *
ceiling_of(struct resolving *resolving, struct text version, const struct model_price *price)
{
    struct price_ceiling *ceiling = price ? map_find(resolving->ceilings, version) : NULL;
    if (price && !ceiling) {
        ceiling = price_ceiling_new(resolving->live->arena, price);
        map_set(resolving->ceilings, version, ceiling);
    }
    return ceiling;
}

static bool
resolve_target(struct resolving *resolving, const struct gateway_target *written, struct live_target *target,
               struct error *err)
{
    *target = (struct live_target){.target = written,
                                   .provider = find_provider(&resolving->live->config, written->provider)};
    if (!target->provider)
        return error_set(err, ERROR_INVALID, "target %.*s: there is no provider of that name",
                         TEXT_ARG(written->provider));

    target->price = gateway_prices_find(resolving->prices, written);
    if (!target->price && !text_is_empty(written->price_version))
        return error_set(err, ERROR_INVALID, "target %.*s/%.*s: there is no price %.*s",
                         TEXT_ARG(written->provider), TEXT_ARG(written->model),
                         TEXT_ARG(written->price_version));
    target->ceiling = ceiling_of(resolving, written->price_version, target->price);

    target->speaks = target->provider->type == PROVIDER_TYPE_ECHO ? &provider_echo : &provider_openai;
    if (!resolve_origin(resolving, target, err))
        return false;
    read_credential(resolving, target);
    target->health = take_health(resolving, target);
    if (!text_is_empty(target->problem)) {
        struct text_list *problems = &resolving->live->target_problems;
        problems->items[problems->count++] = text_format(
            resolving->live->arena, "model %.*s, provider %.*s: %.*s", TEXT_ARG(resolving->model->name),
            TEXT_ARG(written->provider), TEXT_ARG(target->problem));
    }
    return true;
}

static bool
resolve_targets(struct resolving *resolving, const struct gateway_target_list *written,
                struct live_target **out_targets, size_t *out_count, struct error *err)
{
    struct live_target *targets = arena_alloc_array(resolving->live->arena, written->count, sizeof(*targets));
    size_t count = 0;
    for (size_t i = 0; i < written->count; i++) {
        /* The operator filtered already; what the rules say is checked here again, because it is us who
         * promise it. */
        if (!model_rules_allow_target(&resolving->live->config, resolving->model, &written->items[i]))
            continue;
        if (!resolve_target(resolving, &written->items[i], &targets[count], err))
            return false;
        count++;
    }
    *out_targets = targets;
    *out_count = count;
    return true;
}

static void
find_callable(struct arena *arena, struct live_model *live)
{
    size_t most = live->target_count + live->fallback_count;
    live->callable = arena_alloc_array(arena, most, sizeof(const struct live_target *));
    live->ceilings = arena_alloc_array(arena, most, sizeof(const struct price_ceiling *));
    for (size_t i = 0; i < most; i++) {
        const struct live_target *target =
            i < live->target_count ? &live->targets[i] : &live->fallback[i - live->target_count];
        if (!text_is_empty(target->problem))
            continue;
        live->callable[live->callable_count] = target;
        live->ceilings[live->callable_count++] = target->ceiling;
    }
}

static bool
resolve_model(struct resolving *resolving, struct error *err)
{
    const struct gateway_model *model = resolving->model;
    struct live_model *live = arena_alloc(resolving->live->arena, sizeof(*live));
    live->model = model;
    live->verdict = model_rules_decide_model(&resolving->live->config, model);
    if (!resolve_targets(resolving, &model->targets, &live->targets, &live->target_count, err) ||
        !resolve_targets(resolving, &model->fallback, &live->fallback, &live->fallback_count, err))
        return false;
    if (map_find(resolving->live->models, model->name))
        return error_set(err, ERROR_INVALID, "there are two models of that name");
    find_callable(resolving->live->arena, live);
    map_set(resolving->live->models, model->name, live);
    return true;
}
