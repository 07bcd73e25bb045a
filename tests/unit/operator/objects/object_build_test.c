#include "operator/objects/object_build.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/document/json.h"
#include "operator/objects/names.h"

static struct text
json_of(struct arena *arena, const struct document *document)
{
    struct buffer out;
    buffer_init(&out, arena, 256);
    json_print(document, &out);
    return buffer_text(&out);
}

static void
expect_json(struct arena *arena, const struct document *document, const char *expected)
{
    struct text json = json_of(arena, document);
    cr_expect(text_equals(json, text_of(expected)), "%.*s", TEXT_ARG(json));
}

Test(object_build, makes_the_maps_on_the_way)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct document *object = object_new(arena, "v1", "Service", TEXT("here"), TEXT("door"));

    object_put_int(object, "spec.a.b", 1);
    object_put_bool(object, "spec.a.c", true);
    object_put_text(object, "spec.d", TEXT("x"));

    expect_json(arena, object,
                "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"namespace\":\"here\",\"name\":"
                "\"door\"},\"spec\":{\"a\":{\"b\":1,\"c\":true},\"d\":\"x\"}}");
}

Test(object_build, an_object_without_a_namespace_says_none)
{
    scoped_arena struct arena *arena = arena_new(0);

    struct document *object = object_new(arena, "v1", "Namespace", (struct text){0}, TEXT("here"));

    expect_json(arena, object,
                "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"here\"}}");
}

Test(object_build, lists_grow_at_their_end)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct document *map = document_new_map(arena);

    struct document *first = object_append_named(map, "spec.ports", TEXT("http"));
    object_put_int(first, "port", 8080);
    object_append_named(map, "spec.ports", TEXT("admin"));
    object_put_one_text(map, "args", TEXT("--a"));
    object_put_one_text(map, "args", TEXT("--b"));

    expect_json(arena, map,
                "{\"spec\":{\"ports\":[{\"name\":\"http\",\"port\":8080},{\"name\":\"admin\"}]},"
                "\"args\":[\"--a\",\"--b\"]}");
}

Test(object_build, labels_say_whose_it_is)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct document *object = document_new_map(arena);

    object_set_owner(object, &(struct object_owner){.workspace = TEXT("demo"), .environment = TEXT("dev")});

    expect_json(arena, object,
                "{\"metadata\":{\"labels\":{\"" MANAGED_BY_LABEL "\":\"weir\",\"" WORKSPACE_LABEL
                "\":\"demo\",\"" ENVIRONMENT_LABEL "\":\"dev\"}}}");
}
