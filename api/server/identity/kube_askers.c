/* Who holds a token. Answers are kept by the token's digest, apart for those whom nobody knows: whoever tries
 * tokens does not push out those who are known. */
#include "api/server/identity/kube_askers.h"

#include "api/server/identity/kube_review.h"
#include "api/server/identity/kube_reviewer.h"
#include "api/server/identity/kube_rights.h"
#include "api/server/identity/review_cache.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/base/utf8.h"
#include "lib/net/jwt.h"
#include "lib/net/loop.h"

enum { MOST_TOKEN_BYTES = 8192, MOST_NAME_BYTES = 256 };

struct kube_askers {
    struct loop *loop;
    struct kube_reviewer *reviewer;
    struct kube_rights *rights;
    struct review_cache *users;     /* kube_user.json by token */
    struct review_cache *strangers; /* nothing, by token */
};

/* One token, while it is with the API server. */
struct identifying {
    struct kube_askers *askers;
    struct rest_asking *asking;
    struct review_key key;
    struct text audience;
    int64_t expires_unix_ms;
};

static void identify(void *owner, struct rest_asking *asking);
static void authorize(void *owner, struct rest_asking *asking);
static void ask(struct kube_askers *askers, struct rest_asking *asking, struct text token);
static void on_answer(void *owner, struct text answer, const struct error *why);
static int64_t keep_until_ms(const struct identifying *identifying);
static void know(struct rest_asking *asking, const struct kube_user *user);

bool
kube_askers_open(struct arena *arena, const struct kube_askers_options *options,
                 struct kube_askers **out_askers, struct error *err)
{
    struct kube_askers *askers = arena_alloc(arena, sizeof(*askers));
    const struct kube_reviewer_options reviewer = {options->loop, options->server, options->account};
    if (!kube_reviewer_open(arena, &reviewer, &askers->reviewer, err))
        return false;
    const struct kube_rights_options rights = {options->loop, options->ledger, askers->reviewer,
                                               KUBE_ASKERS_KEEP_MS};
    askers->loop = options->loop;
    askers->rights = kube_rights_new(arena, &rights);
    askers->users = review_cache_new(arena);
    askers->strangers = review_cache_new(arena);
    *out_askers = askers;
    return true;
}

struct rest_authenticator
kube_askers_way(struct kube_askers *askers)
{
    return (struct rest_authenticator){identify, authorize, askers};
}

static void
identify(void *owner, struct rest_asking *asking)
{
    struct kube_askers *askers = owner;
    struct text token = rest_bearer(asking->head), kept;
    struct review_key key = review_key_of(&token, 1);
    int64_t now_ms = loop_now_ms(askers->loop);
    struct kube_user user = {0};
    if (text_is_empty(token) || token.length > MOST_TOKEN_BYTES ||
        review_cache_find(asking->arena, askers->strangers, &key, now_ms, &kept))
        asking->on_verdict(asking, REST_UNKNOWN);
    else if (review_cache_find(asking->arena, askers->users, &key, now_ms, &user.json))
        know(asking, &user);
    else
        ask(askers, asking, token);
}

static void
authorize(void *owner, struct rest_asking *asking)
{
    struct kube_askers *askers = owner;
    kube_rights_find(askers->rights, asking);
}

/* A token that says it is for us is reviewed as such; any other must be for the API server itself. */
static void
ask(struct kube_askers *askers, struct rest_asking *asking, struct text token)
{
    struct arena *arena = asking->arena;
    struct identifying *identifying = arena_alloc(arena, sizeof(*identifying));
    struct jwt_words words = {.expires_unix_ms = INT64_MAX};
    struct text audience = {0};
    struct error why;
    if (jwt_peek(arena, token, &words) && jwt_words_are_for(arena, &words, TEXT(KUBE_REVIEW_AUDIENCE)))
        audience = TEXT(KUBE_REVIEW_AUDIENCE);
    *identifying =
        (struct identifying){askers, asking, review_key_of(&token, 1), audience, words.expires_unix_ms};
    const struct kube_question question = {KUBE_REVIEW_WHO, kube_review_ask_who(arena, token, audience),
                                           on_answer, identifying};
    if (!kube_reviewer_ask(arena, askers->reviewer, &question, &why))
        asking->on_verdict(asking, REST_UNSURE);
}

static void
on_answer(void *owner, struct text answer, const struct error *why)
{
    struct identifying *identifying = owner;
    struct kube_askers *askers = identifying->askers;
    struct rest_asking *asking = identifying->asking;
    struct kube_user user;
    struct error wrong;
    if (why) {
        asking->on_verdict(asking, REST_UNSURE);
    } else if (!kube_review_read_who(asking->arena, answer, identifying->audience, &user, &wrong)) {
        log_error("identity_not_reviewed", LOG_STRING("reason", wrong.message));
        asking->on_verdict(asking, REST_UNSURE);
    } else if (text_is_empty(user.name)) {
        review_cache_keep(askers->strangers, &identifying->key, keep_until_ms(identifying), TEXT(""));
        asking->on_verdict(asking, REST_UNKNOWN);
    } else {
        review_cache_keep(askers->users, &identifying->key, keep_until_ms(identifying), user.json);
        know(asking, &user);
    }
}

/* No longer than the token itself, whose end is believed now. */
static int64_t
keep_until_ms(const struct identifying *identifying)
{
    int64_t now_ms = loop_now_ms(identifying->askers->loop), left_ms = KUBE_ASKERS_KEEP_MS;
    int64_t unix_ms = clock_unix_ms();
    if (identifying->expires_unix_ms < unix_ms + left_ms)
        left_ms = identifying->expires_unix_ms - unix_ms;
    return now_ms + left_ms;
}

static void
know(struct rest_asking *asking, const struct kube_user *user)
{
    struct text *json = arena_copy(asking->arena, &user->json, sizeof(user->json));
    struct text name = kube_review_user_name(asking->arena, user->json);
    asking->who = (struct rest_identity){.name = utf8_at_most(name, MOST_NAME_BYTES), .known = json};
    asking->on_verdict(asking, REST_KNOWN);
}
