/* Only the token's digest is kept, and digests are compared: neither the length nor the first wrong byte
 * shows in the time it takes. */
#include "api/server/rest/rest_identity.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/digest.h"
#include "lib/net/http1.h"

/* 43 digits of base64url are 32 bytes. */
enum { LEAST_TOKEN_BYTES = 43, MOST_TOKEN_BYTES = 512 };

struct rest_token {
    uint8_t digest[DIGEST_SHA256_BYTES];
};

static void identify_socket(void *owner, struct rest_asking *asking);
static void identify_token(void *owner, struct rest_asking *asking);
static bool read_private_file(const char *path, char *bytes, size_t *out_length, struct error *err);
static bool is_token(struct text token);

struct rest_authenticator
rest_known_by_socket(void)
{
    return (struct rest_authenticator){.identify = identify_socket};
}

struct rest_authenticator
rest_known_by_token(struct rest_token *token)
{
    return (struct rest_authenticator){.identify = identify_token, .owner = token};
}

bool
rest_token_read(struct arena *arena, const char *path, struct rest_token **out_token, struct error *err)
{
    char bytes[MOST_TOKEN_BYTES + 2]; /* a line end, and one more to see that there are more */
    size_t length = 0;
    if (!read_private_file(path, bytes, &length, err))
        return false;
    struct text token = text_trim((struct text){bytes, length});
    if (!is_token(token))
        return error_set(err, ERROR_INVALID,
                         "%s holds no token of %d to %d letters, digits, - and _: make one with "
                         "`head -c 32 /dev/urandom | basenc --base64url | tr -d =`",
                         path, LEAST_TOKEN_BYTES, MOST_TOKEN_BYTES);
    struct rest_token *made = arena_alloc(arena, sizeof(*made));
    digest_sha256(token, made->digest);
    digest_forget(bytes, sizeof(bytes));
    *out_token = made;
    return true;
}

struct text
rest_bearer(const struct http_request_head *head)
{
    struct text given = http_headers_find(&head->headers, TEXT("authorization"));
    struct text scheme = text_cut(&given, ' ');
    bool is_once = http_headers_count_of(&head->headers, TEXT("authorization")) == 1;
    return is_once && text_equals_ignore_case(scheme, TEXT("bearer")) ? text_trim(given) : (struct text){0};
}

enum rest_verdict
rest_scope_verdict(const struct ledger_scope *scope, struct text workspace)
{
    bool may_see = text_is_empty(workspace) ? scope->is_all || scope->workspaces.count > 0
                                            : ledger_scope_has(scope, workspace);
    return may_see ? REST_KNOWN : REST_DENIED;
}

enum rest_verdict
rest_asking_verdict(const struct rest_asking *asking)
{
    if (asking->is_change && !asking->by->authorize && !asking->who.scope.is_all)
        return REST_DENIED;
    return rest_scope_verdict(&asking->who.scope, asking->workspace);
}

static void
identify_socket(void *owner, struct rest_asking *asking)
{
    (void)owner;
    asking->who = (struct rest_identity){TEXT("socket"), {.is_all = true}, NULL};
    asking->on_verdict(asking, REST_KNOWN);
}

static void
identify_token(void *owner, struct rest_asking *asking)
{
    const struct rest_token *token = owner;
    uint8_t digest[DIGEST_SHA256_BYTES];
    digest_sha256(rest_bearer(asking->head), digest);
    if (!digest_equals(digest, token->digest, sizeof(digest))) {
        asking->on_verdict(asking, REST_UNKNOWN);
        return;
    }
    asking->who = (struct rest_identity){TEXT("token"), {.is_all = true}, NULL};
    asking->on_verdict(asking, REST_KNOWN);
}

/* The open file is judged, so that no other can take its place between. */
static bool
read_private_file(const char *path, char *bytes, size_t *out_length, struct error *err)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_set_errno(err, errno, "opening the token file %s", path);
    bool is_known = fstat(fd, &status) == 0;
    ssize_t length = is_known && S_ISREG(status.st_mode) ? read(fd, bytes, MOST_TOKEN_BYTES + 2) : -1;
    close(fd);
    if (length < 0)
        return error_set(err, ERROR_INVALID, "the token file %s cannot be read as a file", path);
    /* A Secret in a pod is another's file that our group may read; so may nobody else. */
    mode_t most = status.st_uid == geteuid() ? 0700 : 0740;
    if ((status.st_mode & 0777 & ~most) != 0)
        return error_set(
            err, ERROR_DENIED,
            "the token file %s is open to others (mode %03o): chmod 600 it, and make a new token", path,
            (unsigned)status.st_mode & 0777);
    *out_length = (size_t)length;
    return true;
}

static bool
is_token(struct text token)
{
    for (size_t i = 0; i < token.length; i++) {
        char byte = token.bytes[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!is_letter && !(byte >= '0' && byte <= '9') && byte != '-' && byte != '_')
            return false;
    }
    return token.length >= LEAST_TOKEN_BYTES && token.length <= MOST_TOKEN_BYTES;
}
