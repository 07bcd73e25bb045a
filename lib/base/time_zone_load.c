/* Zones by name, from the machine's tz database. */
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/time_zone.h"
#include "lib/base/utf8.h"

#define USUAL_FOLDER "/usr/share/zoneinfo"

static bool is_name_byte(char byte);

bool
time_zone_name_is_valid(struct text name)
{
    if (name.length == 0 || name.length > TIME_ZONE_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.length; i++) {
        bool is_edge = i == 0 || i + 1 == name.length || name.bytes[i - 1] == '/';
        if (!is_name_byte(name.bytes[i]) && (is_edge || name.bytes[i] != '/'))
            return false;
    }
    return true;
}

bool
time_zone_load(struct arena *arena, struct text name, const struct time_zone **out_zone, struct error *err)
{
    struct text shown = utf8_at_most(name, TIME_ZONE_NAME_MAX);
    if (!time_zone_name_is_valid(name) || text_equals(name, TEXT("localtime")))
        return error_set(err, ERROR_INVALID, "\"%.*s\" is no name of a time zone", TEXT_ARG(shown));
    if (text_equals(name, TEXT("UTC"))) {
        *out_zone = time_zone_utc();
        return true;
    }

    const char *folder = getenv("TZDIR");
    bool is_usual = !folder || folder[0] == '\0';
    struct text path = text_format(arena, "%s/%.*s", is_usual ? USUAL_FOLDER : folder, TEXT_ARG(name));
    struct text bytes;
    if (!file_read(arena, text_c_string(arena, path), TIME_ZONE_FILE_MAX_BYTES, &bytes, err) ||
        !time_zone_parse(arena, bytes, out_zone, err))
        return error_context(err, "time zone %.*s", TEXT_ARG(shown));
    return true;
}

static bool
is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '+' || byte == '-';
}
