/* A gateway for each test of a file, started with given() and ended by TestSuite(words, .fini = end). */
#pragma once

#include "tests/support/gateway_harness.h"

static struct harness *harness;

static void
given(const char *config)
{
    harness = harness_start(config);
}

static void
end(void)
{
    if (harness)
        harness_end(harness);
}

/* Whether the provider's request of that index has the words. */
static bool
got(size_t index, const char *words)
{
    return text_find(harness_provider_got(harness, index), text_of(words)) >= 0;
}
