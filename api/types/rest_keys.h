/* What is asked and answered over REST of callers' keys. */
#pragma once

#include "api/types/rest_questions.h"
#include "lib/schema/fields.h"

#define REST_KEY_MAX_AFTER_MS 2592000000 /* 30 days */

extern const struct text_format text_format_key_id; /* [sha256:] and 12 to 64 hex digits */

enum key_origin { KEY_ORIGIN_DECLARED, KEY_ORIGIN_MADE };
extern const char *const key_origin_names[]; /* Declared Made */

/* clang-format off */
#define KEYS_PATH_FIELDS(F, T)                                                                                         \
    F(T, TEXT, workspace, "workspace", REQUIRED, MAX_LENGTH(63), FORMAT(dns_label), DOC("The caller's workspace."))    \
    F(T, TEXT, environment, "environment", REQUIRED, MAX_LENGTH(63), FORMAT(dns_label), DOC("Where the key is of use: keys of other environments are others, as far as they were made here.")) \
    F(T, TEXT, caller, "caller", REQUIRED, MAX_LENGTH(63), FORMAT(dns_label), DOC("Who calls, as the Workspace declares it."))
DECLARE_SCHEMA(keys_path, KEYS_PATH_FIELDS);

#define KEY_PATH_FIELDS(F, T)                                                                                          \
    KEYS_PATH_FIELDS(F, T)                                                                                             \
    F(T, TEXT, key, "key", REQUIRED, MAX_LENGTH(71), FORMAT(key_id), DOC("Its id, or more digits of its hash."))
DECLARE_SCHEMA(key_path, KEY_PATH_FIELDS);

#define KEY_REVOCATION_QUERY_FIELDS(F, T)                                                                              \
    F(T, DURATION, after, "after", DEFAULT("0s"), RANGE(0, REST_KEY_MAX_AFTER_MS), DOC("So long it works on, as 30m or 1h."))
DECLARE_SCHEMA(key_revocation_query, KEY_REVOCATION_QUERY_FIELDS);

#define KEY_WANTED_FIELDS(F, T)                                                                                        \
    F(T, TIME, expires, "expires", DOC("From then on it is refused; never when left out."))                            \
    F(T, TEXT, replaces, "replaces", MAX_LENGTH(71), FORMAT(key_id), DOC("A key of the same caller, by its id, that is revoked for it in the same moment.")) \
    F(T, DURATION, after, "after", DEFAULT("0s"), RANGE(0, REST_KEY_MAX_AFTER_MS), DOC("So long the key that is replaced works on, as 30m or 1h."))
DECLARE_SCHEMA(key_wanted, KEY_WANTED_FIELDS);

#define KEY_STATE_FIELDS(F, T)                                                                                         \
    F(T, TEXT, id, "id", REQUIRED, MAX_LENGTH(71), DOC("The beginning of its hash, as sha256:<12 digits>."))           \
    F(T, ENUM(key_origin), origin, "origin", REQUIRED, ALWAYS, DOC("Declared in the Workspace, or Made here."))        \
    F(T, BOOL, in_force, "inForce", REQUIRED, ALWAYS, DOC("Whether gateways take it now; what its caller may is another matter.")) \
    F(T, TIME, created, "created", DOC("Of one that was made here."))                                                  \
    F(T, TIME, expires, "expires", DOC("Of one that was made here: refused from then on."))                            \
    F(T, TIME, revoked, "revoked", DOC("Refused from then on."))
DECLARE_SCHEMA(key_state, KEY_STATE_FIELDS);

#define KEYS_REPORT_FIELDS(F, T)                                                                                       \
    F(T, LIST(key_state), keys, "keys", REQUIRED, MAX_ITEMS(2048), DOC("All of the caller's that may be of use, and revocations that are remembered."))
DECLARE_SCHEMA(keys_report, KEYS_REPORT_FIELDS);

#define MADE_KEY_FIELDS(F, T)                                                                                          \
    F(T, TEXT, key, "key", REQUIRED, SECRET, DOC("The key itself: nobody can show it again."))                         \
    F(T, TEXT, key_hash, "keyHash", REQUIRED, MAX_LENGTH(71), FORMAT(sha256), DOC("All that is kept of it. Declared in the Workspace, it is one of those keys from then on.")) \
    F(T, OBJECT(key_state), made, "made", REQUIRED, DOC("The key."))                                                   \
    F(T, OBJECT(key_state), replaced, "replaced", DOC("The one that was revoked for it, if one was."))
DECLARE_SCHEMA(made_key, MADE_KEY_FIELDS);
/* clang-format on */
