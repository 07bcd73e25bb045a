/* Built as documents, so that no name or token can be more than a text. */
#include "api/server/identity/kube_review.h"

#include "api/types/kinds.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"

static struct document *new_review(struct arena *arena, const char *api_version, const char *kind);
static struct text print(struct arena *arena, const struct document *document);
static bool is_for(const struct document *status, struct text audience);
static struct text keep_user(struct arena *arena, const struct document *user);
static bool
read_status(struct arena *arena, struct text answer, const struct document **out_status, struct error *err);

struct text
kube_review_ask_who(struct arena *arena, struct text token, struct text audience)
{
    struct document *review = new_review(arena, "authentication.k8s.io/v1", "TokenReview");
    struct document *spec = document_map_in(review, TEXT("spec"));
    document_set_text(spec, "token", token);
    if (!text_is_empty(audience))
        document_append(document_list_in(spec, TEXT("audiences")), document_new_text(arena, audience));
    return print(arena, review);
}

bool
kube_review_read_who(struct arena *arena, struct text answer, struct text audience,
                     struct kube_user *out_user, struct error *err)
{
    const struct document *status = NULL;
    struct kube_user user = {0};
    if (!read_status(arena, answer, &status, err))
        return false;
    const struct document *said = document_find(status, TEXT("user"));
    if (document_bool(document_find(status, TEXT("authenticated"))) && is_for(status, audience))
        user =
            (struct kube_user){document_text(document_find(said, TEXT("username"))), keep_user(arena, said)};
    if (user.json.length > KUBE_REVIEW_MAX_USER_BYTES)
        return error_set(err, ERROR_INVALID, "a user's groups and extras are more than %d bytes",
                         KUBE_REVIEW_MAX_USER_BYTES);
    *out_user = user;
    return true;
}

struct text
kube_review_user_name(struct arena *arena, struct text user_json)
{
    struct document *user = NULL;
    return json_parse(arena, user_json, (struct text){0}, &user, NULL)
               ? document_text(document_find(user, TEXT("user")))
               : (struct text){0};
}

struct text
kube_review_ask_may(struct arena *arena, struct text user_json, struct text verb, struct text workspace)
{
    struct document *review = new_review(arena, "authorization.k8s.io/v1", "SubjectAccessReview");
    struct document *user = NULL;
    if (!json_parse(arena, user_json, (struct text){0}, &user, NULL)) /* our own: cannot be */
        user = document_new_map(arena);
    document_set(review, TEXT("spec"), user);
    struct document *asked = document_map_in(user, TEXT("resourceAttributes"));
    document_set_text(asked, "group", TEXT(WEIR_GROUP));
    document_set_text(asked, "resource", TEXT("workspaces"));
    document_set_text(asked, "verb", text_is_empty(workspace) ? TEXT("list") : verb);
    if (!text_is_empty(workspace))
        document_set_text(asked, "name", workspace);
    return print(arena, review);
}

bool
kube_review_read_may(struct arena *arena, struct text answer, bool *out_may, struct error *err)
{
    const struct document *status = NULL;
    if (!read_status(arena, answer, &status, err))
        return false;
    *out_may = document_bool(document_find(status, TEXT("allowed"))) &&
               !document_bool(document_find(status, TEXT("denied")));
    return true;
}

static struct document *
new_review(struct arena *arena, const char *api_version, const char *kind)
{
    struct document *review = document_new_map(arena);
    document_set_text(review, "apiVersion", text_of(api_version));
    document_set_text(review, "kind", text_of(kind));
    return review;
}

static struct text
print(struct arena *arena, const struct document *document)
{
    struct buffer json;
    buffer_init(&json, arena, 1024);
    json_print(document, &json);
    return buffer_text(&json);
}

/* An API server whose authenticators know no audiences names none: then a token for us is one for anybody. */
static bool
is_for(const struct document *status, struct text audience)
{
    const struct document *audiences = document_find(status, TEXT("audiences"));
    for (size_t i = 0; i < document_count(audiences); i++)
        if (text_equals(document_text(document_at(audiences, i)), audience))
            return true;
    return text_is_empty(audience);
}

static struct text
keep_user(struct arena *arena, const struct document *user)
{
    static const struct {
        struct text from, to;
    } members[] = {{TEXT("username"), TEXT("user")},
                   {TEXT("groups"), TEXT("groups")},
                   {TEXT("uid"), TEXT("uid")},
                   {TEXT("extra"), TEXT("extra")}};
    struct document *kept = document_new_map(arena);
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        const struct document *value = document_find(user, members[i].from);
        if (value)
            document_set(kept, members[i].to, value);
    }
    return print(arena, kept);
}

static bool
read_status(struct arena *arena, struct text answer, const struct document **out_status, struct error *err)
{
    struct document *review = NULL;
    const struct document *status = NULL;
    if (json_parse(arena, answer, (struct text){0}, &review, NULL))
        status = document_find(review, TEXT("status"));
    if (document_kind(status) != DOCUMENT_MAP)
        return error_set(err, ERROR_INVALID, "the API server's answer is no review");
    *out_status = status;
    return true;
}
