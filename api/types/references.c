/* The declarations of references.h made real. */
#include "api/types/references.h"

DEFINE_SCHEMA(local_ref, LOCAL_REF_FIELDS, "An object of the same namespace.");
DEFINE_SCHEMA(secret_ref, SECRET_REF_FIELDS, "One value of a Secret of the same namespace.");
