/* The file that says whose tokens are believed, and what claims are worth. */
#include <criterion/criterion.h>

#include "api/server/identity/oidc_config.h"
#include "api/server/identity/oidc_grants.h"
#include "api/server/identity/oidc_keys.h"
#include "lib/base/error.h"
#include "lib/net/jwt.h"
#include "lib/schema/settings.h"
#include "tests/support/arena_fixture.h"

TestSuite(oidc, .init = given_arena, .fini = end_arena);

#define HEAD "issuer: https://id.example\naudience: weir\njwksUrl: https://id.example/keys\n"
#define GRANTS                                                                                               \
    "grants:\n- {group: finance, all: true}\n- {group: retail, workspaces: [retail-ai, shop]}\n"             \
    "- {group: shop, workspaces: [shop]}\n"

static bool
parse(const char *yaml, struct oidc_config *config, struct error *err)
{
    const struct settings_text written = {text_of(yaml), TEXT("oidc.yaml")};
    return settings_parse(arena, &oidc_config_schema, &written, config, err);
}

static struct oidc_config
config_of(const char *yaml)
{
    struct oidc_config config;
    struct error err = {0};
    cr_assert(parse(yaml, &config, &err), "%s", err.message);
    return config;
}

Test(oidc, a_file_is_read_with_its_defaults)
{
    struct oidc_config config = config_of(HEAD GRANTS);
    cr_assert(text_equals(config.issuer, TEXT("https://id.example")));
    cr_assert(text_equals(config.user_claim, TEXT("sub")));
    cr_assert(text_equals(config.groups_claim, TEXT("groups")));
    cr_assert_eq(config.grants.count, 3);
}

Test(oidc, what_is_wrong_with_a_file_is_said_with_its_line)
{
    static const struct {
        const char *yaml, *words;
    } cases[] = {
        {"", "holds 0 documents"},
        {HEAD, "grants"},
        {HEAD "grants: []\n", "grants"},
        {HEAD "grants: [{group: a}]\n", "oidc.yaml:4:10: error: grants[0]: wants one of"},
        {HEAD "grants: [{group: a, all: true, workspaces: [b]}]\n", "wants one of all: true and workspaces"},
        {HEAD "grants: [{group: a, workspaces: ['']}]\n", "a workspace has a name"},
        {HEAD "grants: [{all: true}]\n", "group"},
        {"issuer: a\naudience: b\njwksUrl: http://c\n" GRANTS, "must begin with https://"},
        {HEAD "isuer: x\n" GRANTS, "isuer"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct oidc_config config;
        struct error err = {0};
        cr_assert_not(parse(cases[i].yaml, &config, &err));
        cr_assert(strstr(err.message, cases[i].words), "%s: %s", cases[i].words, err.message);
    }
}

/* "all", the workspaces, or what is wrong. */
static struct text
seen_with(const char *yaml, const char *claims)
{
    struct oidc_config config = config_of(yaml);
    struct oidc_user user = {0};
    struct error err = {0};
    if (!oidc_grants_find(arena, &config, text_of(claims), &user, &err))
        return text_copy(arena, text_of(err.message));
    cr_assert(text_equals(user.name, TEXT("ada")));
    return user.scope.is_all ? TEXT("all") : text_join(arena, &user.scope.workspaces, TEXT(" "));
}

Test(oidc, groups_see_what_they_are_granted_and_nobody_else_sees_anything)
{
    static const struct {
        const char *claims, *wanted;
    } cases[] = {
        {"{\"sub\":\"ada\"}", ""},
        {"{\"sub\":\"ada\",\"groups\":[]}", ""},
        {"{\"sub\":\"ada\",\"groups\":[\"Retail\",\"retail \",\"\"]}", ""},
        {"{\"sub\":\"ada\",\"groups\":[\"retail\"]}", "retail-ai shop"},
        {"{\"sub\":\"ada\",\"groups\":[\"shop\",\"retail\"]}", "retail-ai shop"},
        {"{\"sub\":\"ada\",\"groups\":\"shop\"}", "shop"},
        {"{\"sub\":\"ada\",\"groups\":[\"shop\",\"finance\"]}", "all"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text found = seen_with(HEAD GRANTS, cases[i].claims);
        cr_assert(text_equals(found, text_of(cases[i].wanted)), "%s: %.*s", cases[i].claims, TEXT_ARG(found));
    }
}

Test(oidc, claims_are_found_by_name_and_by_path)
{
    static const char by_path[] = HEAD GRANTS "userClaim: email\ngroupsClaim: realm_access.roles\n";
    static const char by_name[] = HEAD GRANTS "groupsClaim: https://x.example/groups\n";
    struct text found = seen_with(by_path, "{\"email\":\"ada\",\"realm_access\":{\"roles\":[\"shop\"]}}");
    cr_assert(text_equals(found, TEXT("shop")), "%.*s", TEXT_ARG(found));
    found = seen_with(by_name, "{\"sub\":\"ada\",\"https://x.example/groups\":[\"shop\"]}");
    cr_assert(text_equals(found, TEXT("shop")), "%.*s", TEXT_ARG(found));
}

Test(oidc, claims_that_name_nobody_or_no_groups_are_refused)
{
    static const struct {
        const char *claims, *words;
    } cases[] = {{"{}", "names nobody"},
                 {"{\"sub\":\"\"}", "names nobody"},
                 {"{\"sub\":7}", "names nobody"},
                 {"{\"sub\":\"ada\",\"groups\":{\"shop\":1}}", "not a list"},
                 {"{\"sub\":\"ada\",\"groups\":[\"shop\",1]}", "not a list"},
                 {"no", "cannot be read"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text found = seen_with(HEAD GRANTS, cases[i].claims);
        cr_assert(text_find(found, text_of(cases[i].words)) >= 0, "%s: %.*s", cases[i].claims,
                  TEXT_ARG(found));
    }
}

#define EC                                                                                                   \
    "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":"          \
    "\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""

Test(oidc, a_key_set_gives_the_keys_that_can_be_used)
{
    struct jwt_keys *keys = NULL;
    struct text_list names;
    struct error err = {0};
    cr_assert(oidc_keys_parse(
                  arena,
                  TEXT("{\"keys\":[{\"kid\":\"a\",\"use\":\"sig\"," EC "},{\"kid\":\"b\",\"use\":\"enc\"," EC
                       "},{\"kid\":\"c\",\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"},{\"kid\":\"d\"," EC
                       "}]}"),
                  &keys, &names, &err),
              "%s", err.message);
    cr_assert_eq(jwt_keys_count(keys), 2);
    cr_assert(text_equals(text_join(arena, &names, TEXT(" ")), TEXT("a d")));
    static const char *const useless[] = {"", "{}", "{\"keys\":[]}",
                                          "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\"}]}"};
    for (size_t i = 0; i < COUNT_OF(useless); i++)
        cr_assert_not(oidc_keys_parse(arena, text_of(useless[i]), &keys, &names, &err), "%s", useless[i]);
}
