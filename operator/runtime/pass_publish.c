/* Configs to gateways. A revision counts on over restarts: its number is read back from the Workspace's own
 * status. */
#include "operator/runtime/pass_parts.h"

#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/parse.h"
#include "lib/net/loop.h"
#include "operator/runtime/referred_secrets.h"
#include "operator/runtime/secret_values.h"

enum { HASH_DIGITS = 6, RECENT_MS = 10000 };

static bool publish_one(struct pass *pass, const struct planned_environment *planned);
static int64_t
next_generation(const struct environment_record *record, const struct planned_environment *planned);
static void withdraw_others(struct pass *pass);

bool
pass_publish(struct pass *pass)
{
    const struct cluster_plan *plan = pass->plan;
    bool is_new = false;
    if (!pass->op->control)
        return false;
    bool is_published = plan->workspace && !plan->is_removed && !plan->is_broken;
    for (size_t i = 0; i < plan->plan->environment_count && is_published; i++)
        if (!hold_is_set(&plan->plan->environments[i].hold))
            is_new |= publish_one(pass, &plan->plan->environments[i]);
    if (!plan->is_broken && !hold_is_set(&plan->plan->hold))
        withdraw_others(pass);
    return is_new;
}

static bool
publish_one(struct pass *pass, const struct planned_environment *planned)
{
    struct cluster_operator *op = pass->op;
    const struct environment_config *config = planned->config;
    struct environment_record *record = workspace_record_environment(pass->record, planned->namespace);
    if (record->environment.length == 0)
        record->environment = text_copy(pass->record->arena, planned->environment->name);
    bool is_new = !text_equals(record->hash, config->hash);
    if (is_new) {
        pass->is_changed |= record->hash.length > 0;
        int64_t generation = next_generation(record, planned);
        environment_record_set(record, generation, config->hash,
                               gateway_config_revision(pass->arena, generation, config->hash));
        int64_t now_ms = loop_now_ms(op->loop);
        record->pushed_ms = now_ms - op->edit_ms < RECENT_MS ? op->edit_ms : now_ms;
        /* The way of an edit is only measured where somebody was there to take it. */
        record->is_acked =
            control_server_count(op->control, planned->workspace->metadata.name, planned->environment->name)
                .connected == 0;
        pass->is_taken |= !record->is_acked;
        log_info("config_published", LOG_TEXT("namespace", record->namespace),
                 LOG_TEXT("revision", record->revision));
    }
    const struct control_snapshot snapshot = {
        .revision = record->revision,
        .hash = record->hash,
        .config = config->document,
        .secrets = referred_secrets_values(pass->arena, op->secrets, &pass->built.view, planned),
    };
    control_server_publish(op->control, planned->workspace->metadata.name, planned->environment->name,
                           &snapshot);
    return is_new;
}

static int64_t
next_generation(const struct environment_record *record, const struct planned_environment *planned)
{
    if (record->generation > 0)
        return record->generation + 1;
    const struct environment_status_list *statuses = &planned->workspace->status.environments;
    for (size_t i = 0; i < statuses->count; i++) {
        if (!text_equals(statuses->items[i].name, planned->environment->name))
            continue;
        struct text rest = statuses->items[i].gateway.config_revision;
        struct text number = text_cut(&rest, '-');
        int64_t generation = 0;
        if (!parse_int64(number, &generation) || generation < 1)
            return 1;
        return text_equals(rest, text_slice(planned->config->hash, 0, HASH_DIGITS)) ? generation
                                                                                    : generation + 1;
    }
    return 1;
}

/* Environments that are no more: their gateways keep what they run until they are stopped. */
static void
withdraw_others(struct pass *pass)
{
    struct text namespace;
    void *found;
    for (size_t at = 0; map_next(pass->record->environments, &at, &namespace, &found);) {
        struct environment_record *record = found;
        bool is_planned = pass->plan->workspace && !pass->plan->is_removed &&
                          plan_find_namespace(pass->plan->plan, namespace) != NULL;
        if (is_planned || record->environment.length == 0)
            continue;
        control_server_withdraw(pass->op->control, pass->workspace, record->environment);
        environment_record_set(record, record->generation, (struct text){0}, (struct text){0});
    }
}
