#include "operator/kube/kube_cache.h"

#include <criterion/criterion.h>

#include "lib/document/json.h"
#include "operator/kube/kube_version.h"
#include "tests/support/arena_fixture.h"

static struct kube_cache *cache;
static struct kube_table *table;

static void
given_table(void)
{
    given_arena();
    cache = kube_cache_new(arena);
    table = kube_cache_add(cache, TEXT("things"), &(struct kube_filter){0});
}

TestSuite(kube_cache, .init = given_table, .fini = end_arena);

static enum kube_change
put(const char *namespace, const char *name, const char *version, const char *spec)
{
    struct text json = text_format(arena,
                                   "{\"metadata\": {\"name\": \"%s\", \"namespace\": \"%s\", \"uid\": \"u\", "
                                   "\"resourceVersion\": \"%s\"}, \"spec\": \"%s\"}",
                                   name, namespace, version, spec);
    enum kube_change change;
    const struct kube_object *object;
    cr_assert(kube_table_put(table, json, &change, &object));
    cr_assert(text_equals(object->name, text_of(name)));
    return change;
}

static const struct kube_object *
find(const char *namespace, const char *name)
{
    return kube_table_find(table, text_of(namespace), text_of(name));
}

static size_t
count_in(const char *namespace)
{
    size_t at = 0, count = 0;
    while (kube_table_next(table, text_of(namespace), &at))
        count++;
    return count;
}

Test(kube_cache, says_what_changed)
{
    cr_assert_eq(put("a", "x", "5", "one"), KUBE_ADDED);
    cr_assert_eq(put("a", "x", "5", "one"), KUBE_UNCHANGED);
    cr_assert_eq(put("a", "x", "6", "two"), KUBE_MODIFIED);
    cr_assert_eq(kube_table_count(table), 1);
    cr_assert_neq(text_find(find("a", "x")->json, TEXT("two")), -1);
}

Test(kube_cache, keeps_the_newer_of_two_versions_by_length_and_then_by_bytes)
{
    put("a", "x", "99", "old");
    cr_assert_eq(put("a", "x", "100", "new"), KUBE_MODIFIED);
    cr_assert_eq(put("a", "x", "99", "old"), KUBE_UNCHANGED);
    cr_assert_neq(text_find(find("a", "x")->json, TEXT("new")), -1);
    cr_assert_eq(put("a", "x", "340282366920938463463374607431768211456", "newest"), KUBE_MODIFIED);
    cr_assert(kube_version_is_newer(TEXT("1"), TEXT("")));
    cr_assert_not(kube_version_is_newer(TEXT(""), TEXT("")));
}

Test(kube_cache, a_new_version_of_the_same_content_is_stored_and_no_change)
{
    struct kube_filter filter = {.paths = (const char *const[]){"spec", NULL}};
    table = kube_cache_add(cache, TEXT("others"), &filter);
    put("a", "x", "9", "same");
    cr_assert_eq(put("a", "x", "8", "same"), KUBE_UNCHANGED);
    cr_assert(text_equals(find("a", "x")->resource_version, TEXT("9")));
    cr_assert_eq(put("a", "x", "10", "same"), KUBE_UNCHANGED);
    cr_assert(text_equals(find("a", "x")->resource_version, TEXT("10")));
    cr_assert_eq(put("a", "x", "11", "same"), KUBE_UNCHANGED);
    cr_assert(text_equals(find("a", "x")->resource_version, TEXT("11")));
}

Test(kube_cache, every_new_version_of_metadata_alone_is_a_change)
{
    table = kube_cache_add(cache, TEXT("secrets"), &(struct kube_filter){.is_metadata_only = true});
    put("a", "x", "9", "");
    cr_assert_eq(put("a", "x", "10", ""), KUBE_MODIFIED);
    cr_assert_eq(find("a", "x")->json.length, 0);
}

Test(kube_cache, another_object_of_the_same_name_is_added)
{
    enum kube_change change;
    const struct kube_object *object;
    put("a", "x", "5", "one");
    cr_assert(kube_table_put(table,
                             TEXT("{\"metadata\":{\"name\":\"x\",\"namespace\":\"a\",\"uid\":\"other\","
                                  "\"resourceVersion\":\"6\"}}"),
                             &change, &object));
    cr_assert_eq(change, KUBE_ADDED);
    cr_assert_eq(kube_table_count(table), 1);
}

Test(kube_cache, refuses_what_has_no_name)
{
    enum kube_change change;
    const struct kube_object *object;
    cr_assert_not(kube_table_put(table, TEXT("{\"metadata\":{}}"), &change, &object));
    cr_assert_not(kube_table_put(table, TEXT("{\"metadata\":{\"name\":\"\"}}"), &change, &object));
    cr_assert_not(kube_table_put(table, TEXT("{"), &change, &object));
    cr_assert_eq(kube_table_count(table), 0);
}

Test(kube_cache, walks_all_or_one_namespace)
{
    put("a", "x", "1", "");
    put("a", "y", "2", "");
    put("b", "x", "3", "");
    cr_assert_eq(count_in(""), 3);
    cr_assert_eq(count_in("a"), 2);
    cr_assert_eq(count_in("b"), 1);
    cr_assert_eq(count_in("c"), 0);
    kube_table_remove(table, TEXT("a"), TEXT("x"));
    kube_table_remove(table, TEXT("a"), TEXT("not there"));
    cr_assert_eq(count_in("a"), 1);
    cr_assert_null(find("a", "x"));
    cr_assert_not_null(find("a", "y"));
}

Test(kube_cache, finds_everything_while_it_grows_and_shrinks_and_gives_memory_back)
{
    size_t empty_bytes = kube_table_bytes(table);
    for (int i = 0; i < 3000; i++)
        put(i % 3 ? "a" : "b", text_format(arena, "n%d", i).bytes, "1", "");
    cr_assert_eq(count_in("b"), 1000);
    for (int i = 0; i < 3000; i++) {
        cr_assert_not_null(find(i % 3 ? "a" : "b", text_format(arena, "n%d", i).bytes));
        kube_table_remove(table, text_of(i % 3 ? "a" : "b"), text_format(arena, "n%d", i));
        cr_assert_null(find(i % 3 ? "a" : "b", text_format(arena, "n%d", i).bytes));
    }
    cr_assert_eq(kube_table_count(table), 0);
    cr_assert_leq(kube_table_bytes(table), empty_bytes + 512);
}

Test(kube_cache, a_replaced_object_takes_no_memory)
{
    put("a", "x", "1000", "same length 1");
    size_t bytes = kube_table_bytes(table);
    for (int i = 1001; i < 2000; i++)
        put("a", "x", text_format(arena, "%d", i).bytes, i % 2 ? "same length 2" : "same length 3");
    cr_assert_eq(kube_table_bytes(table), bytes);
}

static void
note_gone(void *owner, const struct kube_object *object)
{
    cr_assert_eq(kube_table_find(table, object->namespace, object->name), object); /* still there */
    *(struct text *)owner =
        text_format(arena, "%.*s%.*s ", TEXT_ARG(*(struct text *)owner), TEXT_ARG(object->name));
}

Test(kube_cache, what_a_new_list_did_not_bring_is_gone)
{
    put("a", "x", "1", "");
    put("a", "y", "2", "");
    put("b", "z", "3", "");
    kube_table_sweep_begin(table);
    put("a", "y", "2", "");
    put("c", "new", "4", "");
    cr_assert_eq(kube_table_count(table), 4);
    cr_assert_not(kube_table_is_synced(table));
    struct text gone = {0};
    kube_table_sweep_end(table, note_gone, &gone);
    cr_assert(text_equals(gone, TEXT("x z ")) || text_equals(gone, TEXT("z x ")), "%.*s", TEXT_ARG(gone));
    cr_assert(kube_table_is_synced(table));
    cr_assert_eq(kube_table_count(table), 2);
    cr_assert_eq(count_in("b"), 0);
}

static void
put_owned(const char *version, const char *fields, const char *value)
{
    struct text json =
        text_format(arena,
                    "{\"metadata\":{\"name\":\"x\",\"namespace\":\"a\",\"uid\":\"u\",\"resourceVersion\":"
                    "\"%s\",\"managedFields\":[{\"manager\":\"us\",\"operation\":\"Apply\","
                    "\"fieldsType\":\"FieldsV1\",\"fieldsV1\":%s}]},\"spec\":{\"a\":\"%s\"}}",
                    version, fields, value);
    enum kube_change change;
    const struct kube_object *object;
    cr_assert(kube_table_put(table, json, &change, &object));
}

Test(kube_cache, knows_what_its_owner_applied_until_somebody_changes_it)
{
    struct document *wanted = NULL;
    struct text applied = TEXT("{\"kind\":\"K\",\"metadata\":{\"name\":\"x\"},\"spec\":{\"a\":\"1\"}}");
    cr_assert(json_parse(arena, applied, (struct text){0}, &wanted, NULL));
    put_owned("1", "{\"f:spec\":{\"f:a\":{}}}", "1");
    cr_assert_not(kube_table_is_applied(table, find("a", "x"), wanted), "it has no owner");

    kube_table_set_owner(table, TEXT("us"));
    put_owned("2", "{\"f:spec\":{\"f:a\":{}}}", "2");
    cr_assert_not(kube_table_is_applied(table, find("a", "x"), wanted));
    put_owned("3", "{\"f:spec\":{\"f:a\":{}}}", "1");
    cr_assert(kube_table_is_applied(table, find("a", "x"), wanted));
    put_owned("4", "{\"f:spec\":{}}", "1");
    cr_assert(kube_table_is_applied(table, find("a", "x"), wanted), "the values are what they were");
    put_owned("5", "{\"f:metadata\":{\"f:labels\":{\"f:a\":{}}}}", "2");
    cr_assert_not(kube_table_is_applied(table, find("a", "x"), wanted));
}

Test(kube_cache, reads_no_change_for_what_was_applied_while_it_is_led)
{
    struct document *wanted = NULL;
    struct text applied = TEXT("{\"kind\":\"K\",\"metadata\":{\"name\":\"x\"},\"spec\":{\"a\":\"2\"}}");
    cr_assert(json_parse(arena, applied, (struct text){0}, &wanted, NULL));
    kube_table_set_owner(table, TEXT("us"));
    kube_cache_lead(cache, true);
    put_owned("1", "{\"f:spec\":{\"f:a\":{}}}", "2");
    cr_assert(kube_table_is_applied(table, find("a", "x"), wanted), "it is new");
    put_owned("2", "{\"f:spec\":{\"f:a\":{}}}", "1");
    put_owned("3", "{\"f:spec\":{\"f:a\":{}}}", "2");
    cr_assert_not(kube_table_is_applied(table, find("a", "x"), wanted), "who changed it knows");
    kube_cache_lead(cache, false);
    put_owned("4", "{\"f:spec\":{\"f:a\":{}}}", "1");
    put_owned("5", "{\"f:spec\":{\"f:a\":{}}}", "2");
    cr_assert(kube_table_is_applied(table, find("a", "x"), wanted), "somebody else leads");
}
