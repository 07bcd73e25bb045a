/* Budgets in the life of a call: configs, and a ledger that a test plays. */
#pragma once

#include <criterion/criterion.h>

#include "api/types/usage_record.h"
#include "gateway/decide/budget_need.h"
#include "gateway/decide/token_bound.h"
#include "gateway/gateway.h"
#include "gateway/lender.h"
#include "lib/base/arena.h"
#include "tests/support/gateway_words.h"
#include "tests/support/harness_fixture.h"
#include "tests/support/played_ledger.h"
#include "tests/support/reply.h"

/* 1 USD and 2 USD a million tokens: a prompt token costs 1,000 nano-USD, an answer's 2,000. */
#define PRICES                                                                                               \
    ",\"prices\":[{\"version\":\"v1\",\"price\":{\"provider\":\"mock\",\"model\":\"*\",\"usdPerMillion\":{"  \
    "\"input\":\"1\",\"output\":\"2\"}}}]"
#define PRICE ",\"priceVersion\":\"v1\""
#define MONTH                                                                                                \
    "{\"id\":\"org-month\",\"scope\":\"Environment\",\"unit\":\"USD\",\"amount\":1000000,"                   \
    "\"period\":\"Month\",\"onExceeded\":\"Block\",\"from\":{\"policy\":\"weir-system/"                      \
    "org\",\"place\":\"org.yaml:9\"}}"
#define TOKENS                                                                                               \
    "{\"id\":\"tokens\",\"scope\":\"Caller\",\"unit\":\"Tokens\",\"amount\":1000000,\"period\":\"Day\","     \
    "\"onExceeded\":\"Block\"}"
#define ALLOWED                                                                                              \
    "{\"id\":\"allowed\",\"scope\":\"Environment\",\"unit\":\"USD\",\"amount\":1000000,\"period\":"          \
    "\"Month\","                                                                                             \
    "\"onExceeded\":\"Block\",\"whenUnavailable\":\"Allow\"}"
#define ALERT                                                                                                \
    "{\"id\":\"alert\",\"scope\":\"Organisation\",\"unit\":\"USD\",\"amount\":1,\"period\":\"Month\","       \
    "\"onExceeded\":\"Alert\"}"
/* Room for one call that asks for 100 tokens, not for the next when the first has cost its 20,000. */
#define SHADOW                                                                                               \
    "{\"id\":\"tried\",\"scope\":\"Caller\",\"unit\":\"USD\",\"amount\":300000,\"period\":\"Month\","        \
    "\"onExceeded\":\"Block\",\"from\":{\"policy\":\"weir-system/org\",\"mode\":\"Shadow\"}}"
#define CONFIG_OF(TARGET, BUDGETS, MORE)                                                                     \
    "{\"version\":1,\"workspace\":\"demo\",\"environment\":\"dev\",\"tier\":\"Development\",\"owner\":"      \
    "\"retail\",\"callers\":[{\"name\":\"ada\",\"keyHashes\":[\"" KEY_HASH "\"]}],"                          \
    "\"providers\":[{\"name\":\"mock\",\"type\":\"OpenAI\",\"baseUrl\":\"http://@/v1\"}],"                   \
    "\"models\":[{\"name\":\"gpt\",\"targets\":[{\"provider\":\"mock\",\"model\":\"gpt-4.1\"" TARGET "}],"   \
    "\"retry\":{\"attempts\":2,\"backoffBase\":\"1ms\",\"backoffMax\":\"2ms\"}}],\"budgets\":[" BUDGETS      \
    "]" PRICES MORE "}"
#define ASKING_FOR(MAX)                                                                                      \
    "{\"model\":\"gpt\",\"max_tokens\":" MAX ",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"
/* What ASKING_FOR("100") can cost at most, its answer aside. */
#define PROMPT_COST (1000 * (int64_t)token_bound_upper(sizeof(ASKING_FOR("100")) - 1, 1))

static struct played_ledger ledger;

static inline void
given_lending(const char *config, int64_t amount)
{
    given(config);
    harness_use_ledger(harness, &ledger);
    played_ledger_lend(&ledger, amount);
}

static inline const struct usage_charge *
charge_of(const struct usage_record *record, const char *budget)
{
    for (size_t i = 0; i < record->charges.count; i++)
        if (text_equals(record->charges.items[i].budget, text_of(budget)))
            return &record->charges.items[i];
    return NULL;
}

static inline const struct ledger_ask *
asked(size_t index)
{
    for (size_t i = 0; i < ledger.heard_count; i++)
        if (ledger.heard[i].type == LEDGER_ASK && index-- == 0)
            return &ledger.heard[i].ask;
    return NULL;
}

static inline bool
says(struct text reply, const char *words)
{
    return text_find(reply, text_of(words)) >= 0;
}
