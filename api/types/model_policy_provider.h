/* Servers that answer calls, as policies name them. openai and echo are built in and need no definition.
 *
 * A name that a broader level defined cannot be defined again at a narrower one (the reconciler's rule):
 * nobody may point another team's calls and keys at a server of their own. */
#pragma once

#include "api/types/gateway_route.h"
#include "api/types/references.h"

#define PROVIDER_BUILT_IN_OPENAI "openai" /* OpenAI, https://api.openai.com/v1 */
#define PROVIDER_BUILT_IN_OPENAI_URL "https://api.openai.com/v1"
#define PROVIDER_BUILT_IN_ECHO "echo" /* Echo, answers without a network */
/* The ModelServer Deployments of an environment. In a gateway's config each is a provider of its own, called
 * "self-hosted/<deployment>"; rules are held against what stands before the slash. */
#define PROVIDER_SELF_HOSTED "self-hosted"

/* clang-format off */
#define POLICY_PROVIDER_FIELDS(F, T)                                                                                   \
    F(T, TEXT, name, "name", REQUIRED, MAX_LENGTH(63), FORMAT(dns_label),                                              \
      DOC("What targets and rules call it. openai, echo and self-hosted are built in and cannot be defined."))                      \
    F(T, ENUM(provider_type), type, "type", REQUIRED,                                                                  \
      DOC("OpenAI: any server with OpenAI's API (OpenAI, vLLM, Ollama, llama.cpp, Azure /openai/v1). Echo: built in, answers without a network.")) \
    F(T, TEXT, base_url, "baseUrl", MAX_LENGTH(2048), FORMAT(url),                                                     \
      DOC("Scheme, host, port and path up to the part that OpenAI's API defines: https://llm.example.com/v1."))        \
    F(T, TEXT, ca_file, "caFile", MAX_LENGTH(4096),                                                                    \
      DOC("PEM file to verify the server with, on a laptop only; the system's store if not given."))                   \
    F(T, OBJECT(secret_ref), credentials_ref, "credentialsRef",                                                        \
      DOC("The key sent to it, for every target without one of its own; no key if not given."))                        \
    F(T, OBJECT(echo_behaviour), echo, "echo", DOC("How an Echo provider behaves: delays and errors, for tests."))
DECLARE_SCHEMA(policy_provider, POLICY_PROVIDER_FIELDS);
/* clang-format on */

/* openai, echo or self-hosted: names no policy may define. */
bool provider_is_built_in(struct text name);
