/* Who may do what in an environment: one binding for each role, to a ClusterRole that is shipped with the
 * operator. Roles are never made here: whoever makes a role must hold it. */
#include "operator/objects/environment.h"
#include "operator/objects/names.h"

#define RBAC_GROUP "rbac.authorization.k8s.io"

static const char *const role_objects[] = {
    [MEMBER_ROLE_OWNER] = "weir-owner",         [MEMBER_ROLE_ADMIN] = "weir-admin",
    [MEMBER_ROLE_DEVELOPER] = "weir-developer", [MEMBER_ROLE_VIEWER] = "weir-viewer",
    [MEMBER_ROLE_AUDITOR] = "weir-auditor",
};

static bool is_member_of(const struct workspace_member *member, struct text environment);
static void put_subject(const struct environment_site *site, struct document *binding,
                        const struct workspace_member *member);

struct document *
environment_role_binding(const struct environment_site *site, const struct workspace_member_list *members,
                         enum member_role role)
{
    const char *name = role_objects[role];
    struct document *binding = environment_object(site, RBAC_GROUP "/v1", "RoleBinding", name);
    object_put_text(binding, "roleRef.apiGroup", TEXT(RBAC_GROUP));
    object_put_text(binding, "roleRef.kind", TEXT("ClusterRole"));
    object_put_text(binding, "roleRef.name", text_of(name));
    for (size_t i = 0; i < members->count; i++)
        if (members->items[i].role == role && is_member_of(&members->items[i], site->owner.environment))
            put_subject(site, binding, &members->items[i]);
    return document_find(binding, TEXT("subjects")) ? binding : NULL;
}

static bool
is_member_of(const struct workspace_member *member, struct text environment)
{
    for (size_t i = 0; i < member->environments.count; i++)
        if (text_equals(member->environments.items[i], environment))
            return true;
    return member->environments.count == 0;
}

/* A ServiceAccount is "name" of this environment, "namespace/name", or the user that Kubernetes makes of it,
 * "system:serviceaccount:namespace:name". */
static void
put_subject(const struct environment_site *site, struct document *binding,
            const struct workspace_member *member)
{
    struct document *subject = object_append(binding, "subjects");
    document_set_text(subject, "kind", schema_enum_name(member_kind_names, (int)member->kind));
    if (member->kind != MEMBER_KIND_SERVICE_ACCOUNT) {
        document_set_text(subject, "apiGroup", TEXT(RBAC_GROUP));
        document_set_text(subject, "name", member->name);
        return;
    }
    struct text prefix = TEXT("system:serviceaccount:"), name = member->name, namespace = site->namespace;
    if (text_starts_with(name, prefix)) {
        name = text_slice(name, prefix.length, name.length);
        namespace = text_cut(&name, ':');
    } else if (text_find_byte(name, '/') >= 0) {
        namespace = text_cut(&name, '/');
    }
    document_set_text(subject, "name", name);
    document_set_text(subject, "namespace", namespace);
}
