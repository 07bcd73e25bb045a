/* The declaration of object_meta.h made real. */
#include "api/types/object_meta.h"

DEFINE_SCHEMA(object_meta, OBJECT_META_FIELDS, "Who an object is, and which version of it this is.",
              .is_open = true);
