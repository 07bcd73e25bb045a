/* The declaration of namespace.h made real. */
#include "api/types/namespace.h"

DEFINE_SCHEMA(namespace_object, NAMESPACE_FIELDS,
              "Where an environment lives in a cluster, so that its policies can be applied together with "
              "its Workspace.");
