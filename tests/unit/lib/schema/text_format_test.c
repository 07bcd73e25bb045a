/* The shapes of text: the function and the pattern must agree on every sample. */
#include <criterion/criterion.h>
#include <regex.h>

#include "lib/schema/text_format.h"

/* The patterns are written so that POSIX extended expressions read them as RE2 does, but for classes that
 * escape brackets; those are only tried on the function. */
static bool
pattern_accepts(const struct text_format *format, const char *text)
{
    regex_t pattern;
    cr_assert_eq(regcomp(&pattern, format->pattern, REG_EXTENDED | REG_NOSUB), 0);
    bool matches = regexec(&pattern, text, 0, NULL, 0) == 0;
    regfree(&pattern);
    return matches;
}

static bool
has_posix_pattern(const struct text_format *format)
{
    return format != &text_format_url && format != &text_format_glob;
}

static void
expect(const struct text_format *format, const char *text, bool accepted)
{
    cr_assert_eq(format->accepts(text_of(text)), accepted, "%s: %s", format->name, text);
    if (has_posix_pattern(format))
        cr_assert_eq(pattern_accepts(format, text), accepted, "%s, by its pattern: %s", format->name, text);
}

static void
expect_all(const struct text_format *format, const char *const *accepted, const char *const *refused)
{
    expect(format, format->example, true);
    for (size_t i = 0; accepted[i]; i++)
        expect(format, accepted[i], true);
    for (size_t i = 0; refused[i]; i++)
        expect(format, refused[i], false);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

Test(text_format, know_dns_labels)
{
    expect_all(
        &text_format_dns_label,
        WORDS("a", "0", "a-b", "a--b", "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc"),
        WORDS("", "-", "a-", "-a", "A", "a.b", "a_b", "\xc3\xa9",
              "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd"));
}

Test(text_format, know_dns_subdomains)
{
    expect_all(&text_format_dns_subdomain, WORDS("a", "a.b", "x-1.example.com"),
               WORDS("", ".", "a.", ".a", "a..b", "a.-b", "A.b"));
}

Test(text_format, know_urls_of_servers)
{
    expect_all(&text_format_url,
               WORDS("http://a", "https://a.example:8443/v1/", "http://127.0.0.1:8080", "http://[::1]:80/x",
                     "https://a?b=c%20d", "http://model_server/v1"),
               WORDS("", "ftp://a", "http://", "http:///x", "//a", "http://user@a", "http://u:p@a",
                     "http://a#b", "http://a/b#c", "http://a b", "http://a/\"", "http://a:123456",
                     "http://a:", "http://[::1", "http://[]", "http://[::1]x", "HTTP://a", "http://a\n"));
}

Test(text_format, know_hashes)
{
    expect_all(&text_format_sha256,
               WORDS("sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
               WORDS("", "sha256:", "sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
                     "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde",
                     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"));
    expect_all(&text_format_sha256_hex,
               WORDS("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
               WORDS("", "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
                     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde",
                     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0",
                     "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"));
}

Test(text_format, know_quantities)
{
    expect_all(&text_format_quantity, WORDS("0", "1", "1.5", "250m", "64Mi", "2k", "1e3", "1E3", "0.5Gi"),
               WORDS("", "m", "1.5.5", "-1", "1 Gi", "1gi", "1Kim", "1mi", "e3"));
}

Test(text_format, know_globs)
{
    expect_all(&text_format_glob, WORDS("*", "gpt-4.1-mini", "meta-llama/Llama-3:8b", "a?b[c]"),
               WORDS("", "a b", "a\"", "a'", "a`", "a\\", "caf\xc3\xa9", "a\n"));
}

Test(text_format, know_schedules)
{
    expect_all(&text_format_cron, WORDS("* * * * *", "*/5 0-6 1,15 * MON-FRI"),
               WORDS("", "* * * *", "* * * * * *", "*  * * * *", "* * * * * ", "@daily", "a;b * * * *"));
}

Test(text_format, know_names_of_time_zones)
{
    expect_all(&text_format_time_zone,
               WORDS("UTC", "Europe/Berlin", "America/Argentina/ComodRivadavia", "Etc/GMT+5", "GB-Eire"),
               WORDS("", "/", "/etc/passwd", "..", "Europe/..", "Europe/", "Europe//Berlin", "Europe/B erlin",
                     "zone1970.tab"));
}

Test(text_format, know_address_ranges)
{
    expect_all(&text_format_cidr, WORDS("0.0.0.0/0", "10.1.2.3/32", "fd00::/8", "::/0"),
               WORDS("", "10.0.0.0", "/8", "10.0.0.0/", "10.0.0.0/x", "example.com/8"));
    cr_assert_not(text_format_cidr.accepts(TEXT("10.0.0.0/33")));
    cr_assert_not(text_format_cidr.accepts(TEXT("10.0.0/8")));
    cr_assert_not(text_format_cidr.accepts(TEXT("10.0.0.256/8")));
    cr_assert_not(text_format_cidr.accepts(TEXT("fd00::/129")));
}
