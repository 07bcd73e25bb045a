/* An arena for each test of a file: TestSuite(words, .init = given_arena, .fini = end_arena). */
#pragma once

#include "lib/base/arena.h"

static struct arena *arena;

static void
given_arena(void)
{
    arena = arena_new(0);
}

static void
end_arena(void)
{
    arena_free(arena);
}
