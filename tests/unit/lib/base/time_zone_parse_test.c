/* TZif bytes made by hand: what each version says, and what is refused. */
#include <criterion/criterion.h>
#include <endian.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/time_zone.h"
#include "tests/support/arena_fixture.h"

TestSuite(time_zone_parse, .init = given_arena, .fini = end_arena);

#define DAY INT64_C(86400000)
#define IN_2026 INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

/* A file whose first type is UTC and whose second, an hour east, comes at changes[0]. */
struct file {
    char version;
    int64_t changes_s[2];
    uint32_t change_count, leap_count, ut_count;
    int32_t second_offset_s;
    uint8_t second_type;
    const char *footer;
};

static const struct file usual = {
    .version = '2',
    .changes_s = {1000, 2000},
    .change_count = 1,
    .second_offset_s = 3600,
    .second_type = 1,
    .footer = "\n<+01>-1\n",
};

static void
add_number(struct buffer *out, uint64_t value, size_t bytes)
{
    uint64_t big_endian = htobe64(value);
    buffer_add(out, (const char *)&big_endian + sizeof(big_endian) - bytes, bytes);
}

static void
add_block(struct buffer *out, const struct file *file, size_t time_bytes)
{
    uint32_t counts[] = {file->ut_count, 0, file->leap_count, file->change_count, 2, 4};
    buffer_add_string(out, "TZif");
    buffer_add_byte(out, file->version);
    buffer_add(out, (const char[15]){0}, 15);
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        add_number(out, counts[i], 4);
    for (size_t i = 0; i < file->change_count; i++)
        add_number(out, (uint64_t)file->changes_s[i], time_bytes);
    for (size_t i = 0; i < file->change_count; i++)
        buffer_add_byte(out, (char)file->second_type);
    buffer_add(out, (const char[6]){0}, 6);
    add_number(out, (uint64_t)(int64_t)file->second_offset_s, 4);
    buffer_add(out, (const char[2]){0}, 2);
    buffer_add(out, "UTC", 4);
    buffer_add(out, (const char[16]){0}, file->leap_count * (time_bytes + 4) + file->ut_count);
}

static struct text
bytes_of(const struct file *file)
{
    struct buffer out;
    buffer_init(&out, arena, 0);
    add_block(&out, file, 4);
    if (file->version)
        add_block(&out, file, 8);
    buffer_add_string(&out, file->footer);
    return buffer_text(&out);
}

static const struct time_zone *
zone_of(const struct file *file)
{
    const struct time_zone *zone = NULL;
    struct error err = {0};
    cr_assert(time_zone_parse(arena, bytes_of(file), &zone, &err), "%s", err.message);
    return zone;
}

static void
expect_refused(struct text bytes, const char *why)
{
    const struct time_zone *zone = NULL;
    struct error err = {0};
    cr_assert_not(time_zone_parse(arena, bytes, &zone, &err), "%s", why);
    cr_assert_eq(err.kind, ERROR_INVALID);
    cr_assert(strstr(err.message, why), "\"%s\" is not about \"%s\"", err.message, why);
}

Test(time_zone_parse, reads_every_version)
{
    static const char versions[] = {'\0', '2', '3', '4'};
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        struct file file = usual;
        file.version = versions[i];
        file.footer = file.version ? usual.footer : "";
        const struct time_zone *zone = zone_of(&file);

        cr_assert_eq(time_zone_offset_at(zone, 999999), 0);
        cr_assert_eq(time_zone_offset_at(zone, 1000000), 3600);
        cr_assert_eq(time_zone_offset_at(zone, IN_2026), 3600);
    }
}

Test(time_zone_parse, reads_times_that_need_64_bits)
{
    struct file file = usual;
    file.changes_s[0] = INT64_C(-10000000000);

    cr_assert_eq(time_zone_span_at(zone_of(&file), 0).from_ms, INT64_C(-10000000000000));
}

Test(time_zone_parse, leaves_the_last_change_in_force_when_the_footer_is_empty)
{
    struct file file = usual;
    file.footer = "\n\n";

    cr_assert_eq(time_zone_offset_at(zone_of(&file), IN_2026), 3600);
    cr_assert_eq(time_zone_span_at(zone_of(&file), IN_2026).until_ms, INT64_MAX);
}

Test(time_zone_parse, makes_one_stretch_of_what_no_clock_tells_apart)
{
    struct file file = usual;
    file.change_count = 2; /* the second is to the same offset */

    struct time_zone_span span = time_zone_span_at(zone_of(&file), IN_2026);

    cr_assert_eq(span.from_ms, 1000000);
    cr_assert_eq(span.until_ms, INT64_MAX);
    cr_assert_eq(time_zone_span_at(zone_of(&file), 1500000).until_ms, INT64_MAX);
}

Test(time_zone_parse, follows_every_form_of_rule_after_the_last_change)
{
    static const struct {
        const char *footer;
        int64_t day, hour; /* of 2026, of a change of clocks in UTC */
        int32_t before_s, after_s;
    } rules[] = {
        {"\nCET-1CEST,M3.5.0,M10.5.0/3\n", 87, 1, 3600, 7200},
        {"\nCET-1CEST,M3.5.0,M10.5.0/3\n", 297, 1, 7200, 3600},
        {"\nAAA+3:30:15BBB2,J60/0,300/-1:30\n", 59, 3, -12615, -12615},
        {"\n<+03>-3<-05>5,J60/5,J300\n", 59, 2, 10800, -18000},
        {"\nEST5EDT,59/2,J300\n", 59, 7, -18000, -14400},
        {"\nIST-1GMT0,M10.5.0,M3.5.0/1\n", 87, 1, 0, 3600}, /* summer time in winter: Dublin */
        {"\n<-02>2<-01>,M3.5.0/-1,M10.5.0/0\n", 87, 1, -7200, -3600},
        {"\nXXX3EDT4,0/0,J365/23\n", 87, 1, -14400, -14400}, /* summer time all year: RFC 9636, 3.3.1 */
    };
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        struct file file = usual;
        file.footer = rules[i].footer;
        int64_t at_ms = IN_2026 + rules[i].day * DAY + rules[i].hour * 3600000;

        cr_expect_eq(time_zone_offset_at(zone_of(&file), at_ms - 1), rules[i].before_s, "%s", file.footer);
        cr_expect_eq(time_zone_offset_at(zone_of(&file), at_ms), rules[i].after_s, "%s", file.footer);
    }
}

Test(time_zone_parse, refuses_footers_that_are_no_rules)
{
    static const char *const footers[] = {
        "\nCET\n",
        "\nCE-1\n",
        "\n<CET-1\n",
        "\n1\n",
        "\nCET-25\n",
        "\nCET-1:60\n",
        "\nCET-1CEST\n",
        "\nCET-1CEST,M3.5.0\n",
        "\nCET-1CEST,M13.5.0,M10.5.0\n",
        "\nCET-1CEST,M3.6.0,M10.5.0\n",
        "\nCET-1CEST,M3.5.7,M10.5.0\n",
        "\nCET-1CEST,J0,J300\n",
        "\nCET-1CEST,366,J300\n",
        "\nCET-1CEST,M3.5.0/168,M10.5.0\n",
        "\nCET-1CEST,M3.5.0,M10.5.0,\n",
        "\nCET-1 \n",
    };
    for (size_t i = 0; i < COUNT_OF(footers); i++) {
        struct file file = usual;
        file.footer = footers[i];
        expect_refused(bytes_of(&file), "is no POSIX TZ string");
    }
    struct file file = usual;
    file.footer = "\nAAA0BBB,J1/-167,J365/167\n";
    expect_refused(bytes_of(&file), "in an order that changes by the year");
}

Test(time_zone_parse, refuses_files_that_are_not_whole)
{
    struct text bytes = bytes_of(&usual);
    const struct time_zone *zone = NULL;
    for (size_t length = 0; length < bytes.length; length++)
        cr_assert_not(time_zone_parse(arena, text_slice(bytes, 0, length), &zone, NULL), "%zu", length);
    struct text longer = text_format(arena, "%s", "x");
    struct buffer out;
    buffer_init(&out, arena, 0);
    buffer_add_text(&out, bytes);
    buffer_add_text(&out, longer);
    expect_refused(buffer_text(&out), "follow the end");
}

Test(time_zone_parse, refuses_what_contradicts_itself)
{
    struct file leap = usual, type = usual, offset = usual, order = usual, version = usual, marks = usual;
    leap.leap_count = 1;
    type.second_type = 2;
    offset.second_offset_s = 100000;
    order.change_count = 2;
    order.changes_s[1] = 1000;
    version.version = '5';
    marks.ut_count = 1;

    expect_refused(bytes_of(&leap), "leap seconds");
    expect_refused(bytes_of(&type), "a change to type 2 of 2");
    expect_refused(bytes_of(&offset), "an offset of 100000 seconds");
    expect_refused(bytes_of(&order), "not in the order of time");
    expect_refused(bytes_of(&version), "version byte 53");
    expect_refused(bytes_of(&marks), "do not fit each other");
}

Test(time_zone_parse, allocates_nothing_for_counts_that_no_zone_has)
{
    struct file file = usual;
    file.change_count = 0;
    char *bytes = arena_copy(arena, bytes_of(&file).bytes, bytes_of(&file).length);
    memset(bytes + 32, 0xFF, 4); /* the count of changes */

    expect_refused((struct text){bytes, bytes_of(&file).length}, "more of something");
}
