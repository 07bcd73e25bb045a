/* Which workspace a namespace is a part of: because the Workspace declares it, or because it still bears the
 * workspace's label. What is in a namespace wakes its workspace. */
#pragma once

#include <stdbool.h>

#include "lib/base/text.h"

struct arena;
struct namespace_owners;

struct namespace_owners *namespace_owners_new(struct arena *arena);
/* Replaces what the workspace declared before; an empty list when it is gone. */
void namespace_owners_declare(struct namespace_owners *owners, struct text workspace,
                              const struct text_list *namespaces);
/* The namespace's label; workspace empty: it has none, or is gone. */
void namespace_owners_label(struct namespace_owners *owners, struct text namespace, struct text workspace);
/* Who declares it, else whose label it bears; empty: nobody. Lives as long as the owners. */
struct text namespace_owners_find(const struct namespace_owners *owners, struct text namespace);
/* Every namespace that the workspace declares or whose label it bears. */
struct text_list
namespace_owners_list(struct arena *arena, const struct namespace_owners *owners, struct text workspace);
