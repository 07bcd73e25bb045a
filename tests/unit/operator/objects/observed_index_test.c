#include "operator/objects/desired.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/document/json.h"

static const char *const namespaces[] = {"", "demo-dev", "demo-prod"};
static const char *const kinds[] = {"Deployment", "Pod", "Service"};
static const char *const names[] = {"a", "b", "weir-gateway", ""};
enum { COPIES = 2 }; /* of each: the first is the one that is found */

static struct arena *test_arena;

static void
begin(void)
{
    test_arena = arena_new(0);
}

static void
end(void)
{
    arena_free(test_arena);
}

TestSuite(observed_index, .init = begin, .fini = end);

/* Pods say by their label whose they are; every other one of them by no label at all. */
static struct observed_objects
given_all(void)
{
    size_t most = COPIES * COUNT_OF(namespaces) * COUNT_OF(kinds) * COUNT_OF(names);
    struct observed_objects all = {.items = arena_alloc_array(test_arena, most, sizeof(*all.items))};
    for (size_t i = 0; i < most; i++) {
        const char *name = names[i / 2 % COUNT_OF(names)];
        struct document *document = NULL;
        struct text json =
            text_format(test_arena, "{\"metadata\":{\"labels\":{\"weir.dev/deployment\":\"%s\"}}}",
                        names[i % COUNT_OF(names)]);
        cr_assert(json_parse(test_arena, i % 5 == 0 ? TEXT("{}") : json, (struct text){0}, &document, NULL));
        all.items[all.count++] =
            (struct observed_object){.kind = text_of(kinds[i % COUNT_OF(kinds)]),
                                     .namespace = text_of(namespaces[i / 3 % COUNT_OF(namespaces)]),
                                     .name = text_of(name),
                                     .document = document};
    }
    return all;
}

Test(observed_index, finds_what_a_look_at_all_of_them_finds)
{
    struct observed_objects plain = given_all(), indexed = plain;
    observed_make_index(test_arena, &indexed);
    size_t found = 0;
    for (size_t i = 0; i < COUNT_OF(kinds) * COUNT_OF(namespaces) * COUNT_OF(names); i++) {
        struct text kind = text_of(kinds[i % COUNT_OF(kinds)]), name = text_of(names[i / 9]);
        struct text namespace = text_of(namespaces[i / 3 % COUNT_OF(namespaces)]);
        const struct observed_object *object = observed_find(&plain, kind, namespace, name);
        cr_assert_eq(observed_find(&indexed, kind, namespace, name), object);
        found += object != NULL;
    }
    cr_assert_gt(found, 10);
    cr_assert_null(observed_find(&indexed, TEXT("Pod"), TEXT("demo-dev"), TEXT("nobody")));
}

Test(observed_index, walks_the_same_pods_in_the_same_order)
{
    struct observed_objects plain = given_all(), indexed = plain;
    observed_make_index(test_arena, &indexed);
    size_t seen = 0;
    for (size_t i = 0; i < COUNT_OF(namespaces) * COUNT_OF(names); i++) {
        struct text namespace = text_of(namespaces[i % 3]), deployment = text_of(names[i / 3]);
        const struct observed_object *expected = NULL, *pod = NULL;
        do {
            expected = observed_next_pod(&plain, namespace, deployment, expected);
            pod = observed_next_pod(&indexed, namespace, deployment, pod);
            cr_assert_eq(pod, expected);
            seen += pod != NULL;
        } while (pod);
    }
    cr_assert_gt(seen, 10);
}

Test(observed_index, of_nothing_finds_nothing)
{
    struct observed_objects none = {0};
    cr_assert_null(observed_find(&none, TEXT("Pod"), TEXT("demo-dev"), TEXT("a")));
    cr_assert_null(observed_next_pod(&none, TEXT("demo-dev"), TEXT("a"), NULL));
    observed_make_index(test_arena, &none);
    cr_assert_null(observed_find(&none, TEXT("Pod"), TEXT("demo-dev"), TEXT("a")));
    cr_assert_null(observed_next_pod(&none, TEXT("demo-dev"), TEXT("a"), NULL));
}
