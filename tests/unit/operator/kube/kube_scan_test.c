#include "operator/kube/kube_scan.h"

#include <criterion/criterion.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"

TestSuite(kube_scan, .init = given_arena, .fini = end_arena);

static const uint8_t key[SIPHASH_KEY_BYTES] = {1};

static struct kube_object
scanned(const char *json, const struct kube_filter *filter)
{
    struct kube_object object;
    struct error err = {0};
    bool is_scanned =
        kube_scan_object(arena, kube_scan_rules_new(arena, filter, key), text_of(json), &object, &err);
    cr_assert(is_scanned, "%s", err.message);
    return object;
}

static void
expect_kept(const char *const *paths, const char *json, const char *expected)
{
    struct kube_filter filter = {.paths = paths};
    struct kube_object object = scanned(json, &filter);
    cr_assert(text_equals(object.json, text_of(expected)), "%.*s", TEXT_ARG(object.json));
}

static uint64_t
digest(const char *json)
{
    return scanned(json, &(struct kube_filter){0}).digest;
}

#define POD                                                                                                  \
    "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"web-0\",\"namespace\":\"shop\",\"uid\":\"u1\","              \
    "\"resourceVersion\":\"77\",\"generation\":3,\"labels\":{\"app\":\"web\"},"                              \
    "\"managedFields\":[{\"f:spec\":{}}],\"annotations\":{\"a\":\"b\","                                      \
    "\"kubectl.kubernetes.io/last-applied-configuration\":\"{}\"}},"                                         \
    "\"spec\":{\"nodeName\":\"n\",\"containers\":[{\"image\":\"i\"}]},\"status\":{\"phase\":\"Running\"}}"

Test(kube_scan, finds_what_names_an_object)
{
    struct kube_object object = scanned(POD, &(struct kube_filter){0});
    cr_assert(text_equals(object.name, TEXT("web-0")));
    cr_assert(text_equals(object.namespace, TEXT("shop")));
    cr_assert(text_equals(object.uid, TEXT("u1")));
    cr_assert(text_equals(object.resource_version, TEXT("77")));
    cr_assert_eq(object.generation, 3);
    cr_assert_not(object.is_deleting);
    cr_assert(scanned("{\"metadata\":{\"name\":\"a\",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"}}",
                      &(struct kube_filter){0})
                  .is_deleting);
}

Test(kube_scan, keeps_everything_but_managed_fields_and_last_applied)
{
    expect_kept(NULL, POD,
                "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"web-0\",\"namespace\":\"shop\",\"uid\":\"u1\","
                "\"resourceVersion\":\"77\",\"generation\":3,\"labels\":{\"app\":\"web\"},\"annotations\":{"
                "\"a\":\"b\"}},\"spec\":{\"nodeName\":\"n\",\"containers\":[{\"image\":\"i\"}]},"
                "\"status\":{\"phase\":\"Running\"}}");
}

Test(kube_scan, keeps_what_the_paths_lead_to_and_always_what_names_the_object)
{
    expect_kept((const char *const[]){"metadata.labels", "status.phase", NULL}, POD,
                "{\"metadata\":{\"name\":\"web-0\",\"namespace\":\"shop\",\"uid\":\"u1\",\"labels\":{\"app\":"
                "\"web\"}},\"status\":{\"phase\":\"Running\"}}");
    expect_kept((const char *const[]){"metadata", NULL},
                "{ \"spec\": 1, \"metadata\" : { \"managedFields\": [] , \"name\" : \"a\" } }",
                "{\"metadata\":{\"name\":\"a\"}}");
    expect_kept((const char *const[]){"spec.containers.image", "spec.nodeName.x", NULL}, POD,
                "{\"metadata\":{\"name\":\"web-0\",\"namespace\":\"shop\",\"uid\":\"u1\"},"
                "\"spec\":{\"containers\":[{\"image\":\"i\"}]}}");
}

Test(kube_scan, keeps_of_the_objects_of_a_list_what_the_paths_lead_to)
{
    const char *const paths[] = {"status.list.a", "status.list.b.c", "metadata.of.x", NULL};
    expect_kept(paths,
                "{\"status\":{\"list\": [ {\"z\":1,\"a\":[2],\"b\":{\"c\":3,\"d\":4}} , {\"z\":[{}]},5,"
                "[{\"z\":6}],{\"b\":[{\"d\":7,\"c\":8}]}]},\"metadata\":{\"name\":\"n\",\"of\":[]}}",
                "{\"status\":{\"list\":[{\"a\":[2],\"b\":{\"c\":3}},{},5,[{\"z\":6}],{\"b\":[{\"c\":8}]}]},"
                "\"metadata\":{\"name\":\"n\",\"of\":[]}}");
    expect_kept((const char *const[]){"metadata.labels.a", NULL}, "{\"metadata\":[{\"name\":\"n\",\"z\":1}]}",
                "{\"metadata\":[{\"name\":\"n\",\"z\":1}]}");
}

Test(kube_scan, keeps_no_json_of_metadata_alone)
{
    struct kube_object object = scanned(POD, &(struct kube_filter){.is_metadata_only = true});
    cr_assert_eq(object.json.length, 0);
    cr_assert(text_equals(object.name, TEXT("web-0")));
}

Test(kube_scan, reads_keys_and_names_with_escapes)
{
    struct kube_object object =
        scanned("{\"m\\u0065tadata\":{\"\\u006eame\":\"a\\u002db\",\"m\\u0061nagedFields\":[1]}}",
                &(struct kube_filter){0});
    cr_assert(text_equals(object.name, TEXT("a-b")));
    cr_assert_eq(text_find(object.json, TEXT("[1]")), -1);
}

Test(kube_scan, digests_content_but_neither_blanks_nor_status_nor_versions)
{
    uint64_t plain =
        digest("{\"metadata\":{\"name\":\"a\",\"labels\":{\"x\":\"y\"}},\"spec\":{\"n\":[1,2]}}");
    cr_assert_eq(plain,
                 digest(" {\n\"metadata\" : {\"name\":\"a\" ,\"labels\":{\"x\": \"y\"} },\r\n\t\"spec\":{"
                        "\"n\":[ 1 , 2 ] } } "));
    cr_assert_eq(
        plain, digest("{\"apiVersion\":\"v1\",\"kind\":\"K\",\"metadata\":{\"generation\":4,\"name\":\"a\","
                      "\"resourceVersion\":\"9\",\"labels\":{\"x\":\"y\"},\"managedFields\":[{}]},\"spec\":{"
                      "\"n\":[1,2]},\"status\":{\"ready\":true}}"));
    cr_assert_neq(plain,
                  digest("{\"metadata\":{\"name\":\"a\",\"labels\":{\"x\":\"y\"}},\"spec\":{\"n\":[12]}}"));
    cr_assert_neq(plain,
                  digest("{\"metadata\":{\"name\":\"a\",\"labels\":{\"x\":\"z\"}},\"spec\":{\"n\":[1,2]}}"));
    cr_assert_neq(digest("{\"spec\":\"a b\"}"), digest("{\"spec\":\"ab\"}"));
}

Test(kube_scan, the_digest_is_of_everything_whatever_the_filter_keeps)
{
    struct kube_filter filter = {.paths = (const char *const[]){"metadata.labels", NULL}};
    cr_assert_eq(scanned(POD, &filter).digest, digest(POD));
}

Test(kube_scan, refuses_what_is_not_one_object)
{
    static const char *const broken[] = {
        "",
        "[]",
        "{",
        "{}}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":[1,]}",
        "{\"a\":01}",
        "{\"a\":tru}",
        "{\"a\":{\"b\"",
        "{\"metadata\":{\"name\":\"x}}",
        "{a:1}",
        "{\"a\":[}}",
        "{\"a\":{]}",
        "{\"status\":{\"x\":nul}}",
        "{\"metadata\":{\"managedFields\":[01]}}",
    };
    struct kube_scan_rules *rules = kube_scan_rules_new(arena, &(struct kube_filter){0}, key);
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        struct kube_object object;
        struct error err = {0};
        cr_assert_not(kube_scan_object(arena, rules, text_of(broken[i]), &object, &err), "%s", broken[i]);
        cr_assert(strncmp(err.message, "offset ", 7) == 0, "%s", err.message);
    }
}

Test(kube_scan, refuses_every_beginning_of_an_object)
{
    struct kube_filter filter = {.paths =
                                     (const char *const[]){"status.phase", "spec.containers.name", NULL}};
    struct kube_scan_rules *rules = kube_scan_rules_new(arena, &filter, key);
    struct text whole = TEXT(POD);
    for (size_t length = 0; length < whole.length; length++) {
        /* A copy of exactly that length, so that reading on shows under AddressSanitizer. */
        struct text beginning = text_copy(arena, text_slice(whole, 0, length));
        struct kube_object object;
        cr_assert_not(kube_scan_object(arena, rules, beginning, &object, NULL), "%zu", length);
    }
}

Test(kube_scan, bounds_the_depth)
{
    struct kube_scan_rules *rules = kube_scan_rules_new(arena, &(struct kube_filter){0}, key);
    struct buffer json;
    for (int depth = 60; depth < 70; depth++) {
        buffer_init(&json, arena, 0);
        buffer_add_string(&json, "{\"a\":");
        for (int i = 1; i < depth; i++)
            buffer_add_byte(&json, '[');
        for (int i = 1; i < depth; i++)
            buffer_add_byte(&json, ']');
        buffer_add_byte(&json, '}');
        struct kube_object object;
        cr_assert_eq(kube_scan_object(arena, rules, buffer_text(&json), &object, NULL), depth <= 64, "%d",
                     depth);
    }
}
