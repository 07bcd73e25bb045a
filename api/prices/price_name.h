/* LiteLLM's names to ours: which provider, which model of it, called for what.
 *
 * Its keys are model names, with or without the provider before them ("gpt-4.1-mini", "azure/gpt-4.1-mini"),
 * and it divides some providers by interface ("bedrock_converse", "vertex_ai-language-models"). */
#pragma once

#include "api/types/price.h"

struct price_name {
    struct text provider; /* "openai", "bedrock", "vertex_ai" */
    struct text model; /* what the provider calls it: "eu/gpt-4o", "anthropic.claude-3-haiku-20240307-v1:0" */
};

/* Slices of what is handed in. */
struct price_name price_name_read(struct text key, struct text litellm_provider);
enum price_mode price_name_mode(struct text litellm_mode);
