/* See watch_scene.h. */
#include "tests/unit/operator/kube/watch_scene.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"

struct arena *arena;
struct fake_api api;
struct driver driver;

void
given_scene(void)
{
    arena = arena_new(0);
}

void
end_scene(void)
{
    arena_free(arena);
}

void
given_fresh_scene(void)
{
    end_scene();
    given_scene();
}

void
given_server(void)
{
    api = fake_api_new(arena, 97);
    fake_api_set(&api, 'a', 1);
    fake_api_set(&api, 'b', 2);
    fake_api_set(&api, 'c', 3);
}

void
given_changes(void)
{
    fake_api_set(&api, 'b', 4);
    fake_api_set(&api, 'a', 0);
    fake_api_set(&api, 'd', 5);
    fake_api_set(&api, 'a', 6);
    fake_api_set(&api, 'd', 0);
}

void
given_synced_watch(void)
{
    given_server();
    driver_start(&driver, arena, &api);
    (void)driver_ask(&driver, &NO_FAULT);
    cr_assert_eq(driver.synced_count, 1);
}

void
expect_changes(const char *expected)
{
    struct text changes = buffer_text(&driver.changes);
    cr_assert(text_equals(changes, text_of(expected)), "%.*s", TEXT_ARG(changes));
}

bool
asked(const char *part)
{
    return text_find(driver.last_path, text_of(part)) >= 0;
}
