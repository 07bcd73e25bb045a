/* Who we are and whom we believe, as curl's options; PEM stays in memory. */
#include <curl/curl.h>

#include "lib/base/arena.h"
#include "lib/net/fetch_private.h"

static bool
set_url(struct fetch_transfer *transfer, CURLU *url, struct text server_name, struct curl_slist **headers);
static void use_other_name(struct fetch_transfer *transfer, CURLU *url, struct text server_name,
                           struct curl_slist **headers);

static void
set_blob(CURL *easy, CURLoption option, struct text pem)
{
    if (pem.length == 0)
        return;
    struct curl_blob blob = {
        .data = (void *)(uintptr_t)pem.bytes, .len = pem.length, .flags = CURL_BLOB_NOCOPY};
    curl_easy_setopt(easy, option, &blob);
}

static void
release_url(void *owner)
{
    curl_url_cleanup(owner);
}

static void
release_slist(void *owner)
{
    curl_slist_free_all(owner);
}

bool
fetch_identity_apply(struct fetch_transfer *transfer, const struct fetch_identity *identity, struct text url,
                     void *out_headers)
{
    CURL *easy = transfer->easy;
    set_blob(easy, CURLOPT_CAINFO_BLOB, identity->ca_pem);
    set_blob(easy, CURLOPT_SSLCERT_BLOB, identity->certificate_pem);
    set_blob(easy, CURLOPT_SSLKEY_BLOB, identity->key_pem);
    if (identity->ca_pem.length > 0)
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL); /* nobody beside it is believed */
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, identity->is_insecure ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, identity->is_insecure ? 0L : 2L);
    curl_easy_setopt(easy, CURLOPT_PROXY, text_c_string(transfer->arena, identity->proxy_url));

    CURLU *parsed = curl_url();
    arena_defer(transfer->arena, release_url, parsed);
    if (curl_url_set(parsed, CURLUPART_URL, text_c_string(transfer->arena, url), 0) == CURLUE_OK &&
        set_url(transfer, parsed, identity->server_name, out_headers))
        return true;
    return error_set(&transfer->refusal, ERROR_INVALID, "\"%.*s\" is not an address",
                     (int)(url.length < 200 ? url.length : 200), url.bytes ? url.bytes : "");
}

struct fetch_identity
fetch_identity_copy(struct arena *arena, const struct fetch_identity *identity)
{
    return (struct fetch_identity){
        .ca_pem = text_copy(arena, identity->ca_pem),
        .certificate_pem = text_copy(arena, identity->certificate_pem),
        .key_pem = text_copy(arena, identity->key_pem),
        .server_name = text_copy(arena, identity->server_name),
        .proxy_url = text_copy(arena, identity->proxy_url),
        .is_insecure = identity->is_insecure,
    };
}

bool
fetch_identity_equals(const struct fetch_identity *a, const struct fetch_identity *b)
{
    return text_equals(a->ca_pem, b->ca_pem) && text_equals(a->certificate_pem, b->certificate_pem) &&
           text_equals(a->key_pem, b->key_pem) && text_equals(a->server_name, b->server_name) &&
           text_equals(a->proxy_url, b->proxy_url) && a->is_insecure == b->is_insecure;
}

/* Copies and frees a part that curl allocated. */
static struct text
url_part(struct arena *arena, CURLU *url, CURLUPart part)
{
    char *value = NULL;
    if (curl_url_get(url, part, &value, part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0) != CURLUE_OK)
        return TEXT("");
    struct text copy = text_copy(arena, text_of(value));
    curl_free(value);
    return copy;
}

static bool
set_url(struct fetch_transfer *transfer, CURLU *url, struct text server_name, struct curl_slist **headers)
{
    struct arena *arena = transfer->arena;
    struct text host = url_part(arena, url, CURLUPART_HOST);
    struct text port = url_part(arena, url, CURLUPART_PORT);
    if (host.length == 0 || port.length == 0)
        return false;
    transfer->title = text_format(arena, "%.*s:%.*s", TEXT_ARG(host), TEXT_ARG(port));
    if (server_name.length > 0)
        use_other_name(transfer, url, server_name, headers);
    curl_easy_setopt(transfer->easy, CURLOPT_CURLU, url);
    return true;
}

/* Curl takes the name to be checked from the URL alone: so the URL gets the name, the connection goes where
 * the URL said, and so does the Host field. */
static void
use_other_name(struct fetch_transfer *transfer, CURLU *url, struct text server_name,
               struct curl_slist **headers)
{
    struct arena *arena = transfer->arena;
    char *goes_to = text_c_string(arena, text_format(arena, "::%.*s", TEXT_ARG(transfer->title)));
    struct curl_slist *list = curl_slist_append(NULL, goes_to);
    arena_defer(arena, release_slist, list);
    curl_easy_setopt(transfer->easy, CURLOPT_CONNECT_TO, list);
    *headers = curl_slist_append(
        *headers, text_c_string(arena, text_format(arena, "Host: %.*s", TEXT_ARG(transfer->title))));
    (void)curl_url_set(url, CURLUPART_HOST, text_c_string(arena, server_name), 0);
}
