/* Taking a token apart, and what of it must be true. Keys and signatures are jwt_key.c's. */
#include "lib/net/jwt.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/json_scan.h"
#include "lib/net/digest.h"
#include "lib/net/jwt_key.h"

#define LATEST_SECONDS INT64_C(253402300799) /* the end of the year 9999 */

struct parts {
    struct text header, payload, signature; /* decoded */
    struct text signed_bytes;               /* as they came */
};

enum { HEADER_ALG, HEADER_KID, HEADER_CRIT, HEADER_B64, HEADER_FIELDS };
enum { CLAIM_ISS, CLAIM_AUD, CLAIM_EXP, CLAIM_NBF, CLAIM_SUB, CLAIM_FIELDS };

static bool take_apart(struct arena *arena, struct text token, struct parts *out_parts, struct error *err);
static bool check_signature(struct arena *arena, const struct jwt_keys *keys, const struct parts *parts,
                            struct error *err);
static bool check_claims(struct arena *arena, const struct jwt_expected *expected,
                         const struct json_field *claims, struct error *err);
static bool is_for(struct arena *arena, const struct json_field *audience, struct text wanted);
static bool read_time(const struct json_field *claim, int64_t *out_ms);
static bool
check_times(const struct json_field *claims, int64_t now_ms, int64_t *out_expires_ms, struct error *err);

static bool
is_base64url(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        if (!(byte >= 'a' && byte <= 'z') && !(byte >= 'A' && byte <= 'Z') && !(byte >= '0' && byte <= '9') &&
            byte != '-' && byte != '_')
            return false;
    }
    return text.length > 0;
}

bool
jwt_has_form(struct text token)
{
    if (token.length > JWT_MAX_BYTES)
        return false;
    struct text rest = token;
    int parts = 0;
    for (; rest.bytes && parts < 4; parts++)
        if (!is_base64url(text_cut(&rest, '.')))
            return false;
    return parts == 3;
}

bool
jwt_verify(struct arena *arena, const struct jwt_expected *expected, struct text token,
           struct jwt_claims *out_claims, struct error *err)
{
    struct parts parts = {0};
    struct json_field claims[CLAIM_FIELDS] = {
        {.path = "iss"}, {.path = "aud"}, {.path = "exp"}, {.path = "nbf"}, {.path = "sub"}};
    int64_t expires_ms = 0;
    if (!take_apart(arena, token, &parts, err) || !check_signature(arena, expected->keys, &parts, err))
        return false;
    if (!json_scan(parts.payload, claims, CLAIM_FIELDS, NULL))
        return error_set(err, ERROR_INVALID, "the token's claims are not one JSON object");
    if (!check_claims(arena, expected, claims, err) ||
        !check_times(claims, expected->now_unix_ms, &expires_ms, err))
        return false;
    *out_claims = (struct jwt_claims){.json = parts.payload,
                                      .subject = json_scan_string(arena, claims[CLAIM_SUB].raw),
                                      .expires_unix_ms = expires_ms};
    return true;
}

bool
jwt_peek(struct arena *arena, struct text token, struct jwt_words *out_words)
{
    struct parts parts = {0};
    struct json_field header = {.path = "kid"};
    struct json_field claims[] = {{.path = "iss"}, {.path = "exp"}};
    int64_t expires_ms = INT64_MAX;
    if (!take_apart(arena, token, &parts, NULL) || !json_scan(parts.header, &header, 1, NULL) ||
        !json_scan(parts.payload, claims, COUNT_OF(claims), NULL))
        return false;
    (void)!read_time(&claims[1], &expires_ms);
    *out_words = (struct jwt_words){
        .kid = header.kind == JSON_STRING ? json_scan_string(arena, header.raw) : (struct text){0},
        .issuer = claims[0].kind == JSON_STRING ? json_scan_string(arena, claims[0].raw) : (struct text){0},
        .json = parts.payload,
        .expires_unix_ms = expires_ms};
    return true;
}

bool
jwt_words_are_for(struct arena *arena, const struct jwt_words *words, struct text audience)
{
    struct json_field claim = {.path = "aud"};
    return json_scan(words->json, &claim, 1, NULL) && is_for(arena, &claim, audience);
}

static bool
take_apart(struct arena *arena, struct text token, struct parts *out_parts, struct error *err)
{
    struct parts parts = {0};
    if (!jwt_has_form(token))
        return error_set(err, ERROR_INVALID, "it is not a token of three parts and at most %d bytes",
                         JWT_MAX_BYTES);
    struct text rest = token;
    struct text header = text_cut(&rest, '.'), payload = text_cut(&rest, '.');
    parts.signed_bytes = text_slice(token, 0, header.length + 1 + payload.length);
    if (!digest_base64url_decode(arena, header, &parts.header) ||
        !digest_base64url_decode(arena, payload, &parts.payload) ||
        !digest_base64url_decode(arena, rest, &parts.signature))
        return error_set(err, ERROR_INVALID, "the token's parts are not base64url");
    *out_parts = parts;
    return true;
}

/* A key without a name is meant when it is the only one. */
static bool
is_meant(const struct jwt_keys *keys, const struct jwt_loaded_key *key, const struct json_field *kid,
         struct text name)
{
    if (kid->kind == JSON_ABSENT || text_is_empty(key->kid))
        return keys->count == 1;
    return text_equals(key->kid, name);
}

static bool
check_signature(struct arena *arena, const struct jwt_keys *keys, const struct parts *parts,
                struct error *err)
{
    struct json_field header[HEADER_FIELDS] = {
        {.path = "alg"}, {.path = "kid"}, {.path = "crit"}, {.path = "b64"}};
    if (!json_scan(parts->header, header, HEADER_FIELDS, NULL))
        return error_set(err, ERROR_INVALID, "the token's header is not one JSON object");
    if (header[HEADER_CRIT].kind != JSON_ABSENT || header[HEADER_B64].kind != JSON_ABSENT)
        return error_set(err, ERROR_INVALID, "the token's header demands what is not known here (crit)");
    if (header[HEADER_ALG].kind != JSON_STRING ||
        (header[HEADER_KID].kind != JSON_ABSENT && header[HEADER_KID].kind != JSON_STRING))
        return error_set(err, ERROR_INVALID, "the token's header has no algorithm or no proper key name");

    struct text alg = json_scan_string(arena, header[HEADER_ALG].raw);
    struct text name = json_scan_string(arena, header[HEADER_KID].raw);
    bool is_known = false;
    for (size_t i = 0; i < keys->count; i++) {
        if (!is_meant(keys, &keys->items[i], &header[HEADER_KID], name))
            continue;
        is_known = true;
        if (jwt_key_verifies(&keys->items[i], alg, parts->signed_bytes, parts->signature))
            return true;
    }
    return error_set(err, ERROR_DENIED, "%s",
                     is_known ? "the token's signature is not its key's" : "the token's key is not known");
}

static bool
is_for(struct arena *arena, const struct json_field *audience, struct text wanted)
{
    struct text item;
    enum json_kind kind;
    if (audience->kind == JSON_STRING)
        return text_equals(json_scan_string(arena, audience->raw), wanted);
    if (audience->kind != JSON_ARRAY)
        return false;
    for (size_t at = 0; json_scan_next(audience->raw, &at, &item, &kind);)
        if (kind == JSON_STRING && text_equals(json_scan_string(arena, item), wanted))
            return true;
    return false;
}

static bool
check_claims(struct arena *arena, const struct jwt_expected *expected, const struct json_field *claims,
             struct error *err)
{
    if (claims[CLAIM_ISS].kind != JSON_STRING ||
        !text_equals(json_scan_string(arena, claims[CLAIM_ISS].raw), expected->issuer))
        return error_set(err, ERROR_DENIED, "the token is of another issuer");
    if (!is_for(arena, &claims[CLAIM_AUD], expected->audience))
        return error_set(err, ERROR_DENIED, "the token is for another audience");
    return true;
}

/* Seconds since 1970 (RFC 7519 2); fractions are not read. */
static bool
read_time(const struct json_field *claim, int64_t *out_ms)
{
    int64_t seconds;
    if (claim->kind != JSON_NUMBER || !json_scan_int(claim->raw, &seconds) || seconds < 0 ||
        seconds > LATEST_SECONDS)
        return false;
    *out_ms = seconds * 1000;
    return true;
}

static bool
check_times(const struct json_field *claims, int64_t now_ms, int64_t *out_expires_ms, struct error *err)
{
    int64_t expires_ms, starts_ms = 0;
    if (!read_time(&claims[CLAIM_EXP], &expires_ms) ||
        (claims[CLAIM_NBF].kind != JSON_ABSENT && !read_time(&claims[CLAIM_NBF], &starts_ms)))
        return error_set(err, ERROR_INVALID, "the token has no proper end (exp) or start (nbf)");
    if (now_ms >= expires_ms + JWT_LEEWAY_MS)
        return error_set(err, ERROR_DENIED, "the token has expired");
    if (now_ms < starts_ms - JWT_LEEWAY_MS)
        return error_set(err, ERROR_DENIED, "the token is not valid yet");
    *out_expires_ms = expires_ms;
    return true;
}
