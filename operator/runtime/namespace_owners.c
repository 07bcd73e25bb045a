/* One record for each namespace ever seen; names of workspaces are kept once. */
#include "operator/runtime/namespace_owners.h"

#include "lib/base/arena.h"
#include "lib/base/map.h"

struct owned {
    struct text namespace, declared_by, labelled_by;
};

struct namespace_owners {
    struct arena *arena;
    struct map *by_namespace; /* struct owned */
    struct map *workspaces;   /* name -> struct text, the name */
};

static struct owned *find_or_add(struct namespace_owners *owners, struct text namespace);
static struct text keep_name(struct namespace_owners *owners, struct text workspace);

struct namespace_owners *
namespace_owners_new(struct arena *arena)
{
    struct namespace_owners *owners = arena_alloc(arena, sizeof(*owners));
    *owners = (struct namespace_owners){
        .arena = arena, .by_namespace = map_new(arena), .workspaces = map_new(arena)};
    return owners;
}

void
namespace_owners_declare(struct namespace_owners *owners, struct text workspace,
                         const struct text_list *namespaces)
{
    struct text key;
    void *value;
    for (size_t at = 0; map_next(owners->by_namespace, &at, &key, &value);) {
        struct owned *owned = value;
        if (text_equals(owned->declared_by, workspace))
            owned->declared_by = (struct text){0};
    }
    for (size_t i = 0; i < namespaces->count; i++) {
        struct owned *owned = find_or_add(owners, namespaces->items[i]);
        if (owned->declared_by.length == 0) /* whoever declared it first keeps it */
            owned->declared_by = keep_name(owners, workspace);
    }
}

void
namespace_owners_label(struct namespace_owners *owners, struct text namespace, struct text workspace)
{
    if (workspace.length == 0 && !map_find(owners->by_namespace, namespace))
        return;
    find_or_add(owners, namespace)->labelled_by =
        workspace.length == 0 ? (struct text){0} : keep_name(owners, workspace);
}

struct text
namespace_owners_find(const struct namespace_owners *owners, struct text namespace)
{
    const struct owned *owned = map_find(owners->by_namespace, namespace);
    if (!owned)
        return (struct text){0};
    return owned->declared_by.length > 0 ? owned->declared_by : owned->labelled_by;
}

struct text_list
namespace_owners_list(struct arena *arena, const struct namespace_owners *owners, struct text workspace)
{
    struct text_list list = {0};
    size_t capacity = 0;
    struct text key;
    void *value;
    for (size_t at = 0; map_next(owners->by_namespace, &at, &key, &value);) {
        const struct owned *owned = value;
        if (!text_equals(owned->declared_by, workspace) && !text_equals(owned->labelled_by, workspace))
            continue;
        list.items = arena_grow(arena, list.items, list.count, &capacity, sizeof(*list.items));
        list.items[list.count++] = owned->namespace;
    }
    return list;
}

static struct owned *
find_or_add(struct namespace_owners *owners, struct text namespace)
{
    struct owned *owned = map_find(owners->by_namespace, namespace);
    if (owned)
        return owned;
    owned = arena_alloc(owners->arena, sizeof(*owned));
    owned->namespace = text_copy(owners->arena, namespace);
    map_set(owners->by_namespace, owned->namespace, owned);
    return owned;
}

static struct text
keep_name(struct namespace_owners *owners, struct text workspace)
{
    struct text *kept = map_find(owners->workspaces, workspace);
    if (!kept) {
        kept = arena_alloc(owners->arena, sizeof(*kept));
        *kept = text_copy(owners->arena, workspace);
        map_set(owners->workspaces, *kept, kept);
    }
    return *kept;
}
