/* What a manager owns, from managedFields as an API server writes them. */
#include "operator/kube/kube_owned.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/document/json.h"

static const uint8_t key[SIPHASH_KEY_BYTES] = {4, 8, 15, 16, 23, 42};

/* As it is applied; and what the server makes of it: defaults filled in, the other managers' members beside
 * ours. */
#define APPLIED                                                                                              \
    "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"a\",\"namespace\":\"n\","  \
    "\"labels\":{\"weir.dev/workspace\":\"demo\"},\"ownerReferences\":[{\"uid\":\"1\",\"name\":\"o\"}]},"    \
    "\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"a\"}},\"template\":{\"spec\":{\"containers\":[{"     \
    "\"name\":\"main\",\"args\":[\"serve\",\"-v\"],\"ports\":[{\"containerPort\":8080,\"name\":\"http\"}],"  \
    "\"volumeMounts\":[{\"name\":\"tmp\",\"mountPath\":\"/tmp\"}]}],"                                        \
    "\"volumes\":[{\"name\":\"tmp\",\"emptyDir\":{}}]}}}}"
#define SEEN_BEFORE                                                                                          \
    "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"a\",\"namespace\":\"n\","  \
    "\"uid\":\"7\",\"generation\":3,\"annotations\":{\"deployment.kubernetes.io/revision\":\"2\"},"          \
    "\"labels\":{\"theirs\":\"x\",\"weir.dev/workspace\":\"demo\"},"                                         \
    "\"ownerReferences\":[{\"name\":\"o\",\"uid\":\"1\"}],\"managedFields\":["
#define OURS                                                                                                 \
    "{\"manager\":\"weir-operator\",\"operation\":\"Apply\",\"apiVersion\":\"apps/v1\","                     \
    "\"time\":\"2026-11-29T10:00:00Z\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{"                           \
    "\"f:metadata\":{\"f:labels\":{\"f:weir.dev/workspace\":{}},"                                            \
    "\"f:ownerReferences\":{\"k:{\\\"uid\\\":\\\"1\\\"}\":{}}},\"f:spec\":{\"f:selector\":{},"               \
    "\"f:template\":{\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"main\\\"}\":{\".\":{},"             \
    "\"f:args\":{},\"f:name\":{},\"f:ports\":{\"k:{\\\"containerPort\\\":8080,\\\"protocol\\\":"             \
    "\\\"TCP\\\"}\":{\".\":{},\"f:containerPort\":{},\"f:name\":{}}},"                                       \
    "\"f:volumeMounts\":{\"k:{\\\"mountPath\\\":\\\"/tmp\\\"}\":{\".\":{},\"f:mountPath\":{},"               \
    "\"f:name\":{}}}}},\"f:volumes\":{\"k:{\\\"name\\\":\\\"tmp\\\"}\":{\".\":{},\"f:emptyDir\":{},"         \
    "\"f:name\":{}}}}}}}}"
#define THEIRS                                                                                               \
    ",{\"manager\":\"kube-controller-manager\",\"operation\":\"Update\",\"apiVersion\":\"apps/v1\","         \
    "\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:metadata\":{\"f:annotations\":{"                          \
    "\"f:deployment.kubernetes.io/revision\":{}}}}},{\"manager\":\"weir-operator\",\"operation\":"           \
    "\"Apply\",\"subresource\":\"scale\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:spec\":{}}}"
#define SEEN_AFTER                                                                                           \
    "]},\"spec\":{\"replicas\":1,\"selector\":{\"matchLabels\":{\"app\":\"a\"}},\"template\":{\"spec\":{"    \
    "\"containers\":[{\"name\":\"sidecar\",\"image\":\"theirs\"},{\"args\":[\"serve\",\"-v\"],"              \
    "\"name\":\"main\",\"ports\":[{\"containerPort\":8080,\"name\":\"http\",\"protocol\":\"TCP\"}],"         \
    "\"volumeMounts\":[{\"mountPath\":\"/tmp\",\"name\":\"tmp\"}]}],\"restartPolicy\":\"Always\","           \
    "\"volumes\":[{\"emptyDir\":{},\"name\":\"tmp\"}]}}},\"status\":{\"replicas\":1}}"
#define SEEN SEEN_BEFORE OURS THEIRS SEEN_AFTER

static uint64_t
seen(const char *json)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct document *document = NULL;
    cr_assert(json_parse(arena, text_of(json), (struct text){0}, &document, NULL), "%s", json);
    return kube_owned_seen(arena, text_of(json), TEXT("weir-operator"), key);
}

static uint64_t
applied(const char *json)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct document *document = NULL;
    cr_assert(json_parse(arena, text_of(json), (struct text){0}, &document, NULL), "%s", json);
    return kube_owned_applied(document, key);
}

/* json with its first before replaced. */
static const char *
with(struct arena *arena, const char *json, const char *before, const char *after)
{
    struct text text = text_of(json);
    ptrdiff_t at = text_find(text, text_of(before));
    cr_assert_geq(at, 0, "%s", before);
    struct text rest = text_slice(text, (size_t)at + strlen(before), text.length);
    return text_c_string(arena, text_format(arena, "%.*s%s%.*s", (int)at, json, after, TEXT_ARG(rest)));
}

Test(kube_owned, is_what_was_applied_whatever_others_and_the_server_added)
{
    cr_assert_eq(seen(SEEN), applied(APPLIED));
    cr_assert_neq(seen(SEEN), 0);
}

Test(kube_owned, does_not_ask_for_the_order_of_members)
{
    cr_assert_eq(applied("{\"a\":1,\"b\":{\"c\":[1],\"d\":2}}"),
                 applied("{\"b\":{\"d\":2,\"c\":[1]},\"a\":1}"));
    cr_assert_neq(applied("{\"a\":[1,2]}"), applied("{\"a\":[2,1]}"));
}

Test(kube_owned, finds_whatever_somebody_changed_or_took_away)
{
    scoped_arena struct arena *arena = arena_new(0);
    static const char *const edits[][2] = {
        {"\"weir.dev/workspace\":\"demo\"},\"owner", "\"weir.dev/workspace\":\"evil\"},\"owner"},
        {",\"weir.dev/workspace\":\"demo\"},\"owner", "},\"owner"},
        {"\"args\":[\"serve\",\"-v\"]", "\"args\":[\"serve\"]"},
        {"\"args\":[\"serve\",\"-v\"]", "\"args\":[\"-v\",\"serve\"]"},
        {"\"args\":[\"serve\",\"-v\"],", ""},
        {"\"matchLabels\":{\"app\":\"a\"}", "\"matchLabels\":{\"app\":\"a\",\"more\":\"b\"}"},
        {"\"containerPort\":8080,\"name\":\"http\",\"protocol\"",
         "\"containerPort\":8080,\"name\":\"web\",\"protocol\""},
        {"\"protocol\":\"TCP\"}],\"vol", "\"protocol\":\"UDP\"}],\"vol"},
        {"\"mountPath\":\"/tmp\",\"name\":\"tmp\"}]", "\"mountPath\":\"/tmp\",\"name\":\"data\"}]"},
        {"{\"emptyDir\":{},\"name\"", "{\"emptyDir\":{\"medium\":\"Memory\"},\"name\""},
        {"{\"emptyDir\":{},\"name\":\"tmp\"}", ""},
        {"{\"name\":\"o\",\"uid\":\"1\"}", "{\"name\":\"o\",\"uid\":\"2\"}"},
    };
    for (size_t i = 0; i < COUNT_OF(edits); i++)
        cr_assert_neq(seen(with(arena, SEEN, edits[i][0], edits[i][1])), applied(APPLIED), "%s", edits[i][1]);
}

Test(kube_owned, finds_what_changed_hands)
{
    scoped_arena struct arena *arena = arena_new(0);
    static const char *const edits[][2] = {
        {"\"f:args\":{},", ""}, /* somebody else's now, perhaps with the same value */
        {"\"f:name\":{}}},", "\"f:name\":{},\"f:protocol\":{}}},"}, /* ours from an earlier version */
        {"\"f:args\":{}", "\"f:args\":{},\"f:image\":{}"},
        {"\"f:args\":{}", "\"i:0\":{}"},
        {"\"f:selector\":{}", "\"f:selector\":{\"v:1\":{}}"},
    };
    for (size_t i = 0; i < COUNT_OF(edits); i++)
        cr_assert_neq(seen(with(arena, SEEN, edits[i][0], edits[i][1])), applied(APPLIED), "%s", edits[i][1]);
}

Test(kube_owned, differs_when_something_else_is_wanted)
{
    scoped_arena struct arena *arena = arena_new(0);
    static const char *const edits[][2] = {
        {"\"demo\"", "\"other\""},
        {",\"-v\"", ""},
        {"\"containerPort\":8080", "\"containerPort\":\"8080\""},
        {",\"ownerReferences\":[{\"uid\":\"1\",\"name\":\"o\"}]", ""},
        {"\"emptyDir\":{}", "\"emptyDir\":{\"sizeLimit\":\"1Gi\"}"},
        {"\"spec\":{\"selector\"", "\"spec\":{\"replicas\":1,\"selector\""},
    };
    for (size_t i = 0; i < COUNT_OF(edits); i++)
        cr_assert_neq(seen(SEEN), applied(with(arena, APPLIED, edits[i][0], edits[i][1])), "%s", edits[i][1]);
}

Test(kube_owned, is_unknown_of_what_the_manager_never_applied)
{
    cr_assert_eq(seen("{\"metadata\":{\"name\":\"a\"}}"), 0);
    cr_assert_eq(seen("{\"metadata\":{\"managedFields\":[]},\"spec\":{\"by\":\"weir-operator\"}}"), 0);
    cr_assert_eq(seen(SEEN_BEFORE OURS "," OURS SEEN_AFTER), 0, "in two versions");
}

Test(kube_owned, is_unknown_of_an_update_and_of_fields_in_another_form)
{
    scoped_arena struct arena *arena = arena_new(0);
    cr_assert_eq(seen(with(arena, SEEN, "\"Apply\"", "\"Update\"")), 0);
    cr_assert_eq(seen(with(arena, SEEN, "\"FieldsV1\"", "\"FieldsV2\"")), 0);
    cr_assert_eq(seen(with(arena, SEEN, "\"weir-operator\"", "\"weir\"")), 0);
}
