/* The namespace itself, and what all objects in it begin with. */
#include "operator/objects/environment.h"

#include "operator/objects/names.h"

struct document *
environment_object(const struct environment_site *site, const char *api_version, const char *kind,
                   const char *name)
{
    struct document *object = object_new(site->arena, api_version, kind, site->namespace, text_of(name));
    object_set_owner(object, &site->owner);
    return object;
}

/* The level's version is the cluster's own: what we make meets every version of `restricted`, and a level
 * that stays behind would let in what a newer one knows to be harmful. */
struct document *
environment_namespace_object(const struct environment_site *site)
{
    static const char *const modes[] = {"enforce", "warn", "audit"};
    struct document *object = object_new(site->arena, "v1", "Namespace", (struct text){0}, site->namespace);
    object_set_owner(object, &site->owner);
    struct document *labels = object_at(object, "metadata.labels");
    document_set_text(labels, TIER_LABEL, schema_enum_name(tier_names, (int)site->tier));
    struct text level = schema_enum_name(pod_security_names, (int)site->settings.pod_security);
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        struct text mode = text_format(site->arena, POD_SECURITY_PREFIX "%s", modes[i]);
        document_set(labels, mode, document_new_text(site->arena, level));
        document_set(labels, text_format(site->arena, "%.*s-version", TEXT_ARG(mode)),
                     document_new_text(site->arena, TEXT("latest")));
    }
    return object;
}
