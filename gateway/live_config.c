/* Loading, counting and asking one version of the config. Which version is live is the gateway's business. */
#include "gateway/live_config.h"

#include <assert.h>

#include "gateway/live_models.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/map.h"
#include "lib/document/document.h"

/* A version that is not ours would decode into a guess. */
static bool
knows_version(const struct document *document, struct error *err)
{
    int64_t version;
    if (!document_int(document_find(document, TEXT("version")), &version))
        return error_set(err, ERROR_INVALID, "the config does not say its version");
    if (version != GATEWAY_CONFIG_VERSION)
        return error_set(err, ERROR_INVALID,
                         "config version %lld is not known to this gateway, which knows %d",
                         (long long)version, GATEWAY_CONFIG_VERSION);
    return true;
}

static bool
tell_problems(struct arena *arena, const struct problem_list *problems, struct error *err)
{
    struct buffer lines;
    buffer_init(&lines, arena, 512);
    for (size_t i = 0; i < problems->count; i++) {
        if (problems->items[i].level != PROBLEM_ERROR)
            continue;
        if (lines.length > 0)
            buffer_add_string(&lines, "; ");
        buffer_add_text(&lines, problem_line(arena, &problems->items[i]));
    }
    return error_set(err, ERROR_INVALID, "%.*s", TEXT_ARG(buffer_text(&lines)));
}

bool
live_config_load(const struct live_config_site *site, const struct live_config_source *source,
                 struct live_config **out_config, struct error *err)
{
    if (!knows_version(source->document, err))
        return false;

    struct arena *arena = source->arena;
    struct live_config *live = arena_alloc(arena, sizeof(*live));
    *live = (struct live_config){.arena = arena,
                                 .references = 1,
                                 .epoch = source->epoch,
                                 .revision = text_copy(arena, source->revision),
                                 .hash = text_copy(arena, source->hash)};
    struct problem_list problems;
    problems_init(&problems, arena);
    if (!schema_decode(arena, &gateway_config_schema, source->document, TEXT(""), &live->config, &problems))
        return tell_problems(arena, &problems, err);
    live->limits = live_limits_index(arena, &live->config);
    live_workloads_index(arena, &live->config.workload_identity, &live->workloads);
    if (!live_callers_index(arena, &live->config, &live->callers, err) ||
        !live_budgets_index(arena, &live->config, &live->budgets, err) || !live_models_index(site, live, err))
        return false;
    live_accounts_index(arena, &live->config, &live->limits, &live->accounts);
    *out_config = live;
    return true;
}

struct live_config *
live_config_ref(struct live_config *config)
{
    config->references++;
    return config;
}

void
live_config_unref(struct live_config *config)
{
    if (!config)
        return;
    assert(config->references > 0);
    if (--config->references == 0)
        arena_free(config->arena);
}

const struct live_model *
live_config_find_model(const struct live_config *config, struct text name)
{
    return map_find(config->models, name);
}
