/* The declarations of runtime_sample.h made real. */
#include "api/types/runtime_sample.h"

#include "lib/schema/problems.h"

#define HOUR_MS INT64_C(3600000)

const char *const runtime_source_names[] = {"Requests", "Metrics", "Process", NULL};

static void
check_sample(const void *value, struct text path, struct problem_list *problems)
{
    const struct runtime_sample *sample = value;
    if (sample->until_ms <= sample->from_ms)
        problems_add(problems, sample->source, path, "until must be later than from");
    else if ((sample->until_ms - 1) / HOUR_MS != sample->from_ms / HOUR_MS)
        problems_add(problems, sample->source, path, "is of more than one hour");
    if (text_is_empty(sample->workspace) && !text_is_empty(sample->environment))
        problems_add(problems, sample->source, path, "an environment is one of a workspace");
}

DEFINE_SCHEMA(runtime_amount, RUNTIME_AMOUNT_FIELDS, "How much of a resource.");
DEFINE_SCHEMA(runtime_sample, RUNTIME_SAMPLE_FIELDS, "What a pod had and used for a while.",
              .check = check_sample);

static int64_t
amount_of(int64_t rate, int64_t span_ms, int64_t per_unit)
{
    if (rate <= 0 || span_ms <= 0)
        return 0;
    unsigned __int128 whole = (unsigned __int128)(uint64_t)rate * (uint64_t)span_ms;
    unsigned __int128 amount = (whole + (uint64_t)per_unit - 1) / (uint64_t)per_unit;
    return amount > (uint64_t)RUNTIME_MAX_AMOUNT ? RUNTIME_MAX_AMOUNT : (int64_t)amount;
}

int64_t
runtime_cpu_amount(int64_t millicores, int64_t span_ms)
{
    return amount_of(millicores, span_ms, 1);
}

int64_t
runtime_memory_amount(int64_t bytes, int64_t span_ms)
{
    return amount_of(bytes, span_ms, INT64_C(1024) * 1000);
}

int64_t
runtime_device_amount(int64_t count, int64_t span_ms)
{
    return amount_of(count, span_ms, 1);
}
