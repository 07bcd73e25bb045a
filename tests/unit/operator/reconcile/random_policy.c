/* Random policies over few names and numbers, so that they meet often. */
#include "tests/unit/operator/reconcile/random_policy.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "tests/unit/operator/reconcile/given.h"

static const char *const model_globs[] = {"gpt-*",  "gpt-4.1*", "gpt-4.1-mini", "echo", "claude-*",
                                          "*-mini", "*"};
static const char *const provider_globs[] = {"*", "openai", "echo", "open*"};

static void add_patterns(struct random *random, const char *key, struct buffer *out);
static void add_limits(struct random *random, struct buffer *out);
static void add_budgets(struct random *random, struct buffer *out);

/* splitmix64 */
uint32_t
random_below(struct random *random, uint32_t bound)
{
    uint64_t mixed = random->state += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((mixed ^ (mixed >> 31)) % bound);
}

const char *
random_policy(struct random *random, const char *namespace, const char *name)
{
    struct buffer out;
    buffer_init(&out, test_arena, 512);
    buffer_print(&out, "  mode: %s\n  constraints:\n", random_below(random, 5) == 0 ? "Shadow" : "Enforce");
    buffer_print(&out, "    maxOutputTokensOver: %s\n", random_below(random, 2) ? "Clamp" : "Refuse");
    if (random_below(random, 2))
        buffer_print(&out, "    maxInputTokens: %u\n", 1 + random_below(random, 4));
    if (random_below(random, 2))
        buffer_print(&out, "    maxOutputTokens: %u\n", 1 + random_below(random, 4));
    if (random_below(random, 2))
        buffer_print(&out, "    requestTimeout: %us\n", 1 + random_below(random, 4));
    if (random_below(random, 3) == 0)
        buffer_print(&out, "    providers: { allow: [%s] }\n",
                     random_below(random, 2) ? "openai" : "echo, openai");
    if (random_below(random, 4) > 0) {
        buffer_add_string(&out, "    models:\n");
        add_patterns(random, random_below(random, 2) ? "allow" : "deny", &out);
    }
    if (random_below(random, 4) > 0)
        add_limits(random, &out);
    if (random_below(random, 4) > 0)
        add_budgets(random, &out);
    buffer_add_byte(&out, '\0');
    return given_policy(namespace, name, out.bytes);
}

static void
add_patterns(struct random *random, const char *key, struct buffer *out)
{
    buffer_print(out, "      %s:\n", key);
    for (uint32_t i = 0, count = 1 + random_below(random, 3); i < count; i++)
        buffer_print(out, "        - { provider: \"%s\", name: \"%s\" }\n",
                     provider_globs[random_below(random, COUNT_OF(provider_globs))],
                     model_globs[random_below(random, COUNT_OF(model_globs))]);
}

static void
add_limits(struct random *random, struct buffer *out)
{
    buffer_add_string(out, "    limits:\n");
    static const char *const scopes[] = {"Environment", "Caller"};
    for (size_t i = random_below(random, 2); i < COUNT_OF(scopes); i++)
        buffer_print(out, "      - { scope: %s, requestsPerMinute: %u, %s: %u }\n", scopes[i],
                     random_below(random, 4), random_below(random, 2) ? "tokensPerMinute" : "concurrency",
                     random_below(random, 4));
}

static void
add_budgets(struct random *random, struct buffer *out)
{
    static const char *const scopes[] = {"Environment", "Caller"};
    static const char *const exceeded[] = {"Alert", "Block"};
    static const char *const zones[] = {"UTC", "Europe/Berlin"};
    buffer_add_string(out, "    budgets:\n");
    for (size_t i = random_below(random, 2); i < COUNT_OF(scopes); i++)
        buffer_print(out, "      - { scope: %s, amount: \"%u\", onExceeded: %s, timeZone: %s%s }\n",
                     scopes[i], random_below(random, 3), exceeded[random_below(random, 2)],
                     zones[random_below(random, 2)], random_below(random, 2) ? ", tokens: 2" : "");
}
