/* Which configs become live, and what they are good for then. */
#include <criterion/criterion.h>

#include "gateway/book.h"
#include "gateway/live_config.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/map.h"
#include "lib/document/json.h"
#include "lib/net/loop.h"
#include "lib/net/upstream.h"

#define HEAD "{\"version\":1,\"workspace\":\"demo\",\"environment\":\"dev\",\"tier\":\"Development\","
#define HASH_A "sha256:98483c6eb40b6c31a448c22a66ded3b5e5e8d5119cac8327b655c8b5c4836489"
#define PROVIDERS                                                                                            \
    "\"providers\":[{\"name\":\"mock\",\"type\":\"OpenAI\",\"baseUrl\":\"http://127.0.0.1:1/v1\"}],"
#define TARGET "{\"provider\":\"mock\",\"model\":\"m-1\"}"

static struct arena *arena;
static struct live_config_site site;

static void
given_site(void)
{
    const struct upstream_pool_options pool = {8, 8, 1000, 32768};
    arena = arena_new(0);
    site = (struct live_config_site){.arena = arena,
                                     .pool = upstream_pool_new(arena, loop_new(arena), &pool),
                                     .health = book_new(arena),
                                     .tls_contexts = map_new(arena)};
}

static void
end_site(void)
{
    cr_assert_eq(book_count(site.health), 0);
    upstream_pool_close(site.pool);
    arena_free(arena);
}

TestSuite(live_config, .init = given_site, .fini = end_site);

static bool
load(const char *json, struct live_config **out_config, struct error *err)
{
    struct arena *own = arena_new(0);
    struct document *document;
    cr_assert(json_parse(own, text_of(json), TEXT("c.json"), &document, err), "%s", err->message);
    const struct live_config_source source = {own, document, 3, TEXT("7-abc"), TEXT("")};
    if (live_config_load(&site, &source, out_config, err))
        return true;
    arena_free(own);
    return false;
}

static struct live_config *
loaded(const char *json)
{
    struct live_config *config;
    struct error err;
    cr_assert(load(json, &config, &err), "%s", err.message);
    return config;
}

static void
expect_refused(const char *json, const char *words)
{
    struct live_config *config;
    struct error err;
    cr_assert_not(load(json, &config, &err));
    cr_assert(strstr(err.message, words), "%s", err.message);
}

Test(live_config, finds_callers_by_the_hash_of_their_key)
{
    struct live_config *config =
        loaded(HEAD "\"callers\":[{\"name\":\"ada\",\"keyHashes\":[\"" HASH_A "\"]}]}");
    uint8_t hash[DIGEST_SHA256_BYTES];

    digest_sha256(TEXT("testkey"), hash);
    cr_assert(text_equals(live_callers_find(&config->callers, hash)->name, TEXT("ada")));
    hash[31] ^= 1;
    cr_assert_null(live_callers_find(&config->callers, hash));
    live_config_unref(config);
}

Test(live_config, keeps_a_targets_health_over_configs_that_mention_it)
{
    const char *json = HEAD PROVIDERS "\"models\":[{\"name\":\"m\",\"targets\":[" TARGET "]}]}";
    struct live_config *first = loaded(json);
    live_config_find_model(first, TEXT("m"))->targets[0].health->breaker.failures_in_a_row = 3;
    struct live_config *second = loaded(json);
    live_config_unref(first);

    cr_assert_eq(live_config_find_model(second, TEXT("m"))->targets[0].health->breaker.failures_in_a_row, 3);
    live_config_unref(second);
}

Test(live_config, leaves_a_model_only_the_targets_its_rules_allow)
{
    struct live_config *config = loaded(
        HEAD PROVIDERS "\"models\":[{\"name\":\"m\",\"targets\":[" TARGET
                       ",{\"provider\":\"mock\",\"model\":\"forbidden\"}]}],"
                       "\"deny\":[{\"patterns\":[{\"name\":\"forb*\"}],\"from\":{\"policy\":\"p/q\"}}]}");

    cr_assert_eq(live_config_find_model(config, TEXT("m"))->target_count, 1);
    live_config_unref(config);
}

Test(live_config, disables_a_target_whose_key_cannot_be_read_and_says_so)
{
    struct live_config *config = loaded(
        HEAD PROVIDERS "\"models\":[{\"name\":\"m\",\"targets\":[{\"provider\":\"mock\",\"model\":\"x\","
                       "\"credentialFile\":\"/nowhere/key\"}]}]}");

    cr_assert_eq(config->target_problems.count, 1);
    cr_assert(text_find(config->target_problems.items[0], TEXT("/nowhere/key")) >= 0);
    live_config_unref(config);
}

Test(live_config, knows_which_targets_budgets_have_to_reckon_with)
{
    struct live_config *config = loaded(
        HEAD PROVIDERS "\"models\":[{\"name\":\"m\",\"targets\":[{\"provider\":\"mock\",\"model\":\"x\","
                       "\"credentialFile\":\"/nowhere/key\"}," TARGET
                       "],\"fallback\":[{\"provider\":\"mock\",\"model\":\"m-2\",\"priceVersion\":\"v1\"}]}],"
                       "\"prices\":[{\"version\":\"v1\",\"price\":{\"provider\":\"mock\",\"model\":\"*\","
                       "\"free\":true}}]}");
    const struct live_model *model = live_config_find_model(config, TEXT("m"));
    cr_assert_eq(model->callable_count, 2);
    cr_assert_eq(model->callable[0], &model->targets[1]);
    cr_assert_eq(model->callable[1], &model->fallback[0]);
    cr_assert(!model->ceilings[0] && model->ceilings[1] == model->fallback[0].ceiling &&
              model->fallback[0].price->free);
    live_config_unref(config);
}

#define BUDGET(ID, MORE)                                                                                     \
    "{\"id\":\"" ID                                                                                          \
    "\",\"scope\":\"Environment\",\"unit\":\"USD\",\"amount\":1000,\"period\":\"Month\"," MORE "}"

Test(live_config, asks_first_of_the_budgets_that_calls_hold_of)
{
    struct live_config *config = loaded(
        HEAD PROVIDERS
        "\"models\":[{\"name\":\"m\",\"targets\":[" TARGET
        "]}],\"budgets\":[" BUDGET("tells", "\"onExceeded\":\"Alert\"") "," BUDGET(
            "blocks",
            "\"onExceeded\":\"Block\"") "," BUDGET("tried",
                                                   "\"onExceeded\":\"Block\",\"from\":{\"policy\":\"a/"
                                                   "b\",\"mode\":\"Shadow\"}") "," BUDGET("too",
                                                                                          "\"onExceeded\":"
                                                                                          "\"Block\"") "]}");
    static const size_t order[] = {1, 3, 0, 2};
    cr_assert_eq(config->budgets.asked_count, COUNT_OF(order));
    cr_assert_eq(config->budgets.held_count, 2);
    for (size_t i = 0; i < COUNT_OF(order); i++)
        cr_assert_eq(config->budgets.asked[i], &config->budgets.items[order[i]]);
    live_config_unref(config);
}

Test(live_config, refuses_what_points_at_nothing)
{
    expect_refused(HEAD "\"models\":[{\"name\":\"m\",\"targets\":[" TARGET "]}]}",
                   "no provider of that name");
    expect_refused(HEAD PROVIDERS "\"models\":[{\"name\":\"m\",\"targets\":[{\"provider\":\"mock\",\"model\":"
                                  "\"x\",\"priceVersion\":\"p-1\"}]}]}",
                   "no price p-1");
    expect_refused(HEAD "\"providers\":[{\"name\":\"mock\",\"type\":\"OpenAI\",\"baseUrl\":\"gopher:x\"}],"
                        "\"models\":[{\"name\":\"m\",\"targets\":[" TARGET "]}]}",
                   "baseUrl");
    expect_refused(HEAD "\"models\":[{\"name\":\"m\"},{\"name\":\"m\"}]}", "two models");
    expect_refused(HEAD "\"callers\":[{\"name\":\"a\",\"keyHashes\":[\"" HASH_A
                        "\"]},{\"name\":\"b\",\"keyHashes\":[\"" HASH_A "\"]}]}",
                   "same key hash");
}

Test(live_config, refuses_a_version_it_does_not_know)
{
    expect_refused("{\"version\":2}", "version 2 is not known");
    expect_refused("{}", "does not say its version");
}

Test(live_config, names_every_problem_of_a_wrong_one)
{
    expect_refused(
        "{\"version\":1,\"workspace\":\"demo\",\"environment\":\"dev\",\"tier\":\"Blue\",\"colour\":1}",
        "colour");
}
