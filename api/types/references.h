/* How one object names another. Never across namespaces: whoever may write in a namespace could otherwise use
 * what lives in another (the confused deputy). */
#pragma once

#include "lib/schema/fields.h"

/* clang-format off */
#define LOCAL_REF_FIELDS(F, T)                                                                                         \
    F(T, TEXT, name, "name", REQUIRED, FORMAT(dns_subdomain), DOC("Name of an object in the same namespace."))
DECLARE_SCHEMA(local_ref, LOCAL_REF_FIELDS);

#define SECRET_REF_FIELDS(F, T)                                                                                        \
    F(T, TEXT, name, "name", REQUIRED, FORMAT(dns_subdomain),                                                          \
      DOC("Name of a Secret in the environment's namespace."))                                                         \
    F(T, TEXT, key, "key", REQUIRED, MIN_LENGTH(1), DOC("Which of the Secret's values."))
DECLARE_SCHEMA(secret_ref, SECRET_REF_FIELDS);
/* clang-format on */
