/* Arguments end with NULL, as the C standard has it (C17 5.1.2.2.1). */
#include "lib/base/flags.h"

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"

enum { MOST_SECONDS = 86400 };

static const struct flag *find_flag(const struct flag_table *table, struct text name);
static bool
set_member(struct arena *arena, const struct flag *flag, struct text value, void *member, struct error *err);
static bool set_seconds(struct text value, int64_t *out_ms, struct error *err);
static bool set_on_off(struct text value, bool *out_flag, struct error *err);

bool
flags_parse(struct arena *arena, const struct flag_table *table, char **arguments, void *out_options,
            struct error *err)
{
    for (char **at = arguments[0] ? arguments + 1 : arguments; *at; at++) {
        struct text rest = text_of(*at);
        struct text name = text_cut(&rest, '=');
        const struct flag *flag = find_flag(table, name);
        if (!flag)
            return error_set(err, ERROR_INVALID, "%.*s is not an option (see --help)", TEXT_ARG(name));
        if (flag->kind == FLAG_SWITCH && rest.bytes)
            return error_set(err, ERROR_INVALID, "%s takes no value", flag->name);
        bool takes_next = flag->kind != FLAG_SWITCH && !rest.bytes;
        if (takes_next && !at[1])
            return error_set(err, ERROR_INVALID, "%s needs a value: %s", flag->name, flag->value);
        if (takes_next)
            rest = text_of(*++at);
        void *member = (char *)out_options + flag->offset;
        bool is_set = flag->kind == FLAG_PARSED ? table->parse(arena, rest, member, err)
                                                : set_member(arena, flag, rest, member, err);
        if (!is_set)
            return error_context(err, "%s", flag->name);
    }
    return true;
}

void
flags_print_help(const struct flag_table *table, struct buffer *out)
{
    for (size_t i = 0; i < table->count; i++)
        buffer_print(out, "  %-17s%-10s %s\n", table->flags[i].name, table->flags[i].value,
                     table->flags[i].doc);
}

static const struct flag *
find_flag(const struct flag_table *table, struct text name)
{
    for (size_t i = 0; i < table->count; i++)
        if (text_equals(name, text_of(table->flags[i].name)))
            return &table->flags[i];
    return NULL;
}

static bool
set_member(struct arena *arena, const struct flag *flag, struct text value, void *member, struct error *err)
{
    switch (flag->kind) {
    case FLAG_TEXT:
        *(struct text *)member = value;
        return true;
    case FLAG_PATH:
        *(const char **)member = text_c_string(arena, value);
        return true;
    case FLAG_SECONDS:
        return set_seconds(value, member, err);
    case FLAG_ON_OFF:
        return set_on_off(value, member, err);
    case FLAG_SWITCH:
        *(bool *)member = true;
        return true;
    case FLAG_PARSED:
        break;
    }
    return false;
}

static bool
set_seconds(struct text value, int64_t *out_ms, struct error *err)
{
    uint64_t seconds;
    if (!parse_uint64(value, MOST_SECONDS, &seconds))
        return error_set(err, ERROR_INVALID, "%.*s is not a number of seconds up to %d", TEXT_ARG(value),
                         MOST_SECONDS);
    *out_ms = (int64_t)seconds * 1000;
    return true;
}

static bool
set_on_off(struct text value, bool *out_flag, struct error *err)
{
    *out_flag = text_equals(value, TEXT("on"));
    return *out_flag || text_equals(value, TEXT("off")) ||
           error_set(err, ERROR_INVALID, "%.*s is neither on nor off", TEXT_ARG(value));
}
