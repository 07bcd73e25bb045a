/* Structs to documents: what is left out, what is hidden, and that nothing is lost. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/document/json.h"
#include "tests/unit/lib/schema/garden.h"

static struct arena *arena;

static void
start(void)
{
    arena = arena_new(0);
}

static void
end(void)
{
    arena_free(arena);
}

TestSuite(schema_encode, .init = start, .fini = end);

static const char *
encoded(const struct garden *garden, enum schema_encode_mode mode)
{
    struct buffer out;
    buffer_init(&out, arena, 0);
    json_print(schema_encode(arena, &garden_schema, garden, mode), &out);

    struct buffer direct; /* the shorter way prints the same */
    buffer_init(&direct, arena, 0);
    schema_print_json(&garden_schema, garden, mode, &direct);
    cr_assert(text_equals(buffer_text(&direct), buffer_text(&out)), "%.*s", TEXT_ARG(buffer_text(&direct)));
    return text_c_string(arena, buffer_text(&out));
}

static struct garden
given(const char *json)
{
    struct document *document = NULL;
    struct garden garden;
    struct problem_list problems;
    problems_init(&problems, arena);
    cr_assert(json_parse(arena, text_of(json), TEXT("g.json"), &document, NULL));
    bool is_valid = schema_decode(arena, &garden_schema, document, (struct text){0}, &garden, &problems);
    cr_assert(is_valid, "%s", is_valid ? "" : text_c_string(arena, problem_line(arena, &problems.items[0])));
    return garden;
}

Test(schema_encode, leaves_out_what_is_empty_unset_or_the_default)
{
    struct garden garden;
    schema_set_defaults(&garden_schema, &garden);
    garden.owner = TEXT("ada");
    garden.gate.key = TEXT("");

    cr_assert_str_eq(encoded(&garden, SCHEMA_ENCODE_PLAIN), "{\"owner\":\"ada\"}");
}

Test(schema_encode, writes_false_where_the_default_is_true)
{
    struct garden garden;
    schema_set_defaults(&garden_schema, &garden);
    garden.pump.on = false;

    cr_assert_str_eq(encoded(&garden, SCHEMA_ENCODE_PLAIN), "{\"owner\":\"\",\"pump\":{\"running\":false}}");
}

Test(schema_encode, writes_every_kind_back_as_it_is_written)
{
    const char *json =
        "{\"owner\":\"ada\",\"area\":0,\"open\":true,\"color\":\"Blue\",\"since\":\"2026-11-22T14:03:11."
        "250Z\","
        "\"pump\":{\"every\":\"1m30s\",\"price\":\"12.50\",\"running\":false},\"gate\":{\"key\":\"k\"},"
        "\"tools\":[{\"name\":\"fork\"},{\"name\":\"hoe\",\"count\":3}],\"plants\":[\"rose\"],\"beds\":[7,2],"
        "\"stores\":{\"seed\":\"2\"},\"pin\":7,\"notes\":{\"x\":[1,null]}}";
    struct garden garden = given(json);

    cr_assert_str_eq(encoded(&garden, SCHEMA_ENCODE_PLAIN), json);
}

Test(schema_encode, keeps_an_object_that_is_there_but_says_nothing)
{
    struct garden garden = given("{\"owner\":\"a\",\"pump\":{}}");

    cr_assert_str_eq(encoded(&garden, SCHEMA_ENCODE_PLAIN), "{\"owner\":\"a\",\"pump\":{}}");
}

Test(schema_encode, hides_every_secret_when_asked_to)
{
    struct garden garden = given(
        "{\"owner\":\"ada\",\"tools\":[{\"name\":\"fork\",\"code\":\"canary-1\"}],\"codes\":[\"canary-2\","
        "\"canary-3\"],\"safes\":{\"gold\":\"canary-4\"},\"pin\":271828}");

    const char *plain = encoded(&garden, SCHEMA_ENCODE_PLAIN);
    const char *redacted = encoded(&garden, SCHEMA_ENCODE_REDACTED);

    cr_assert_not_null(strstr(plain, "canary-1"));
    cr_assert_not_null(strstr(plain, "271828"));
    cr_assert_null(strstr(redacted, "canary"));
    cr_assert_null(strstr(redacted, "271828"));
    cr_assert_str_eq(redacted,
                     "{\"owner\":\"ada\",\"tools\":[{\"name\":\"fork\",\"code\":\"[redacted]\"}],"
                     "\"codes\":[\"[redacted]\",\"[redacted]\"],\"safes\":{\"gold\":\"[redacted]\"},"
                     "\"pin\":\"[redacted]\"}");
}

/* ---- decode(encode(x)) = x, for values nobody chose ---- */

static uint64_t seed;

/* splitmix64: the same values in every run. */
static uint64_t
below(uint64_t bound)
{
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % bound;
}

static struct text
any_word(size_t longest)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    char *word = arena_alloc(arena, longest);
    size_t length = 1 + below(longest);
    for (size_t i = 0; i < length; i++)
        word[i] = letters[below(26)];
    return (struct text){word, length};
}

static struct text
any_text(void)
{
    static const char *const pieces[] = {"\"",   "\\", "\n", "\xc3\xa9", "\xf0\x9f\x98\x80",
                                         "true", ": ", " #", "-"};
    struct buffer text;
    buffer_init(&text, arena, 0);
    buffer_add_text(&text, any_word(3));
    for (uint64_t i = below(5); i > 0; i--)
        buffer_add_string(&text, pieces[below(COUNT_OF(pieces))]);
    return buffer_text(&text);
}

static int64_t
sometimes(int64_t value)
{
    return below(4) == 0 ? FIELD_UNSET : value;
}

static struct tool_list
any_tools(void)
{
    struct tool_list tools = {.count = below(4)};
    tools.items = arena_alloc_array(arena, tools.count, sizeof(*tools.items));
    for (size_t i = 0; i < tools.count; i++) {
        schema_set_defaults(&tool_schema, &tools.items[i]);
        tools.items[i].name = text_format(arena, "t%zu", i);
        tools.items[i].count = (int64_t)below(9) + 1;
        tools.items[i].code = below(2) ? any_text() : (struct text){0};
    }
    return tools;
}

static struct text_list
any_texts(size_t highest)
{
    struct text_list texts = {.count = below(highest + 1)};
    texts.items = arena_alloc_array(arena, texts.count, sizeof(*texts.items));
    for (size_t i = 0; i < texts.count; i++)
        texts.items[i] = text_format(arena, "%zu%.*s", i, TEXT_ARG(any_word(3)));
    return texts;
}

static struct text_pair_list
any_pairs(bool are_quantities)
{
    struct text_pair_list pairs = {.count = below(4)};
    pairs.items = arena_alloc_array(arena, pairs.count, sizeof(*pairs.items));
    for (size_t i = 0; i < pairs.count; i++) {
        pairs.items[i].key = text_format(arena, "%zu%.*s", i, TEXT_ARG(any_text()));
        pairs.items[i].value = are_quantities ? text_format(arena, "%um", (unsigned)below(1000)) : any_text();
    }
    return pairs;
}

static struct garden
any_garden(void)
{
    struct garden garden;
    schema_set_defaults(&garden_schema, &garden);
    garden.owner = any_text();
    garden.area = sometimes((int64_t)below(INT64_MAX));
    garden.open = below(2);
    garden.color = garden.open ? COLOR_BLUE : (enum color)below(3);
    garden.since = sometimes((int64_t)below(4000000000000));
    garden.pump.every = (int64_t)below(3599000) + 1000;
    garden.pump.price = sometimes((int64_t)below(99000000000) + 10000000);
    garden.pump.on = below(2);
    garden.gate.key = below(2) ? any_text() : (struct text){0};
    garden.tools = any_tools();
    garden.plants = any_texts(3);
    garden.codes = any_texts(8);
    static int64_t beds[] = {1, 50, 99};
    garden.beds = (struct int_list){beds, below(4)};
    garden.stores = any_pairs(true);
    garden.safes = any_pairs(false);
    garden.pin = sometimes((int64_t)below(10000) - 5000);
    garden.robot = below(2) ? any_text() : (struct text){0};
    return garden;
}

Test(schema_encode, loses_nothing_that_decode_reads_back)
{
    for (uint64_t round = 0; round < 2000; round++) {
        seed = round;
        struct garden garden = any_garden();
        const char *first = encoded(&garden, SCHEMA_ENCODE_PLAIN);
        struct garden back = given(first);

        cr_assert_str_eq(encoded(&back, SCHEMA_ENCODE_PLAIN), first);
        cr_assert_eq(back.area, garden.area);
        cr_assert_eq(back.since, garden.since);
        cr_assert_eq(back.pump.every, garden.pump.every);
        cr_assert_eq(back.pump.price, garden.pump.price);
        cr_assert_eq(back.pump.on, garden.pump.on);
        cr_assert_eq(back.color, garden.color);
        cr_assert(text_equals(back.owner, garden.owner));
        cr_assert_eq(back.safes.count, garden.safes.count);
        cr_assert_eq(back.tools.count, garden.tools.count);
    }
}
