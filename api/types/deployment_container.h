/* What every workload of our own image has in common: image, command, environment, probes. */
#pragma once

#include "api/types/references.h"

/* clang-format off */
#define ENV_VARIABLE_FIELDS(F, T)                                                                                      \
    F(T, TEXT, name, "name", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(128), DOC("The variable."))                           \
    F(T, TEXT, value, "value", MAX_LENGTH(4096), DOC("Its value, empty if not given; not together with secretRef."))                       \
    F(T, OBJECT(secret_ref), secret_ref, "secretRef", DOC("A Secret's value."))
DECLARE_SCHEMA(env_variable, ENV_VARIABLE_FIELDS);

#define ENV_SOURCE_FIELDS(F, T)                                                                                        \
    F(T, TEXT, secret, "secret", FORMAT(dns_subdomain), DOC("Every value of this Secret."))                            \
    F(T, TEXT, config_map, "configMap", FORMAT(dns_subdomain), DOC("Every value of this ConfigMap."))
DECLARE_SCHEMA(env_source, ENV_SOURCE_FIELDS);

#define CONTAINER_PORT_FIELDS(F, T)                                                                                    \
    F(T, TEXT, name, "name", REQUIRED, MAX_LENGTH(15), FORMAT(dns_label), DOC("What the Service calls it."))           \
    F(T, INT, port, "port", REQUIRED, RANGE(1, 65535), DOC("Where the container listens."))
DECLARE_SCHEMA(container_port, CONTAINER_PORT_FIELDS);

#define CONTAINER_PROBE_FIELDS(F, T)                                                                                   \
    F(T, TEXT, path, "path", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(1024), DOC("HTTP path; 2xx and 3xx are good."))       \
    F(T, INT, port, "port", REQUIRED, RANGE(1, 65535), DOC("Port that it is asked on."))                               \
    F(T, DURATION, period, "period", DEFAULT("10s"), RANGE(1000, 3600000), DOC("How often."))                          \
    F(T, INT, failures, "failures", DEFAULT("3"), RANGE(1, 100), DOC("How many in a row count."))
DECLARE_SCHEMA(container_probe, CONTAINER_PROBE_FIELDS);

#define CONTAINER_PROBES_FIELDS(F, T)                                                                                  \
    F(T, OBJECT(container_probe), startup, "startup", DOC("Until it first succeeds the others wait."))                 \
    F(T, OBJECT(container_probe), readiness, "readiness", DOC("While it fails the pod gets no calls."))                \
    F(T, OBJECT(container_probe), liveness, "liveness", DOC("When it fails the container is restarted."))
DECLARE_SCHEMA(container_probes, CONTAINER_PROBES_FIELDS);

/* A part of several field lists, not a type. */
#define CONTAINER_FIELDS(F, T)                                                                                         \
    F(T, TEXT, image, "image", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(512), DOC("Container image, best by digest."))      \
    F(T, TEXTS, command, "command", MAX_ITEMS(32), MAX_LENGTH(1024), DOC("Instead of the image's entrypoint."))        \
    F(T, TEXTS, args, "args", MAX_ITEMS(128), MAX_LENGTH(1024), DOC("Arguments."))                                     \
    F(T, LIST(env_variable), env, "env", LIST_KEYS("name"), MAX_ITEMS(128),                                            \
      DOC("Environment variables. OPENAI_BASE_URL, OPENAI_API_BASE, ANTHROPIC_BASE_URL, WEIR_GATEWAY_URL and WEIR_TOKEN_FILE are set already, unless named here. No variable holds a key: the key for SDKs is the content of the file WEIR_TOKEN_FILE, which is renewed every hour (OPENAI_API_KEY=$(cat $WEIR_TOKEN_FILE)).")) \
    F(T, LIST(env_source), env_from, "envFrom", MAX_ITEMS(16), DOC("Environment variables, many at once."))

#define SERVICE_WORKLOAD_FIELDS(F, T)                                                                                  \
    CONTAINER_FIELDS(F, T)                                                                                             \
    F(T, LIST(container_port), ports, "ports", LIST_KEYS("name"), MAX_ITEMS(16), DOC("Where it listens."))             \
    F(T, OBJECT(container_probes), probes, "probes", DOC("How to tell that it works."))
DECLARE_SCHEMA(service_workload, SERVICE_WORKLOAD_FIELDS);
/* clang-format on */
