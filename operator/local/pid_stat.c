/* The second field is the program's name in parentheses, which may hold anything: fields are counted from its
 * end on. */
#include "operator/local/pid_stat.h"

#include <stdio.h>

#include "lib/base/file.h"
#include "lib/base/parse.h"

enum { STAT_BYTES = 4096, STATE_FIELD = 3, FIELDS = 24 };
enum { USER_TICKS = 14, KERNEL_TICKS = 15, START = 22, RESIDENT_PAGES = 24 };

bool
pid_stat_read(struct arena *arena, int64_t pid, struct pid_stat *out_stat)
{
    char path[64];
    struct text line;
    snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
    return file_read(arena, path, STAT_BYTES, &line, NULL) && pid_stat_parse(line, out_stat);
}

bool
pid_stat_parse(struct text line, struct pid_stat *out_stat)
{
    struct text fields[FIELDS + 1] = {0};
    size_t end = line.length;
    int64_t user, kernel;
    while (end > 0 && line.bytes[end - 1] != ')')
        end--;
    struct text rest = text_trim(text_slice(line, end, line.length));
    for (size_t i = STATE_FIELD; i <= FIELDS && rest.bytes; i++)
        fields[i] = text_cut(&rest, ' ');
    struct pid_stat stat = {.state = fields[STATE_FIELD], .start = fields[START]};
    if (text_is_empty(stat.start) || !parse_int64(fields[USER_TICKS], &user) ||
        !parse_int64(fields[KERNEL_TICKS], &kernel) ||
        !parse_int64(fields[RESIDENT_PAGES], &stat.resident_pages) || user < 0 || kernel < 0)
        return false;
    stat.cpu_ticks = user + kernel;
    *out_stat = stat;
    return true;
}
