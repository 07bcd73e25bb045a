/* Questions to a Kubernetes API server about who holds a token and what he may do (authentication.k8s.io/v1
 * TokenReview, authorization.k8s.io/v1 SubjectAccessReview), and how its answers read. Pure. */
#pragma once

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;

#define KUBE_REVIEW_WHO "/apis/authentication.k8s.io/v1/tokenreviews"
#define KUBE_REVIEW_MAY "/apis/authorization.k8s.io/v1/subjectaccessreviews"
#define KUBE_REVIEW_AUDIENCE "weir-api"
#define KUBE_REVIEW_MAX_USER_BYTES 65536

struct kube_user {
    struct text name;
    struct text json; /* user, groups, uid and extra, as a SubjectAccessReview names them */
};

/* audience: that the token must be for; empty: the API server's own. */
struct text kube_review_ask_who(struct arena *arena, struct text token, struct text audience);
/* A name that is empty: nobody, or a token for others. ERROR_INVALID for what is no answer, without a byte of
 * it: it has the token in it. */
MUST_CHECK bool kube_review_read_who(struct arena *arena, struct text answer, struct text audience,
                                     struct kube_user *out_user, struct error *err);
/* Of a kube_user.json. */
struct text kube_review_user_name(struct arena *arena, struct text user_json);
/* Whether the user may do that ("get", "update") to this Workspace; empty: whether he may list all. */
struct text
kube_review_ask_may(struct arena *arena, struct text user_json, struct text verb, struct text workspace);
MUST_CHECK bool
kube_review_read_may(struct arena *arena, struct text answer, bool *out_may, struct error *err);
