/* libcurl's easy interface, bounded and without its conveniences: no redirects, no proxies, no cookies. */
#include "lib/net/fetch.h"

#include <curl/curl.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/net/http_headers.h"

static bool start(struct arena *arena, CURL **out_easy, struct error *err);
static void
set_question(struct arena *arena, CURL *easy, const struct fetch_question *question, struct text token);
static bool
ask(struct arena *arena, CURL *easy, const char *whom, struct fetch_reply *out_reply, struct error *err);
static bool set_place(struct arena *arena, CURL *easy, const struct fetch_place *place, struct text path,
                      struct error *err);
static void add_line(struct arena *arena, CURL *easy, CURLoption option, struct text line);

bool
fetch_unix(struct arena *arena, const char *socket_path, const struct fetch_question *question,
           struct fetch_reply *out_reply, struct error *err)
{
    CURL *easy = NULL;
    if (!start(arena, &easy, err))
        return false;
    struct text url = text_format(arena, "http://localhost%.*s", TEXT_ARG(question->path));
    curl_easy_setopt(easy, CURLOPT_URL, text_c_string(arena, url));
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket_path);
    set_question(arena, easy, question, (struct text){0});
    return ask(arena, easy, socket_path, out_reply, err);
}

bool
fetch_tls(struct arena *arena, const struct fetch_place *place, const struct fetch_question *question,
          struct fetch_reply *out_reply, struct error *err)
{
    CURL *easy = NULL;
    if (!start(arena, &easy, err) || !set_place(arena, easy, place, question->path, err))
        return false;
    set_question(arena, easy, question, place->token);
    return ask(arena, easy, text_c_string(arena, place->url), out_reply, err);
}

static void
release_easy(void *owner)
{
    curl_easy_cleanup(owner);
}

static bool
start(struct arena *arena, CURL **out_easy, struct error *err)
{
    CURL *easy = curl_easy_init();
    if (!easy)
        return error_set(err, ERROR_INTERNAL, "libcurl could not start");
    arena_defer(arena, release_easy, easy);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    *out_easy = easy;
    return true;
}

static size_t
take_body(char *bytes, size_t size, size_t count, void *owner)
{
    struct buffer *body = owner;
    if (body->length + size * count > FETCH_MAX_BODY_BYTES)
        return 0;
    buffer_add(body, bytes, size * count);
    return size * count;
}

static bool
ask(struct arena *arena, CURL *easy, const char *whom, struct fetch_reply *out_reply, struct error *err)
{
    struct buffer body;
    buffer_init(&body, arena, 4096);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
    CURLcode code = curl_easy_perform(easy);
    if (code != CURLE_OK)
        return error_set(err, ERROR_UNAVAILABLE, "asking %s: %s", whom, curl_easy_strerror(code));

    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    *out_reply = (struct fetch_reply){.status = (int)status, .body = buffer_text(&body)};
    return true;
}

/* Curl takes the name that is checked from the URL alone: so the URL gets the name, and the connection goes
 * where the URL said. */
static bool
set_place(struct arena *arena, CURL *easy, const struct fetch_place *place, struct text path,
          struct error *err)
{
    static const struct text scheme = TEXT("https://");
    struct text host = text_slice(place->url, scheme.length, place->url.length), url = place->url;
    if (text_ends_with(host, TEXT("/")))
        host = text_slice(host, 0, host.length - 1);
    if (!text_starts_with(url, scheme) || text_is_empty(host) || text_find_byte(host, '/') >= 0 ||
        text_find_byte(host, '@') >= 0 || text_find_byte(host, '?') >= 0)
        return error_set(err, ERROR_INVALID, "%.*s is not of the form https://host:port", TEXT_ARG(url));
    if (!http_header_value_is_safe(place->token))
        return error_set(err, ERROR_INVALID, "the token has line ends or controls in it");
    if (!text_is_empty(place->name)) {
        add_line(arena, easy, CURLOPT_CONNECT_TO, text_format(arena, "::%.*s", TEXT_ARG(host)));
        host = place->name;
    }
    url = text_format(arena, "https://%.*s%.*s", TEXT_ARG(host), TEXT_ARG(path));
    curl_easy_setopt(easy, CURLOPT_URL, text_c_string(arena, url));
    if (place->ca_file) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, place->ca_file);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL); /* nobody beside it is believed */
    }
    return true;
}

static void
release_list(void *owner)
{
    curl_slist_free_all(owner);
}

static struct curl_slist *
add_header(struct arena *arena, struct curl_slist *list, struct text line)
{
    return curl_slist_append(list, text_c_string(arena, line));
}

static void
set_question(struct arena *arena, CURL *easy, const struct fetch_question *question, struct text token)
{
    struct curl_slist *headers = NULL;
    if (!text_is_empty(token))
        headers =
            add_header(arena, headers, text_format(arena, "Authorization: Bearer %.*s", TEXT_ARG(token)));
    if (!text_is_empty(question->body)) {
        headers = add_header(arena, headers, TEXT("Content-Type: application/json"));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)question->body.length);
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, question->body.bytes);
    }
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     question->timeout_ms > 0 ? question->timeout_ms : FETCH_TIMEOUT_MS);
    if (question->method)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, question->method);
    if (headers) {
        arena_defer(arena, release_list, headers);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    }
}

static void
add_line(struct arena *arena, CURL *easy, CURLoption option, struct text line)
{
    struct curl_slist *list = curl_slist_append(NULL, text_c_string(arena, line));
    arena_defer(arena, release_list, list);
    curl_easy_setopt(easy, option, list);
}
