/* libcurl's easy interface, bounded and without its conveniences: no redirects, no proxies, no cookies. */
#include "lib/net/fetch.h"

#include <curl/curl.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"

static size_t
take_body(char *bytes, size_t size, size_t count, void *owner)
{
    struct buffer *body = owner;
    if (body->length + size * count > FETCH_MAX_BODY_BYTES)
        return 0;
    buffer_add(body, bytes, size * count);
    return size * count;
}

static void
release_easy(void *owner)
{
    curl_easy_cleanup(owner);
}

bool
fetch_get_unix(struct arena *arena, const char *socket_path, struct text path, struct fetch_reply *out_reply,
               struct error *err)
{
    CURL *easy = curl_easy_init();
    if (!easy)
        return error_set(err, ERROR_INTERNAL, "libcurl could not start");
    arena_defer(arena, release_easy, easy);

    struct buffer body;
    buffer_init(&body, arena, 4096);
    struct text url = text_format(arena, "http://localhost%.*s", TEXT_ARG(path));
    curl_easy_setopt(easy, CURLOPT_URL, text_c_string(arena, url));
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket_path);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, FETCH_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);

    CURLcode code = curl_easy_perform(easy);
    if (code != CURLE_OK)
        return error_set(err, ERROR_UNAVAILABLE, "asking %s: %s", socket_path, curl_easy_strerror(code));

    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    *out_reply = (struct fetch_reply){.status = (int)status, .body = buffer_text(&body)};
    return true;
}
