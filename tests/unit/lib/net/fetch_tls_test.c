/* Whom requests believe, and as whom they come: against a TLS server of our own. */
#include "tests/unit/lib/net/fetch_rig.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/file.h"
#include "lib/net/tls.h"
#include "tests/unit/lib/net/certificate_rig.h"

static struct certificate_files files;

static struct tls_context *
server_of(const struct certificate_files *own, const char *client_ca)
{
    struct tls_server_files server = {.certificates = own->chain, .key = own->key, .client_ca = client_ca};
    struct tls_context *context;
    struct error err = {0};
    cr_assert(tls_server_context(fetch_arena, &server, &context, &err), "%s", err.message);
    return context;
}

static struct text
pem(const char *path)
{
    struct text bytes;
    struct error err = {0};
    cr_assert(file_read(fetch_arena, path, 65536, &bytes, &err), "%s", err.message);
    return bytes;
}

static void
set_up(void)
{
    certificates_make(&files, 10);
    fetch_set_up();
    scripted_server_set_tls(fetch_server, server_of(&files, NULL));
    for (int i = 0; i < 3; i++)
        scripted_server_add_reply(fetch_server, NULL, 200, "", TEXT("x"));
}

static void
tear_down(void)
{
    fetch_tear_down();
    certificates_remove(&files);
}

TestSuite(fetch_tls, .init = set_up, .fini = tear_down);

static void
get(struct fetched *fetched, const struct fetch_identity *identity)
{
    *fetched = (struct fetched){0};
    fetch_client_set_identity(fetch_client, identity);
    fetch_begin(fetched, &(struct fetch_request){.url = fetch_url("https://127.0.0.1", "/")});
    fetch_until_end(fetched);
}

static void
is_refused(const struct fetch_identity *identity, const char *words)
{
    struct fetched fetched;
    get(&fetched, identity);
    cr_assert_eq(fetched.end, FETCH_NOT_SENT);
    cr_assert(strstr(fetched.why.message, words), "%s", fetched.why.message);
    cr_assert_eq(scripted_server_requests(fetch_server), 0);
}

static void
is_answered(const struct fetch_identity *identity)
{
    struct fetched fetched;
    get(&fetched, identity);
    cr_assert_eq(fetched.end, FETCH_COMPLETE, "%s", fetched.why.message);
}

Test(fetch_tls, believes_the_authority_it_was_given_and_no_other)
{
    is_refused(&(struct fetch_identity){.ca_pem = pem(files.other_authority)}, "certificate");
    is_refused(&(struct fetch_identity){0}, "certificate");
    is_answered(&(struct fetch_identity){.ca_pem = pem(files.authority)});
}

Test(fetch_tls, verifies_nothing_only_where_a_person_asked_for_it)
{
    is_answered(&(struct fetch_identity){.is_insecure = true});
}

Test(fetch_tls, checks_the_name_it_was_told_and_says_the_addresss_own)
{
    is_refused(&(struct fetch_identity){.ca_pem = pem(files.authority), .server_name = TEXT("kubernetes")},
               "kubernetes");
    is_answered(&(struct fetch_identity){.ca_pem = pem(files.authority), .server_name = TEXT("localhost")});
    struct text host = text_format(fetch_arena, "Host: 127.0.0.1:%d\r\n", scripted_server_port(fetch_server));
    cr_assert(text_find(scripted_server_got(fetch_server, 0), host) >= 0);
}

Test(fetch_tls, follows_an_authority_that_rotates)
{
    struct certificate_files next;
    certificates_make(&next, 10);
    struct fetch_identity old_one = {.ca_pem = pem(files.authority)},
                          new_one = {.ca_pem = pem(next.authority)};
    is_answered(&old_one);
    scripted_server_set_tls(fetch_server, server_of(&next, NULL));
    is_answered(&new_one);
    cr_assert_eq(scripted_server_connections(fetch_server), 2);
    struct fetched fetched;
    get(&fetched, &old_one);
    cr_assert_eq(fetched.end, FETCH_NOT_SENT, "no connection of the new one is used");
    certificates_remove(&next);
}

Test(fetch_tls, shows_its_certificate)
{
    scripted_server_set_tls(fetch_server, server_of(&files, files.authority));
    struct fetch_identity identity = {.ca_pem = pem(files.authority)};
    struct fetched fetched;
    get(&fetched, &identity);
    cr_assert_neq(fetched.end, FETCH_COMPLETE);
    identity.certificate_pem = pem(files.chain);
    identity.key_pem = pem(files.key);
    is_answered(&identity);
}

Test(fetch_tls, an_expired_certificate_is_refused)
{
    struct certificate_files expired;
    certificates_make(&expired, -1);
    scripted_server_set_tls(fetch_server, server_of(&expired, NULL));
    is_refused(&(struct fetch_identity){.ca_pem = pem(expired.authority)}, "expired");
    certificates_remove(&expired);
}
