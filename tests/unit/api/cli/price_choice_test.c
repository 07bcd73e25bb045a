/* Which prices are asked for, under which names they come back, and what is said about the others. */
#include <criterion/criterion.h>

#include "api/cli/price_choice.h"
#include "lib/base/error.h"
#include "lib/document/yaml.h"
#include "tests/support/arena_fixture.h"

TestSuite(price_choice, .init = given_arena, .fini = end_arena);

static struct price_choice *
choice_with(const char *providers)
{
    struct price_choice *choice = NULL;
    struct error err = {0};
    cr_assert(price_choice_new(arena, text_of(providers), &choice, &err), "%s", err.message);
    return choice;
}

static void
add_defaults(struct price_choice *choice, const char *yaml)
{
    struct document_list documents;
    struct problem_list problems;
    struct model_policy policy = {0};
    struct error err = {0};
    problems_init(&problems, arena);
    cr_assert(yaml_parse(arena, text_of(yaml), TEXT(""), &documents, &err), "%s", err.message);
    cr_assert(schema_decode(arena, &policy_defaults_schema, documents.items[0], TEXT(""),
                            &policy.spec.defaults, &problems));
    price_choice_of_routes(choice);
    price_choice_add_routes(choice, &policy);
}

static struct price_choice_result
take(struct price_choice *choice, const char *yaml)
{
    struct document_list documents;
    struct problem_list problems;
    struct price_table table;
    struct error err = {0};
    problems_init(&problems, arena);
    cr_assert(yaml_parse(arena, text_of(yaml), TEXT(""), &documents, &err), "%s", err.message);
    cr_assert(schema_decode(arena, &price_table_schema, documents.items[0], TEXT(""), &table, &problems));
    return price_choice_take(choice, &table);
}

static bool
wants(const struct price_choice *choice, const char *provider, const char *model)
{
    struct price_name name = {text_of(provider), text_of(model)};
    return price_choice_wants(choice, &name);
}

static const char list[] =
    "{version: v, prices: [{provider: together_ai, model: river, usdPerMillion: {input: '2'}}, "
    "{provider: openai, model: brook, usdPerMillion: {input: '1'}}]}";

Test(price_choice, of_a_folder_is_what_its_routes_and_fallbacks_name_in_the_words_of_the_table)
{
    struct price_choice *choice = choice_with("lab=together_ai");
    add_defaults(choice, "routes: [{model: a, targets: [{provider: lab, model: river}], "
                         "fallback: {targets: [{provider: openai, model: brook}]}}]");

    cr_assert(wants(choice, "together_ai", "river"));
    cr_assert(wants(choice, "openai", "brook"));
    cr_assert_not(wants(choice, "openai", "river"));
    struct price_choice_result result = take(choice, list);
    cr_assert_eq(result.prices.count, 2);
    cr_assert(text_equals(result.prices.items[0].provider, TEXT("lab")), "by provider, in our words");
    cr_assert_eq(result.prices.items[0].nano_per_million.input, 2000000000);
    cr_assert(text_equals(result.prices.items[1].provider, TEXT("openai")));
    cr_assert_eq(result.doubts.count, 0);
}

Test(price_choice, names_each_model_that_the_table_does_not_have_once)
{
    struct price_choice *choice = choice_with("");
    add_defaults(choice, "routes: [{model: a, targets: [{provider: lab, model: river}]}, "
                         "{model: b, targets: [{provider: lab, model: river}]}]");

    struct price_choice_result result = take(choice, list);

    cr_assert_eq(result.prices.count, 0);
    cr_assert_eq(result.doubts.count, 1);
    cr_assert_geq(text_find(result.doubts.items[0], TEXT("lab/river has no price")), 0);
    cr_assert_geq(text_find(result.doubts.items[0], TEXT("--provider lab=NAME")), 0);
}

Test(price_choice, asks_for_no_price_of_what_answers_without_a_server_or_in_the_cluster)
{
    struct price_choice *choice = choice_with("");
    add_defaults(choice, "{providers: [{name: rehearsal, type: Echo}], routes: [{model: a, targets: "
                         "[{provider: echo, model: echo}, {provider: rehearsal, model: any}, "
                         "{provider: self-hosted, model: llama}]}]}");

    cr_assert_eq(take(choice, list).doubts.count, 0);
}

Test(price_choice, of_everything_is_every_provider_or_those_named)
{
    struct price_choice *all = choice_with(""), *one = choice_with("openai");

    cr_assert(wants(all, "together_ai", "river"));
    cr_assert_eq(take(all, list).prices.count, 2);
    cr_assert_not(wants(one, "together_ai", "river"));
    cr_assert_eq(take(one, list).prices.count, 1);
}

Test(price_choice, leaves_out_a_name_that_would_be_a_pattern_in_a_policy)
{
    struct price_choice_result result = take(
        choice_with(""), "{version: v, prices: [{provider: p, model: 'a*', usdPerMillion: {input: '2'}}]}");

    cr_assert_eq(result.prices.count, 0);
    cr_assert_eq(result.doubts.count, 1);
}

Test(price_choice, takes_no_more_than_a_policy_holds_and_counts_the_rest)
{
    struct model_price *prices = arena_alloc_array(arena, 515, sizeof(*prices));
    for (int i = 0; i < 515; i++) {
        schema_set_defaults(&model_price_schema, &prices[i]);
        prices[i].provider = TEXT("p");
        prices[i].model = text_format(arena, "m%d", i);
    }
    struct price_table table = {.prices = {prices, 515}};

    struct price_choice_result result = price_choice_take(choice_with(""), &table);

    cr_assert_eq(result.prices.count, 512);
    cr_assert_eq(result.left_out, 3);
}

Test(price_choice, refuses_providers_without_a_name_and_names_given_twice)
{
    static const char *const wrong[] = {"=openai", "lab=", "lab=a,lab=b", "openai,,x"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct price_choice *choice;
        struct error err = {0};
        cr_assert_not(price_choice_new(arena, text_of(wrong[i]), &choice, &err), "%s", wrong[i]);
        cr_assert(strstr(err.message, "--provider"), "%s", err.message);
    }
}
