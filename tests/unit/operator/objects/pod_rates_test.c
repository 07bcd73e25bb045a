/* What is read of pods and of their metrics, and the samples that come of it. */
#include "operator/objects/pod_rates.h"

#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "lib/document/json.h"
#include "tests/support/arena_fixture.h"

TestSuite(pod_rates, .init = given_arena, .fini = end_arena);
TestSuite(pod_usage, .init = given_arena, .fini = end_arena);

#define GIB INT64_C(1073741824)

static bool
read_pod(const char *json, struct pod_rates *rates)
{
    struct document *pod;
    struct error err = {0};
    cr_assert(json_parse(arena, text_of(json), TEXT("pod"), &pod, &err), "%s", err.message);
    return pod_rates_read(pod, rates);
}

#define POD(PHASE, STATUSES) "{\"status\": {\"phase\": \"" PHASE "\", \"containerStatuses\": [" STATUSES "]}}"
#define ASKS(REQUESTS) "{\"resources\": {\"requests\": {" REQUESTS "}}}"

Test(pod_rates, are_those_of_all_containers_together)
{
    struct pod_rates rates;
    cr_assert(read_pod(
        POD("Running", ASKS("\"cpu\": \"250m\", \"memory\": \"1Gi\", \"nvidia.com/gpu\": \"1\"") ", " ASKS(
                           "\"cpu\": \"2\", \"memory\": \"512Mi\", \"nvidia.com/gpu\": \"1\", "
                           "\"ephemeral-storage\": \"5Gi\"") ", {}"),
        &rates));
    cr_assert_eq(rates.millicores, 2250);
    cr_assert_eq(rates.memory_bytes, GIB + GIB / 2);
    cr_assert_eq(rates.device_count, 1);
    cr_assert(text_equals(rates.devices[0].resource, TEXT("nvidia.com/gpu")));
    cr_assert_eq(rates.devices[0].count, 2);
}

Test(pod_rates, are_none_of_a_pod_that_does_not_run)
{
    struct pod_rates rates;
    cr_assert_not(read_pod(POD("Pending", ASKS("\"cpu\": \"1\"")), &rates));
    cr_assert_not(read_pod(POD("Succeeded", ASKS("\"cpu\": \"1\"")), &rates));
    cr_assert_not(read_pod("{}", &rates));
}

Test(pod_rates, of_what_cannot_be_read_or_is_too_much_are_bounded)
{
    struct pod_rates rates;
    cr_assert(read_pod(
        POD("Running", ASKS("\"cpu\": \"much\", \"memory\": \"9e15\"") ", " ASKS("\"memory\": \"9e15\"")),
        &rates));
    cr_assert_eq(rates.millicores, 0);
    cr_assert_eq(rates.memory_bytes, INT64_C(18000000000000000));
    cr_assert(read_pod(
        POD("Running", ASKS("\"a/0\":\"1\",\"a/1\":\"1\",\"a/2\":\"1\",\"a/3\":\"1\",\"a/4\":\"1\","
                            "\"a/5\":\"1\",\"a/6\":\"1\",\"a/7\":\"1\",\"a/8\":\"1\",\"a/9\":\"1\","
                            "\"b/0\":\"1\",\"b/1\":\"1\",\"b/2\":\"1\",\"b/3\":\"1\",\"b/4\":\"1\"")),
        &rates));
    cr_assert_eq(rates.device_count, POD_RATES_MOST_DEVICES);
}

Test(pod_usage, is_read_of_a_list_of_pod_metrics)
{
    struct pod_usage_list list;
    struct error err = {0};
    cr_assert(
        pod_usage_parse(arena,
                        TEXT("{\"kind\": \"PodMetricsList\", \"items\": [{\"metadata\": {\"name\": \"a\"}, "
                             "\"containers\": [{\"usage\": {\"cpu\": \"1500000n\", \"memory\": \"2Ki\"}}, "
                             "{\"usage\": {\"cpu\": \"1\", \"memory\": \"1Ki\"}}]}]}"),
                        &list, &err),
        "%s", err.message);
    cr_assert_eq(list.count, 1);
    cr_assert_eq(pod_usage_find(&list, TEXT("a"))->millicores, 1002);
    cr_assert_eq(pod_usage_find(&list, TEXT("a"))->memory_bytes, 3072);
    cr_assert_null(pod_usage_find(&list, TEXT("b")));
    cr_assert_not(pod_usage_parse(arena, TEXT("{\"kind\": \"Status\"}"), &list, &err));
    cr_assert_not(pod_usage_parse(arena, TEXT("<html>"), &list, &err));
}

Test(pod_rates, make_a_sample_that_says_who_told_it)
{
    const struct pod_rates rates = {
        .millicores = 500, .memory_bytes = GIB, .devices = {{TEXT("nvidia.com/gpu"), 2}}, .device_count = 1};
    const struct pod_usage usage = {.millicores = 700, .memory_bytes = GIB / 2};
    struct runtime_sample sample = {.from_ms = 1000, .until_ms = 61000};

    pod_sample_fill(arena, &rates, &usage, &sample);
    cr_assert_eq(sample.told_by, RUNTIME_METRICS);
    cr_assert_eq(sample.amounts.count, 3);
    cr_assert_eq(sample.amounts.items[0].requested, 500 * 60000);
    cr_assert_eq(sample.amounts.items[0].used, 700 * 60000);
    cr_assert_eq(sample.amounts.items[1].requested, 62914560);
    cr_assert_eq(sample.amounts.items[1].used, 31457280);
    cr_assert_eq(sample.amounts.items[2].requested, 120000);
    cr_assert_eq(sample.amounts.items[2].used, 0);

    pod_sample_fill(arena, &rates, NULL, &sample);
    cr_assert_eq(sample.told_by, RUNTIME_REQUESTS);
    cr_assert_eq(sample.amounts.items[0].used, 0);
}
