/* What was seen of a workspace's objects, as reconcilers look at it. */
#pragma once

#include "operator/objects/desired.h"

struct cluster_operator;

/* The namespaces themselves and what we made in them; and what belongs to no namespace but bears the
 * workspace's label. */
struct observed_objects observed_build(struct arena *arena, const struct cluster_operator *op,
                                       struct text workspace, const struct text_list *namespaces);
