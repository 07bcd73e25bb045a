/* Folder of manifests → ModelPolicy effective of each environment, manifest and status, compared with
 * tests/golden/effective/<case>/objects.json. A ModelPolicy effective among the manifests is what the cluster
 * had before. WEIR_UPDATE_GOLDEN=1 writes what is expected instead of comparing. */
#include <criterion/criterion.h>
#include <dirent.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"
#include "operator/local/store.h"
#include "operator/reconcile/effective_object.h"

#define EFFECTIVE_FOLDER "tests/golden/effective"
#define NOON 1795348800000LL /* 2026-11-22T12:00:00Z */

enum { FILE_BYTES = 1 << 20, FEWEST_CASES = 4 };

static struct text
objects_text(struct arena *arena, const char *manifests)
{
    struct store *store = store_new(arena, manifests);
    struct store_refresh refresh;
    struct error err = {0};
    cr_assert(store_refresh(store, arena, &refresh, &err), "%s", err.message);
    struct reconcile_view view = {
        .objects = store_objects(store, arena), .broken = store_broken(store, arena), .now_unix_ms = NOON};
    struct plan *plan = reconcile(arena, &view);
    struct document *list = document_new_list(arena);
    for (size_t i = 0; i < plan->environment_count; i++) {
        struct desired_objects objects = {.arena = arena};
        effective_object_add(&objects, &view, &plan->environments[i]);
        struct document *whole = document_new_map(arena);
        const struct document *document = objects.items[0].document;
        for (size_t j = 0; j < document_count(document); j++)
            document_set(whole, document_key_at(document, j), document_value_at(document, j));
        if (objects.items[0].status)
            document_set(whole, TEXT("status"), objects.items[0].status);
        document_append(list, whole);
    }
    struct document *map = document_new_map(arena);
    document_set_text(map, "apiVersion", TEXT("v1"));
    document_set_text(map, "kind", TEXT("List"));
    document_set(map, TEXT("items"), list);
    struct buffer out;
    buffer_init(&out, arena, 4096);
    json_print_pretty(map, &out);
    return buffer_text(&out);
}

static void
check_case(struct arena *arena, const char *name)
{
    const char *manifests = text_c_string(arena, text_format(arena, EFFECTIVE_FOLDER "/%s/manifests", name));
    const char *expected =
        text_c_string(arena, text_format(arena, EFFECTIVE_FOLDER "/%s/objects.json", name));
    struct text objects = objects_text(arena, manifests), written = {0};
    struct error err = {0};
    if (getenv("WEIR_UPDATE_GOLDEN"))
        cr_assert(file_write_atomic(expected, objects, 0644, &err), "%s", err.message);
    cr_assert(file_read(arena, expected, FILE_BYTES, &written, &err), "%s", err.message);
    cr_expect(text_equals(text_trim(written), text_trim(objects)),
              "%s differs from what it is now (WEIR_UPDATE_GOLDEN=1):\n%.*s", expected, TEXT_ARG(objects));
}

Test(effective_golden, a_folder_of_manifests_gives_the_objects_that_are_written_down)
{
    DIR *folder = opendir(EFFECTIVE_FOLDER);
    cr_assert(folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        struct arena *arena = arena_new(0);
        check_case(arena, entry->d_name);
        arena_free(arena);
        count++;
    }
    closedir(folder);
    cr_assert_geq(count, FEWEST_CASES);
}
