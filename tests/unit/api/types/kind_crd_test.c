/* What Kubernetes asks of a CustomResourceDefinition, over every node of ours. (Its own code is asked in
 * tests/cluster/crds.) */
#include <criterion/criterion.h>

#include "api/types/kind_crd.h"
#include "lib/base/buffer.h"
#include "lib/document/yaml.h"
#include "tests/unit/api/types/given.h"

#define CRD_MAX_BYTES (256 * 1024) /* what `kubectl apply` can keep in its annotation */

TestSuite(kind_crd, .init = given_fresh_arena, .fini = end_arena);

static const struct document *
openapi_of(enum kind_id id)
{
    const struct document *crd = kind_crd(test_arena, kind_get(id));
    return document_get(crd, "spec.versions[0].schema.openAPIV3Schema");
}

static bool
has(const struct document *node, const char *key)
{
    return document_find(node, text_of(key)) != NULL;
}

static bool
is_type(const struct document *node, const char *type)
{
    return text_equals(document_text(document_find(node, TEXT("type"))), text_of(type));
}

static void walk_properties(const struct document *properties, struct text path,
                            void (*check)(const struct document *, struct text));

/* Every schema node below, and itself. */
static void
walk(const struct document *node, struct text path, void (*check)(const struct document *, struct text))
{
    check(node, path);
    walk_properties(document_find(node, TEXT("properties")), path, check);
    const struct document *items = document_find(node, TEXT("items"));
    if (items)
        walk(items, text_format(test_arena, "%.*s[]", TEXT_ARG(path)), check);
    const struct document *values = document_find(node, TEXT("additionalProperties"));
    if (values)
        walk(values, text_format(test_arena, "%.*s{}", TEXT_ARG(path)), check);
}

static void
walk_properties(const struct document *properties, struct text path,
                void (*check)(const struct document *, struct text))
{
    for (size_t i = 0; i < document_count(properties); i++) {
        struct text key = document_key_at(properties, i);
        walk(document_value_at(properties, i),
             text_format(test_arena, "%.*s.%.*s", TEXT_ARG(path), TEXT_ARG(key)), check);
    }
}

static void
walk_all(void (*check)(const struct document *, struct text))
{
    for (enum kind_id id = 0; id < KIND_COUNT; id++)
        if (!kind_get(id)->is_foreign)
            walk(openapi_of(id), text_of(kind_get(id)->name), check);
}

static void
expect_typed(const struct document *node, struct text path)
{
    bool is_free =
        has(node, "x-kubernetes-int-or-string") || has(node, "x-kubernetes-preserve-unknown-fields");
    cr_expect(has(node, "type") || is_free, "%.*s has no type", TEXT_ARG(path));
    cr_expect_not(has(node, "$ref"), "%.*s", TEXT_ARG(path));
    cr_expect_not(has(node, "properties") && has(node, "additionalProperties"), "%.*s", TEXT_ARG(path));
}

Test(kind_crd, gives_every_node_a_type)
{
    walk_all(expect_typed);
}

static void
expect_bounded(const struct document *node, struct text path)
{
    if (is_type(node, "array"))
        cr_expect(has(node, "maxItems") && has(node, "x-kubernetes-list-type"), "%.*s", TEXT_ARG(path));
    if (is_type(node, "string"))
        cr_expect(has(node, "maxLength") || has(node, "enum"), "%.*s", TEXT_ARG(path));
    if (has(node, "additionalProperties"))
        cr_expect(has(node, "maxProperties"), "%.*s", TEXT_ARG(path));
}

Test(kind_crd, bounds_every_list_map_and_text)
{
    walk_all(expect_bounded);
}

static bool
holds_default(const struct document *node)
{
    if (has(node, "default"))
        return true;
    const struct document *properties = document_find(node, TEXT("properties"));
    for (size_t i = 0; i < document_count(properties); i++)
        if (holds_default(document_value_at(properties, i)))
            return true;
    const struct document *items = document_find(node, TEXT("items"));
    return items && holds_default(items);
}

static void
expect_nothing_defaulted_in_atomic_lists(const struct document *node, struct text path)
{
    if (text_equals(document_text(document_find(node, TEXT("x-kubernetes-list-type"))), TEXT("atomic")))
        cr_expect_not(holds_default(document_find(node, TEXT("items"))),
                      "%.*s: each server-side apply of the same file would write", TEXT_ARG(path));
}

Test(kind_crd, defaults_nothing_inside_an_atomic_list)
{
    walk_all(expect_nothing_defaulted_in_atomic_lists);
}

/* Not of items and map values (their list is described), not inside metadata (Kubernetes describes it). */
static void
expect_described(const struct document *node, struct text path)
{
    bool is_item = text_ends_with(path, TEXT("[]")) || text_ends_with(path, TEXT("{}"));
    bool is_metadata =
        text_ends_with(path, TEXT(".metadata")) || text_ends_with(path, TEXT(".metadata.name"));
    struct text words = document_text(document_find(node, TEXT("description")));
    cr_expect(is_item || is_metadata || words.length >= 8, "%.*s is not described", TEXT_ARG(path));
}

Test(kind_crd, describes_every_field)
{
    walk_all(expect_described);
}

/* Words that YAML 1.1, which Kubernetes' clients read, takes for true and false when they are not quoted. */
static bool
is_yaml_boolean(struct text word)
{
    static const char *const words[] = {"y", "n", "yes", "no", "on", "off", "true", "false"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (text_equals_ignore_case(word, text_of(words[i])))
            return true;
    return false;
}

static void
expect_plain_words(const struct document *node, struct text path)
{
    const struct document *words = document_find(node, TEXT("enum"));
    const struct document *properties = document_find(node, TEXT("properties"));
    bool is_condition =
        text_ends_with(path, TEXT("conditions[].status")); /* Kubernetes' own, always quoted */
    for (size_t i = 0; i < document_count(words); i++)
        cr_expect(is_condition || !is_yaml_boolean(document_text(document_at(words, i))), "%.*s",
                  TEXT_ARG(path));
    for (size_t i = 0; i < document_count(properties); i++)
        cr_expect_not(is_yaml_boolean(document_key_at(properties, i)), "%.*s", TEXT_ARG(path));
}

Test(kind_crd, has_no_word_that_reads_as_a_boolean)
{
    walk_all(expect_plain_words);
}

static void
expect_no_empty_default(const struct document *node, struct text path)
{
    const struct document *value = document_find(node, TEXT("default"));
    bool is_empty = document_kind(value) == DOCUMENT_MAP && document_count(value) == 0;
    cr_expect_not(is_empty, "%.*s", TEXT_ARG(path));
}

Test(kind_crd, writes_no_object_that_nobody_wrote)
{
    walk_all(expect_no_empty_default);
}

Test(kind_crd, starts_every_object_as_not_looked_at)
{
    for (enum kind_id id = 0; id <= KIND_DEPLOYMENT; id++) {
        const struct document *status = document_get(openapi_of(id), "properties.status.default");
        const struct document *ready = document_get(status, "conditions[0]");

        cr_expect(text_equals(document_text(document_find(status, TEXT("observedGeneration"))), TEXT("-1")));
        cr_expect(text_equals(document_text(document_find(ready, TEXT("type"))), TEXT("Ready")));
        cr_expect(text_equals(document_text(document_find(ready, TEXT("status"))), TEXT("Unknown")));
        cr_expect(text_equals(document_text(document_find(ready, TEXT("reason"))), TEXT("Pending")));
    }
}

Test(kind_crd, stays_small_enough_to_apply)
{
    for (enum kind_id id = 0; id <= KIND_DEPLOYMENT; id++) {
        struct buffer yaml;
        buffer_init(&yaml, test_arena, CRD_MAX_BYTES);
        yaml_print(kind_crd(test_arena, kind_get(id)), &yaml);
        cr_expect_lt(yaml.length, CRD_MAX_BYTES);
    }
}

/* A rule has its words, and is written for both readers: CEL for Kubernetes, and a check in C. */
static void
expect_rules_in_words(const struct document *node, struct text path)
{
    const struct document *rules = document_find(node, TEXT("x-kubernetes-validations"));
    for (size_t i = 0; i < document_count(rules); i++) {
        const struct document *rule = document_at(rules, i);
        cr_expect_gt(document_text(document_find(rule, TEXT("rule"))).length, 0, "%.*s", TEXT_ARG(path));
        cr_expect_gt(document_text(document_find(rule, TEXT("message"))).length, 8, "%.*s", TEXT_ARG(path));
    }
}

Test(kind_crd, explains_every_rule)
{
    walk_all(expect_rules_in_words);
}
