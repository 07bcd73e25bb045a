/* Who is believed. */
#include "api/server/rest/rest_identity.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/net/http1.h"
#include "tests/support/arena_fixture.h"

#define TOKEN_43 "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE"

static char path[64];

static void
given_file(void)
{
    given_arena();
    memcpy(path, "/tmp/weir-test-XXXXXX", sizeof("/tmp/weir-test-XXXXXX"));
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    close(fd);
}

static void
end_file(void)
{
    unlink(path);
    end_arena();
}

TestSuite(rest_identity, .init = given_file, .fini = end_file);

static bool
read_token(const char *content, mode_t mode, struct rest_token **out_token, struct error *err)
{
    cr_assert(file_write_atomic(path, text_of(content), mode, err), "%s", err->message);
    return rest_token_read(arena, path, out_token, err);
}

static int verdicts;
static enum rest_verdict verdict;

static void
on_verdict(struct rest_asking *asking, enum rest_verdict said)
{
    (void)asking;
    verdicts++;
    verdict = said;
}

static struct rest_asking *
ask(const struct rest_authenticator *who, const char *more)
{
    struct http_request_head *head = arena_alloc(arena, sizeof(*head));
    struct rest_asking *asking = arena_alloc(arena, sizeof(*asking));
    struct http_refusal refusal;
    size_t length;
    struct text request = text_format(arena, "GET / HTTP/1.1\r\nHost: x\r\n%s\r\n", more);
    cr_assert_eq(http_request_parse(request, head, &length, &refusal), HTTP_PARSE_DONE);
    *asking = (struct rest_asking){.arena = arena, .head = head, .by = who, .on_verdict = on_verdict};
    verdicts = 0;
    who->identify(who->owner, asking);
    return asking;
}

static bool
is_known(struct rest_token *token, const char *more)
{
    struct rest_authenticator who = rest_known_by_token(token);
    struct rest_asking *asking = ask(&who, more);
    cr_assert_eq(verdicts, 1);
    cr_assert_eq(asking->who.scope.is_all, verdict == REST_KNOWN);
    return verdict == REST_KNOWN;
}

Test(rest_identity, knows_the_holder_of_the_token_and_nobody_else)
{
    struct rest_token *token;
    struct error err = {0};
    cr_assert(read_token(TOKEN_43 "\n", 0600, &token, &err), "%s", err.message);
    cr_assert(is_known(token, "Authorization: Bearer " TOKEN_43 "\r\n"));
    cr_assert(is_known(token, "authorization: bearer  " TOKEN_43 "\r\n"));
    static const char *const strangers[] = {
        "",
        "Authorization: \r\n",
        "Authorization: Bearer\r\n",
        "Authorization: Bearer " TOKEN_43 "x\r\n",
        "Authorization: Bearer AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCd\r\n",
        "Authorization: Bearer AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdF\r\n",
        "Authorization: Basic " TOKEN_43 "\r\n",
        "Authorization: " TOKEN_43 "\r\n",
        "X-Authorization: Bearer " TOKEN_43 "\r\n",
        "Authorization: Bearer " TOKEN_43 "\r\nAuthorization: Bearer other\r\n",
    };
    for (size_t i = 0; i < COUNT_OF(strangers); i++)
        cr_assert_not(is_known(token, strangers[i]), "%s", strangers[i]);
}

Test(rest_identity, takes_no_token_that_others_may_have_read)
{
    static const mode_t modes[] = {0640, 0604, 0644, 0666, 0620};
    struct rest_token *token;
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        struct error err = {0};
        cr_assert_not(read_token(TOKEN_43, modes[i], &token, &err));
        cr_assert_eq(err.kind, ERROR_DENIED);
    }
    struct error err = {0};
    cr_assert(read_token(TOKEN_43, 0400, &token, &err), "%s", err.message);
}

/* As a pod gets it from a Secret: root's, read by the pod's group. */
Test(rest_identity, takes_the_token_of_another_that_only_its_group_may_read)
{
    struct rest_token *token;
    struct error err = {0};
    if (geteuid() != 0)
        cr_skip_test("only root gives files away");
    cr_assert(file_write_atomic(path, TEXT(TOKEN_43), 0440, &err), "%s", err.message);
    cr_assert_eq(chown(path, 12345, 0), 0);
    cr_assert(rest_token_read(arena, path, &token, &err), "%s", err.message);

    static const mode_t modes[] = {0444, 0460, 0442};
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        cr_assert_eq(chmod(path, modes[i]), 0);
        cr_assert_not(rest_token_read(arena, path, &token, &err));
    }
}

Test(rest_identity, takes_no_token_that_could_be_guessed_or_is_none)
{
    static const char *const wrong[] = {"",
                                        "\n",
                                        "secret",
                                        "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCd",
                                        TOKEN_43 " x",
                                        TOKEN_43 "\n" TOKEN_43,
                                        TOKEN_43 "="};
    struct rest_token *token;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct error err = {0};
        cr_assert_not(read_token(wrong[i], 0600, &token, &err), "%s", wrong[i]);
        cr_assert_eq(err.kind, ERROR_INVALID);
        cr_assert(!strstr(err.message, "AbCd"), "the message has the token in it");
    }
    struct error err = {0};
    cr_assert_not(rest_token_read(arena, "/nonexistent/token", &token, &err));
    cr_assert_eq(err.kind, ERROR_NOT_FOUND);
    cr_assert_not(rest_token_read(arena, "/tmp", &token, &err));
}

/* A way that says what its owner is, and remembers that it was asked. */
struct way {
    enum rest_verdict says;
    int asked;
};

static void
identify(void *owner, struct rest_asking *asking)
{
    struct way *way = owner;
    way->asked++;
    if (way->says == REST_KNOWN)
        asking->who.name = TEXT("known");
    asking->on_verdict(asking, way->says);
}

Test(rest_identity, the_first_way_that_knows_somebody_or_is_not_sure_ends_it)
{
    static const struct {
        enum rest_verdict says[3], wanted;
        int asked[3];
    } cases[] = {
        {{REST_UNKNOWN, REST_KNOWN, REST_UNSURE}, REST_KNOWN, {1, 1, 0}},
        {{REST_UNKNOWN, REST_UNSURE, REST_KNOWN}, REST_UNSURE, {1, 1, 0}},
        {{REST_UNKNOWN, REST_UNKNOWN, REST_UNKNOWN}, REST_UNKNOWN, {1, 1, 1}},
        {{REST_KNOWN, REST_UNKNOWN, REST_UNKNOWN}, REST_KNOWN, {1, 0, 0}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct way ways[3] = {{0}};
        struct rest_authenticator items[3] = {{0}};
        for (size_t j = 0; j < 3; j++) {
            ways[j].says = cases[i].says[j];
            items[j] = (struct rest_authenticator){.identify = identify, .owner = &ways[j]};
        }
        const struct rest_authenticator_list list = {items, 3};
        struct rest_authenticator any = rest_known_by_any(&list);
        struct rest_asking *asking = ask(&any, "");
        cr_assert_eq(verdicts, 1);
        cr_assert_eq(verdict, cases[i].wanted, "case %zu", i);
        for (size_t j = 0; j < 3; j++)
            cr_assert_eq(ways[j].asked, cases[i].asked[j], "case %zu, way %zu", i, j);
        if (verdict == REST_KNOWN)
            cr_assert(asking->by->owner == &ways[cases[i].asked[1]] &&
                      text_equals(asking->who.name, TEXT("known")));
    }
    const struct rest_authenticator_list none = {0};
    struct rest_authenticator nobody = rest_known_by_any(&none);
    ask(&nobody, "");
    cr_assert_eq(verdict, REST_UNKNOWN);
}

Test(rest_identity, a_scope_lets_ask_about_what_is_in_it)
{
    struct text names[] = {TEXT("a"), TEXT("b")};
    const struct ledger_scope all = {.is_all = true}, some = {.workspaces = {names, 2}}, none = {0};
    cr_assert_eq(rest_scope_verdict(&all, TEXT("x")), REST_KNOWN);
    cr_assert_eq(rest_scope_verdict(&all, TEXT("")), REST_KNOWN);
    cr_assert_eq(rest_scope_verdict(&some, TEXT("b")), REST_KNOWN);
    cr_assert_eq(rest_scope_verdict(&some, TEXT("")), REST_KNOWN);
    cr_assert_eq(rest_scope_verdict(&some, TEXT("c")), REST_DENIED);
    cr_assert_eq(rest_scope_verdict(&none, TEXT("")), REST_DENIED);
    cr_assert_eq(rest_scope_verdict(&none, TEXT("a")), REST_DENIED);
}
