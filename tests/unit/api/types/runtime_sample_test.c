/* Samples and price cards as they are written: what is read, and what is refused with its place. */
#include "api/types/runtime_sample.h"

#include <criterion/criterion.h>

#include "api/types/price_card.h"
#include "lib/base/error.h"
#include "lib/document/yaml.h"
#include "lib/schema/problems.h"
#include "tests/unit/api/types/given.h"

TestSuite(runtime_sample, .init = given_fresh_arena, .fini = end_arena);
TestSuite(price_card, .init = given_fresh_arena, .fini = end_arena);

static struct text
problem_of(const struct schema *schema, const char *yaml, void *out)
{
    struct document_list documents;
    struct problem_list problems;
    struct error err = {0};
    problems_init(&problems, test_arena);
    cr_assert(yaml_parse(test_arena, text_of(yaml), TEXT("given.yaml"), &documents, &err));
    bool is_read = schema_decode(test_arena, schema, documents.items[0], (struct text){0}, out, &problems);
    cr_assert_eq(is_read, problems.error_count == 0);
    return problems.count > 0 ? problem_line(test_arena, &problems.items[0]) : (struct text){0};
}

static void
expect_refused_sample(const char *yaml, const char *words)
{
    struct runtime_sample sample;
    struct text problem = problem_of(&runtime_sample_schema, yaml, &sample);
    cr_assert(text_find(problem, text_of(words)) >= 0, "%.*s", TEXT_ARG(problem));
}

Test(runtime_sample, says_what_a_pod_had_in_an_hour)
{
    struct runtime_sample sample;
    struct text problem = problem_of(
        &runtime_sample_schema,
        "{pod: a, uid: u, source: Metrics, from: 3600000, until: 7200000, workspace: demo, "
        "amounts: [{resource: cpu, requested: 5, used: 7}, {resource: nvidia.com/gpu, requested: 1}]}",
        &sample);
    cr_assert(text_is_empty(problem), "%.*s", TEXT_ARG(problem));
    cr_assert_eq(sample.told_by, RUNTIME_METRICS);
    cr_assert_eq(sample.amounts.items[0].used, 7);
    cr_assert_eq(sample.amounts.items[1].used, 0);
}

Test(runtime_sample, is_of_one_hour_and_ends_after_it_began)
{
    expect_refused_sample(
        "{pod: a, uid: u, source: Requests, from: 3599999, until: 3600001, amounts: [{resource: cpu}]}",
        "more than one hour");
    expect_refused_sample("{pod: a, uid: u, source: Requests, from: 5, until: 5, amounts: [{resource: cpu}]}",
                          "later than from");
}

Test(runtime_sample, has_each_resource_once_and_no_more_than_there_can_be)
{
    expect_refused_sample("{pod: a, uid: u, source: Requests, from: 1, until: 5, amounts: [{resource: cpu}, "
                          "{resource: cpu}]}",
                          "amounts");
    expect_refused_sample("{pod: a, uid: u, source: Requests, from: 1, until: 5, amounts: [{resource: cpu, "
                          "used: 400000000000001}]}",
                          "used");
    expect_refused_sample("{pod: a, uid: u, source: Requests, from: 1, until: 5, amounts: []}", "amounts");
}

Test(runtime_sample, of_an_environment_names_its_workspace)
{
    expect_refused_sample("{pod: a, uid: u, environment: dev, source: Requests, from: 1, until: 5, amounts: "
                          "[{resource: cpu}]}",
                          "of a workspace");
}

Test(price_card, is_money_as_decimal_text)
{
    struct price_card card;
    struct text problem = problem_of(&price_card_schema,
                                     "usdPerCoreHour: \"0.04\"\nusdPerGiBHour: \"0\"\ndevices:\n"
                                     "  - { resource: nvidia.com/gpu, usdPerHour: \"2.50\" }\n",
                                     &card);
    cr_assert(text_is_empty(problem), "%.*s", TEXT_ARG(problem));
    cr_assert_eq(card.usd_per_core_hour, 40000000);
    cr_assert_eq(card.usd_per_gib_hour, 0);
    cr_assert_eq(card.devices.items[0].usd_per_hour, 2500000000);
}

Test(price_card, refuses_a_core_among_devices_and_prices_that_are_missing)
{
    struct price_card card;
    struct text problem = problem_of(&price_card_schema,
                                     "usdPerCoreHour: \"0.04\"\nusdPerGiBHour: \"0\"\ndevices:\n"
                                     "  - { resource: cpu, usdPerHour: \"2.50\" }\n",
                                     &card);
    cr_assert(text_find(problem, TEXT("given.yaml:4")) >= 0 && text_find(problem, TEXT("usdPerCoreHour")) > 0,
              "%.*s", TEXT_ARG(problem));
    problem = problem_of(&price_card_schema, "usdPerCoreHour: \"0.04\"\n", &card);
    cr_assert(text_find(problem, TEXT("usdPerGiBHour")) >= 0, "%.*s", TEXT_ARG(problem));
}
