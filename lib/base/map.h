/* Text to pointer, in an arena; keyed hash (SipHash with a per-process secret) against chosen collisions. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/text.h"

struct map;

struct map *map_new(struct arena *arena);
/* Adds or replaces. The key's bytes are copied into the map's arena. Returns what it replaced; NULL: nothing.
 */
void *map_set(struct map *map, struct text key, void *value);
/* NULL when there is none. */
void *map_find(const struct map *map, struct text key);
/* True when it was there. Memory is given back when the arena ends. */
bool map_remove(struct map *map, struct text key);
size_t map_count(const struct map *map);
/* Walks in insertion order: `size_t at = 0; while (map_next(map, &at, &key, &value))`.
 * The map must not change meanwhile. */
bool map_next(const struct map *map, size_t *at, struct text *out_key, void **out_value);

/* SipHash-2-4 of the bytes under the process's secret. */
uint64_t map_hash(struct text key);
