/* Canonical quantities, from thousandths. What is finer than that was rounded up when it was read. */
#include "operator/objects/quantity.h"

#include "lib/base/arena.h"
#include "lib/base/parse.h"

enum { MILLI = 1000, BINARY_STEP = 1024 };

static bool is_binary(struct text style);
static bool has_exponent(struct text style);
static struct text print_binary(struct arena *arena, int64_t whole);
static struct text print_decimal(struct arena *arena, int64_t milli, bool with_exponent);

struct text
quantity_canonical(struct arena *arena, struct text written)
{
    int64_t milli;
    return parse_quantity_milli(written, &milli) ? quantity_like(arena, milli, written) : written;
}

struct text_pair_list
quantities_canonical(struct arena *arena, const struct text_pair_list *written)
{
    struct text_pair_list list = {.items = arena_alloc_array(arena, written->count, sizeof(*list.items))};
    for (size_t i = 0; i < written->count; i++)
        list.items[list.count++] = (struct text_pair){
            .key = written->items[i].key, .value = quantity_canonical(arena, written->items[i].value)};
    return list;
}

struct text
quantity_like(struct arena *arena, int64_t milli, struct text style)
{
    if (milli == 0)
        return TEXT("0");
    if (is_binary(style) && milli % MILLI == 0 && milli / MILLI >= BINARY_STEP)
        return print_binary(arena, milli / MILLI);
    return print_decimal(arena, milli, has_exponent(style));
}

static bool
is_binary(struct text style)
{
    return text_ends_with(style, TEXT("i"));
}

/* "1e3" and "1E3", but not "1E", which is a suffix. */
static bool
has_exponent(struct text style)
{
    char last = style.length > 0 ? style.bytes[style.length - 1] : '\0';
    bool ends_in_digit = last >= '0' && last <= '9';
    return ends_in_digit && (text_find_byte(style, 'e') >= 0 || text_find_byte(style, 'E') >= 0);
}

static struct text
print_binary(struct arena *arena, int64_t whole)
{
    static const char *const suffixes[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
    size_t step = 0;
    while (whole % BINARY_STEP == 0 && step + 1 < COUNT_OF(suffixes)) {
        whole /= BINARY_STEP;
        step++;
    }
    return text_format(arena, "%lld%s", (long long)whole, suffixes[step]);
}

static struct text
print_decimal(struct arena *arena, int64_t milli, bool with_exponent)
{
    static const struct {
        const char *suffix, *exponent;
    } steps[] = {{"m", "e-3"}, {"", ""},     {"k", "e3"},  {"M", "e6"},
                 {"G", "e9"},  {"T", "e12"}, {"P", "e15"}, {"E", "e18"}};
    size_t step = 0;
    while (milli % MILLI == 0 && step + 1 < COUNT_OF(steps)) {
        milli /= MILLI;
        step++;
    }
    return text_format(arena, "%lld%s", (long long)milli,
                       with_exponent ? steps[step].exponent : steps[step].suffix);
}
