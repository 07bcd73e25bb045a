/* How one environment is doing right now: its address, its gateway, the revision it runs, what it serves.
 * What GET /v1/environments answers. State only: what it may do is told by an explanation. */
#pragma once

#include "api/types/gateway_config.h"

/* clang-format off */
#define ENVIRONMENT_MODEL_FIELDS(F, T)                                                                                 \
    F(T, TEXT, name, "name", REQUIRED, DOC("What clients call it."))                                                   \
    F(T, BOOL, available, "available", DEFAULT("true"), DOC("At least one target can be called."))                     \
    F(T, TEXT, note, "note", MAX_LENGTH(1024), DOC("built in, offline; set OPENAI_API_KEY to enable; why it is not available."))
DECLARE_SCHEMA(environment_model, ENVIRONMENT_MODEL_FIELDS);

#define ENVIRONMENT_STATE_FIELDS(F, T)                                                                                 \
    F(T, TEXT, workspace, "workspace", REQUIRED, DOC("The workspace's name."))                                         \
    F(T, TEXT, environment, "environment", REQUIRED, DOC("The environment's name."))                                   \
    F(T, TEXT, namespace_, "namespace", DOC("Where its policies and secrets live."))                                   \
    F(T, ENUM(tier), tier, "tier", DEFAULT("Development"), DOC("Development, Staging or Production."))                 \
    F(T, TEXT, url, "url", MAX_LENGTH(1024), DOC("Where callers find its gateway; empty until it listens."))           \
    F(T, TEXT, admin_url, "adminUrl", MAX_LENGTH(1024), DOC("Where its gateway serves health and metrics."))           \
    F(T, BOOL, ready, "ready", DEFAULT("false"), DOC("Every gateway has the revision."))                               \
    F(T, TEXT, reason, "reason", DOC("One word for the state: Ready, Starting, Restarting, Held, Nacked ..."))         \
    F(T, TEXT, message, "message", MAX_LENGTH(8192), DOC("What happened and what to do next."))                        \
    F(T, TEXT, revision, "revision", DOC("The config the operator computed last."))                                    \
    F(T, INT, gateways, "gateways", DEFAULT("0"), DOC("How many gateways it has."))                                    \
    F(T, INT, gateways_acked, "gatewaysAcked", DEFAULT("0"), DOC("How many of them have the revision."))               \
    F(T, INT, pid, "pid", DEFAULT("0"), DOC("Its gateway's process."))                                                 \
    F(T, INT, started_in_ms, "startedInMs", DEFAULT("0"), DOC("From spawn to the first ack; 0 for an adopted gateway."))  \
    F(T, INT, restarts, "restarts", DEFAULT("0"), DOC("How often its gateway was started again after it ended by itself.")) \
    F(T, LIST(environment_model), models, "models", MAX_ITEMS(512), DOC("What may be called there."))
DECLARE_SCHEMA(environment_state, ENVIRONMENT_STATE_FIELDS);

#define ENVIRONMENT_REPORT_FIELDS(F, T)                                                                                \
    F(T, LIST(environment_state), environments, "environments", MAX_ITEMS(1000), DOC("All of them, by workspace and name."))
DECLARE_SCHEMA(environment_report, ENVIRONMENT_REPORT_FIELDS);
/* clang-format on */
