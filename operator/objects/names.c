/* Names that are put together. */
#include "operator/objects/names.h"

#include "api/types/control_frames.h"
#include "lib/base/arena.h"

static const struct text service_account_prefix = TEXT(WORKLOAD_ACCOUNT_PREFIX);

struct text
names_workload(struct arena *arena, struct text deployment)
{
    return text_join(arena, &(struct text_list){(struct text[]){deployment, TEXT("-w")}, 2},
                     (struct text){0});
}

struct text
names_service_account(struct arena *arena, struct text deployment)
{
    return text_join(arena, &(struct text_list){(struct text[]){service_account_prefix, deployment}, 2},
                     (struct text){0});
}

struct text
names_deployment_of(struct text service_account)
{
    if (!text_equals(text_slice(service_account, 0, service_account_prefix.length), service_account_prefix))
        return (struct text){0};
    return text_slice(service_account, service_account_prefix.length, service_account.length);
}

struct text
names_gateway_url(struct arena *arena, struct text namespace)
{
    return text_format(arena, "http://" GATEWAY_NAME ".%.*s.svc:%d", TEXT_ARG(namespace), GATEWAY_PORT);
}

struct text
names_gateway_subject(struct arena *arena, struct text workspace, struct text environment)
{
    return control_gateway_subject(arena, workspace, environment);
}
