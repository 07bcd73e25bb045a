/* The people and programs of a workspace: who owns it, who may change it, who may call its models. */
#pragma once

#include "lib/schema/fields.h"

enum member_kind { MEMBER_KIND_USER, MEMBER_KIND_GROUP, MEMBER_KIND_SERVICE_ACCOUNT };
extern const char *const member_kind_names[]; /* User Group ServiceAccount */
enum member_role {
    MEMBER_ROLE_OWNER,
    MEMBER_ROLE_ADMIN,
    MEMBER_ROLE_DEVELOPER,
    MEMBER_ROLE_VIEWER,
    MEMBER_ROLE_AUDITOR
};
extern const char *const member_role_names[]; /* Owner Admin Developer Viewer Auditor */

/* clang-format off */
#define WORKSPACE_OWNER_FIELDS(F, T)                                                                                   \
    F(T, TEXT, team, "team", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(63), DOC("Who can change the rules: named in every refusal.")) \
    F(T, TEXT, contact, "contact", MAX_LENGTH(254), DOC("How to reach them: an address or a channel."))                \
    F(T, TEXT, cost_center, "costCenter", MAX_LENGTH(63), NOT_YET("usage is not booked to cost centers in this version"), \
      DOC("Where the spending is booked."))
DECLARE_SCHEMA(workspace_owner, WORKSPACE_OWNER_FIELDS);

/* Flat, not {subject: {kind, name}}: Kubernetes keys lists by fields of the item itself. */
#define WORKSPACE_MEMBER_FIELDS(F, T)                                                                                  \
    F(T, ENUM(member_kind), kind, "kind", REQUIRED, DOC("User, Group or ServiceAccount."))                             \
    F(T, TEXT, name, "name", REQUIRED, MIN_LENGTH(1),                                                                  \
      DOC("As Kubernetes sees it, such as oidc:retail-ml; a ServiceAccount of another namespace is namespace/name."))  \
    F(T, ENUM(member_role), role, "role", REQUIRED, DOC("Owner, Admin, Developer, Viewer or Auditor."))                \
    F(T, TEXTS, environments, "environments", SET, MAX_ITEMS(10), MAX_LENGTH(20), FORMAT(dns_label),                   \
      DOC("In which environments; in all if not given."))
DECLARE_SCHEMA(workspace_member, WORKSPACE_MEMBER_FIELDS);

#define WORKSPACE_CALLER_FIELDS(F, T)                                                                                  \
    F(T, TEXT, name, "name", REQUIRED, MAX_LENGTH(63), FORMAT(dns_label), DOC("Who calls: a person, an app or a job."))  \
    F(T, TEXT, team, "team", MAX_LENGTH(63), DOC("For the account; the owner's team if not given."))                   \
    F(T, TEXTS, environments, "environments", SET, MAX_ITEMS(10), MAX_LENGTH(20), FORMAT(dns_label),                   \
      DOC("Where it may call; in every environment if not given."))                                                    \
    F(T, TEXTS, key_hashes, "keyHashes", SET, MAX_ITEMS(8), MAX_LENGTH(71), FORMAT(sha256),                            \
      DOC("SHA-256 of each of its keys, as `weir keys new` prints them: safe in Git. Two for a rotation without a gap.")) \
    F(T, TIME, expires, "expires", DOC("From then on its keys are refused."))                                          \
    F(T, TEXT_MAP, tags, "tags", MAX_ITEMS(16), MAX_LENGTH(128), DOC("Copied into each of its usage records."))
DECLARE_SCHEMA(workspace_caller, WORKSPACE_CALLER_FIELDS);
/* clang-format on */

/* Whether the caller may call in that environment. */
bool workspace_caller_may_call_in(const struct workspace_caller *caller, struct text environment);
