/* A tree into a number, without printing it first: a polynomial over the integers modulo 2^61 - 1, taken at a
 * secret point (Carter and Wegman 1979). Two trees that differ agree at no more points than the polynomial
 * has coefficients, of 2^61. Every node begins with a coefficient that says its kind and how much of it
 * follows, so no two trees have the same ones. */
#include "lib/document/document_hash.h"

#include <assert.h>

#include "lib/document/document_node.h"

#define PRIME ((UINT64_C(1) << 61) - 1)

enum { KIND_BITS = 3 };

/* Each is kept below PRIME + 8, and only the end is made smaller than PRIME. */
struct polynomial {
    uint64_t value, point, point_squared;
};

static void add_node(struct polynomial *sum, const struct document *document);
static void add_map(struct polynomial *sum, const struct document *map);
static void add_head(struct polynomial *sum, enum document_kind kind, size_t count);
static void add_text(struct polynomial *sum, struct text text);
static void add_two(struct polynomial *sum, uint32_t first, uint32_t second);
static uint64_t fold(unsigned __int128 value);
static uint32_t read_half(const char *bytes);

uint64_t
document_hash(const struct document *document, uint64_t secret)
{
    uint64_t point = secret % PRIME;
    struct polynomial sum = {
        .value = 1, .point = point, .point_squared = fold((unsigned __int128)point * point)};
    add_node(&sum, document);
    return sum.value % PRIME;
}

static void
add_node(struct polynomial *sum, const struct document *document)
{
    enum document_kind kind = document_kind(document);
    switch (kind) {
    case DOCUMENT_NULL:
        add_head(sum, kind, 0);
        break;
    case DOCUMENT_BOOL:
        add_head(sum, kind, document->boolean);
        break;
    case DOCUMENT_NUMBER:
    case DOCUMENT_TEXT:
        add_head(sum, kind, document->text.length);
        add_text(sum, document->text);
        break;
    case DOCUMENT_LIST:
        add_head(sum, kind, document->list.count);
        for (size_t i = 0; i < document->list.count; i++)
            add_node(sum, document->list.items[i]);
        break;
    case DOCUMENT_MAP:
        add_map(sum, document);
        break;
    }
}

static void
add_map(struct polynomial *sum, const struct document *map)
{
    add_head(sum, DOCUMENT_MAP, map->map.count);
    for (size_t i = 0; i < map->map.count; i++) {
        const struct document_entry *entry = &map->map.entries[i];
        add_head(sum, DOCUMENT_TEXT, entry->key.length);
        add_text(sum, entry->key);
        add_node(sum, entry->value);
    }
}

static void
add_head(struct polynomial *sum, enum document_kind kind, size_t count)
{
    assert(count < (size_t)1 << (32 - KIND_BITS));
    size_t head = count << KIND_BITS | (size_t)kind;
    sum->value = fold((unsigned __int128)sum->value * sum->point + head);
}

/* Its length was said before, so its last bytes may be taken twice instead of being filled up. */
static void
add_text(struct polynomial *sum, struct text text)
{
    const char *at = text.bytes;
    size_t left = text.length;
    for (; left >= 8; at += 8, left -= 8)
        add_two(sum, read_half(at), read_half(at + 4));
    if (left >= 4)
        add_two(sum, read_half(at), read_half(at + left - 4));
    else if (left > 0)
        add_two(sum, (unsigned char)at[0],
                (uint32_t)(unsigned char)at[left / 2] << 8 | (unsigned char)at[left - 1]);
}

static void
add_two(struct polynomial *sum, uint32_t first, uint32_t second)
{
    sum->value = fold((unsigned __int128)sum->value * sum->point_squared +
                      (unsigned __int128)first * sum->point + second);
}

/* The same modulo PRIME, and below PRIME + 8 for what is below 2^124. */
static uint64_t
fold(unsigned __int128 value)
{
    uint64_t half = ((uint64_t)value & PRIME) + (uint64_t)(value >> 61);
    return (half & PRIME) + (half >> 61);
}

static uint32_t
read_half(const char *bytes)
{
    uint32_t half;
    memcpy(&half, bytes, sizeof(half));
    return half;
}
