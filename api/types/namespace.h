/* A Kubernetes Namespace as the folder store reads it: foreign, core/v1. On a laptop a namespace is only a
 * name, so it is read, checked and has no effect; in a cluster the annotation weir.dev/adopt lets a Workspace
 * take it over. */
#pragma once

#include "api/types/object_meta.h"

/* clang-format off */
#define NAMESPACE_FIELDS(F, T)                                                                                         \
    OBJECT_TYPE_FIELDS(F, T)
/* clang-format on */
DECLARE_SCHEMA(namespace_object, NAMESPACE_FIELDS);
