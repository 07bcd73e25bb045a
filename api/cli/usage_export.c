/* weir usage export: a month's costs as FOCUS has them, from the ledger, in parts of bounded size. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "api/cli/command.h"
#include "api/cli/instance.h"
#include "api/cli/remote_ledger.h"
#include "lib/base/arena.h"
#include "lib/base/civil_time.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"

#define HOUR_MS INT64_C(3600000)

enum { PART_HOURS = 6, PART_BYTES = 4 * 1024 * 1024 };

struct span {
    int64_t from_ms, until_ms;
};

static bool read_month(struct arena *arena, struct text month, struct span *out_span, struct error *err);
static bool month_start(int year, int month, int64_t *out_ms);
static bool
write_all(const struct invocation *invocation, const struct span *month, FILE *out, struct error *err);
static bool write_part(const struct invocation *invocation, const struct span *part, bool is_first, FILE *out,
                       struct error *err);
static struct text path_of(const struct invocation *invocation, const struct span *part);

static enum exit_code
run(struct invocation *invocation)
{
    bool is_file = invocation->arguments.count > 0;
    const char *path =
        is_file ? text_c_string(invocation->arena, invocation->arguments.items[0]) : "standard output";
    struct error err = {0};
    struct span month = {0};
    if (!read_month(invocation->arena, invocation_value(invocation, "month"), &month, &err))
        return command_fail(EXIT_USAGE, &err, "See: weir usage export --help");
    FILE *out = is_file ? fopen(path, "we") : stdout;
    if (!out) {
        error_set_errno(&err, errno, "making %s", path);
        return command_fail(EXIT_FAILED, &err, "See: weir usage export --help");
    }
    bool is_written = write_all(invocation, &month, out, &err);
    if ((is_file ? fclose(out) : fflush(out)) != 0 && is_written)
        is_written = error_set_errno(&err, errno, "writing %s", path);
    if (is_written)
        return EXIT_OK;
    if (is_file)
        unlink(path); /* nobody shall take a part for the whole */
    return command_fail(err.kind == ERROR_NOT_FOUND ? EXIT_NOT_FOUND : EXIT_FAILED, &err,
                        "See: weir usage export --help");
}

/* Of this month what is over: the hour that goes on would be another one in a minute. */
static bool
read_month(struct arena *arena, struct text month, struct span *out_span, struct error *err)
{
    int64_t now_ms = clock_unix_ms();
    struct civil_time now = civil_time_of(now_ms);
    int year = now.year, number = now.month;
    if (!text_is_empty(month)) {
        int64_t start_ms;
        struct text start = text_format(arena, "%.*s-01T00:00:00Z", TEXT_ARG(month));
        if (!parse_time_ms(start, &start_ms))
            return error_set(err, ERROR_INVALID, "--month \"%.*s\" is not a month (example: 2026-11)",
                             TEXT_ARG(month));
        year = civil_time_of(start_ms).year;
        number = civil_time_of(start_ms).month;
    }
    struct span span;
    if (!month_start(year, number, &span.from_ms) ||
        !month_start(number == 12 ? year + 1 : year, number == 12 ? 1 : number + 1, &span.until_ms))
        return error_set(err, ERROR_INVALID, "--month: no such month");
    if (span.until_ms > now_ms)
        span.until_ms = now_ms - now_ms % HOUR_MS;
    if (span.until_ms <= span.from_ms)
        return error_set(err, ERROR_INVALID, "no hour of that month is over yet");
    *out_span = span;
    return true;
}

static bool
month_start(int year, int month, int64_t *out_ms)
{
    return civil_time_to_unix_ms(&(const struct civil_time){.year = year, .month = month, .day = 1}, out_ms);
}

static bool
write_all(const struct invocation *invocation, const struct span *month, FILE *out, struct error *err)
{
    struct arena *arena = arena_new(PART_BYTES);
    struct invocation one = *invocation;
    struct span part = {month->from_ms, month->from_ms};
    bool is_written = true;
    one.arena = arena;
    while (is_written && part.from_ms < month->until_ms) {
        part.until_ms = part.from_ms + PART_HOURS * HOUR_MS;
        if (part.until_ms > month->until_ms)
            part.until_ms = month->until_ms;
        is_written = write_part(&one, &part, part.from_ms == month->from_ms, out, err);
        arena_reset(arena);
        part.from_ms = part.until_ms;
    }
    arena_free(arena);
    return is_written;
}

/* The columns once: they are each part's first line. */
static bool
write_part(const struct invocation *invocation, const struct span *part, bool is_first, FILE *out,
           struct error *err)
{
    struct text rows;
    if (!instance_fetch_ledger(invocation, path_of(invocation, part), &rows, err))
        return false;
    if (!is_first)
        (void)text_cut(&rows, '\n');
    return rows.length == 0 || fwrite(rows.bytes, 1, rows.length, out) == rows.length ||
           error_set_errno(err, errno, "writing the export");
}

static struct text
path_of(const struct invocation *invocation, const struct span *part)
{
    static const char *const parameters[] = {"by", "workspace", "account"};
    struct arena *arena = invocation->arena;
    struct text from = print_time(arena, part->from_ms, false),
                until = print_time(arena, part->until_ms, false);
    struct text path =
        text_format(arena, "/v1/exports/focus?version=%.*s&from=%.*s&until=%.*s",
                    TEXT_ARG(invocation_value(invocation, "focus")), TEXT_ARG(from), TEXT_ARG(until));
    for (size_t i = 0; i < COUNT_OF(parameters); i++) {
        struct text value = instance_escape(arena, invocation_value(invocation, parameters[i]));
        if (!text_is_empty(value))
            path = text_format(arena, "%.*s&%s=%.*s", TEXT_ARG(path), parameters[i], TEXT_ARG(value));
    }
    return path;
}

static const char *const versions[] = {"1.2", "1.4", NULL};
static const struct command_option options[] = {
    {"month", 'm', "MONTH", NULL, "of UTC, as 2026-11 (default: this one, as far as its hours are over)",
     NULL},
    {"by", 'b', "tag:KEY", NULL, "tell rows apart by this tag's values too", NULL},
    {"workspace", 'w', "NAME", NULL, "only this workspace", NULL},
    {"focus", 'f', "VERSION", "1.2", "of the FOCUS specification", versions},
    {"account", 0, "NAME", "organization", "what the billing account is called", NULL},
    {"dir", 'd', "DIR", NULL, "folder of the running `weir up` (default: the last one started; or WEIR_DIR)",
     NULL},
    {"state", 0, "DIR", NULL, "its state folder (default: DIR/.weir)", NULL},
    REMOTE_LEDGER_OPTIONS,
};

const struct command command_usage_export = {
    .name = "usage export",
    .summary = "A month's costs as FOCUS has them, CSV, from the ledger of `weir up` or from --ledger",
    .usage = "weir usage export [FILE] [--month MONTH] [--by tag:KEY] [--workspace NAME] "
             "[--ledger URL --token-file FILE]",
    .details =
        "A row for each hour and all that usage is told apart by; to standard output without FILE. Its Tags\n"
        "are those that every call of the row had with the same value. With --by tag:KEY each value of that\n"
        "tag has a row of its own, and what calls without it cost is in a row without it: the sum is the "
        "same\n"
        "to the nano-dollar.",
    .example = "  weir usage export november.csv --month 2026-11 --by tag:cost-center\n"
               "  weir usage export --focus 1.4 --workspace retail-ai >this-month.csv",
    .options = options,
    .option_count = COUNT_OF(options),
    .min_arguments = 0,
    .max_arguments = 1,
    .run = run,
};
